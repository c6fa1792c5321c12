"""Telling colleagues what concerns them: what they are told, how it is written down, shown, and sent by e-mail."""

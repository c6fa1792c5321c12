"""Mastodon, and what speaks its API. What it does and does not do stands in docs/mastodon.md."""

from connectors.channels.mastodon.connector import Mastodon

__all__ = ["Mastodon"]

"""The pages of the channels' settings, a file for each noun."""

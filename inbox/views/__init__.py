"""The pages of the inbox: one file for each noun."""

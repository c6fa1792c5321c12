"""Whether two accounts are one person's: by what they are found, how likely it is, and why. Pure functions."""

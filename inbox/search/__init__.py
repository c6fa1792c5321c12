"""Finding people and messages, over everything that was ever said."""

"""The dialogs and buttons of what the company knows of a person."""

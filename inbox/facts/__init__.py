"""What the company knows of a person, as pages show and change it; contacts/ keeps it."""

from inbox.facts.sections import sections

__all__ = ["sections"]

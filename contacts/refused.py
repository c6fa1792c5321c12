"""What cannot be done with a contact, and why, in words for the person who asked for it."""


class Refused(Exception):
    """The text says what is in the way and what to do. `field`: which of the things that were given it is about."""

    def __init__(self, why: str, *, field: str = "") -> None:
        super().__init__(why)
        self.field = field

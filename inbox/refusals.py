"""Why something a colleague asked for was not done, in words for them."""


class NotAllowed(Exception):
    """The colleague may not do this here; the text says why, for them."""


class Conflict(Exception):
    """What was asked for makes no sense any more; the text says what happened meanwhile."""

"""How long Bluesky takes a text to be: in what people see as characters, and in bytes.

Bluesky itself has the last word.
"""

from connectors.graphemes import clusters

LIMIT = 300
DIRECT_LIMIT = 1000
# 3,000 bytes for 300 characters, 10,000 for 1,000: whichever is used up first.
_BYTES_EACH = 10


def length(text: str) -> int:
    """What a text takes up of LIMIT or DIRECT_LIMIT."""
    size = len(text.encode("utf-8", "replace"))
    return max(graphemes(text), -(-size // _BYTES_EACH))


def graphemes(text: str) -> int:
    """The number of extended grapheme clusters."""
    return len(clusters(text))

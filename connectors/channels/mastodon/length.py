"""How long Mastodon takes a text to be: a link counts as 23 characters, of a mention only the local part counts."""

import re

LIMIT = 500
_LINK = re.compile(r"https?://[^\s<>\"]+", re.IGNORECASE)
_MENTION = re.compile(r"(?<![\w/@])@(\w[\w.-]*)@[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::\d+)?", re.IGNORECASE)


def length(text: str) -> int:
    """What a text takes up of a server's limit. Emoji made of several characters count less there than here."""
    return len(_MENTION.sub(r"@\1", _LINK.sub("x" * 23, text)))

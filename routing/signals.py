"""What the router is told about one message."""

from collections.abc import Hashable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Signals:
    """One incoming message, as far as it matters for who should answer it.

    `conversation` is any hashable key: messages of one batch with the same key belong together. `owner` is the slug of
    the department that owns the open conversation now, None where there is no open conversation.
    """

    text: str
    network: str = ""
    kind: str = ""
    language: str = ""
    author_handle: str = ""
    author_name: str = ""
    followers: int | None = None
    verified: bool = False
    conversation: Hashable | None = None
    owner: str | None = None

"""What a message says when its creation, edits and deletion arrive in any order, repeatedly. Free of Django."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b
from typing import Any, Literal, NamedTuple

Outcome = Literal["stored", "edited", "deleted", "duplicate"]


class VersionKey(NamedTuple):
    """The order of versions: by time, a correction after what it corrects, and among equals by content.

    The last makes the order total, so that whoever arrives last, all arrive at the same text.
    """

    at: datetime
    is_edit: bool
    digest: str


class Said(NamedTuple):
    """One version of a message, with the item that brought it (None for those that the database holds)."""

    key: VersionKey
    item: Any


def digest(text: str, attachments: Sequence[Any]) -> str:
    """A short name for a content, the same for the same content."""
    hashed = blake2b(text.encode(), digest_size=16)
    for attachment in attachments:
        hashed.update(b"\0" + attachment.url.encode())
    return hashed.hexdigest()


@dataclass(slots=True)
class History:
    """All that is known of one message: its versions, and when it was deleted.

    `versions` starts with what the database holds; `take` adds what arrives and says what it was.
    """

    versions: dict[VersionKey, Said] = field(default_factory=dict)
    has_create: bool = False
    deleted_at: datetime | None = None

    def remember(self, keys: Iterable[VersionKey]) -> None:
        """Put in what the database already holds."""
        for key in keys:
            self.versions[key] = Said(key, None)
            self.has_create = self.has_create or not key.is_edit

    def take(self, item: Any) -> Outcome:
        """Add an `Incoming`. A message is created once and deleted once; the same edit twice is a duplicate."""
        if item.action == "delete":
            if self.deleted_at is not None:
                self.deleted_at = min(self.deleted_at, item.posted_at)
                return "duplicate"
            self.deleted_at = item.posted_at
            return "deleted"
        is_edit = item.action == "edit"
        key = VersionKey(item.posted_at, is_edit, digest(item.text, item.attachments))
        if key in self.versions or (self.has_create and not is_edit):
            return "duplicate"
        self.versions[key] = Said(key, item)
        self.has_create = self.has_create or not is_edit
        return "edited" if is_edit else "stored"

    @property
    def current(self) -> Said | None:
        """The version that is shown; None where only a deletion is known."""
        return self.versions[max(self.versions)] if self.versions else None

    @property
    def posted_at(self) -> datetime:
        """When it was first said, as far as is known: the creation's time, else the first edit's."""
        creation = next((key for key in self.versions if not key.is_edit), None)
        return (creation or min(self.versions)).at

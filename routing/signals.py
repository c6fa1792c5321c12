"""What the router is told about one message."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Post:
    """The post that a message replies to: what it says, and whether the company wrote it (None where unknown).

    Without an id: the message replies to none.
    """

    external_id: str = ""
    text: str = ""
    is_ours: bool | None = None


@dataclass(frozen=True, slots=True)
class Senses:
    """What a text says, as far as a program can tell.

    `language`: ISO 639-1, empty where it cannot be told. `sentiment`: -1, 0 or 1. `intents`: probabilities by name (see
    routing/intents.py). `products` and `rivals`: names from the admins' lists. `urgency`: between 0 and 1.
    """

    language: str = ""
    sentiment: int = 0
    intents: Mapping[str, float] = field(default_factory=dict)
    products: tuple[str, ...] = ()
    rivals: tuple[str, ...] = ()
    urgency: float = 0.0


@dataclass(frozen=True, slots=True)
class Customer:
    """What the company knows of whoever wrote. `attributes`: values in their canonical form, by slug."""

    roles: frozenset[str] = frozenset()
    past_roles: frozenset[str] = frozenset()
    attributes: Mapping[str, str] = field(default_factory=dict)
    owners: frozenset[str] = frozenset()
    tags: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Signals:
    """One incoming message, as far as it matters for who should answer it.

    `conversation` is any hashable key: messages of one batch with the same key belong together. `owner` is the slug of
    the department that owns the open conversation now, None where there is no open conversation. `earlier`: what was
    said before in the same conversation, newest last; nobody looks that up for arriving messages, it is for whoever has
    it at hand. `senses`, `customer`, `post` and `at` are None where nobody has found out: a condition on them fails
    then. `open_at`: names of the calendars that are open at `at`; `subject`: an e-mail's, empty where the message has
    none. `is_reply`: it answers another message; `is_first`: it begins its conversation.
    """

    text: str
    network: str = ""
    channel: str = ""
    kind: str = ""
    language: str = ""
    author_id: str = ""
    author_handle: str = ""
    author_name: str = ""
    author_email: str = ""
    followers: int | None = None
    verified: bool = False
    conversation: Hashable | None = None
    owner: str | None = None
    earlier: tuple[str, ...] = ()
    attachments: tuple[str, ...] = ()
    at: datetime | None = None
    open_at: frozenset[str] | None = None
    post: Post | None = None
    subject: str | None = None
    is_reply: bool | None = None
    is_first: bool | None = None
    senses: Senses | None = None
    customer: Customer | None = None

    def as_json(self) -> dict[str, Any]:
        """What a decision keeps of it: the facts that do not stand on the message itself."""
        kept: dict[str, Any] = {"owner": self.owner}
        if self.is_first is not None:
            kept["is_first"] = self.is_first
        if self.senses is not None:
            kept["senses"] = {
                "language": self.senses.language,
                "sentiment": self.senses.sentiment,
                "intents": {name: round(share, 3) for name, share in self.senses.intents.items() if share >= 0.05},
                "products": list(self.senses.products),
                "rivals": list(self.senses.rivals),
                "urgency": round(self.senses.urgency, 2),
            }
        if self.customer is not None:
            kept["customer"] = {
                "roles": sorted(self.customer.roles),
                "past_roles": sorted(self.customer.past_roles),
                "attributes": dict(self.customer.attributes),
                "owners": sorted(self.customer.owners),
                "tags": sorted(self.customer.tags),
            }
        if self.post is not None and self.post.is_ours is not None:
            kept["post_is_ours"] = self.post.is_ours
        if self.open_at is not None:
            kept["open_at"] = sorted(self.open_at)
        return kept

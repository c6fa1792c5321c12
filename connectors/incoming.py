"""What a connector hands to the product: plain frozen values, free of Django and of any network's own shapes."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

Action = Literal["create", "edit", "delete"]
Kind = Literal["mention", "post", "comment", "review", "direct", "email"]
PUBLIC: frozenset[Kind] = frozenset({"mention", "post", "comment"})
"""What is said before everybody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    """A profile as the network shows it. `email` only where the network or the importer vouches for it. `links` are the
    addresses that it names in fields made for that."""

    external_id: str
    handle: str = ""
    name: str = ""
    url: str = ""
    avatar_url: str = ""
    followers: int | None = None
    verified: bool = False
    bio: str = ""
    location: str = ""
    links: tuple[str, ...] = ()
    email: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A picture, video or file that stays at the network and is shown through our proxy.

    `kind` is image, video, audio or file. An address that begins with `media:` is the connector's own, see
    `Connector.media`.
    """

    url: str
    kind: str = "file"
    alt: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """A post that a message answers or quotes, for the reader to understand it.

    `author` is the name to show, `author_id` the author's id on the network, where it is told.
    """

    relation: Literal["replied_to", "quoted"]
    external_id: str = ""
    author: str = ""
    author_id: str = ""
    text: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """One thing that somebody said, edited or deleted. Times are aware; for an edit `posted_at` is the edit's time.

    `text` is what they wrote, readable as it is. `title` is an e-mail's subject or an article's headline, `html` the
    same words with their formatting (made safe when shown, never trusted), `quoted` what they wrote under: the earlier
    messages that e-mail programs repeat. `automatic` marks what no person wrote: absence notes, bounces. `raw` holds
    the network's payload and every field that we don't know.
    """

    network: str
    external_id: str
    author: Author
    posted_at: datetime
    text: str = ""
    title: str = ""
    html: str = ""
    quoted: str = ""
    automatic: bool = False
    action: Action = "create"
    kind: Kind = "mention"
    thread_id: str = ""
    parent_id: str = ""
    url: str = ""
    language: str = ""
    mentions: tuple[Author, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    context: tuple[Context, ...] = ()
    raw: dict[str, Any] = field(default_factory=dict)


class Rejected(Exception):
    """An item that can't become a message. Names field, value and remedy; the caller keeps the payload."""

    def __init__(self, field: str, value: object, remedy: str) -> None:
        self.field, self.value, self.remedy = field, value, remedy
        super().__init__(f"{field}: {_shown(value)} {remedy}")


def _shown(value: object) -> str:
    try:
        shown = repr(value)
    except (ValueError, RecursionError):
        # An integer of more digits than Python prints, or endless nesting.
        shown = f"a {type(value).__name__}"
    return shown if len(shown) <= 80 else shown[:77] + "…"

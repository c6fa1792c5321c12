"""Reads Mastodon's Status entities into items for `parse`.

Pure. Servers fill them differently (ids are numbers, ULIDs or hashes; lists may be missing), so nothing is relied on;
what a field holds instead of what is documented is passed over here and kept in `raw`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from connectors.channels.mastodon.length import LIMIT
from connectors.markup import text_of
from connectors.protocol import Original

Json = dict[str, Any]
_KINDS = {"image": "image", "gifv": "video", "video": "video", "audio": "audio"}
PRIVATE = ("private", "direct")
MEGABYTE = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """What has to be known of our account and its server to read what it shows."""

    account_id: str
    handle: str
    domain: str
    characters: int = LIMIT
    files: int = 4
    file_bytes: int = 8 * MEGABYTE

    def is_ours(self, account: Json) -> bool:
        """Whether a profile or a mention is of our account; of local mentions some servers tell other ids."""
        acct = account.get("acct")
        named = isinstance(acct, str) and self.full(acct).lower() == self.handle.lower()
        return named or id_of(account.get("id")) == self.account_id

    def full(self, acct: str) -> str:
        """An account's name with its server: those on our own server are told without."""
        return acct if "@" in acct else f"{acct}@{self.domain}"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a status stands in its thread: the name of the first one, and the status that it answers."""

    root: str
    parent: Json | None = None


def home_of(account: Json, instance: Json, base_url: str) -> Home:
    """From what the server says of our account and of itself (version 1 or 2 of that document)."""
    told = instance.get("domain") or instance.get("uri")
    # Some write an address there.
    address = told if isinstance(told, str) and told else base_url
    domain = address.split("://")[-1].split("/")[0].lower()
    configuration = objects(instance.get("configuration"))
    posts, media = objects(configuration.get("statuses")), objects(configuration.get("media_attachments"))
    acct = id_of(account.get("acct")) or id_of(account.get("username"))
    defaults = Home(account_id=id_of(account.get("id")), handle=acct, domain=domain)
    return Home(
        account_id=defaults.account_id,
        handle=defaults.full(acct),
        domain=domain,
        # Older servers told their limit outside of the configuration.
        characters=_number(posts.get("max_characters") or instance.get("max_toot_chars"), LIMIT),
        files=_number(posts.get("max_media_attachments"), defaults.files),
        file_bytes=min(_number(media.get("image_size_limit"), defaults.file_bytes), 16 * MEGABYTE),
    )


def home_kept(kept: Json) -> Home | None:
    """As a cursor kept it; None where it is something else."""
    texts = {name: kept.get(name) for name in ("account_id", "handle", "domain")}
    numbers = {name: _number(kept.get(name), 0) for name in ("characters", "files", "file_bytes")}
    if not all(isinstance(value, str) and value for value in texts.values()) or not all(numbers.values()):
        return None
    return Home(
        account_id=str(texts["account_id"]), handle=str(texts["handle"]), domain=str(texts["domain"]), **numbers
    )


def item(status: Json, home: Home, place: Place, *, mentioned: bool, edited: bool = False) -> Json:
    """A status in the shape that `connectors.parse` reads. `edited`: it tells of its newest edit."""
    named = listed(status.get("mentions"))
    mentioned = mentioned or any(home.is_ours(one) for one in named)
    kind = "direct" if status.get("visibility") in PRIVATE else "mention" if mentioned else "post"
    return {
        "external_id": name_of(status),
        "action": "edit" if edited else "create",
        "kind": kind,
        "posted_at": status.get("edited_at") if edited else status.get("created_at"),
        "text": text(status),
        "title": plain(status.get("spoiler_text")),
        "author": author(objects(status.get("account")), home),
        "thread_id": place.root,
        "parent_id": name_of(place.parent) if place.parent else None,
        "url": status.get("url") or status.get("uri"),
        "language": status.get("language"),
        "mentions": [author(one, home) for one in named if not home.is_ours(one)],
        "attachments": _attachments(status),
        "context": _context(status, home, place),
        "raw": {
            "status": _without_others(status),
            "limits": {"characters": home.characters, "files": home.files, "file_bytes": home.file_bytes},
            # Another account or server neither sees the same posts nor calls them by the same ids.
            "read_by": home.handle,
        },
    }


def changed(original: Original, status: Json) -> Json | None:
    """An edit of a known message as an item; None where it is as it was."""
    if not status.get("edited_at") or status.get("edited_at") == raw_status(original).get("edited_at"):
        return None
    if name_of(status) != original.external_id:
        # Another server's post with the same id.
        return None
    handle = original.author_handle
    known = Home(account_id="", handle="", domain=handle.split("@")[-1])
    told = item(status, known, Place(original.thread_id), mentioned=original.kind != "post", edited=True)
    # Who said it cannot change with an edit.
    who = {**told["author"], "external_id": original.author_external_id, "handle": handle}
    kept = {name: original.raw[name] for name in ("limits", "read_by") if name in original.raw}
    raw = {"status": told["raw"]["status"]} | kept
    return {**told, "author": who, "kind": original.kind, "mentions": [], "raw": raw}


def deleted(original: Original, now: datetime) -> Json:
    """A known message that is gone, as an item."""
    return {
        "external_id": original.external_id,
        "action": "delete",
        "kind": original.kind,
        "posted_at": now.isoformat(),
        "thread_id": original.thread_id,
        "author": {"external_id": original.author_external_id, "handle": original.author_handle},
    }


def name_of(status: Json) -> str:
    """What a status is called everywhere and for ever: ids are the server's own, and some change them on edits."""
    return id_of(status.get("uri")) or id_of(status.get("url")) or id_of(status.get("id"))


def text(status: Json) -> str:
    """What a status says, with the choices of its poll. A warning in front of it is its title."""
    said = plain(status.get("content"))
    choices = [plain(one.get("title")) for one in listed(objects(status.get("poll")).get("options"))]
    lines = [said, *(f"○ {choice}" for choice in choices if choice)]
    return "\n".join(line for line in lines if line) or plain(status.get("spoiler_text"))


def author(account: Json, home: Home) -> Json:
    """A profile. Its id is the full name, which every server tells, in profiles and mentions alike, and checks."""
    acct = account.get("acct")
    handle = home.full(acct) if isinstance(acct, str) and acct else ""
    fields = listed(account.get("fields"))
    return {
        "external_id": handle.lower() or account.get("url") or account.get("id"),
        "handle": handle,
        "name": account.get("display_name") or account.get("username"),
        "url": account.get("url"),
        "avatar_url": account.get("avatar_static") or account.get("avatar"),
        "followers": account.get("followers_count"),
        # There are no badges; what a server checks is that a linked page links back.
        "verified": any(isinstance(one.get("verified_at"), str) and one["verified_at"] for one in fields),
        "bio": plain(account.get("note")),
        "links": [word for one in fields for word in plain(one.get("value")).split() if word.startswith("https://")],
    }


def raw_status(original: Original) -> Json:
    """The status that a message came from."""
    return objects(original.raw.get("status"))


def at(entry: Json, name: str = "created_at") -> datetime | None:
    """When something was made; None where it doesn't say."""
    try:
        made = datetime.fromisoformat(str(entry.get(name)))
    except ValueError:
        return None
    return made if made.tzinfo else made.replace(tzinfo=UTC)


def quoted(status: Json) -> Json:
    """The status that another one quotes; Mastodon wraps it, others don't."""
    quote = objects(status.get("quote"))
    return objects(quote.get("quoted_status")) or (quote if quote.get("account") else {})


def plain(html: object) -> str:
    """What HTML says; nothing of what is none."""
    return text_of(html) if isinstance(html, str) and html else ""


def listed(value: object) -> list[Json]:
    """The objects of a list; nothing of what is none."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def objects(value: object) -> Json:
    """An object; an empty one for what is none."""
    return value if isinstance(value, dict) else {}


def server_of(handle: object) -> str:
    """The server of an account, "name@server"; empty where it is not said."""
    return str(handle or "").rpartition("@")[2].lower()


def id_of(value: object) -> str:
    """An id as a text; empty for what is none."""
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) and str(value).strip() else ""


def _number(value: object, default: int) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**31 else default


def _attachments(status: Json) -> list[Json]:
    return [
        {"url": address, "kind": _KINDS.get(str(one.get("type")), "file"), "alt": one.get("description")}
        for one in listed(status.get("media_attachments"))
        if (address := one.get("url") or one.get("remote_url") or one.get("preview_url"))
    ]


def _context(status: Json, home: Home, place: Place) -> list[Json]:
    related: Sequence[tuple[Literal["replied_to", "quoted"], Json | None]]
    related = (("replied_to", place.parent), ("quoted", quoted(status)))
    told = []
    for relation, other in related:
        if other and name_of(other):
            writer = author(objects(other.get("account")), home)
            told.append(
                {
                    "relation": relation,
                    "external_id": name_of(other),
                    "author": f"@{writer['handle']}",
                    "author_id": id_of(writer["external_id"]),
                    "text": text(other),
                    "url": other.get("url") or other.get("uri"),
                }
            )
    return told


def _without_others(status: Json) -> Mapping[str, Any]:
    """What is kept of a status: not the profiles, which are kept as authors."""
    kept = {name: value for name, value in status.items() if name not in ("account", "card", "quote", "reblog")}
    account = objects(status.get("account"))
    return kept | {"account": {name: account.get(name) for name in ("id", "acct", "url", "uri")}}

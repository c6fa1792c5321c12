"""What profiles on networks say of people, and what of it is known after several of them. Free of the database."""

import json
from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import NamedTuple, Protocol

from contacts.names import fold

Key = tuple[str, str]  # network, external id

# When somebody was seen whom others have only named: every profile of their own is newer.
ONLY_NAMED = datetime(1970, 1, 1, tzinfo=UTC)


class Profile(Protocol):
    """What is known of an author; `connectors.incoming.Author` is one."""

    @property
    def external_id(self) -> str: ...
    @property
    def handle(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def url(self) -> str: ...
    @property
    def avatar_url(self) -> str: ...
    @property
    def bio(self) -> str: ...
    @property
    def location(self) -> str: ...
    @property
    def links(self) -> Sequence[str]: ...
    @property
    def followers(self) -> int | None: ...
    @property
    def verified(self) -> bool: ...
    @property
    def email(self) -> str: ...


class Values(NamedTuple):
    """What a profile says, in the columns of the same names."""

    handle: str
    name: str
    url: str
    avatar_url: str
    bio: str
    location: str
    links: str  # JSON
    followers: int | None
    verified: bool
    email: str
    search_key: str
    seen_at: datetime

    @property
    def shown(self) -> str:
        """What somebody is called."""
        return self.name or self.handle


# What tells who somebody is, so that the account is compared with others again when it changes.
_TELLING = ("handle", "name", "url", "bio", "location", "links", "email")
_KEPT = ("handle", "name", "url", "avatar_url", "bio", "location", "email")


def values_of(profile: Profile, seen_at: datetime, *, trust_email: bool, old: Values | None = None) -> Values:
    """What is known now. What a sparse profile leaves out does not erase what a fuller one said before."""
    email = profile.email.casefold() if trust_email else ""
    said = Values(
        profile.handle,
        profile.name,
        profile.url,
        profile.avatar_url,
        profile.bio,
        profile.location,
        _as_json(profile.links),
        profile.followers,
        profile.verified,
        email,
        "",
        seen_at,
    )
    if old is not None:
        if seen_at == ONLY_NAMED:
            # Two who name somebody know equally little: the first word stays, and the second fills in.
            said, old = old, said
        said = said._replace(
            **{name: getattr(said, name) or getattr(old, name) for name in _KEPT},
            links=old.links if said.links == "[]" else said.links,
            followers=old.followers if said.followers is None else said.followers,
            seen_at=seen_at,
        )
    return said._replace(search_key=fold(f"{said.name} {said.handle} {said.email}")[:500])


def _as_json(links: Sequence[str]) -> str:
    # As PostgreSQL writes it, so that what has not changed is equal.
    return json.dumps(list(links), ensure_ascii=False) if links else "[]"


def tells(old: Values, new: Values) -> bool:
    """Whether something changed that tells who somebody is."""
    return any(getattr(old, name) != getattr(new, name) for name in _TELLING)


def is_ours(key: Key, handle: str, ours: Collection[Key]) -> bool:
    """Whether an account is one of `ours`, named by its handle or its external id."""
    network, external_id = key
    return bool(ours) and ((network, plain(handle)) in ours or (network, plain(external_id)) in ours)


def plain(handle: str) -> str:
    """A handle without what people write around it, folded: "@Dana" → "dana"."""
    return handle.strip().casefold().removeprefix("@")

"""Colleagues who are called upon in notes: `@` and a name, a user name, or a department for everybody in it."""

import unicodedata
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from inbox.models import Mention, Note
from inbox.notifying.telling import Told, tell
from inbox.presentation import rich
from people.models import Department, Membership, User

# Signs of a call that are looked at in one note, and how long a name may be.
_MOST, _LONGEST = 200, 150


@dataclass(frozen=True, slots=True)
class Called:
    """Whom a note calls upon: `users` who will see it, `off` the names of those who are switched off, and `spans`, the
    places of all of them in the text."""

    users: list[User] = field(default_factory=list)
    off: list[str] = field(default_factory=list)
    spans: list[tuple[int, int]] = field(default_factory=list)


class _Names(NamedTuple):
    """Who is meant by which words, written as `_key` makes them."""

    people: Mapping[str, User]
    departments: Mapping[str, list[User]]


def find(text: str, *, but: User | None = None) -> Called:
    """Whom a text calls upon, without `but`, who wrote it. Two statements, and none where nobody is called.

    A name that several people bear calls nobody; their user names do.
    """
    if "@" not in text:
        return Called()
    names = _names()
    found, people = Called(), dict[int, User]()
    for start, end in _places(text, names):
        key = _key(text[start + 1 : end])
        found.spans.append((start, end))
        called = [names.people[key]] if key in names.people else names.departments[key]
        people |= {one.pk: one for one in called}
    if but is not None:
        people.pop(but.pk, None)
    in_order = sorted(people.values(), key=lambda one: one.pk)
    found.users.extend(one for one in in_order if one.is_active)
    found.off.extend(str(one) for one in in_order if not one.is_active)
    return found


def called(note: Note, users: Iterable[User]) -> None:
    """Keep whom a note calls upon: it stands in their view of mentions from now on."""
    at = timezone.now()
    rows = [Mention(note=note, conversation_id=note.conversation_id, user=one, at=at) for one in users]
    Mention.objects.bulk_create(rows, ignore_conflicts=True)
    if rows:
        ids = [one.user_id for one in rows]
        tell([Told("mentioned", note.conversation_id, note.author_id, users=ids, data={"note": note.pk})], at)


def shown(text: str, spans: Any, conversations: Collection[int] = ()) -> SafeString:
    """A note's text, safe to show, where those who are called upon stand out. `spans` are as its event keeps them.

    `conversations`: those of which the numbers lead there.
    """
    parts: list[str] = []
    end = 0
    for start, stop in _kept(text, spans):
        parts.append(rich(text[end:start], conversations))
        parts.append(format_html('<span class="mention">{}</span>', text[start:stop]))
        end = stop
    parts.append(rich(text[end:], conversations))
    return mark_safe("".join(parts))  # noqa: S308 - every part above is escaped


def _kept(text: str, spans: Any) -> Iterable[tuple[int, int]]:
    """Places that are still those of a call: a text that was scrubbed since has none."""
    last = 0
    for span in spans if isinstance(spans, list) else ():
        start, end = span
        if last <= start < end <= len(text) and text[start] == "@":
            last = end
            yield start, end


def _names() -> _Names:
    people: dict[str, list[User]] = {}
    everybody = {one.pk: one for one in User.objects.only("id", "username", "name", "is_active").order_by("pk")}
    for user in everybody.values():
        for name in {user.username, user.name, user.name.split(" ")[0]}:
            people.setdefault(_key(name), []).append(user)
    exact = {_key(user.username): user for users in people.values() for user in users}
    # Who works here goes before a namesake who was switched off.
    named = {key: [one for one in users if one.is_active] or users for key, users in people.items() if key}
    members = ArraySubquery(Membership.objects.filter(department=OuterRef("pk")).values("user"))
    departments = {
        _key(name): [everybody[pk] for pk in one.member_ids if pk in everybody and everybody[pk].is_active]
        for one in Department.objects.annotate(member_ids=members)
        for name in (one.slug, one.name)
    }
    alone = {key: users[0] for key, users in named.items() if len(users) == 1 and key not in departments}
    return _Names(alone | exact, departments)


def _places(text: str, names: _Names) -> Iterable[tuple[int, int]]:
    """Where names are called, each with the longest that stands there."""
    start = looked = 0
    while looked < _MOST and (start := text.find("@", start)) >= 0:
        looked += 1
        end = _end(text, start, names) if start == 0 or not _in_word(text[start - 1]) else 0
        if end:
            yield start, end
        start = end or start + 1


def _end(text: str, start: int, names: _Names) -> int:
    for end in range(min(len(text), start + 1 + _LONGEST), start + 1, -1):
        if end < len(text) and _in_word(text[end]):
            continue
        key = _key(text[start + 1 : end])
        if key in names.people or key in names.departments:
            return end
    return 0


def _in_word(character: str) -> bool:
    return character.isalnum() or character == "_" or bool(unicodedata.combining(character))


def _key(name: str) -> str:
    return unicodedata.normalize("NFKC", name).casefold()

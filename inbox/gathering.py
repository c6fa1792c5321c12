"""What the router is told of arriving messages: the message itself, and further facts where the rules in force ask.

Whatever nobody asks for is not looked up, and is None: a condition on it would fail.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db import connection

from connectors.incoming import Incoming
from connectors.models import Channel
from contacts.profiles import plain
from inbox.customers import customers
from people.models import Department
from routing.fields import ATTRIBUTE
from routing.names import Names
from routing.rulebook import Rulebook
from routing.signals import Post, Signals

CUSTOMER = frozenset({"role", "past_role", "tag", "contact_owner"})
POST = frozenset({"post", "post_is_ours", "campaign"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A message about to be decided on: who wrote it, in which conversation, and whom that belongs to."""

    item: Incoming
    identity: int
    conversation: int
    owner: str | None
    is_first: bool


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a message stands: what is needed to look facts up."""

    channel: int
    identity: int
    external_id: str
    parent_id: str


def signals(channel: Channel, said: Sequence[Said]) -> list[Signals]:
    """What the messages say of themselves. No statement."""
    return [_signals(channel, one) for one in said]


def origins(channel: Channel, said: Sequence[Said]) -> list[Origin]:
    """Where arriving messages stand."""
    return [Origin(channel.pk, one.identity, one.item.external_id, one.item.parent_id) for one in said]


def complete(batch: Sequence[Signals], origins: Sequence[Origin], book: Rulebook) -> list[Signals]:
    """The signals with all that the rules ask for: at most one statement for each sort of fact."""
    complete = list(batch)
    slugs = {name.removeprefix(ATTRIBUTE) for name in book.asks if name.startswith(ATTRIBUTE)}
    if slugs or book.asks & CUSTOMER:
        known = customers({one.identity for one in origins}, sorted(slugs))
        complete = [replace(one, customer=known.get(of.identity)) for one, of in zip(complete, origins, strict=True)]
    if book.asks & POST:
        complete = _with_posts(complete, origins)
    if "hours" in book.asks:
        complete = _with_hours(complete, sorted(book.values("hours")))
    return complete


_NAMED = """
    SELECT id, '' FROM people_user WHERE id = ANY(%s) AND is_active
    UNION ALL SELECT NULL, slug FROM contacts_rolekind WHERE slug = ANY(%s) AND is_active
"""


def names(book: Rulebook, departments: Mapping[str, Department]) -> Names:
    """What there is of all that the rules name: one statement, where they name colleagues or roles."""
    people = sorted({rule.assignee for rule in book.rules if rule.assignee is not None})
    kinds = sorted({rule.role for rule in book.rules if rule.role})
    found: list[tuple[int | None, str]] = []
    if people or kinds:
        with connection.cursor() as cursor:
            cursor.execute(_NAMED, [people, kinds])
            found = cursor.fetchall()
    return Names(
        departments=departments.keys(),
        colleagues={pk for pk, _ in found if pk is not None},
        roles={slug for _, slug in found if slug} if kinds else None,
    )


def _signals(channel: Channel, said: Said) -> Signals:
    item = said.item
    return Signals(
        text=f"{item.title}\n{item.text}" if item.title else item.text,
        subject=item.title,
        network=item.network,
        channel=channel.name,
        kind=item.kind,
        language=item.language,
        author_id=item.author.external_id,
        author_handle=item.author.handle,
        author_name=item.author.name,
        author_email=item.author.email,
        followers=item.author.followers,
        verified=item.author.verified,
        conversation=said.conversation,
        owner=said.owner,
        attachments=tuple(one.kind for one in item.attachments),
        at=item.posted_at,
        post=_post(channel, item),
        is_reply=bool(item.parent_id),
        is_first=said.is_first,
    )


def _post(channel: Channel, item: Incoming) -> Post | None:
    """The post that a message answers, as it came with it; None where it answers one of which nothing came."""
    for one in item.context:
        if one.relation == "replied_to":
            is_ours = plain(one.author_id) == plain(channel.account) if one.author_id and channel.account else None
            return Post(one.external_id or item.parent_id, one.text, is_ours)
    return None if item.parent_id else Post()


_POSTS = """
    SELECT m.channel_id, m.external_id, concat_ws(E'\\n', nullif(m.title, ''), m.text), m.direction = 'out'
    FROM unnest(%s::bigint[], %s::text[]) AS asked(channel, pk)
    JOIN inbox_message m ON m.channel_id = asked.channel AND m.external_id = asked.pk AND m.deleted_at IS NULL
"""


def _with_posts(batch: Sequence[Signals], origins: Sequence[Origin]) -> list[Signals]:
    """Posts of which too little came with the message, as they stand in this batch or among our messages."""
    here = {(of.channel, of.external_id): one for one, of in zip(batch, origins, strict=True)}
    missing = {
        (of.channel, of.parent_id)
        for one, of in zip(batch, origins, strict=True)
        if of.parent_id and (one.post is None or not one.post.text or one.post.is_ours is None)
    }
    posts = {key: Post(key[1], here[key].text, False) for key in missing & here.keys()}
    if elsewhere := sorted(missing - here.keys()):
        with connection.cursor() as cursor:
            cursor.execute(_POSTS, [[key[0] for key in elsewhere], [key[1] for key in elsewhere]])
            posts |= {(at, pk): Post(pk, text, is_ours) for at, pk, text, is_ours in cursor.fetchall()}
    return [
        replace(one, post=_better(one.post, posts.get((of.channel, of.parent_id))))
        for one, of in zip(batch, origins, strict=True)
    ]


def _better(came: Post | None, known: Post | None) -> Post | None:
    if came is None or known is None:
        return came or known
    return Post(came.external_id, came.text or known.text, known.is_ours if came.is_ours is None else came.is_ours)


# Whether a calendar was open at a time, and whether its hours are worked out for that time at all.
_HOURS = """
    SELECT a.at, c.name,
        EXISTS (SELECT FROM routing_openinterval i WHERE i.calendar_id = c.id AND i.starts_at <= a.at
                AND i.ends_at > a.at),
        coalesce(c.built_until > a.at, false)
        AND EXISTS (SELECT FROM routing_openinterval i WHERE i.calendar_id = c.id AND i.starts_at <= a.at)
    FROM unnest(%s::timestamptz[]) AS a(at) CROSS JOIN routing_calendar c WHERE c.name = ANY(%s)
"""


def _with_hours(batch: Sequence[Signals], calendars: Sequence[str]) -> list[Signals]:
    """Which of the calendars that rules name are open. Where one is gone or not worked out, none of it is known."""
    times = sorted({one.at for one in batch if one.at is not None})
    rows: dict[Any, list[tuple[str, bool, bool]]] = {}
    with connection.cursor() as cursor:
        cursor.execute(_HOURS, [times, list(calendars)])
        for at, name, is_open, is_known in cursor.fetchall():
            rows.setdefault(at, []).append((name, is_open, is_known))
    found = []
    for one in batch:
        states = rows.get(one.at, [])
        is_known = len(states) == len(calendars) and all(known for _, _, known in states)
        found.append(
            replace(one, open_at=frozenset(name for name, is_open, _ in states if is_open) if is_known else None)
        )
    return found

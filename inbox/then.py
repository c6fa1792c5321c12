"""Facts about messages of the past that nobody kept with their decisions, as far as they can still be found out.

Roles, attributes, tags and owners are dated: what held when the message came counts. Which of them were taken away
since without a trace, nobody knows. Opening hours are those that are set now. One statement for each sort of fact.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from django.db import connection

from inbox.gathering import CUSTOMER, POST
from routing import calendars
from routing.fields import ATTRIBUTE
from routing.hours import Timetable
from routing.models import Calendar
from routing.rulebook import Rulebook
from routing.signals import Customer, Post, Signals

_CUSTOMERS = """
    WITH asked AS (
        SELECT a.message, a.at, coalesce(c.root_id, c.id) AS person
        FROM unnest(%(messages)s::bigint[], %(identities)s::bigint[], %(times)s::timestamptz[])
            AS a(message, identity, at)
        JOIN contacts_identity i ON i.id = a.identity JOIN contacts_contact c ON c.id = i.contact_id
    )
    SELECT asked.message, coalesce(role.now, '{}'), coalesce(role.past, '{}'),
        ARRAY(SELECT DISTINCT t.name FROM contacts_contact p JOIN contacts_tag t ON t.contact_id = p.id
              WHERE (p.id = asked.person OR p.root_id = asked.person) AND t.at <= asked.at),
        ARRAY(SELECT DISTINCT d.slug FROM contacts_contact p JOIN contacts_owner o ON o.contact_id = p.id
              JOIN people_department d ON d.id = o.department_id
              WHERE (p.id = asked.person OR p.root_id = asked.person) AND o.at <= asked.at),
        ARRAY(SELECT DISTINCT ON (a.slug) ARRAY[a.slug, v.value]
              FROM contacts_contact p JOIN contacts_attributevalue v ON v.contact_id = p.id
              JOIN contacts_attribute a ON a.id = v.attribute_id AND a.slug = ANY(%(slugs)s)
              WHERE (p.id = asked.person OR p.root_id = asked.person) AND v.at <= asked.at
              ORDER BY a.slug, (v.source = 'person') DESC, v.at DESC, v.id DESC)
    FROM asked CROSS JOIN LATERAL (
        SELECT array_agg(DISTINCT k.slug) FILTER (WHERE r.until IS NULL OR r.until > asked.at) AS now,
               array_agg(DISTINCT k.slug) FILTER (WHERE r.until <= asked.at) AS past
        FROM contacts_contact p JOIN contacts_role r ON r.contact_id = p.id JOIN contacts_rolekind k ON k.id = r.kind_id
        WHERE (p.id = asked.person OR p.root_id = asked.person) AND r.since <= asked.at
          AND NOT coalesce((r.evidence ->> 'taken_back')::boolean, false)
    ) AS role
"""
_POSTS = """
    SELECT a.message, m.external_id, concat_ws(E'\\n', nullif(m.title, ''), m.text), m.direction = 'out'
    FROM unnest(%s::bigint[], %s::bigint[], %s::text[]) AS a(message, channel, parent)
    JOIN inbox_message m ON m.channel_id = a.channel AND m.external_id = a.parent AND m.deleted_at IS NULL
"""


class Row(NamedTuple):
    """Which message it is about, and what its rows point at."""

    message: int
    identity: int
    channel: int
    parent: str


class Then:
    """Finds out what some rules ask for."""

    def __init__(self, book: Rulebook) -> None:
        self._slugs = sorted(name.removeprefix(ATTRIBUTE) for name in book.asks if name.startswith(ATTRIBUTE))
        self._asks_customer = bool(self._slugs or book.asks & CUSTOMER)
        self._asks_post = bool(book.asks & POST)
        self._hours = _hours(book.values("hours")) if "hours" in book.asks else None

    def complete(self, rows: Sequence[Row], batch: Sequence[Signals]) -> list[Signals]:
        """The signals, with what they lack and rules ask for. At most two statements."""
        found = list(batch)
        if self._asks_customer:
            known = self._customers(rows, found)
            found = [
                replace(one, customer=known.get(row.message, one.customer))
                for row, one in zip(rows, found, strict=True)
            ]
        if self._asks_post:
            posts = _posts(rows, found)
            found = [
                replace(one, post=_better(one.post, posts.get(row.message)))
                for row, one in zip(rows, found, strict=True)
            ]
        if self._hours is not None:
            found = [
                one if one.open_at is not None else replace(one, open_at=_open(self._hours, one.at)) for one in found
            ]
        return found

    def _customers(self, rows: Sequence[Row], batch: Sequence[Signals]) -> dict[int, Customer]:
        asked = [(row.message, row.identity, one.at) for row, one in zip(rows, batch, strict=True) if not one.customer]
        if not asked:
            return {}
        messages, identities, times = (list(column) for column in zip(*asked, strict=True))
        with connection.cursor() as cursor:
            values = {"messages": messages, "identities": identities, "times": times, "slugs": self._slugs}
            cursor.execute(_CUSTOMERS, values)
            return {
                message: Customer(
                    roles=frozenset(now),
                    past_roles=frozenset(past) - frozenset(now),
                    tags=frozenset(tags),
                    owners=frozenset(owners),
                    attributes={slug: value for slug, value in said if value},
                )
                for message, now, past, tags, owners, said in cursor.fetchall()
            }


def _posts(rows: Sequence[Row], batch: Sequence[Signals]) -> dict[int, Post]:
    """Of posts of which too little came with the message, what stands among our messages."""
    asked = [
        (row.message, row.channel, row.parent)
        for row, one in zip(rows, batch, strict=True)
        if row.parent and (one.post is None or not one.post.text or one.post.is_ours is None)
    ]
    if not asked:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(_POSTS, [list(column) for column in zip(*asked, strict=True)])
        return {message: Post(pk, text, is_ours) for message, pk, text, is_ours in cursor.fetchall()}


def _better(came: Post | None, known: Post | None) -> Post | None:
    if came is None or known is None:
        return came or known
    return Post(came.external_id, came.text or known.text, known.is_ours if came.is_ours is None else came.is_ours)


def _hours(names: Collection[str]) -> Mapping[str, Timetable]:
    """The open times of the calendars that rules name; none where one of them is gone."""
    by_name = dict(Calendar.objects.filter(name__in=names).values_list("name", "pk"))
    if len(by_name) < len(names):
        return {}
    tables = calendars.timetables(list(by_name.values()))
    return {name: tables[pk] for name, pk in by_name.items()}


def _open(tables: Mapping[str, Timetable], at: datetime | None) -> frozenset[str] | None:
    """Which calendars were open; None where the times of one are not worked out that far."""
    if at is None or not tables:
        return None
    known = all(table.intervals and table.intervals[0][0] <= at <= table.intervals[-1][1] for table in tables.values())
    return frozenset(name for name, table in tables.items() if table.is_open(at)) if known else None

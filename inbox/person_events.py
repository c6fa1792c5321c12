"""Which events are a person's: the statements that find them, from a place on, in both directions.

A person may have hundreds of accounts and hundreds of thousands of events. So every account, and every contact that the
person consists of, gives its next few from an index of its own, and only those are put in one order.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from inbox.search import words
from inbox.search.conditions import Sql, joined
from inbox.search.query import parse_words

# Rows of one account that are read for one answer, where a condition cannot be asked of an index.
DEPTH, DEPTH_OF_WORDS = 20_000, 2_000
_WORDS = 20_000  # characters of a message that are searched


class Place(NamedTuple):
    """Where to go on from, and in which direction."""

    at: datetime
    id: int
    earlier: bool = True


class Statement(NamedTuple):
    """SQL that gives ids of events, in the order in which they are told."""

    sql: str
    params: list[Any]


@dataclass(frozen=True, slots=True)
class Conditions:
    """What is asked for, of all that happened."""

    kinds: tuple[str, ...] = ()
    network: str = ""
    department: int | None = None
    words: str = ""
    # Whether what happened in conversations is meant, and what concerns the person as such.
    of_accounts: bool = True
    wants_person: bool = True

    @property
    def of_person(self) -> bool:
        """Whether anything that concerns the person as such can be among it."""
        return self.wants_person and not self.network and self.department is None

    @property
    def depth(self) -> int:
        """How many rows of an account may be read; 0 where an index answers."""
        return DEPTH_OF_WORDS if self.words else DEPTH if self.department is not None else 0


ALL = Conditions()

_CONTACTS = (
    "(SELECT id FROM contacts_contact WHERE id = %s UNION ALL SELECT id FROM contacts_contact WHERE root_id = %s)"
)

# What was said in an event, as `m`, for the words of a search.
_SAID = f"""
    LEFT JOIN inbox_message message ON message.id = e.message_id LEFT JOIN inbox_note note ON note.id = e.note_id
    CROSS JOIN LATERAL (
        SELECT coalesce(message.title, '') AS title, left(coalesce(message.text, note.text, ''), {_WORDS}) AS text
    ) m"""
_TOLD = """
    CROSS JOIN LATERAL (
        SELECT '' AS title, coalesce(string_agg(value #>> '{}', ' '), '') AS text
        FROM jsonb_path_query(e.data, 'strict $.** ? (@.type() == "string")') AS value
    ) m"""


def ids(person: int, place: Place, size: int, asked: Conditions = ALL) -> Statement:
    """The ids of the next `size` events of a person. Only for what indexes answer; else see `within_reach`."""
    parts = []
    if asked.of_accounts:
        parts.append(_of_nearest(person, place, size) if asked == ALL else _of_accounts(person, place, size, asked))
    if asked.of_person:
        parts.append(_of_person(person, place, size, asked))
    order = "DESC" if place.earlier else "ASC"
    sql = " UNION ALL ".join(f"({part.sql})" for part in parts) or "SELECT id, at FROM inbox_event WHERE false"
    found = f"SELECT id FROM ({sql}) found ORDER BY at {order}, id {order} LIMIT %s"  # noqa: S608 - constants
    return Statement(found, [*(value for part in parts for value in part.params), size])


def some(person: int, place: Place, size: int) -> Statement:
    """The ids of `size` events of a person that lie beyond a place, or of all where there are fewer, in no order: one
    walk through the index, which ends as soon as so many are found."""
    compare = "<" if place.earlier else ">"
    beyond = f"(at, id) {compare} (%s, %s)"
    sql = f"""
        SELECT id FROM (
            SELECT id FROM inbox_event WHERE {beyond} AND identity_id = ANY(ARRAY(
                SELECT id FROM contacts_identity WHERE contact_id = %s))
            UNION ALL
            SELECT id FROM inbox_event WHERE {beyond} AND contact_id = ANY(ARRAY{_CONTACTS})
        ) found LIMIT %s
    """  # noqa: S608 - constants
    return Statement(sql, [place.at, place.id, person, place.at, place.id, person, person, size])


def within_reach(person: int, place: Place, size: int, asked: Conditions, depth: int) -> Statement:
    """One row: how far was looked (null: to the end), and the ids of the next `size` events up to there.

    Each account's events are read `depth` deep at most, so that an answer comes however rare it is what was asked for.
    """
    found = ids(person, place, size, asked)
    order, extreme, compare = ("DESC", "max", "<") if place.earlier else ("ASC", "min", ">")
    reach = f"""
        WITH reach AS MATERIALIZED (
            SELECT {extreme}(deepest.at) AS at FROM contacts_identity one CROSS JOIN LATERAL (
                SELECT at FROM inbox_event WHERE identity_id = one.id AND (at, id) {compare} (%s, %s)
                ORDER BY at {order}, id {order} OFFSET %s LIMIT 1
            ) deepest WHERE one.contact_id = %s
        )
        SELECT (SELECT at FROM reach), ARRAY({found.sql})
    """  # noqa: S608 - constants
    return Statement(reach, [place.at, place.id, depth, person, *found.params])


def _of_accounts(person: int, place: Place, size: int, asked: Conditions) -> Statement:
    order, compare = ("DESC", "<") if place.earlier else ("ASC", ">")
    joins, where = "", ""
    params: list[Any] = []
    if asked.kinds:
        # Said twice, because the index of what is no message serves only where that is said.
        where += " AND e.kind = ANY(%s)" + ("" if "message" in asked.kinds else " AND e.kind <> 'message'")
        params.append(list(asked.kinds))
    if asked.department is not None:
        joins += " JOIN inbox_conversation c ON c.id = e.conversation_id"
        where += " AND c.department_id = %s"
        params.append(asked.department)
    if asked.words:
        joins += _SAID
        has = _has(asked.words)
        where += f" AND {has.text}"
        params.extend(has.params)
    if asked.depth:
        end, never = (">=", "-infinity") if place.earlier else ("<=", "infinity")
        where += f" AND e.at {end} coalesce((SELECT at FROM reach), '{never}')"  # noqa: S608 - constants
    narrowed = " AND one.network = %s" if asked.network else ""
    sql = f"""
        SELECT next.id, next.at FROM contacts_identity one CROSS JOIN LATERAL (
            SELECT e.id, e.at FROM inbox_event e{joins}
            WHERE e.identity_id = one.id AND (e.at, e.id) {compare} (%s, %s){where}
            ORDER BY e.at {order}, e.id {order} LIMIT %s
        ) next WHERE one.contact_id = %s{narrowed}
    """  # noqa: S608 - constants
    return Statement(sql, [place.at, place.id, *params, size, person, *([asked.network] if asked.network else [])])


def _of_nearest(person: int, place: Place, size: int) -> Statement:
    """What may be among the next `size` events: of the `size` accounts whose own next one is nearest."""
    order, compare = ("DESC", "<") if place.earlier else ("ASC", ">")
    sql = f"""
        SELECT next.id, next.at FROM (
            SELECT one.id FROM contacts_identity one CROSS JOIN LATERAL (
                SELECT at, id FROM inbox_event e WHERE e.identity_id = one.id AND (e.at, e.id) {compare} (%s, %s)
                ORDER BY e.at {order}, e.id {order} LIMIT 1
            ) first WHERE one.contact_id = %s ORDER BY first.at {order}, first.id {order} LIMIT %s
        ) one CROSS JOIN LATERAL (
            SELECT e.id, e.at FROM inbox_event e WHERE e.identity_id = one.id AND (e.at, e.id) {compare} (%s, %s)
            ORDER BY e.at {order}, e.id {order} LIMIT %s
        ) next
    """  # noqa: S608 - constants
    return Statement(sql, [place.at, place.id, person, size, place.at, place.id, size])


def _of_person(person: int, place: Place, size: int, asked: Conditions) -> Statement:
    order, compare = ("DESC", "<") if place.earlier else ("ASC", ">")
    joins, where = "", ""
    params: list[Any] = []
    if asked.kinds:
        where += " AND e.kind = ANY(%s)"
        params.append(list(asked.kinds))
    if asked.words:
        joins = _TOLD
        has = _has(asked.words)
        where += f" AND {has.text}"
        params.extend(has.params)
    sql = f"""
        SELECT next.id, next.at FROM {_CONTACTS} one CROSS JOIN LATERAL (
            SELECT e.id, e.at FROM inbox_event e{joins}
            WHERE e.contact_id = one.id AND (e.at, e.id) {compare} (%s, %s){where}
            ORDER BY e.at {order}, e.id {order} LIMIT %s
        ) next
    """  # noqa: S608 - constants
    return Statement(sql, [person, person, place.at, place.id, *params, size])


def _has(said: str) -> Sql:
    """That `m` has these words, as search means them; nothing has none."""
    query = parse_words(said)
    return Sql("false") if query.is_empty else joined([words.has(query), *words.unindexed(query)])

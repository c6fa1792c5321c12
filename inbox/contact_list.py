"""The list of people, by name, a page at a time: whom we have talked with or know from a company's records."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlencode

from django.core.exceptions import BadRequest
from django.db import connection
from django.urls import reverse

from inbox import marks
from inbox.presentation import ago, face, full, network_name

if TYPE_CHECKING:
    from collections.abc import Collection

    from django.http import QueryDict

Row = dict[str, Any]
PAGE = 50
# People that are passed by in the order of names while looking for a page of those asked for; and those with a role, a
# tag or a network that are put in order where that few have it. Beyond both, the page says that it goes on.
WALK, FEW = 5_000, 10_000
LETTERS = "abcdefghijklmnopqrstuvwxyz"

_PARTS = "(SELECT one.id UNION ALL SELECT p.id FROM contacts_contact p WHERE p.root_id = one.id)"
# Each ends at the first row that it finds; EXISTS might be planned as a look through a whole table.
_KNOWN = """(SELECT true FROM contacts_identity i WHERE i.contact_id = one.id AND (i.network = 'crm'
    OR (SELECT true FROM inbox_conversation v WHERE v.identity_id = i.id LIMIT 1)) LIMIT 1)"""
_IS = {
    "tag": f"(SELECT true FROM contacts_tag t WHERE t.name = %s AND t.contact_id IN {_PARTS} LIMIT 1)",  # noqa: S608
    "role": f"""(SELECT true FROM contacts_role r
        WHERE r.kind_id = (SELECT id FROM contacts_rolekind WHERE slug = %s) AND r.until IS NULL
        AND r.contact_id IN {_PARTS} LIMIT 1)""",  # noqa: S608
    "network": "(SELECT true FROM contacts_identity i WHERE i.contact_id = one.id AND i.network = %s LIMIT 1)",
}
_WHO_IS = {
    "tag": "SELECT t.contact_id FROM contacts_tag t WHERE t.name = %s",
    "role": """SELECT r.contact_id FROM contacts_role r
        WHERE r.kind_id = (SELECT id FROM contacts_rolekind WHERE slug = %s) AND r.until IS NULL""",
    "network": "SELECT i.contact_id FROM contacts_identity i WHERE i.network = %s",
}
_AFTER = "one.root_id IS NULL AND NOT one.is_us AND NOT one.is_erased AND (one.sort_key, one.id) > (%s, %s)"
_WALK = f"SELECT one.id, one.sort_key FROM contacts_contact one WHERE {_AFTER} ORDER BY one.sort_key, one.id"  # noqa: S608


class Place(NamedTuple):
    """The last person of a page, in the order of names; the next one starts behind it."""

    sort_key: str = ""
    id: int = 0

    def __str__(self) -> str:
        return f"{self.id},{self.sort_key}"

    @classmethod
    def parse(cls, text: str) -> "Place | None":
        """Read one from an address; None where there is none. Raises BadRequest on anything else."""
        if not text:
            return None
        number, comma, key = text.partition(",")
        if not comma or not (number.isascii() and number.isdecimal()) or len(number) > 18 or "\0" in text:
            raise BadRequest("This address is damaged: the place to go on from cannot be read.")
        return cls(key[:200], int(number))


@dataclass(frozen=True, slots=True)
class Asked:
    """What the query string narrows the list down to."""

    role: str = ""
    network: str = ""
    tag: str = ""
    everybody: bool = False
    start: str = ""

    @classmethod
    def parse(cls, query: "QueryDict") -> "Asked":
        """Read it; what cannot be meant is ignored."""
        role, network, tag = (query.get(name, "").replace("\0", "").strip()[:50] for name in ("role", "network", "tag"))
        start = query.get("from", "")
        return cls(role, network, tag, query.get("everybody") == "1", start if start in (*LETTERS, "~") else "")

    def query(self, **changes: Any) -> str:
        """The query string with some of it changed, "?" included; empty where nothing is set."""
        values = {
            "role": self.role,
            "network": self.network,
            "tag": self.tag,
            "everybody": "1" if self.everybody else "",
            "from": self.start,
        } | changes
        pairs = {name: str(value) for name, value in values.items() if value}
        return f"?{urlencode(pairs)}" if pairs else ""

    @property
    def is_narrowed(self) -> bool:
        """Whether only some are asked for."""
        return bool(self.role or self.network or self.tag)

    @property
    def chosen(self) -> dict[str, str]:
        """What is asked for, the rarest kind of thing first."""
        values = {"tag": self.tag, "role": self.role, "network": self.network}
        return {name: value for name, value in values.items() if value}


class Page(NamedTuple):
    """People by name, and where the next page starts; `is_partial`: others may follow that were not looked for yet."""

    ids: list[int]
    next: Place | None = None
    is_partial: bool = False


def page(asked: Asked, place: Place | None) -> Page:
    """A page of those asked for. One statement; up to three where they are rare."""
    start = place or Place("{" if asked.start == "~" else asked.start)
    few = _few(asked, start) if asked.chosen else None
    if few is not None:
        return _page(few)
    found = _walked(asked, start)
    if len(found) > PAGE:
        return _page(found)
    end = _end_of_walk(start) if asked.chosen or not asked.everybody else None
    return Page([pk for pk, _key in found], end, is_partial=end is not None)


def _page(found: list[tuple[int, str]]) -> Page:
    more = len(found) > PAGE
    last = found[PAGE - 1] if more else None
    return Page([pk for pk, _key in found[:PAGE]], Place(last[1], last[0]) if last else None)


def _narrowed(people: str, asked: Asked, without: str = "") -> tuple[str, list[str]]:
    """Those among `people`, rows in the order of names, who are what is asked for; what costs most is asked last, and
    nothing is asked of more of them than a page needs."""
    chosen = {name: value for name, value in asked.chosen.items() if name != without}
    for condition in [*(_IS[name] for name in chosen), *([] if asked.everybody else [_KNOWN])]:
        people = f"SELECT id, sort_key FROM ({people} OFFSET 0) one WHERE {condition}"  # noqa: S608 - constants
    return f"SELECT id, sort_key FROM ({people}) one", list(chosen.values())  # noqa: S608 - constants


def _walked(asked: Asked, start: Place) -> list[tuple[int, str]]:
    """Those asked for among the next people in the order of names. One statement that stops at a page."""
    sql, params = _narrowed(f"({_WALK} LIMIT %s)", asked)
    with connection.cursor() as cursor:
        cursor.execute(f"{sql} ORDER BY sort_key, id LIMIT %s", [*start, WALK, *params, PAGE + 1])
        return list(cursor.fetchall())


def _few(asked: Asked, start: Place) -> list[tuple[int, str]] | None:
    """The same, found from those who have the rarest thing asked for; None where that many have it. One statement."""
    name, value = next(iter(asked.chosen.items()))
    among, params = _narrowed(
        f"""SELECT one.id, one.sort_key FROM contacts_contact one
        WHERE (SELECT count(*) FROM those) <= %s AND one.id IN (
            SELECT coalesce(c.root_id, c.id) FROM those JOIN contacts_contact c ON c.id = those.contact_id
        ) AND {_AFTER} ORDER BY one.sort_key, one.id""",  # noqa: S608 - constants
        asked,
        without=name,
    )
    sql = f"""
        WITH those AS MATERIALIZED ({_WHO_IS[name]} LIMIT %s)
        SELECT counted.n, next.id, next.sort_key FROM (SELECT count(*) AS n FROM those) counted LEFT JOIN (
            {among} ORDER BY sort_key, id LIMIT %s
        ) next ON true ORDER BY next.sort_key, next.id
    """  # noqa: S608 - constants
    with connection.cursor() as cursor:
        cursor.execute(sql, [value, FEW + 1, FEW, *start, *params, PAGE + 1])
        found = cursor.fetchall()
    return None if found[0][0] > FEW else [(pk, key) for _count, pk, key in found if pk]


def _end_of_walk(start: Place) -> Place | None:
    """The last of the people that `_walked` has looked at; None where nobody follows. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(f"{_WALK} OFFSET %s LIMIT 1", [*start, WALK - 1])
        found = cursor.fetchone()
    return Place(found[1], found[0]) if found else None


_ROWS = f"""
    SELECT one.id, one.name, one.do_not_contact, look.*, said.*, held.names, kept.names
    FROM unnest(%s::bigint[]) WITH ORDINALITY AS asked(id, place) JOIN contacts_contact one ON one.id = asked.id
    CROSS JOIN LATERAL (
        SELECT array_agg(DISTINCT i.network) AS networks, (array_agg(i.called ORDER BY i.id))[1] AS called,
               (array_agg(i.id ORDER BY i.id) FILTER (WHERE i.avatar_url <> ''))[1] AS pictured,
               (array_agg(i.avatar_url ORDER BY i.id) FILTER (WHERE i.avatar_url <> ''))[1] AS picture
        FROM (
            SELECT id, network, avatar_url, coalesce(nullif(name, ''), nullif(handle, ''), external_id) AS called
            FROM contacts_identity WHERE contact_id = one.id LIMIT 100
        ) i
    ) look
    LEFT JOIN LATERAL (
        SELECT newest.last_message_at, newest.snippet, i.network FROM contacts_identity i CROSS JOIN LATERAL (
            SELECT last_message_at, snippet FROM inbox_conversation v WHERE v.identity_id = i.id
            ORDER BY last_message_at DESC LIMIT 1
        ) newest WHERE i.contact_id = one.id ORDER BY newest.last_message_at DESC LIMIT 1
    ) said ON true
    CROSS JOIN LATERAL (
        SELECT jsonb_agg(DISTINCT jsonb_build_array(k.position, k.name, k.tone, k.icon)) AS names
        FROM contacts_role r JOIN contacts_rolekind k ON k.id = r.kind_id
        WHERE r.until IS NULL AND r.contact_id IN {_PARTS}
    ) held
    CROSS JOIN LATERAL (
        SELECT jsonb_agg(DISTINCT jsonb_build_array(d.position, d.name, d.mark, o.user_id, u.name)) AS names FROM (
            SELECT department_id, user_id FROM contacts_owner w WHERE w.contact_id IN {_PARTS}
            UNION ALL
            SELECT open.department_id, open.assignee_id FROM contacts_identity i CROSS JOIN LATERAL (
                SELECT department_id, assignee_id FROM inbox_conversation v
                WHERE v.identity_id = i.id AND v.state = 'open' ORDER BY last_message_at DESC LIMIT 3
            ) open WHERE i.contact_id = one.id
        ) o JOIN people_department d ON d.id = o.department_id LEFT JOIN people_user u ON u.id = o.user_id
    ) kept
    ORDER BY asked.place
"""  # noqa: S608 - constants


def rows(ids: "Collection[int]", now: datetime) -> list[Row]:
    """The lines of these people, in this order. One statement."""
    if not ids:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_ROWS, [list(ids)])
        return [_row(values, now) for values in cursor.fetchall()]


def _row(values: tuple[Any, ...], now: datetime) -> Row:
    pk, name, closed, networks, called, pictured, picture, at, snippet, network, held, kept = values
    name = name or called or "?"
    return {
        "id": pk,
        "url": reverse("contact", args=[pk]),
        "name": name,
        "face": marks.customer(name, pk, "", "", face(pictured, picture) if picture else ""),
        "do_not_contact": closed,
        "networks": [(marks.network(one), network_name(one)) for one in networks or ()],
        "roles": [
            {"name": role, "css": "" if tone == "plain" else tone, "icon": marks.icon(icon, "sm")}
            for _position, role, tone, icon in json.loads(held or "[]")
        ],
        "owners": _owners(json.loads(kept or "[]")),
        "snippet": snippet or "",
        "network": marks.network(network) if network else "",
        "iso": at.isoformat() if at else "",
        "full": full(at) if at else "",
        "ago": ago(at, now) if at else "",
    }


def _owners(kept: "Collection[list[Any]]") -> list[Row]:
    """Each department once, with the first colleague who is named there."""
    found: dict[str, Row] = {}
    for _position, name, mark, user, colleague in kept:
        one = found.setdefault(name, {"mark": marks.department(mark, name, only=True), "mate": ""})
        if user and not one["mate"]:
            one["mate"] = marks.colleague(colleague, user, "s18")
    return list(found.values())

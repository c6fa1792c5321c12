"""Suggestions that two persons are one, and what a colleague says of them. contacts/match.py makes them."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple, Protocol, TypeVar

from django.db import connection, transaction
from django.utils.translation import gettext as _

from contacts.models import Suggestion
from contacts.separated import condition
from people.models import User

_OPEN = f"""
    SELECT s.id, s.score, s.first_id, s.second_id, a.contact_id, b.contact_id, s.reasons, s.created_at
    FROM contacts_suggestion s
    JOIN contacts_identity a ON a.id = s.first_id
    JOIN contacts_identity b ON b.id = s.second_id
    JOIN contacts_contact ca ON ca.id = a.contact_id
    JOIN contacts_contact cb ON cb.id = b.contact_id
    WHERE s.state = 'open' AND a.contact_id <> b.contact_id AND NOT ca.is_us AND NOT cb.is_us
      AND {{where}}
      AND NOT EXISTS (
          SELECT FROM contacts_identity x
          JOIN contacts_suggestion o ON o.first_id = x.id
          JOIN contacts_identity y ON y.id = o.second_id
          WHERE x.contact_id IN (a.contact_id, b.contact_id) AND y.contact_id IN (a.contact_id, b.contact_id)
            AND x.contact_id <> y.contact_id AND o.state = 'open' AND (o.score, o.id) > (s.score, s.id)
      )
      AND NOT ({condition("a.contact_id", "b.contact_id")})
    ORDER BY s.score DESC, s.id DESC LIMIT %(limit)s
"""  # noqa: S608 - made of constants
_BETWEEN = """
    WITH pair AS (
        SELECT a.contact_id AS one, b.contact_id AS other FROM contacts_suggestion s
        JOIN contacts_identity a ON a.id = s.first_id
        JOIN contacts_identity b ON b.id = s.second_id
        WHERE s.id = %s
    )
    SELECT o.id FROM pair
    JOIN contacts_identity x ON x.contact_id IN (pair.one, pair.other)
    JOIN contacts_suggestion o ON o.first_id = x.id AND o.state = 'open'
    JOIN contacts_identity y ON y.id = o.second_id
    WHERE y.contact_id IN (pair.one, pair.other) AND (y.contact_id <> x.contact_id OR o.id = %s)
    ORDER BY o.id
"""


class Decided(Exception):
    """The suggestion is not there any more or was decided on before; the message says which, for people."""


class Cursor(NamedTuple):
    """Where a page of suggestions ended."""

    score: float
    id: int


@dataclass(frozen=True, slots=True)
class Pair:
    """Two persons that may be one: their best suggestion. `first` and `second` are contacts that stand for themselves,
    `identities` the accounts that are alike, in the same order. See contacts/reasons.py for the reasons' sentences."""

    id: int
    score: float
    first: int
    second: int
    identities: tuple[int, int]
    reasons: Sequence[dict[str, Any]]
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Page:
    """Pairs, best first, and where the next page begins (None at the end)."""

    pairs: Sequence[Pair]
    next: Cursor | None


M_co = TypeVar("M_co", covariant=True)


class Merging(Protocol[M_co]):
    """`contacts.merge.merge`, or the verb above it that records events as well."""

    def __call__(
        self, part: int, into: int, *, origin: str, at: datetime, by: User, evidence: Sequence[dict[str, Any]]
    ) -> M_co: ...


def open_suggestions(*, before: Cursor | None = None, size: int = 25, network: str = "", reason: str = "") -> Page:
    """A page of pairs of persons that may be one and that nobody has decided on, each pair once, best first.

    `network`: only where one of the two accounts is on it; `reason`: only with a reason of that kind. One statement.
    """
    where, values = ["TRUE"], dict[str, Any]()
    if before is not None:
        where.append("(s.score, s.id) < (%(score)s, %(id)s)")
        values |= before._asdict()
    if network:
        where.append("%(network)s IN (a.network, b.network)")
        values["network"] = network
    if reason:
        where.append("s.reasons @> jsonb_build_array(jsonb_build_object('kind', %(reason)s::text))")
        values["reason"] = reason
    pairs = list(_pairs(where, values, size + 1))
    more = len(pairs) > size
    return Page(pairs[:size], Cursor(pairs[size - 1].score, pairs[size - 1].id) if more else None)


def of_person(contact_id: int, *, size: int = 5) -> list[Pair]:
    """With whom this person (a contact that stands for itself) may be one, each once, best first. One statement."""
    mine = "(SELECT id FROM contacts_identity WHERE contact_id = %(person)s)"
    return list(_pairs([f"(s.first_id IN {mine} OR s.second_id IN {mine})"], {"person": contact_id}, size))


def open_count(limit: int = 50) -> int:
    """How many suggestions are open, counted up to `limit` + 1. Several may be of the same two persons."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM (SELECT FROM contacts_suggestion WHERE state = 'open' LIMIT %s) AS found", [limit + 1]
        )
        return int(cursor.fetchone()[0])


def accept(suggestion_id: int, *, by: User, at: datetime, merge: Merging[M_co], into: int | None = None) -> M_co:
    """They are one: merge the two persons with the suggestion's reasons, and settle all that is open between them.

    `into`: the person that stays in front, the one that has been there longer by default. Raises Decided when somebody
    was quicker, and what `merge` raises where the two cannot become one.
    """
    with transaction.atomic():
        found = _read(suggestion_id)
        # The merge takes the locks, so it comes first: of two colleagues who click at once the second is told by it.
        first, second = found.first.contact_id, found.second.contact_id
        target = into if into in (first, second) else min(first, second)
        assert target is not None  # noqa: S101 - for the type checker
        between = _between(found.pk)
        part = second if target == first else first
        done = merge(part, target, origin="person", at=at, by=by, evidence=found.reasons)
        _settle(found.pk, between, Suggestion.State.ACCEPTED, by=by, at=at)
    return done


def reject(suggestion_id: int, *, by: User, at: datetime) -> int:
    """They are two: settle all that is open between the two persons; returns how many suggestions that were.

    Nothing suggests these two again, nor links them by itself. Raises Decided when somebody was quicker.
    """
    with transaction.atomic():
        found = _read(suggestion_id)
        if found.first.contact_id == found.second.contact_id:
            raise Decided(_("They have become one person meanwhile. Separate them instead."))
        return _settle(found.pk, _between(found.pk), Suggestion.State.REJECTED, by=by, at=at)


def _pairs(where: Sequence[str], values: dict[str, Any], limit: int) -> Iterator[Pair]:
    with connection.cursor() as cursor:
        cursor.execute(_OPEN.format(where=" AND ".join(where)), {**values, "limit": limit})
        for pk, score, one, other, first, second, reasons, created_at in cursor.fetchall():
            yield Pair(pk, score, first, second, (one, other), json.loads(reasons), created_at)


def _read(suggestion_id: int) -> Suggestion:
    found = Suggestion.objects.select_related("first", "second", "decided_by").filter(pk=suggestion_id).first()
    if found is None:
        raise Decided(_("This suggestion is no longer there."))
    _refuse_decided(found)
    return found


def _refuse_decided(found: Suggestion) -> None:
    who = str(found.decided_by or _("Somebody"))
    if found.state == Suggestion.State.ACCEPTED:
        raise Decided(_("%(who)s has already said that they are the same.") % {"who": who})
    if found.state == Suggestion.State.REJECTED:
        raise Decided(_("%(who)s has already said that they are not the same.") % {"who": who})


def _between(suggestion_id: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(_BETWEEN, [suggestion_id, suggestion_id])
        return [row[0] for row in cursor.fetchall()]


def _settle(suggestion_id: int, ids: Sequence[int], state: str, *, by: User, at: datetime) -> int:
    """Decide on what is still open of these, locked in one order. The one that was asked about has to be."""
    rows = Suggestion.objects.select_for_update(of=("self",)).select_related("decided_by").order_by("pk")
    found = {one.pk: one for one in rows.filter(pk__in={*ids, suggestion_id})}
    if suggestion_id not in found:
        raise Decided(_("This suggestion is no longer there."))
    _refuse_decided(found[suggestion_id])
    still = [pk for pk, one in found.items() if one.state == Suggestion.State.OPEN]
    return Suggestion.objects.filter(pk__in=still).update(state=state, decided_by=by, decided_at=at)

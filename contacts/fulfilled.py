"""What follows from a criterion: roles that people have because something about them is so, given and ended by many.

Set-based: the number of statements depends on how many roles are given, a thousand at a time, and not on how many
people there are. Who fulfils a criterion is in the temporary table `fulfilled` (see `fulfilled_by`). A colleague's word
counts more: whoever ended such a role, or let it go on, is not contradicted.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db import connection
from django.utils.translation import gettext

from contacts.criteria import Criterion, counted
from contacts.models import RoleKind
from contacts.models.facts import Source
from contacts.roles import KEPT
from socialcrm.bulk import copy_rows, next_ids

# In the evidence of a role: the last day on which its criterion held.
HELD = "held"
# How many windows a criterion may fail before its role ends.
PATIENCE = 2
_AT_ONCE = 1000

# Whoever has the role, by whomever, on whatever part of them; and whoever a colleague said is it no longer.
_DROP_SETTLED = """
    DELETE FROM fulfilled WHERE person IN (
        SELECT coalesce(c.root_id, c.id) FROM contacts_role r JOIN contacts_contact c ON c.id = r.contact_id
        WHERE r.kind_id = %(kind)s
            AND (r.until IS NULL OR (r.ended_by_id IS NOT NULL AND r.until > %(word_until)s))
    )
"""
_NEXT = "SELECT person, value, messages, conversation FROM fulfilled WHERE person > %s ORDER BY person LIMIT %s"
_KEEP = """
    UPDATE contacts_role r SET evidence = r.evidence || jsonb_build_object('held', %(today)s)
    FROM contacts_contact c JOIN fulfilled f ON f.person = coalesce(c.root_id, c.id)
    WHERE c.id = r.contact_id AND r.kind_id = %(kind)s AND r.until IS NULL AND r.source = %(source)s
        AND r.evidence ->> 'held' IS DISTINCT FROM %(today)s
"""
_END = """
    UPDATE contacts_role r SET until = greatest(%(at)s, r.since), ended_reason = %(reason)s
    FROM contacts_contact c
    WHERE c.id = r.contact_id AND r.kind_id = %(kind)s AND r.until IS NULL AND r.source = %(source)s
        AND NOT r.evidence ? %(kept)s
        AND coalesce(r.evidence ->> 'held', to_char(r.since, 'YYYY-MM-DD')) < %(since)s
        AND NOT EXISTS (SELECT 1 FROM fulfilled f WHERE f.person = coalesce(c.root_id, c.id))
    RETURNING r.id, r.contact_id
"""


class Change(NamedTuple):
    """A role that was given to, or ended on, a contact, with the reason."""

    role: int
    contact: int
    reason: str


@contextmanager
def fulfilled_by(query: str, asked: Mapping[str, Any]) -> Iterator[None]:
    """Within: who fulfils a criterion, from a query for person, value, messages (the newest first) and conversation."""
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMP TABLE fulfilled (person, value, messages, conversation) AS {query}", asked)
        cursor.execute("ALTER TABLE fulfilled ADD PRIMARY KEY (person)")
        cursor.execute("ANALYZE fulfilled")
        try:
            yield
        finally:
            if not connection.needs_rollback:
                cursor.execute("DROP TABLE fulfilled")


def give(kind: RoleKind, criterion: Criterion, at: datetime) -> Iterator[list[Change]]:
    """Give the role to all who fulfil the criterion and may have it, a part of them at a time."""
    with connection.cursor() as cursor:
        cursor.execute(_DROP_SETTLED, {"kind": kind.pk, "word_until": at - criterion.window})
        after = 0
        while True:
            cursor.execute(_NEXT, [after, _AT_ONCE])
            rows = cursor.fetchall()
            if not rows:
                return
            after = rows[-1][0]
            yield _give(kind, criterion, rows, at)


def _give(kind: RoleKind, criterion: Criterion, rows: Sequence[Sequence[Any]], at: datetime) -> list[Change]:
    ids = next_ids("contacts_role", len(rows))
    given = [Change(role, row[0], counted(criterion, row[1])) for role, row in zip(ids, rows, strict=True)]
    copy_rows(
        "contacts_role",
        ("id", "contact_id", "kind_id", "since", "source", "reason", "evidence", "ended_reason"),
        [
            (role, person, kind.pk, at, str(Source.CRITERION), reason, _evidence(criterion, row, at), "")
            for (role, person, reason), row in zip(given, rows, strict=True)
        ],
    )
    return given


def _evidence(criterion: Criterion, row: Sequence[Any], at: datetime) -> dict[str, Any]:
    _, value, messages, conversation = row
    told = criterion.as_json() | {"value": float(value), HELD: at.date().isoformat()}
    if messages:
        told |= {"messages": list(messages), "conversation": conversation}
    return told


def keep(kind: RoleKind, at: datetime) -> None:
    """Note of all roles that the criterion gave, and that it holds of, that it held today. One statement."""
    asked: dict[str, Any] = {"kind": kind.pk, "source": str(Source.CRITERION), "today": at.date().isoformat()}
    with connection.cursor() as cursor:
        cursor.execute(_KEEP, asked)


def end(kind: RoleKind, criterion: Criterion, at: datetime) -> list[Change]:
    """End the roles that the criterion gave and that it has not held of for twice its window. One statement.

    Only where `fulfilled` is about everybody.
    """
    patience = PATIENCE * criterion.window
    reason = gettext("Not so for %(days)s days: %(what)s") % {
        "what": counted(criterion, criterion.at_least),
        "days": patience // timedelta(days=1),
    }
    asked: dict[str, Any] = {"kind": kind.pk, "source": str(Source.CRITERION), "at": at, "reason": reason}
    asked["kept"] = KEPT
    with connection.cursor() as cursor:
        cursor.execute(_END, asked | {"since": (at - patience).date().isoformat()})
        return [Change(role, contact, reason) for role, contact in cursor.fetchall()]

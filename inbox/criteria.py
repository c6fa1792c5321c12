"""Roles by criteria: who has become what by what they do, every night for everybody and meanwhile for who wrote."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog
from django.core.cache import cache
from django.db import IntegrityError, connection, transaction
from django.db.models import Max

from contacts import fulfilled
from contacts.criteria import BadCriterion, Criterion, parse
from contacts.fulfilled import Change
from contacts.models import Identity, RoleKind
from inbox import events, live, measures, moods
from inbox.models import Conversation, Message

log = structlog.get_logger(__name__)

_LOCK = 7_314  # any number that no other advisory lock of ours has
_SEEN = "inbox.criteria.seen"
# Messages are numbered before they are written, so that a page may appear a little after a later one.
_LATE = 2_000
# In one go; whoever is left out is looked at in the night.
_MOST_MESSAGES, _MOST_PEOPLE, _MOST_ACCOUNTS = 20_000, 2_000, 10_000
_SHOWN_AT_ONCE = 200
_WROTE = """
    SELECT DISTINCT i.contact_id FROM (
        SELECT identity_id FROM inbox_message WHERE id > %s AND direction = 'in' ORDER BY id DESC LIMIT %s
    ) newest JOIN contacts_identity i ON i.id = newest.identity_id LIMIT %s
"""


@dataclass(slots=True)
class Evaluated:
    """How many roles were given and ended."""

    given: int = 0
    ended: int = 0


def evaluate(now: datetime, people: Collection[int] | None = None) -> Evaluated:
    """Give the roles whose criteria are fulfilled, by everybody or by some people; of everybody also end those that
    have not been for long. Doing it twice does nothing twice. Some ten statements a criterion."""
    done = Evaluated()
    identities = None if people is None else _accounts(people)
    if identities is not None and not identities:
        return done
    for kind, criterion in _kinds():
        if criterion.measure == "negative_posts":
            moods.read(criterion, now, identities, most=moods.MOST if identities is None else moods.MOST_RECENT)
        try:
            given, ended = _evaluate(kind, criterion, now, identities)
        except IntegrityError as error:
            # A colleague was quicker with the same role; the next time finds it there.
            log.info("criterion_collided", role=kind.slug, error=str(error))
            continue
        done.given += given
        done.ended += ended
    log.info("criteria_evaluated", people="all" if people is None else len(people), given=done.given, ended=done.ended)
    return done


def evaluate_recent(now: datetime) -> Evaluated | None:
    """As `evaluate`, for those who wrote since the last time; None where nobody did."""
    newest = Message.objects.aggregate(newest=Max("pk"))["newest"] or 0
    seen = cache.get(_SEEN, 0)
    if newest <= seen:
        return None
    with connection.cursor() as cursor:
        cursor.execute(_WROTE, [max(0, seen - _LATE), _MOST_MESSAGES, _MOST_PEOPLE])
        people = [row[0] for row in cursor.fetchall()]
    done = evaluate(now, people)
    cache.set(_SEEN, newest, timeout=None)
    return done


def _accounts(people: Collection[int]) -> list[int]:
    return list(Identity.objects.filter(contact__in=people).values_list("pk", flat=True)[:_MOST_ACCOUNTS])


def _kinds() -> list[tuple[RoleKind, Criterion]]:
    """The roles in use that have a criterion."""
    found = []
    for kind in RoleKind.objects.filter(is_active=True, criterion__isnull=False).order_by("position", "pk"):
        try:
            found.append((kind, parse(kind.criterion)))
        except BadCriterion as error:
            log.warning("criterion_unreadable", role=kind.slug, error=str(error))
    return found


def _evaluate(
    kind: RoleKind, criterion: Criterion, now: datetime, identities: Collection[int] | None
) -> tuple[int, int]:
    query, asked = measures.query(criterion, now, identities)
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        with fulfilled.fulfilled_by(query, asked):
            ended: list[Change] = []
            if identities is None:
                fulfilled.keep(kind, now)
                ended = fulfilled.end(kind, criterion, now)
                _tell("role_ended", kind, ended, now)
            given = 0
            for some in fulfilled.give(kind, criterion, now):
                _tell("role_given", kind, some, now)
                given += len(some)
    return given, len(ended)


def _tell(event: str, kind: RoleKind, changes: Sequence[Change], now: datetime) -> None:
    """Put it on the timelines, and before those who look at some of these people."""
    events.record(
        events.Entry(
            kind=event,
            contact_id=one.contact,
            at=now,
            data={"role": kind.name, "role_id": one.role, "reason": one.reason},
        )
        for one in changes
    )
    if changes:
        people = [one.contact for one in changes[:_SHOWN_AT_ONCE]]
        working = Conversation.objects.filter(identity__contact__in=people, state=Conversation.State.OPEN)
        live.changed(conversations=list(working.values_list("pk", flat=True)[:_SHOWN_AT_ONCE]))

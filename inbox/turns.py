"""Who may ask a network now: one worker at a time at each kind of work, and nobody before a limit has ended."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TypeVar

from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from connectors.models import Backfill, Channel, Pull
from connectors.protocol import ConnectorError

LEASE = timedelta(seconds=60)
_PAGE = 7_301  # of PostgreSQL's advisory locks
_Work = TypeVar("_Work", Pull, Backfill)


class LostLease(Exception):
    """Another worker has taken the work over; nothing of this one's page may be written."""


@contextmanager
def alone(work: int, channel_id: int) -> Iterator[bool]:
    """Hold a channel's lock for a kind of work, which goes with the connection of its holder; False where somebody
    alive has it.

    A lease protects against a worker that is frozen, the lock tells at once that one has died: nobody waits for the
    lease of the dead. `work` is a number of PostgreSQL's advisory locks.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [work, channel_id])
        held = bool(cursor.fetchone()[0])
    try:
        yield held
    finally:
        if held and connection.connection is not None and not connection.connection.closed:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [work, channel_id])


def page_turn(*, alone: bool) -> None:
    """Pages are written side by side, until their transactions end. Whoever goes `alone` waits for those that are being
    written, and the next ones wait for it."""
    statement = "SELECT pg_advisory_xact_lock(%s)" if alone else "SELECT pg_advisory_xact_lock_shared(%s)"
    with connection.cursor() as cursor:
        cursor.execute(statement, [_PAGE])


@transaction.atomic
def claim(one: QuerySet[_Work], *, whatever_the_lease: bool) -> _Work | None:
    """The only row of `one` for as long as a lease lasts, with this attempt counted; None while somebody has it."""
    now = timezone.now()
    free = one.select_for_update(skip_locked=True)
    held = (free if whatever_the_lease else free.exclude(lease_until__gte=now)).first()
    if held is not None:
        held.fence += 1
        held.deaths += 1
        held.lease_until = now + LEASE
        held.save(update_fields=["fence", "deaths", "lease_until"])
    return held


def rest(errors: int) -> timedelta:
    """How long to leave a network alone after so many failures in a row and one more."""
    return timedelta(seconds=min(900, 60 * 2 ** min(errors, 4)))


def waiting(channel: Channel) -> ConnectorError | None:
    """The limit that has to end before the network may be asked again, whoever asks."""
    limited = Pull.objects.filter(channel=channel, calls_left=0, calls_reset_at__gt=timezone.now()).first()
    if limited is None:
        return None
    words = limited.error or _("The network allows no more calls for now.")
    return ConnectorError(words, remedy=limited.remedy, retry_at=limited.calls_reset_at)


def limited(channel: Channel, until: datetime) -> None:
    """The network has told somebody to wait: everybody does."""
    Pull.objects.filter(channel=channel).update(calls_left=0, calls_reset_at=until)

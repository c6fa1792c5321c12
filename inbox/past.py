"""Pages of a back-fill: all of one with its cursor in one transaction, or what cannot be taken in set aside."""

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

import structlog
from django.db import IntegrityError, OperationalError, transaction

from connectors.incoming import Incoming
from connectors.ledger import Kept, malformed
from connectors.models import Backfill, Channel, Pull, Receipt
from connectors.protocol import Connector, Page
from inbox.ingest import COLLISIONS, UNWRITABLE, ingest
from inbox.pull import as_json
from socialcrm import jobs
from socialcrm.crash import crash_point, declare

log = structlog.get_logger(__name__)

# Moves the back-fill's cursor past the page, given what became of it, or raises to refuse everything.
Advance = Callable[[Counter[str]], None]

# What is younger than this when a pull succeeds may be in neither that pull nor an earlier one.
_FRESH = timedelta(hours=1)
_TRIES = 3
# After so many workers died over a page it is taken in item by item, after twice as many each by itself.
_DEATHS = 3

declare("backfill.before_commit")


def take_in(channel: Channel, connector: Connector, page: Page, held: Backfill, advance: Advance) -> None:
    """Take in a page. Raises OperationalError when the database is away, and whatever `advance` raises."""
    if held.deaths > 2 * _DEATHS:
        # Each by itself, by inbox/drain.py, which sees which of them is to blame.
        parked = [Kept(payload=_as_past(item), state=Receipt.State.PENDING) for item in page.items]
        _piecewise(channel, connector, (), held, advance, [*malformed(page), *parked])
        jobs.ring(jobs.DRAIN)
    elif held.deaths > _DEATHS or not _whole(channel, connector, page, held, advance):
        _piecewise(channel, connector, page.items, held, advance, malformed(page))


def _whole(channel: Channel, connector: Connector, page: Page, held: Backfill, advance: Advance) -> bool:
    """All of it at once; False when something on it cannot be written. A page that collides is tried again."""
    for attempt in range(1, _TRIES + 1):
        try:
            with transaction.atomic():
                advance(_write(channel, connector, page.items, held, malformed(page)))
                crash_point("backfill.before_commit")
            return True
        except UNWRITABLE as error:
            collided = isinstance(error, IntegrityError | OperationalError) and _code(error) in COLLISIONS
            if collided and attempt < _TRIES:
                continue
            if isinstance(error, OperationalError):
                raise
            log.exception("page_taken_apart", channel=channel.name, error=str(error))
            return False
    return False


def _piecewise(
    channel: Channel,
    connector: Connector,
    items: Sequence[Incoming],
    held: Backfill,
    advance: Advance,
    kept: list[Kept],
) -> None:
    """Item by item: one that cannot be taken in is kept with the reason."""
    outcomes: Counter[str] = Counter()
    for item in items:
        try:
            with transaction.atomic():
                outcomes.update(_write(channel, connector, [item], held, ()))
        except OperationalError:
            raise
        except UNWRITABLE as error:
            why = f"{type(error).__name__}: {error}"
            kept.append(Kept(payload=_as_past(item), state=Receipt.State.QUARANTINED, reason=why))
    with transaction.atomic():
        outcomes.update(_write(channel, connector, (), held, kept))
        advance(outcomes)


def _write(
    channel: Channel, connector: Connector, items: Sequence[Incoming], held: Backfill, kept: Sequence[Kept]
) -> Counter[str]:
    """Take in what a pull has certainly gone past as the past, and as news what is so new that somebody may wait."""
    pulled_at = Pull.objects.filter(channel=channel).values_list("pulled_at", flat=True).first()
    fresh = min(pulled_at or held.started_at, held.started_at) - _FRESH
    news = [item for item in items if item.posted_at >= fresh]
    old = [item for item in items if item.posted_at < fresh]
    trust = connector.vouches_for_email
    outcomes = Counter(ingest(channel, old, kept=kept, trust_email=trust, past=True).outcomes)
    if news:
        outcomes.update(ingest(channel, news, trust_email=trust).outcomes)
    return outcomes


def _as_past(item: Incoming) -> dict[str, Any]:
    return {**as_json(item), "is_past": True}


def _code(error: Exception) -> str | None:
    return getattr(error.__cause__, "pgcode", None)

"""What a dry run's moves would have meant for deadlines: those of the departments as they are set now."""

from collections.abc import Collection, Sequence
from datetime import datetime

from django.utils import timezone

from inbox.dryrun.past import Past, answered
from inbox.dryrun.tally import Tally
from routing.decisions import NOISE
from routing.targets import Targets


def add(tally: Tally, moved: Sequence[tuple[Past, str]], targets: Targets) -> None:
    """Count of messages that would move whether their reply would be due earlier or later, and which would be late.

    What a back-fill brought in waits for nobody. Whoever is not answered yet waits until now. One statement.
    """
    waiting = [(past, to) for past, to in moved if not past.is_past]
    replies = answered([past.message for past, _ in waiting])
    now = timezone.now()
    for past, to in waiting:
        before, after = _due(past.outcome, past, targets), _due(to, past, targets)
        end = replies.get(past.message, now if past.waits else None)
        tally.deadlines["all"] += 1
        if before is not None and after is not None and before != after:
            tally.deadlines["earlier" if after < before else "later"] += 1
        elif (before is None) is not (after is None):
            tally.deadlines["gone" if after is None else "new"] += 1
        if end is not None:
            tally.deadlines["late"] += before is not None and end > before
            tally.deadlines["would_be_late"] += after is not None and end > after


def _due(slug: str, past: Past, targets: Targets, roles: Collection[str] = ()) -> datetime | None:
    if slug == NOISE or slug not in targets.minutes_of:
        return None
    known = past.kept.get("customer") or {}
    return targets.due(slug, past.priority, known.get("roles", roles), past.said.at, first=True)

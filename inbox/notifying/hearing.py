"""Which entries of the timeline concern somebody: what `inbox.events.record` writes is heard here."""

from collections.abc import Iterable
from typing import Any

from inbox.notifying.telling import Told, tell
from socialcrm import jobs

HEARD = {
    "assigned": "assigned",
    "handover": "handed_over",
    "contributor": "asked",
    "due_soon": "due",
    "late": "due",
    "held": "reply",
}
"""Kinds of entries, and as what they are told."""


def hear(entries: Iterable[Any]) -> None:
    """Tell those whom entries concern. What the router says as messages arrive is told by lists, and what jobs and
    rules give to people by a job of its own (inbox/notifying/given.py)."""
    entries = list(entries)
    if any(one.kind == "given" for one in entries):
        jobs.ring(jobs.NOTIFY)
    tell(_told(one) for one in entries if one.kind in HEARD and one.is_heard and not _is_routers(one))


def _is_routers(entry: Any) -> bool:
    return entry.kind == "contributor" and entry.actor_id is None


def _told(entry: Any) -> Told:
    data = entry.data
    department = str(data.get("department") or (data.get("to") if entry.kind == "handover" else "") or "")
    # With `from`, by which a reason of ours is known from a colleague's (inbox/retelling.py).
    kept = {name: said for name in ("reason", "from") if (said := str(data.get(name) or "")[:200])}
    return Told(
        HEARD[entry.kind],
        entry.conversation_id,
        entry.actor_id,
        department=department,
        data=kept,
    )

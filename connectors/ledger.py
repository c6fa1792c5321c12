"""What arrived on a channel and what became of it. Nothing else writes ledger rows or receipts."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import Any

from django.db import connection

from connectors.clean import TooDeep, storable
from connectors.models import OUTCOMES, Channel, Ledger, Receipt


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A payload that could not become a message, or not yet, and why."""

    payload: Any
    state: Receipt.State
    reason: str = ""
    position: str = ""


def key_of(payload: Any) -> str:
    """The same payload has the same key, however often it arrives."""
    canonical = json.dumps(payload, sort_keys=True, ensure_ascii=True, default=str)
    return blake2b(canonical.encode(), digest_size=32).hexdigest()


def keep(channel: Channel, kept: Sequence[Kept], *, source: Receipt.Source, now: datetime) -> Counter[str]:
    """Write receipts. Returns how many were new by state, and how many had arrived before as `duplicate`."""
    if not kept:
        return Counter()
    payloads = [_storable(entry.payload) for entry in kept]
    by_key = {key_of(payload): (payload, entry) for payload, entry in zip(payloads, kept, strict=True)}
    known = set(Receipt.objects.filter(channel=channel, key__in=by_key).values_list("key", flat=True))
    rows = [
        Receipt(
            channel=channel,
            source=source,
            key=key,
            position=entry.position[:200],
            payload=payload,
            state=entry.state,
            reason=entry.reason,
            received_at=now,
        )
        for key, (payload, entry) in by_key.items()
        if key not in known
    ]
    Receipt.objects.bulk_create(rows)
    counts: Counter[str] = Counter(str(row.state) for row in rows)
    counts["duplicate"] += len(kept) - len(rows)
    return counts


def add(channel_id: int, counts: Mapping[str, int], *, at: datetime) -> None:
    """Add signed counts to the hour of `at`. Last in its transaction: it holds the row until the commit."""
    unknown = set(counts) - set(OUTCOMES)
    if unknown:
        raise ValueError(f"Outcomes {sorted(unknown)} are not in the ledger.")
    values = [counts.get(name, 0) for name in OUTCOMES]
    if not any(values):
        return
    hour = at.replace(minute=0, second=0, microsecond=0)
    sums = ", ".join(f"{name} = connectors_ledger.{name} + EXCLUDED.{name}" for name in OUTCOMES)
    with connection.cursor() as cursor:
        # A negative difference alone (a pending receipt that is done) cannot be the first of its hour.
        if any(value < 0 for value in values):
            changes = ", ".join(f"{name} = {name} + %s" for name in OUTCOMES)
            cursor.execute(
                f"UPDATE connectors_ledger SET {changes} WHERE channel_id = %s AND hour = %s",  # noqa: S608
                [*values, channel_id, hour],
            )
            return
        cursor.execute(
            f"INSERT INTO connectors_ledger (channel_id, hour, {', '.join(OUTCOMES)})"  # noqa: S608
            f" VALUES (%s, %s{', %s' * len(OUTCOMES)}) ON CONFLICT (channel_id, hour) DO UPDATE SET {sums}",
            [channel_id, hour, *values],
        )


def summary() -> list[dict[str, Any]]:
    """The ledger of every channel, also where nothing has arrived yet: name, network, received, outcomes."""
    sums = {row["channel_id"]: row for row in Ledger.objects.by_channel()}
    return [
        _line(channel, [sums[channel.pk][name] if channel.pk in sums else 0 for name in OUTCOMES])
        for channel in Channel.objects.order_by("name")
    ]


def _line(channel: Channel, counts: Sequence[int]) -> dict[str, Any]:
    outcomes = dict(zip(OUTCOMES, counts, strict=True))
    return {"channel": channel.name, "network": channel.network, "received": sum(counts), **outcomes}


def _storable(payload: Any) -> Any:
    """A payload as jsonb takes it; of one that is nested too deeply only its text, as far as it can be written."""
    try:
        return storable({"payload": payload})[0]["payload"]
    except TooDeep:
        return {"unparsed": _text(payload)}


def _text(payload: Any) -> str:
    try:
        return json.dumps(payload)
    except RecursionError:
        return "nested too deeply to be written"

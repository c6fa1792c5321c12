"""What arrived on a channel and what became of it. Nothing else writes ledger rows or receipts."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Any

from django.db import connection

from connectors.clean import TooDeep, clean_name, clean_text, storable
from connectors.models import OUTCOMES, SETTLED, Channel, Receipt
from connectors.protocol import Page


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """A payload that could not become a message, or not yet, and why."""

    payload: Any
    state: Receipt.State
    reason: str = ""
    position: str = ""


_KEPT_FOR = timedelta(days=14)
_AT_ONCE = 1000
_COUNTED = (*OUTCOMES, "lost")
_SUMS = ", ".join(f"sum({name})::bigint" for name in _COUNTED)
# In one statement, so that nothing is counted twice or not at all while it is settled. A limit that is NULL is none.
_HOURS = f"""
    SELECT channel_id, hour, {", ".join(SETTLED)}, 0 AS pending, lost FROM connectors_ledger
    WHERE hour >= COALESCE(%s, '-infinity'::timestamptz) AND hour < COALESCE(%s, 'infinity'::timestamptz)
    AND channel_id = COALESCE(%s, channel_id)
    UNION ALL
    SELECT channel_id, date_trunc('hour', received_at, 'UTC'), {", ".join("0" for _ in SETTLED)}, count(*), 0
    FROM connectors_receipt
    WHERE state = 'pending'
    AND received_at >= COALESCE(%s, '-infinity'::timestamptz) AND received_at < COALESCE(%s, 'infinity'::timestamptz)
    AND channel_id = COALESCE(%s, channel_id)
    GROUP BY 1, 2
"""  # noqa: S608


def malformed(page: Page) -> list[Kept]:
    """The items of a page that its connector could not read, as they are kept."""
    return [
        Kept(payload=one.payload, state=Receipt.State.REJECTED, reason=one.reason, position=one.position)
        for one in page.malformed
    ]


def key_of(payload: Any) -> str:
    """The same payload has the same key, however often it arrives."""
    canonical = json.dumps(payload, sort_keys=True, ensure_ascii=True, default=str)
    return blake2b(canonical.encode(), digest_size=32).hexdigest()


def keep(channel: Channel, kept: Sequence[Kept], *, source: Receipt.Source, now: datetime) -> Counter[str]:
    """Write receipts. Returns how many were new by state, and how many had arrived before as `duplicate`."""
    if not kept:
        return Counter()
    payloads = [storable_payload(entry.payload) for entry in kept]
    by_key = {key_of(payload): (payload, entry) for payload, entry in zip(payloads, kept, strict=True)}
    known = set(Receipt.objects.filter(channel=channel, key__in=by_key).values_list("key", flat=True))
    rows = [
        Receipt(
            channel=channel,
            source=source,
            key=key,
            position=clean_name(entry.position),
            payload=payload,
            state=entry.state,
            reason=clean_text(entry.reason),
            received_at=now,
        )
        for key, (payload, entry) in by_key.items()
        if key not in known
    ]
    Receipt.objects.bulk_create(rows)
    counts: Counter[str] = Counter(str(row.state) for row in rows)
    counts["duplicate"] += len(kept) - len(rows)
    return counts


def add(
    channel_id: int,
    counts: Mapping[str, int],
    *,
    at: datetime,
    lost: int = 0,
    past: int = 0,
    lag: timedelta | None = None,
) -> None:
    """Add signed counts to the hour of `at`. Last in its transaction: it holds the row until the commit.

    What is pending is not written: it is counted from the receipts. `lost` of those stored came by polling and should
    have come by webhook, `past` of them are old; `lag` is how late the others are.
    """
    unknown = set(counts) - set(OUTCOMES)
    if unknown:
        raise ValueError(f"Outcomes {sorted(unknown)} are not in the ledger.")
    values: list[Any] = [*(counts.get(name, 0) for name in SETTLED), lost, past]
    if not any(values):
        return
    columns = (*SETTLED, "lost", "past")
    last_at = at if counts.get("stored", 0) > past else None
    hour = at.replace(minute=0, second=0, microsecond=0)
    row: list[Any] = [channel_id, hour, *values, last_at, lag]
    with connection.cursor() as cursor:
        # A negative difference (a rejected receipt that is tried again) cannot be the first of its hour.
        if any(value < 0 for value in values):
            changes = ", ".join(f"{name} = {name} + %s" for name in columns)
            cursor.execute(
                f"UPDATE connectors_ledger SET {changes} WHERE channel_id = %s AND hour = %s",  # noqa: S608
                [*values, channel_id, hour],
            )
            return
        sums = ", ".join(f"{name} = connectors_ledger.{name} + EXCLUDED.{name}" for name in columns)
        cursor.execute(
            f"INSERT INTO connectors_ledger (channel_id, hour, {', '.join(columns)}, last_at, lag)"  # noqa: S608
            f" VALUES (%s, %s{', %s' * len(columns)}, %s, %s) ON CONFLICT (channel_id, hour) DO UPDATE SET {sums},"
            " last_at = greatest(connectors_ledger.last_at, EXCLUDED.last_at),"
            " lag = coalesce(EXCLUDED.lag, connectors_ledger.lag)",
            row,
        )


def by_channel() -> dict[int, dict[str, int]]:
    """Every outcome of each channel on which anything has arrived, summed over all hours, and `lost` beside them."""
    rows = _rows(f"SELECT channel_id, {_SUMS} FROM ({_HOURS}) AS hours GROUP BY channel_id", [None] * 6)  # noqa: S608
    return {channel_id: dict(zip(_COUNTED, values, strict=True)) for channel_id, *values in rows}


def by_hour(since: datetime, before: datetime, *, channel_id: int | None = None) -> list[dict[str, Any]]:
    """What arrived in the hours from `since` until before `before`, newest first: a row for each channel and hour.

    Both have to be full hours.
    """
    rows = _rows(
        f"SELECT channel_id, hour, {_SUMS} FROM ({_HOURS}) AS hours GROUP BY channel_id, hour"  # noqa: S608
        " ORDER BY hour DESC, channel_id",
        [since, before, channel_id] * 2,
    )
    return [
        {"channel_id": row[0], "hour": row[1], **dict(zip(_COUNTED, row[2:], strict=True)), "received": sum(row[2:-1])}
        for row in rows
    ]


def summary() -> list[dict[str, Any]]:
    """The ledger of every channel, also where nothing has arrived yet: name, network, received, outcomes, lost."""
    sums = by_channel()
    return [_line(channel, sums.get(channel.pk, {})) for channel in Channel.objects.order_by("name")]


def _line(channel: Channel, counts: Mapping[str, int]) -> dict[str, Any]:
    outcomes = {name: counts.get(name, 0) for name in OUTCOMES}
    return {
        "channel": channel.name,
        "network": channel.network,
        "received": sum(outcomes.values()),
        **outcomes,
        "lost": counts.get("lost", 0),
    }


def _rows(statement: str, parameters: list[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return list(cursor.fetchall())


def forget(now: datetime, *, most: int = 20_000) -> int:
    """Remove receipts that were taken in long ago; returns how many. The messages say what they held."""
    gone = 0
    while gone < most:
        done = Receipt.objects.filter(state=Receipt.State.DONE, received_at__lt=now - _KEPT_FOR)
        ids = list(done.order_by("received_at").values_list("pk", flat=True)[:_AT_ONCE])
        removed, _ = Receipt.objects.filter(pk__in=ids, state=Receipt.State.DONE).delete()
        gone += removed
        if len(ids) < _AT_ONCE:
            break
    return gone


def storable_payload(payload: Any) -> Any:
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

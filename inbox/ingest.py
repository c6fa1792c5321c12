"""From a page of what arrived to conversations, decisions and timeline: all of it or none of it, cursor included."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import structlog
from django.db import DatabaseError, IntegrityError, OperationalError, connection, transaction
from django.utils import timezone

from connectors import ledger
from connectors.incoming import Author, Incoming
from connectors.models import Channel, Receipt
from contacts import clues
from contacts.profiles import Key, plain
from contacts.relationships import relate
from contacts.resolve import resolve
from inbox import conversations, decisions, events, holding, live, merging, messages, rejoining, spoken, threads
from inbox.arrivals import Arrival, arrivals
from inbox.erasure.arriving import without_erased
from inbox.known import Known, look_up
from inbox.turns import page_turn
from socialcrm import jobs
from socialcrm.crash import crash_point, declare

log = structlog.get_logger(__name__)

# Another worker was quicker with the same identity, conversation or message, or held rows in another order; or somebody
# closed the department that was to have a conversation. The next try sees what they wrote, and has the tables to
# itself, so that it cannot collide again.
COLLISIONS = {"23503", "23505", "40P01", "40001"}
# What a page raises that cannot be written, because of something on it.
UNWRITABLE = (DatabaseError, ValueError, TypeError, LookupError, ArithmeticError, RecursionError)
_TRIES = 3
# A network that calls us has done so by then.
_CALLS_WITHIN = timedelta(minutes=2)

declare("ingest.before_messages", "ingest.before_ledger", "ingest.before_commit", "ingest.after_commit")


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What became of a page: counts by outcome of the ledger, and the conversations that changed."""

    outcomes: Counter[str] = field(default_factory=Counter)
    conversations: frozenset[int] = frozenset()
    lost: int = 0
    past: int = 0
    lag: timedelta | None = None
    erased: int = 0


def ingest(
    channel: Channel,
    items: Sequence[Incoming],
    *,
    kept: Sequence[ledger.Kept] = (),
    source: Receipt.Source = Receipt.Source.PULL,
    trust_email: bool = False,
    advance: Callable[[], None] | None = None,
    received_at: datetime | None = None,
    past: bool = False,
    called_since: datetime | None = None,
    blank: Callable[[], None] | None = None,
) -> Taken:
    """Take in a page in one transaction with a number of SQL statements that does not depend on its size.

    `kept` are payloads that came with the page and are no message (malformed, set aside). `advance` moves the caller's
    cursor in the same transaction and raises to refuse everything (a lost lease). `received_at`: when all of it came,
    and in whose hour it counts (now by default). `past`: a back-fill; it opens no conversation and nobody waits for an
    answer. `called_since`: the network calls us since then, so what it should have told and did not is counted as lost.
    `blank` is called in the same transaction where something came from people who were erased: to keep none of it.
    Raises DatabaseError when the page as a whole cannot be written; nothing of it is stored then.
    """
    for attempt in range(1, _TRIES + 1):
        # One clock for receipts and ledger: a receipt that is settled later is looked for in its own hour.
        now = timezone.now()
        came_at = received_at or now
        try:
            with transaction.atomic():
                # One that has collided waits until it is alone.
                page_turn(alone=attempt > 1)
                taken = _joined(
                    _take(where, theirs, trust_email, past, called_since, now, came_at)
                    for where, theirs in rejoining.by_channel(channel, items)
                )
                taken.outcomes.update(ledger.keep(channel, kept, source=source, now=came_at))
                crash_point("ingest.before_ledger")
                ledger.add(channel.pk, taken.outcomes, at=came_at, lost=taken.lost, past=taken.past, lag=taken.lag)
                if advance is not None:
                    advance()
                if taken.erased and blank is not None:
                    blank()
                crash_point("ingest.before_commit")
            crash_point("ingest.after_commit")
            return taken
        except (IntegrityError, OperationalError) as error:
            code = getattr(error.__cause__, "pgcode", None)
            if code not in COLLISIONS or attempt == _TRIES or connection.in_atomic_block:
                raise
            log.info("page_collided", channel=channel.name, attempt=attempt, code=code)
    raise AssertionError("unreachable")


def _joined(parts: Iterable[Taken]) -> Taken:
    """What became of all of a page, whose parts belong to several channels."""
    first, *others = parts
    for one in others:
        first.outcomes.update(one.outcomes)
        first = replace(
            first,
            conversations=first.conversations | one.conversations,
            lost=first.lost + one.lost,
            past=first.past + one.past,
            lag=first.lag if first.lag is not None else one.lag,
            erased=first.erased + one.erased,
        )
    return first


def _take(
    channel: Channel,
    items: Sequence[Incoming],
    trust_email: bool,
    past: bool,
    called_since: datetime | None,
    now: datetime,
    came_at: datetime,
) -> Taken:
    known = look_up(channel, items)
    items, gone = without_erased(items, known)
    arrived, outcomes = arrivals(items, known)
    if gone:
        outcomes["deleted"] += gone
    changed: set[int] = set()
    if arrived:
        changed = _write(channel, arrived, known, trust_email, past, now)
        jobs.ring(jobs.SUGGEST)
    if changed:
        live.changed(conversations=changed)
    lost = len(_lost(arrived, called_since, now)) if called_since else 0
    late = [] if past else _lateness(channel, arrived, came_at)
    return Taken(
        outcomes=outcomes,
        conversations=frozenset(changed),
        lost=lost,
        past=outcomes["stored"] - len(late),
        lag=sorted(late)[len(late) // 2] if late else None,
        erased=gone,
    )


def _lateness(channel: Channel, arrived: Sequence[Arrival], came_at: datetime) -> list[timedelta]:
    """From posting to arrival, of what was posted since the channel is connected: what is older was not late."""
    stored = [one.history.posted_at for one in arrived if one.is_new and one.creation]
    since = channel.connected_at
    return [max(came_at - at, timedelta()) for at in stored if since is None or at >= since]


def _lost(arrived: Sequence[Arrival], called_since: datetime, now: datetime) -> list[Arrival]:
    """What polling found first although the network had time enough to call. What only a watch finds (`post`) it tells
    nobody of."""
    stored = [one for one in arrived if one.is_new and one.creation and one.creation.kind != "post"]
    return [one for one in stored if called_since < one.history.posted_at < now - _CALLS_WITHIN]


def _write(
    channel: Channel, arrived: Sequence[Arrival], known: Known, trust_email: bool, past: bool, now: datetime
) -> set[int]:
    """Write what is new or changed, parents before children; returns the conversations that it touched."""
    named = spoken.named(arrived)
    ours = _ours(channel, {arrival.place.network for arrival in arrived}, everywhere=bool(named))
    resolved = resolve(_profiles(arrived), trust_email=trust_email, now=now, named=named, ours=ours)
    identities = resolved.identities
    merging.record(resolved.merges)
    new = [arrival for arrival in arrived if arrival.is_new]
    old = [arrival for arrival in arrived if not arrival.is_new]
    opened = conversations.prepare(channel, new, identities, past=past)
    departments = decisions.by_slug() if new else {}
    decided = decisions.decide(channel, new, opened, departments)
    crash_point("ingest.before_messages")
    shared = conversations.write(channel, opened, decided, departments, now=now)
    ids = messages.write(channel, new, opened, identities, now=now)
    by_external_id = dict(zip((one.external_id for one in new), ids, strict=True))
    pressing = decisions.act(channel, decided, opened, by_external_id, now=now)
    decisions.write(channel, decided, by_external_id, now=now)
    events.record(
        events.Entry(
            kind="message",
            channel_id=channel.pk,
            identity_id=opened[arrival.place].identity_id,
            conversation_id=opened[arrival.place].id,
            message_id=message_id,
            at=arrival.history.posted_at,
        )
        for arrival, message_id in zip(new, ids, strict=True)
    )
    touched = messages.revise(channel, old)
    rerouted = decisions.decide_again(channel, old, now=now)
    followed = threads.follow(channel, threads.late(new, old))
    written = {place.id for place in opened.values() if place.existed and not (past or place.is_automatic)}
    if written | followed:
        holding.hold_for_customer(written | followed)
    existing = {place.id for place in opened.values() if place.existed} | touched | rerouted | followed
    existing |= shared | pressing
    if existing:
        conversations.refresh(existing)
    relate(spoken.spoken(channel, arrived, known, identities, ours))
    clues.note(_wrote(arrived, identities))
    messages.bury(channel, arrived)
    # Nobody has a conversation from the past before them, so nobody is told of it.
    return existing if past else existing | {place.id for place in opened.values()}


def _wrote(arrived: Sequence[Arrival], identities: Mapping[Key, int]) -> Iterator[tuple[int, str]]:
    """Who wrote what on this page. What a program sends by itself says nothing of a person."""
    for arrival in arrived:
        item = arrival.current
        if item is None or item.automatic or arrival.history.deleted_at is not None:
            continue
        author = identities.get((item.network, item.author.external_id))
        if author is not None:
            yield author, f"{item.title} {item.text}" if item.title else item.text


def _profiles(arrived: Sequence[Arrival]) -> dict[Key, tuple[Author, datetime]]:
    """The newest profile of each author on the page. A deletion says nothing about a person."""
    newest: dict[Key, tuple[Author, datetime]] = {}
    for arrival in arrived:
        for item in arrival.items:
            if item.action == "delete":
                continue
            key = (item.network, item.author.external_id)
            if key not in newest or newest[key][1] <= item.posted_at:
                newest[key] = (item.author, item.posted_at)
    return newest


def _ours(channel: Channel, networks: Collection[str], *, everywhere: bool) -> set[Key]:
    """Our own account on this channel, or those on all channels, which people may mention.

    A channel may bring messages of other networks than its own; its account is ours on those, too.
    """
    here = {(network, plain(channel.account)) for network in (channel.network, *networks) if channel.account}
    if not everywhere:
        return here
    accounts = Channel.objects.exclude(account="").values_list("network", "account")
    return here | {(network, plain(account)) for network, account in accounts}

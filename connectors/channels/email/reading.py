"""Pulling a folder, mail by mail upwards from where the last pull ended; and its past, downwards.

The cursor holds the folder, the server's number for it (UIDVALIDITY), the last UID and the day. When the server
numbers its mails anew, all since that day are read again; ids that do not depend on the numbers keep them from coming
in twice.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from connectors import isolation
from connectors.channels.email import large
from connectors.channels.email.answers import MONTHS
from connectors.channels.email.imap import Mailbox, Unfetched
from connectors.channels.email.items import Items, Place
from connectors.channels.email.large import Fetched, Listed
from connectors.incoming import Incoming, Rejected
from connectors.protocol import ConnectorError, Malformed, Page

# What a new channel brings at once; what is older comes with a back-fill.
FIRST = timedelta(days=7)
_LISTED = 50
_MOST = 25
_BYTES = 4 * 1024 * 1024
# A mail over which the connection broke so often is set aside.
_TRIES = 3


@dataclass(frozen=True, slots=True)
class State:
    """A cursor. Below the UID `until` only mails since a day are wanted, until that is reached once. `trouble_uid`: the
    first mail that could not be fetched, and how often that was tried."""

    folder: str
    validity: int
    uid: int
    day: str
    since: str = ""
    until: int = 0
    trouble_uid: int = 0
    tries: int = 0


def news(mailbox: Mailbox, items: Items, cursor: Mapping[str, Any], now: datetime) -> Iterator[Page]:
    """Pages of what has come since the cursor. Raises ConnectorError."""
    folder = items.options.folder
    opened = mailbox.open(folder)
    before, today = _state(cursor, folder), now.date().isoformat()
    if before is None or before.validity != opened.validity:
        # Where nothing is known, or all numbers are new, the days tell what to read.
        since = (now - FIRST).date() if before is None else date.fromisoformat(before.day) - timedelta(days=1)
        state = State(folder, opened.validity, 0, today, since=since.isoformat(), until=opened.next_uid)
    else:
        state = replace(before, day=today)
    if state.since:
        edge = state.until - 1 if state.until else "*"
        for page, reached in _below(mailbox, items, f"UID {state.uid + 1}:{edge} {_since(state.since)}", state):
            state = reached
            yield page
        state = replace(state, uid=max(state.uid, state.until - 1), since="", until=0)
    if not 0 < opened.next_uid <= state.uid + 1:
        for page, reached in _below(mailbox, items, f"UID {state.uid + 1}:*", state):
            state = reached
            yield page
    yield Page(items=(), cursor=asdict(state))


def _since(day: str) -> str:
    read = date.fromisoformat(day)
    return f"SINCE {read.day}-{MONTHS[read.month - 1]}-{read.year}"


def _below(mailbox: Mailbox, items: Items, criteria: str, state: State) -> Iterator[tuple[Page, State]]:
    """Pages of the mails that meet the criteria, and how far each leads."""
    # A range without an end names the last mail even where all are older.
    uids = [uid for uid in mailbox.uids(criteria) if uid > state.uid]
    for start in range(0, len(uids), _LISTED):
        for page, reached in _pages(mailbox, items, uids[start : start + _LISTED], state):
            state = reached
            yield page, state


def _pages(mailbox: Mailbox, items: Items, uids: Sequence[int], state: State) -> Iterator[tuple[Page, State]]:
    waiting = large.listed(mailbox, uids)
    while waiting:
        alone = waiting[0].uid <= state.trouble_uid
        group = waiting[:1] if alone else _group(waiting)
        waiting = waiting[len(group) :]
        reached = replace(state, uid=group[-1].uid)
        if group[0].uid == state.trouble_uid and state.tries >= _TRIES:
            reason = f"The mail server broke off {_TRIES} times when it was to hand out this mail."
            malformed = [Malformed(payload=_described(group[0]), reason=reason)]
            state = replace(reached, trouble_uid=0, tries=0)
            yield Page(items=(), malformed=malformed, cursor=asdict(state)), state
            continue
        try:
            found, broken = _contents(mailbox, group)
        except ConnectorError as error:
            if not error.permanent:
                tries = state.tries + 1 if group[0].uid == state.trouble_uid else 1
                state = replace(state, trouble_uid=group[0].uid, tries=tries)
                yield Page(items=(), cursor=asdict(state)), state
            raise
        incoming, malformed = _read(items, found, state.validity)
        state = reached
        yield Page(items=incoming, malformed=[*broken, *malformed], cursor=asdict(state)), state


def _group(waiting: Sequence[Listed]) -> Sequence[Listed]:
    """The next mails for one page: small ones together, a large one alone."""
    size = 0
    for count, mail in enumerate(waiting[:_MOST]):
        size += mail.size
        if size > _BYTES:
            return waiting[: max(count, 1)]
    return waiting[:_MOST]


def _contents(mailbox: Mailbox, group: Sequence[Listed]) -> tuple[list[Fetched], list[Malformed]]:
    """The mails of a group, and those that the server does not hand out. Raises ConnectorError."""
    try:
        if group[0].size > large.WHOLE:
            found = large.in_part(mailbox, group[0])
            return ([found] if found else []), []
        return large.whole(mailbox, group), []
    except Unfetched as error:
        if len(group) == 1:
            return [], [Malformed(payload=_described(group[0]), reason=error.message)]
    mails: list[Fetched] = []
    broken: list[Malformed] = []
    for one in group:
        contents = _contents(mailbox, [one])
        mails += contents[0]
        broken += contents[1]
    return mails, broken


def _read(items: Items, mails: Sequence[Fetched], validity: int) -> tuple[list[Incoming], list[Malformed]]:
    found: list[Incoming] = []
    malformed: list[Malformed] = []
    outcomes = isolation.each("connectors.channels.email.mime:read", [mail.item for mail in mails])
    for mail, outcome in zip(mails, outcomes, strict=True):
        place = Place(items.options.folder, validity, mail.listed.uid, mail.listed.at, mail.listed.size)
        item: dict[str, Any] | None = None
        try:
            content = _header_alone(mail) if outcome.error else outcome.value
            item = items.item(content, place)
            if item is not None:
                found.append(items.incoming(item))
        except (isolation.Unreadable, Rejected) as error:
            reason = f"{error} {outcome.error}".strip()
            malformed.append(Malformed(payload=item or _described(mail.listed, mail.header), reason=reason))
    return found, malformed


def _header_alone(mail: Fetched) -> Any:
    """What is known of a mail whose parts were too much for the process that read them. Raises Unreadable."""
    how = f'{{"size": {mail.listed.size}, "shallow": true}}\n'.encode()
    return isolation.call("connectors.channels.email.mime:read", how + mail.header.partition(b"\r\n\r\n")[0])


def _described(mail: Listed, header: bytes = b"") -> dict[str, Any]:
    told = {"uid": mail.uid, "size": mail.size, "arrived": mail.at.isoformat() if mail.at else ""}
    return told | ({"header": header[:10_000].decode("utf-8", "replace")} if header else {})


def past(mailbox: Mailbox, items: Items, since: datetime, cursor: Mapping[str, Any]) -> Iterator[Page]:
    """Pages of what has come since then, newest first, going on below where the cursor ended. Raises ConnectorError."""
    folder = items.options.folder
    opened = mailbox.open(folder)
    same = cursor.get("folder") == folder and cursor.get("validity") == opened.validity
    below = cursor["below"] if same and isinstance(cursor.get("below"), int) else None
    # Servers compare days only, each in a time zone of its own.
    uids = mailbox.uids(_since((since - timedelta(days=1)).date().isoformat()))
    uids = [uid for uid in reversed(uids) if below is None or uid < below]
    for start in range(0, len(uids), _LISTED):
        waiting: Sequence[Listed] = large.listed(mailbox, uids[start : start + _LISTED])[::-1]
        while waiting:
            group = _group(waiting)
            waiting = waiting[len(group) :]
            mails, broken = _contents(mailbox, group)
            incoming, malformed = _read(items, mails, opened.validity)
            below = group[-1].uid
            yield Page(
                items=[item for item in incoming if item.posted_at >= since],
                malformed=[*broken, *malformed],
                cursor={"folder": folder, "validity": opened.validity, "below": below},
            )
    yield Page(items=(), cursor={"folder": folder, "validity": opened.validity, "below": below or 0})


def _state(cursor: Mapping[str, Any], folder: str) -> State | None:
    """What the last pull left, if it was of this folder and can be understood."""
    try:
        state = State(**cursor)
        date.fromisoformat(state.day)
        date.fromisoformat(state.since or state.day)
    except (TypeError, ValueError):
        return None
    numbers = (state.validity, state.uid, state.until, state.trouble_uid, state.tries)
    return state if state.folder == folder and all(type(one) is int and one >= 0 for one in numbers) else None

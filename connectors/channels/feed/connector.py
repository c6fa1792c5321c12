from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from connectors.channels.feed import entries
from connectors.channels.feed.source import Got, Known, feed_address, get
from connectors.incoming import Incoming, Rejected
from connectors.parse import parse
from connectors.protocol import (
    Account,
    Capability,
    Connector,
    ConnectorError,
    Field,
    Gap,
    Guide,
    Malformed,
    Original,
    Outgoing,
    Page,
    Sent,
    Step,
)
from connectors.texts import marked as _

USUAL, SHORTEST, LONGEST = 600, 60, 6 * 3600
READ_ONLY = "Feeds can only be read. Open the post to answer where it was published."
_PAGE = 100
# Entries that are remembered beside those that the feed shows now: some come and go.
_REMEMBERED = 500

Json = dict[str, Any]


class Feed(Connector):
    """What a blog, a news site, a podcast, a forum or a YouTube channel publishes comes in. Nothing goes out."""

    network = "feed"
    label = "Feed (RSS, Atom)"
    interval = USUAL
    fields = (
        Field(
            name="url",
            label=_("Address"),
            help=_("Of the feed, of a site that names one, or of a YouTube channel."),
            placeholder="https://example.com/feed.xml",
        ),
        Field(
            name="interval",
            label=_("Seconds between two readings"),
            help=_("At least 60. Longer if the feed asks for it."),
            kind="number",
            required=False,
            default=str(USUAL),
        ),
    )
    guide = Guide(
        steps=(
            _(
                "Copy the address of the feed. Most sites link it as RSS or Atom; the address of the site does as well"
                " if its pages name the feed."
            ),
            _("Of a YouTube channel copy the address of its page."),
        ),
        cost=_("Feeds cost nothing."),
        page="feed.md",
        method=_("Address"),
    )

    def __init__(self, account: Account) -> None:
        super().__init__(account)
        self._usual = self.interval = max(SHORTEST, self._seconds())

    def verify(self) -> str:
        """Reads it once; returns what it is called."""
        address = self._address()
        got = get(address, Known())
        if got.document is None:
            raise ConnectorError("The feed says that nothing has changed, though nobody has read it.")
        return entries.name_of(got.document["feed"], address)

    def steps(self) -> Sequence[Step]:
        """One request, and what came of it."""
        return (
            Step(label="The address can be asked", run=self._address),
            Step(label="There is a feed that can be read", run=self.verify),
        )

    def fetch(self, cursor: Mapping[str, Any]) -> Iterator[Page]:
        """The entries that are new or were changed since, oldest first."""
        address = self._address()
        state: Json = dict(cursor) if cursor.get("of") == address else {"of": address}
        texts = {name: state.get(name) for name in ("address", "etag", "modified")}
        known = Known(**{name: value if isinstance(value, str) else "" for name, value in texts.items()})
        got = get(address, known)
        self.interval = self._next_in(got)
        if got.document is None:
            return
        found = {"address": got.known.address, "etag": got.known.etag, "modified": got.known.modified}
        yield from _pages(got.document, state, found)

    def reply(self, outgoing: Outgoing) -> Sent:
        """Nobody answers a feed."""
        raise ConnectorError("Feeds can only be read.", remedy=READ_ONLY, permanent=True)

    def find(self, outgoing: Outgoing) -> Sent | None:
        """Nothing was ever sent."""
        return None

    def capability(self, original: Original) -> Capability:
        """There is nobody to answer to."""
        return Capability(can_reply=False, reason=READ_ONLY)

    def _address(self) -> str:
        return feed_address(str(self.account.settings.get("url") or ""), self.account.base_url)

    def _seconds(self) -> int:
        told = str(self.account.settings.get("interval") or "")
        return int(told) if told.isascii() and told.isdecimal() and len(told) < 7 else USUAL

    def _next_in(self, got: Got) -> int:
        """As often as people want it, but not more often than the feed or its server does; some ask for too much."""
        minutes = str((got.document or {}).get("feed", {}).get("ttl") or "").strip()
        ttl = int(minutes) * 60 if minutes.isascii() and minutes.isdecimal() and len(minutes) < 7 else 0
        return max(self._usual, min(LONGEST, max(got.max_age, ttl)))


def _pages(document: Mapping[str, Any], state: Json, found: Mapping[str, str]) -> Iterator[Page]:
    """What is news in a document; how to ask for changes is noted with the last page, when all of it is in."""
    now = datetime.now(UTC)
    told, keys = document["entries"], entries.keys(document["entries"])
    before = _texts(state.get("known"))
    # Readers of times that a feed has written wrongly begin with what they can order.
    ordered = sorted(zip(keys, told, strict=True), key=lambda pair: entries.published(pair[1]) or now)
    news = [(key, entry) for key, entry in ordered if _is_news(key, entry, before)]
    gap = _gap(state, before, ordered)
    known = dict(before)
    for start in range(0, max(len(news), 1), _PAGE):
        items, malformed = _items(news[start : start + _PAGE], before, document["feed"], state["of"], now)
        for key, entry in news[start : start + _PAGE]:
            known[_name(key)] = entries.version(entry)
        is_last = start + _PAGE >= len(news)
        cursor = {"of": state["of"], "known": dict(known), "newest": state.get("newest", "")}
        if is_last:
            cursor |= {**found, "known": _kept(known, keys), "newest": _newest(ordered, state)}
        yield Page(items=items, malformed=malformed, cursor=cursor, gaps=[gap] if gap and start == 0 else [])


def _items(
    news: Sequence[tuple[str, Json]], before: Mapping[str, str], feed: Json, address: str, now: datetime
) -> tuple[list[Incoming], list[Malformed]]:
    items, malformed = [], []
    for key, entry in news:
        told = entries.item(entry, key, feed, address, now, edited=_name(key) in before)
        try:
            items.append(parse(told, network="feed"))
        except Rejected as error:
            malformed.append(Malformed(payload=dict(entry), reason=str(error), position=key[:200]))
    return items, malformed


def _is_news(key: str, entry: Json, before: Mapping[str, str]) -> bool:
    """Whether an entry is new, or says that it was changed since."""
    name = _name(key)
    return name not in before or entries.is_newer(entries.version(entry), before[name])


def _gap(state: Json, before: Mapping[str, str], ordered: Sequence[tuple[str, Json]]) -> Gap | None:
    """The time of which a feed shows nothing any more: it holds its newest entries only, and none is known."""
    if not before or not ordered or any(_name(key) in before for key, _ in ordered):
        return None
    oldest = entries.published(ordered[0][1])
    try:
        since = datetime.fromisoformat(str(state.get("newest")))
    except ValueError:
        since = None
    if oldest is None or since is None or oldest <= since:
        return None
    reason = f"The feed shows its newest {len(ordered)} entries, and has published more than that since."
    return Gap(since=since, until=oldest, reason=reason)


def _newest(ordered: Sequence[tuple[str, Json]], state: Json) -> str:
    times = [at for _, entry in ordered if (at := entries.published(entry))]
    return max(times).isoformat() if times else str(state.get("newest", ""))


def _kept(known: Mapping[str, str], keys: Sequence[str]) -> dict[str, str]:
    """What a cursor remembers: all that the feed shows, and the latest of the others."""
    shown = {_name(key) for key in keys}
    others = [name for name in known if name not in shown][-_REMEMBERED:]
    return {name: version for name, version in known.items() if name in shown or name in set(others)}


def _name(key: str) -> str:
    """A short name for a key, for the cursor."""
    return sha256(key.encode(errors="replace")).hexdigest()[:16]


def _texts(value: object) -> dict[str, str]:
    pairs = value.items() if isinstance(value, dict) else ()
    return {name: text for name, text in pairs if isinstance(name, str) and isinstance(text, str)}

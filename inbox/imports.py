"""Importing JSON Lines of `Incoming` (docs/import.md): any history, through the same ingest."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Any, BinaryIO

from django.utils import timezone

from connectors.incoming import Incoming, Rejected
from connectors.ledger import Kept
from connectors.models import Channel, FileImport, Pull, Receipt
from connectors.parse import decode, parse
from connectors.registry import connector_for
from inbox.ingest import ingest

PAGE = 500
# A line longer than this is no message. It is skipped without being read into memory as a whole.
_LONGEST_LINE = 16 * 1024 * 1024


@dataclass(slots=True)
class Imported:
    """What an import did: counts by outcome, bad lines as (number, reason), the line it went on from.

    `rejected_before` are the bad lines of the part that an earlier, interrupted import took in.
    """

    outcomes: Counter[str] = field(default_factory=Counter)
    rejected: list[tuple[int, str]] = field(default_factory=list)
    resumed_at: int = 0
    rejected_before: int = 0
    lines: int = 0


@dataclass(slots=True)
class _Page:
    items: list[Incoming] = field(default_factory=list)
    kept: list[Kept] = field(default_factory=list)
    line: int = 0
    offset: int = 0

    @property
    def size(self) -> int:
        return len(self.items) + len(self.kept)


def channel_named(name: str) -> Channel:
    """The channel of that name, made as one of kind `import` where there is none."""
    fresh = {"network": "import", "connected_at": timezone.now()}
    channel, made = Channel.objects.get_or_create(name=name, defaults=fresh)
    if made:
        Pull.objects.create(channel=channel)
    return channel


def fingerprint(file: BinaryIO) -> str:
    """Names a file by all that is in it, so that an interrupted import finds its place again, and in no other file.

    Reading a file takes a thousandth of the time that taking it in does.
    """
    hashed = blake2b(digest_size=32)
    file.seek(0)
    while chunk := file.read(1 << 20):
        hashed.update(chunk)
    file.seek(0)
    return hashed.hexdigest()


def import_lines(
    channel: Channel,
    file: BinaryIO,
    *,
    progress: Callable[[int], Any] = lambda size: None,
) -> Imported:
    """Take in a file, page by page, each with its place in one transaction.

    An import that was interrupted goes on where it stopped; a complete one starts again, and finds duplicates.
    `progress` is called with the bytes of each committed page. Bad lines are kept as receipts and listed in the result.
    """
    connector = connector_for(channel)
    place = _place(channel, file)
    imported = Imported()
    if place is not None:
        file.seek(place.offset)
        imported.resumed_at = imported.lines = place.line
        imported.rejected_before = place.rejected
        progress(place.offset)
    before = place.offset if place else 0
    for page in _pages(file, connector.home, line=imported.lines, offset=before):

        def advance(page: _Page = page) -> None:
            if place is not None:
                place.offset, place.line = page.offset, page.line
                place.rejected = imported.rejected_before + len(imported.rejected) + len(page.kept)
                _keep_place(place)

        taken = ingest(
            channel,
            page.items,
            kept=page.kept,
            source=Receipt.Source.IMPORT,
            trust_email=connector.vouches_for_email,
            advance=advance,
        )
        imported.outcomes += taken.outcomes
        imported.rejected += [(int(one.position.removeprefix("line ")), one.reason) for one in page.kept]
        imported.lines = page.line
        progress(page.offset - before)
        before = page.offset
    if place is not None:
        FileImport.objects.filter(channel=channel, fingerprint=place.fingerprint).delete()
    if not connector.interval:
        # How a channel is that is pulled, only its own pull can say.
        Pull.objects.filter(channel=channel).update(pulled_at=timezone.now(), state=Pull.State.OK)
    return imported


def _place(channel: Channel, file: BinaryIO) -> FileImport | None:
    """Where an earlier import of this file stopped; None for a stream, which cannot be read twice."""
    if not file.seekable():
        return None
    name = fingerprint(file)
    known = FileImport.objects.filter(channel=channel, fingerprint=name).first()
    return known or FileImport(channel=channel, fingerprint=name, offset=0, line=0)


def _keep_place(place: FileImport) -> None:
    """Write down where an import stands, also while somebody else imports the same file into the same channel."""
    FileImport.objects.bulk_create(
        [place],
        update_conflicts=True,
        unique_fields=["channel", "fingerprint"],
        update_fields=["offset", "line", "rejected"],
    )


def _pages(file: BinaryIO, network: str, *, line: int, offset: int) -> Iterator[_Page]:
    page = _Page(line=line, offset=offset)
    for raw in _lines(file):
        page.line += 1
        page.offset += len(raw) if isinstance(raw, bytes) else raw
        _read(raw, network, page)
        if page.size >= PAGE:
            yield page
            page = _Page(line=page.line, offset=page.offset)
    if page.size:
        yield page


def _lines(file: BinaryIO) -> Iterator[bytes | int]:
    """Lines, or for one that is too long only its length."""
    while raw := file.readline(_LONGEST_LINE):
        if raw.endswith(b"\n") or len(raw) < _LONGEST_LINE:
            yield raw
            continue
        length = len(raw)
        while rest := file.readline(_LONGEST_LINE):
            length += len(rest)
            if rest.endswith(b"\n"):
                break
        yield length


def _read(raw: bytes | int, network: str, page: _Page) -> None:
    """Put a line on the page: an item, or the line with the reason why it is none. Blank lines are nothing."""
    if isinstance(raw, int):
        _keep(page, f"({raw} bytes)", f"The line has {raw} bytes, {_LONGEST_LINE} are possible.")
    elif raw.strip():
        try:
            page.items.append(parse(decode(raw), network=network))
        except Rejected as error:
            _keep(page, raw.decode("utf-8", "replace").rstrip("\r\n"), str(error))


def _keep(page: _Page, text: str, reason: str) -> None:
    payload = {"line": page.line, "text": text}
    page.kept.append(Kept(payload=payload, state=Receipt.State.REJECTED, reason=reason, position=f"line {page.line}"))

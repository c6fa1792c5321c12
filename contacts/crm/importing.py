"""Taking in a file of contacts page by page: each page with its place in one transaction, so that a worker that dies
is followed by one that goes on where it stopped. A dry run decides the same, and writes nothing but what it found."""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import islice
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from contacts import attributes, forest
from contacts.collisions import retried
from contacts.crm import known
from contacts.crm.deciding import Decider, Erased, Verdict
from contacts.crm.known import Key, Known
from contacts.crm.plan import Plan, plan
from contacts.crm.writing import because, write
from contacts.models import Import, ImportedRow, Merge
from contacts.sheets.decoding import shown
from contacts.sheets.record import Record, Rejected
from contacts.sheets.sheet import Row
from socialcrm.bulk import copy_rows
from socialcrm.crash import crash_point, declare

PAGE = 500
LEASE = timedelta(seconds=60)
OUTCOMES = ("created", "updated", "unchanged", "rejected")
_EXAMPLES = 5
_LONGEST_CELL = 60_000
declare("import.before_commit", "import.after_commit")
State = Import.State
Seen = dict[tuple[str, str], int]
# Which of these names belong to people who were erased.
EraseCheck = Callable[[Iterable[Key]], set[Key]]


class Stopped(Exception):
    """Somebody has stopped the import, or another worker goes on with it: nothing of this page may be written."""


@dataclass(slots=True)
class Page:
    """A page that was decided: what becomes of its rows, and what cannot be taken in with the reason."""

    size: int
    verdicts: list[Verdict] = field(default_factory=list)
    rejected: list[tuple[Row, str, bool]] = field(default_factory=list)  # the last: whether the row may be kept
    seen: Seen = field(default_factory=dict)
    merges: Sequence[Merge] = ()
    touched: Sequence[int] = ()  # contacts that were made, or of which something new was said

    def count(self, counts: Mapping[str, int]) -> dict[str, int]:
        """`counts` with this page's rows."""
        outcomes = [one.outcome for one in self.verdicts]
        found = {name: outcomes.count(name) for name in OUTCOMES[:3]} | {"rejected": len(self.rejected)}
        found["merged"] = sum(one.merges for one in self.verdicts)
        found["conflicts"] = sum(bool(one.conflicts) for one in self.verdicts)
        return {name: counts.get(name, 0) + n for name, n in found.items()}


def check(source_id: int, erased: EraseCheck) -> None:
    """Dry run over the whole file: what would become of each row is counted and shown by examples; every row that
    would be rejected is kept with the reason. Raises Stopped, and files.LetGo."""
    source = Import.objects.defer("content").get(pk=source_id)
    read = plan(source)
    decider = Decider(source.system, read.attributes, erased)
    counts = Page(0).count({})
    ImportedRow.objects.filter(source=source).delete()
    seen: Seen = {}
    done = 0
    for rows in _pages(read.rows()):
        page = _judged(rows, read, decider, seen)
        seen |= page.seen
        _show(source, page, counts)
        counts = page.count(counts)
        done += page.size
        _advance(source, State.CHECKING, done=done, counts={"trial": counts})
    if not Import.objects.filter(pk=source_id, state=State.CHECKING).update(
        state=State.CHECKED, done=0, rows=done, counts={"trial": counts}, lease_until=None
    ):
        raise Stopped


def preview(read: Plan, rows: Sequence[Row], erased: EraseCheck) -> Page:
    """What would become of some rows alone. Writes nothing."""
    return _judged(rows, read, Decider(read.source.system, read.attributes, erased), {})


def take(source_id: int, erased: EraseCheck, record: Callable[[Import, Page], None], *, seconds: float) -> bool:
    """Take in the rows that are left, for about so many seconds; returns whether that was all.

    `record` is called in the transaction of each page, for what stands above this room. Raises Stopped, files.LetGo.
    """
    source = Import.objects.defer("content").get(pk=source_id)
    if source.state == State.QUEUED:
        source = _begin(source)
    read = plan(source)
    decider = Decider(source.system, read.attributes, erased)
    rows = read.rows()
    seen = _seen_before(source, read, rows)
    ends = time.monotonic() + seconds
    for page in _pages(rows):
        taken = _take(page, source, read, decider, seen, record)
        crash_point("import.after_commit")
        seen |= taken.seen
        if time.monotonic() > ends:
            return False
    _finish(source)
    return True


@retried
def _begin(source: Import) -> Import:
    """From a dry run, or a failure, to the import itself: the attributes that are new are defined."""
    for name, meaning in zip(source.mapping["names"], source.mapping["meanings"], strict=True):
        if meaning.startswith("attribute:"):
            _head, slug, kind = meaning.split(":")
            attributes.ensure(slug, name, kind)
    if source.done == 0:
        ImportedRow.objects.filter(source=source).delete()
    changed = Import.objects.filter(pk=source.pk, state=State.QUEUED).update(state=State.RUNNING, error="")
    if not changed:
        raise Stopped
    source.state = State.RUNNING
    return source


@retried
def _take(
    rows: Sequence[Row],
    source: Import,
    read: Plan,
    decider: Decider,
    seen: Seen,
    record: Callable[[Import, Page], None],
) -> Page:
    decider.forget()
    page = _judged(rows, read, decider, seen, locks=True)
    now = timezone.now()
    page.merges, ids = write(page.verdicts, source, read.attributes, now=now)
    said = [(ids.get(one.contact, one.contact), one) for one in page.verdicts]
    page.touched = [contact for contact, one in said if one.outcome != "unchanged"]
    _keep(source, [(one.record.line, one.outcome, own, _journal(one, source), _told(one)) for own, one in said])
    _keep(source, [(row.line, "rejected", None, _cells(row) if may else None, why) for row, why, may in page.rejected])
    counts = source.counts | {"taken": page.count(source.counts.get("taken", {}))}
    record(source, page)
    _advance(source, State.RUNNING, done=source.done + page.size, before=source.done, counts=counts)
    crash_point("import.before_commit")
    source.done, source.counts = source.done + page.size, counts
    return page


def _judged(rows: Sequence[Row], read: Plan, decider: Decider, seen: Seen, *, locks: bool = False) -> Page:
    """What becomes of these rows. With `locks`, the people whom they are about stay as they are until the end."""
    page = Page(len(rows))
    found: list[tuple[Row, Record]] = []
    for row in rows:
        try:
            record = read.read(row)
            if first := seen.get(record.anchor) or page.seen.get(record.anchor):
                raise Rejected(_same(record, first))
        except Rejected as error:
            page.rejected.append((row, str(error), True))
        else:
            page.seen[record.anchor] = row.line
            found.append((row, record))
    records = [record for _row, record in found]
    system = read.source.system
    people = _locked(records, system) if locks else known.accounts(records, system)
    known.facts(people, records, system, read.attributes)
    decider.page(people, records)
    for row, record in found:
        try:
            page.verdicts.append(decider.decide(record))
        except Rejected as error:
            page.rejected.append((row, str(error), not isinstance(error, Erased)))
    return page


def _locked(records: Sequence[Record], system: str) -> Known:
    """The accounts that the rows name, their persons locked; asked again where one was merged meanwhile."""
    while True:
        found = known.accounts(records, system)
        persons = forest.lock(found.persons)
        if all(persons.of.get(one) == one for one in found.persons):
            return found


def _same(record: Record, first: int) -> str:
    kind, value = record.anchor
    if kind == "key":
        return _("Line %(line)d has the same key, %(value)s.") % {"line": first, "value": value[:100]}
    return _("Line %(line)d is about the same person, %(value)s.") % {"line": first, "value": value[:100]}


def _seen_before(source: Import, read: Plan, rows: Iterator[Row]) -> Seen:
    """Whom the rows were about that have been taken in already. Moves `rows` to the first that is left."""
    if not source.done:
        return {}
    rejected = ImportedRow.objects.filter(source=source, outcome="rejected").values_list("line", flat=True)
    out = set(rejected)
    return {read.anchor(row).anchor: row.line for row in islice(rows, source.done) if row.line not in out}


def _advance(source: Import, state: str, *, done: int, counts: Mapping[str, Any], before: int | None = None) -> None:
    mine = Import.objects.filter(pk=source.pk, state=state)
    mine = mine if before is None else mine.filter(done=before)
    if not mine.update(done=done, counts=counts, lease_until=timezone.now() + LEASE):
        raise Stopped


def _finish(source: Import) -> None:
    mine = Import.objects.filter(pk=source.pk, state=State.RUNNING)
    ends = {"state": State.DONE, "finished_at": timezone.now(), "lease_until": None}
    counts = {"taken": Page(0).count({})} | source.counts
    if not mine.update(rows=source.done, counts=counts, **ends):
        raise Stopped


def _show(source: Import, page: Page, before: Mapping[str, int]) -> None:
    """Keep some examples of each outcome of a dry run, and all that would be rejected."""
    shown_so_far = dict(before)
    rows = []
    for one in page.verdicts:
        kind = "conflict" if one.conflicts else "merging" if one.merges else one.outcome
        counted = {"conflict": "conflicts", "merging": "merged"}.get(kind, kind)
        shown_so_far[counted] = shown_so_far.get(counted, 0) + 1
        if shown_so_far[counted] <= _EXAMPLES:
            rows.append((one.record.line, kind, None, _told_of(one), _told(one)))
    _keep(source, rows)
    _keep(source, [(row.line, "rejected", None, _cells(row) if may else None, why) for row, why, may in page.rejected])


def _keep(source: Import, rows: Iterable[tuple[int, str, int | None, Any, str]]) -> None:
    columns = ("source_id", "line", "outcome", "contact_id", "row", "reason")
    copy_rows("contacts_importedrow", columns, ((source.pk, *row) for row in rows))


def _cells(row: Row) -> list[str]:
    return [shown(cell)[:_LONGEST_CELL] for cell in row.cells[:1000]]


def _told(one: Verdict) -> str:
    return " ".join(one.conflicts)


def _told_of(one: Verdict) -> dict[str, Any]:
    """An example of what would be done."""
    joined = [str(link.evidence.get("value", "")) for link in one.joined if link.is_merge]
    return {"name": one.record.name or one.record.anchor[1], "values": one.values, "tags": one.tags, "joined": joined}


def _journal(one: Verdict, source: Import) -> dict[str, Any] | None:
    """What has to be known to take back what bears no mark of the import."""
    kept: dict[str, Any] = {}
    if one.renamed:
        renamed = one.renamed
        kept["renamed"] = [renamed.id, renamed.name, renamed.url, renamed.old_name, renamed.old_url]
    if one.owners:
        kept["owners"] = one.owners
    if one.closes:
        kept["closed"] = because(source)
    return kept or None


def _pages(rows: Iterator[Row]) -> Iterator[list[Row]]:
    while page := list(islice(rows, PAGE)):
        yield page

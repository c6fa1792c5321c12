"""The steps of an import, as a colleague takes them: upload, say what the columns mean, check, import, take back."""

import re
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from itertools import islice
from pathlib import PurePath

from django.utils.translation import gettext as _

from contacts.crm import files
from contacts.crm.plan import Plan, plan
from contacts.models import Attribute, Import
from contacts.models.crm import ImportedRow
from contacts.names import fold
from contacts.networks import networks
from contacts.sheets import decoding, meanings, sheet
from contacts.sheets.accounts import NETWORKS
from contacts.sheets.sheet import Row
from people.models import User

State = Import.State
# In these nothing has been written yet, so what the columns mean may still change.
OPEN = (State.UPLOADED, State.CHECKED)
WORKING = (State.CHECKING, State.QUEUED, State.RUNNING, State.UNDOING)
LONGEST_SYSTEM = 30
_REMEMBERED = 5


class NotNow(Exception):
    """The step makes no sense in the state that the import is in, or not with what was given; the text says why."""


def upload(name: str, chunks: Iterable[bytes], *, system: str, by: User | None, now: datetime) -> Import:
    """Keep a file, with what can be said of it by itself. Raises files.TooLarge, and NotNow for an empty one."""
    content = files.packed(chunks)
    source = Import(
        file_name=_file_name(name), content=content, system=system_named(system), by=by, created_at=now, encoding=""
    )
    source.save()
    source.encoding = decoding.detect(files.content(source.pk))
    try:
        _lay_out(source, delimiter="", has_header=None)
    except NotNow:
        source.delete()
        raise
    return source


def lay_out(source: Import, *, encoding: str, delimiter: str, has_header: bool) -> None:
    """Read the file another way. Raises NotNow."""
    _must_be_open(source)
    if encoding not in decoding.ENCODINGS or delimiter not in sheet.DELIMITERS:
        raise NotNow(_("Choose one of the encodings and separators of the list."))
    source.encoding = encoding
    _lay_out(source, delimiter=delimiter, has_header=has_header)


def say(source: Import, chosen: Sequence[str]) -> list[str]:
    """Keep what the columns mean; returns what is wrong with it, in words. Raises NotNow."""
    _must_be_open(source)
    names: list[str] = source.mapping["names"]
    if len(chosen) != len(names) or not all(map(meanings.is_known, chosen)):
        raise NotNow(_("The columns of this file have changed meanwhile. Look at them again."))
    source.mapping = source.mapping | {"meanings": list(chosen)}
    _save(source, "mapping", state=State.UPLOADED)
    return problems(source)


def problems(source: Import) -> list[str]:
    """What is in the way of reading a file by its mapping."""
    chosen: list[str] = source.mapping.get("meanings", [])
    named = dict(zip(source.mapping.get("names", []), chosen, strict=True))
    found = []
    if not any(one.partition(":")[0] in ("key", "email", "account", "account_id", "profile") for one in chosen):
        found.append(_("Choose the column that says who it is: the key in your system, or the e-mail address."))
    for meaning in sorted({one for one in chosen if chosen.count(one) > 1}):
        if meaning in meanings.ONCE or meaning.startswith("attribute:"):
            columns = ", ".join(name for name, one in named.items() if one == meaning)
            found.append(_("These columns mean the same: %(columns)s. Leave out all but one.") % {"columns": columns})
    return found


def check(source: Import) -> None:
    """Ask for the dry run. Raises NotNow."""
    _must_be_open(source)
    if found := problems(source):
        raise NotNow(" ".join(found))
    _go(source, OPEN, State.CHECKING, done=0, counts={}, error="")


def start(source: Import) -> None:
    """Ask for the import itself, or to go on where it failed. Raises NotNow."""
    if "undo" in source.counts:
        raise NotNow(_("This import was being taken back. Go on with that."))
    _go(source, (State.CHECKED, State.FAILED), State.QUEUED, error="")


def stop(source: Import) -> None:
    """Stop the dry run. Raises NotNow."""
    _go(source, (State.CHECKING,), State.UPLOADED, done=0, counts={})


def take_back(source: Import) -> None:
    """Ask for what the import has brought to go again, also of one that is still at work. Raises NotNow."""
    _go(source, (State.QUEUED, State.RUNNING, State.DONE, State.FAILED), State.UNDOING, error="")


def discard(source: Import) -> None:
    """Forget a file of which nothing was taken in. Raises NotNow."""
    gone, _by = Import.objects.filter(pk=source.pk, state__in=(*OPEN, State.CHECKING), done=0).delete()
    if not gone:
        raise NotNow(_("This file has been imported. Take the import back instead."))


def first_rows(read: Plan, count: int) -> list[Row]:
    """The first rows of a file."""
    return list(islice(read.rows(), count))


def system_named(text: str) -> str:
    """The short name of a system. Raises NotNow."""
    name = re.sub(r"[^a-z0-9]+", "-", fold(text)).strip("-")[:LONGEST_SYSTEM]
    if not name:
        raise NotNow(_("Name the system that the file comes from, like hubspot, in letters and digits."))
    return name


def systems() -> list[str]:
    """The systems of earlier imports."""
    return sorted(set(Import.objects.order_by().values_list("system", flat=True)))


def rejected(source: Import) -> Iterable[ImportedRow]:
    """The rows that were not taken in, as they come in the file."""
    return ImportedRow.objects.filter(source=source, outcome="rejected").order_by("line").iterator(2_000)


def _lay_out(source: Import, *, delimiter: str, has_header: bool | None) -> None:
    layout = sheet.look(files.content(source.pk), source.encoding, delimiter=delimiter, has_header=has_header)
    if not layout.names:
        raise NotNow(_("There is nothing in this file. Choose one with a row for each contact."))
    chosen = _meanings(source, list(layout.names))
    source.mapping = {"header": layout.has_header, "names": list(layout.names), "meanings": chosen}
    source.delimiter = layout.delimiter
    source.rows = sum(1 for _row in plan(source).rows())
    _save(source, "encoding", "delimiter", "mapping", "rows", state=State.UPLOADED)


def _meanings(source: Import, names: list[str]) -> list[str]:
    """What the columns meant the last time that a file of this system had them, else what their names say."""
    kinds = {one.slug: (one.name, one.kind) for one in Attribute.objects.order_by("pk")}
    found = meanings.guess(names, kinds, {*networks(), *NETWORKS}, source.system)
    known: dict[str, str] = {}
    for mapping in _earlier(source):
        for name, meaning in zip(mapping.get("names", []), mapping.get("meanings", []), strict=False):
            known.setdefault(fold(name), meaning)
    return [known.get(fold(name), guessed) for name, guessed in zip(names, found, strict=True)]


def _earlier(source: Import) -> Collection[dict[str, list[str]]]:
    taken = Import.objects.filter(system=source.system, state__in=(State.DONE, State.RUNNING, State.UNDONE))
    return list(taken.exclude(pk=source.pk).order_by("-created_at").values_list("mapping", flat=True)[:_REMEMBERED])


def _file_name(name: str) -> str:
    name = PurePath(name.replace("\\", "/")).name
    return "".join(one for one in name if one.isprintable())[:200] or _("unnamed.csv")


def _must_be_open(source: Import) -> None:
    if source.state not in OPEN:
        raise NotNow(_("This import has begun. What its columns mean cannot change any more."))


def _save(source: Import, *fields: str, state: str) -> None:
    changes = {name: getattr(source, name) for name in fields}
    if not Import.objects.filter(pk=source.pk, state__in=OPEN).update(state=state, counts={}, done=0, **changes):
        raise NotNow(_("This import has begun. What its columns mean cannot change any more."))
    source.state, source.counts, source.done = state, {}, 0


def _go(source: Import, states: Sequence[str], to: str, **changes: object) -> None:
    mine = Import.objects.filter(pk=source.pk, state__in=states)
    if not mine.update(state=to, lease_until=None, **changes):
        raise NotNow(_("Somebody was quicker: the import is in another state now. Look at it again."))
    source.state = to

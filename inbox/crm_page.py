"""What the pages about imports of contacts show, prepared before a template sees it."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from contacts import tombstones
from contacts.crm import files, importing, steps
from contacts.crm.deciding import Verdict
from contacts.crm.plan import Plan, plan
from contacts.models import Attribute, Import, ImportedRow
from contacts.sheets import meanings
from contacts.sheets.accounts import NETWORKS
from contacts.sheets.decoding import ENCODINGS, shown
from inbox.presentation import network_name

State = Import.State
_PREVIEWED = 20
_SAMPLES = 3
_LISTED = 20
_OUTCOMES = {
    "created": gettext_lazy("New"),
    "updated": gettext_lazy("Updated"),
    "unchanged": gettext_lazy("Unchanged"),
    "rejected": gettext_lazy("Rejected"),
    "merging": gettext_lazy("Merged with somebody known"),
    "conflict": gettext_lazy("Conflict"),
}
_DELIMITERS = {
    ",": gettext_lazy("Comma"),
    ";": gettext_lazy("Semicolon"),
    "\t": gettext_lazy("Tab"),
    "|": gettext_lazy("Bar"),
}


def earlier() -> list[dict[str, Any]]:
    """The latest imports."""
    found = Import.objects.defer("content", "mapping").select_related("by").order_by("-created_at")[:_LISTED]
    return [
        {
            "source": one,
            "state": one.get_state_display(),
            "taken": one.counts.get("taken", {}),
            "trouble": one.state == State.FAILED,
        }
        for one in found
    ]


def page(source: Import, *, step: str = "") -> dict[str, Any]:
    """The page about one import, in the step that it is in."""
    is_open = source.state in steps.OPEN and not (source.state == State.CHECKED and step != "columns")
    context: dict[str, Any] = {
        "nav": "contacts",
        "source": source,
        "state": source.get_state_display(),
        "step": 1 if is_open else 3 if "taken" in source.counts or source.state in _THIRD else 2,
        "is_open": is_open,
        "is_working": source.state in steps.WORKING,
        "is_kept": files.is_kept(source.pk),
    }
    if is_open and context["is_kept"]:
        return context | columns(source)
    return context | progress(source)


_THIRD = (State.QUEUED, State.RUNNING, State.DONE, State.FAILED, State.UNDOING, State.UNDONE)


def columns(source: Import) -> dict[str, Any]:
    """The first step: what each column means, and what the first rows would become."""
    read = plan(source)
    rows = steps.first_rows(read, _PREVIEWED)
    known = {one.slug: one.name for one in Attribute.objects.order_by("position", "pk")}
    chosen: list[str] = source.mapping["meanings"]
    samples = [
        [cell for row in rows if (cell := shown(row.cells[place])[:60].strip() if place < len(row.cells) else "")]
        for place in range(len(chosen))
    ]
    return {
        "columns": [
            {"number": n, "name": name, "samples": samples[n][:_SAMPLES], "groups": _groups(name, meaning, known)}
            for n, (name, meaning) in enumerate(zip(source.mapping["names"], chosen, strict=True))
        ],
        "encodings": [(value, label, value == source.encoding) for value, label in ENCODINGS.items()],
        "delimiters": [(value, label, value == source.delimiter) for value, label in _DELIMITERS.items()],
        "has_header": source.mapping.get("header", True),
        **preview(source, read, rows),
    }


def preview(source: Import, read: Plan | None = None, rows: Sequence[Any] | None = None) -> dict[str, Any]:
    """What the first rows would become, and what is in the way of all of them."""
    read = read or plan(source)
    rows = steps.first_rows(read, _PREVIEWED) if rows is None else rows
    problems = steps.problems(source)
    labels = dict(
        zip((one.split(":")[1] if ":" in one else "" for one in read.meanings), read.layout.names, strict=True)
    )
    lines = [] if problems else _lines(importing.preview(read, rows, tombstones.erased), labels)
    return {"problems": problems, "lines": lines, "more": max(source.rows - len(rows), 0)}


def progress(source: Import) -> dict[str, Any]:
    """The second and third step: how far it has come, and what was found or done."""
    counts = source.counts.get("taken") or source.counts.get("trial") or {}
    undo = source.counts.get("undo", {})
    done = undo.get("after", 0) if undo.get("phase") == "rows" else source.done
    percent = min(100, 100 * done // source.rows) if source.rows else 0
    return {
        "counts": counts,
        "is_trial": "taken" not in source.counts,
        "percent": percent,
        "done": done,
        "undo": undo,
        "taking": sum(counts.get(name, 0) for name in ("created", "updated", "unchanged")),
        "examples": [] if source.state in steps.WORKING else _examples(source),
        "can_retry": source.state == State.FAILED and not undo,
    }


def _lines(page: importing.Page, labels: Mapping[str, str]) -> list[dict[str, Any]]:
    lines = [_line(one, labels) for one in page.verdicts]
    for row, why, _may in page.rejected:
        cells = [shown(cell)[:40] for cell in row.cells if cell.strip()][:3]
        lines.append({"number": row.line, "outcome": _OUTCOMES["rejected"], "css": "bad", "why": why, "cells": cells})
    return sorted(lines, key=lambda line: line["number"])


def _line(one: Verdict, labels: Mapping[str, str]) -> dict[str, Any]:
    record = one.record
    words = [f"#{tag}" for tag in record.tags]
    words += [f"{labels.get(slug, slug)}: {value[:40]}" for slug, value in record.values.items()]
    if record.do_not_contact:
        words.append(_("do not contact"))
    return {
        "number": record.line,
        "outcome": _OUTCOMES["conflict" if one.conflicts else "merging" if one.merges else one.outcome],
        "css": "warn" if one.conflicts else "good" if one.outcome == "created" else "",
        "name": record.name,
        "key": record.key,
        "emails": record.emails,
        "accounts": [(account.network, account.handle or account.external_id) for account in record.accounts],
        "words": words,
        "why": " ".join(one.conflicts),
    }


def _examples(source: Import) -> list[dict[str, Any]]:
    """Some rows of each outcome; of a finished import those that deserve a look."""
    found = []
    for outcome in ("merging", "conflict", "created", "updated", "rejected"):
        rows = ImportedRow.objects.filter(source=source, outcome=outcome).order_by("line")
        if "taken" in source.counts and outcome != "rejected":
            rows = rows.exclude(reason="")
        told = [_told(one) for one in rows.select_related("contact")[:5]]
        if told:
            found.append({"outcome": _OUTCOMES[outcome], "rows": told, "css": _css(outcome)})
    return found


def _told(one: ImportedRow) -> dict[str, Any]:
    row = one.row if isinstance(one.row, dict) else {}
    cells = one.row if isinstance(one.row, list) else []
    return {
        "line": one.line,
        "name": row.get("name", "") or (one.contact.name if one.contact else ""),
        "contact": one.contact_id,
        "joined": row.get("joined", []),
        "cells": [cell[:40] for cell in cells if cell.strip()][:4],
        "reason": one.reason,
    }


def _css(outcome: str) -> str:
    return {"rejected": "bad", "conflict": "warn", "created": "good"}.get(outcome, "")


def _groups(name: str, chosen: str, attributes: dict[str, str]) -> Iterator[tuple[str, list[tuple[str, str, bool]]]]:
    """The meanings that a column can have, in groups."""

    def option(value: str, label: object) -> tuple[str, str, bool]:
        return value, str(label), value == chosen

    plain = [option(value, label) for value, label in meanings.PLAIN.items()]
    yield "", [option("", _("Leave out"))]
    yield _("Person"), plain[:7]
    nets = [option(f"account:{slug}", label) for slug, label in NETWORKS.items()]
    head, _colon, rest = chosen.partition(":")
    if head == "account_id" or (head == "account" and rest not in NETWORKS):
        network, _colon, system = rest.partition(":")
        label = (
            _("Key in %(system)s") % {"system": system} if system else _("Id on %(n)s") % {"n": network_name(network)}
        )
        nets.append(option(chosen, label))
    yield _("Account, by handle or address, on"), nets
    yield _("Company"), plain[7:]
    kinds = {slug: (label, kind) for slug, (label, kind) in meanings.USUAL.items() if slug not in attributes}
    usual = [option(f"attribute:{slug}:{kind}", label) for slug, (label, kind) in kinds.items()]
    mine = [option(f"attribute:{slug}:{_kind(chosen, slug)}", label) for slug, label in attributes.items()]
    yield _("Attribute"), [*mine, *usual]
    own = [option(meanings.new_attribute(name, kind), _("New, “%(name)s”: %(kind)s") % {
        "name": name[:30], "kind": Attribute.Kind(kind).label}) for kind in meanings.NEW_KINDS]  # fmt: skip
    known = {*attributes, *meanings.USUAL}
    yield _("Attribute of its own"), [] if own[0][0].split(":")[1] in known else own


def _kind(chosen: str, slug: str) -> str:
    head, _colon, rest = chosen.partition(":")
    return rest.partition(":")[2] if head == "attribute" and rest.partition(":")[0] == slug else Attribute.Kind.TEXT

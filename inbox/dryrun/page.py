"""What the page about a dry run shows: how far it is, or what it has found."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext, ngettext

from inbox.dryrun import asking, examples, findings
from inbox.dryrun.labels import Labels
from inbox.dryrun.tally import BY_HAND, ELSEWHERE, STAYED
from inbox.models import DryRun
from inbox.presentation import clock, short_date
from people.shares import grouped
from routing.models import Ruleset

State = DryRun.State
# Shares of the largest number from which a cell is drawn darker.
_LEVELS = (0.0, 0.05, 0.12, 0.5)


def subject(pk: int | None = None) -> Ruleset | None:
    """The version that is tried: the one asked for, else the draft, else what is in force."""
    if pk is not None:
        return Ruleset.objects.filter(pk=pk).first()
    found = Ruleset.objects.filter(state__in=(Ruleset.State.DRAFT, Ruleset.State.PUBLISHED))
    return next(iter(sorted(found, key=lambda one: one.state != Ruleset.State.DRAFT)), None)


def box(ruleset: Ruleset | None) -> dict[str, Any]:
    """The newest dry run of a version, or what is known while it runs."""
    if ruleset is None:
        return {"subject": None}
    last, done = asking.newest(ruleset)
    days = last.days if last else 30
    busy = last if last and last.state in asking.BUSY else None
    labels = Labels()
    return {
        "subject": ruleset,
        "what": _what(ruleset),
        "title": _title(done.days if done and not busy else days),
        "days": days,
        "choices": sorted({*asking.DAYS, days}),
        "most": asking.MOST_DAYS,
        "busy": _busy(busy) if busy else None,
        "error": last.error if last and last.state == State.FAILED else "",
        "stopped": bool(last and last.state == State.CANCELLED),
        "has_changed": bool(done and done.revision != ruleset.revision),
        "result": result(done, labels) if done else None,
    }


def _what(ruleset: Ruleset) -> str:
    if ruleset.state == Ruleset.State.DRAFT:
        return gettext("the draft")
    return gettext("version %(number)d") % {"number": ruleset.number or 0}


def _title(days: int) -> str:
    return ngettext("Dry run, last day", "Dry run, last %(days)d days", days) % {"days": days}


def _busy(run: DryRun) -> dict[str, Any]:
    return {
        "id": run.pk,
        "is_waiting": run.state == State.QUEUED,
        "percent": min(100, round(100 * run.done / run.total)) if run.total else 0,
        "done": grouped(run.done),
        "total": grouped(run.total),
        "days": run.days,
    }


def result(run: DryRun, labels: Labels) -> dict[str, Any]:
    """What a finished one has found. Four statements."""
    kept = run.result
    moves: Mapping[str, int] = kept.get("moves", {})
    wrong = moves.get(ELSEWHERE, 0) + moves.get(STAYED, 0)
    return {
        "id": run.pk,
        "took": _took(run),
        "by": str(run.by) if run.by else "",
        "messages": grouped(kept.get("messages", 0)),
        "moved": grouped(kept.get("moved", 0)),
        "none": not kept.get("moved"),
        "empty": not kept.get("messages"),
        "destinations": _destinations(kept.get("cells", {}), labels),
        "by_hand": _people(moves.get(BY_HAND, 0)),
        "wrong": _wrong(wrong),
        "matrix": matrix(run, labels),
        "examples": examples.shown(examples.chosen(run), run, labels),
        "notes": findings.notes(kept),
        "rules": findings.rules(run),
    }


def _took(run: DryRun) -> str:
    if not run.finished_at or not run.started_at:
        return ""
    seconds = (run.finished_at - run.started_at).total_seconds()
    now = timezone.now()
    is_fresh = now - run.finished_at < timedelta(hours=20)
    when = clock(run.finished_at) if is_fresh else short_date(run.finished_at, now)
    return gettext("finished in %(seconds)s s, %(when)s") % {"seconds": number_format(seconds, 1), "when": when}


def _destinations(cells: Mapping[str, Mapping[str, int]], labels: Labels) -> SafeString:
    """“202 to Sales, 12 to PR”, the largest first."""
    sums: dict[str, int] = {}
    for was, row in cells.items():
        for to, count in row.items():
            if to != was:
                sums[to] = sums.get(to, 0) + count
    parts = [
        (format_html(gettext("{} to {}"), grouped(count), labels.mark(to)),)
        for to, count in sorted(sums.items(), key=lambda pair: -pair[1])
    ]
    return format_html_join(", ", "{}", parts)


def _people(count: int) -> SafeString | str:
    if not count:
        return ""
    words = ngettext("{} of it by hand", "{} of them by hand", count)
    said = format_html('<b class="good">{}</b>', format_html(words, grouped(count)))
    return format_html(gettext("People moved {} anyway."), said)


def _wrong(count: int) -> SafeString | str:
    if not count:
        return ""
    words = ngettext("{} looks wrong.", "{} look wrong.", count)
    return format_html('<b class="bad">{}</b>', format_html(words, grouped(count)))


def matrix(run: DryRun, labels: Labels) -> dict[str, Any]:
    """From where to where, in numbers with shades. A cell with examples leads to them."""
    cells: Mapping[str, Mapping[str, int]] = run.result.get("cells", {})
    used = {*cells, *(to for row in cells.values() for to in row)}
    slugs = labels.in_order({*used, *labels.departments} if len(labels.departments) <= 6 else used)
    most = max((count for was, row in cells.items() for to, count in row.items() if to != was), default=0)
    rows = [slug for slug in slugs if slug in cells]
    address = reverse("dry_run_examples", args=[run.pk])
    return {
        "columns": [labels.mark(slug) for slug in slugs],
        "rows": [
            (labels.mark(was), [_cell(was, to, cells[was].get(to, 0), most, address, labels) for to in slugs])
            for was in rows
        ],
    }


def _cell(was: str, to: str, count: int, most: int, address: str, labels: Labels) -> dict[str, Any]:
    moves = count > 0 and was != to
    share = count / most if moves else 0.0
    return {
        "n": grouped(count) if count else "",
        "level": sum(share > level for level in _LEVELS) if moves else 0,
        "url": f"{address}?{urlencode({'from': was, 'to': to})}" if moves else "",
        "says": gettext("%(n)s from %(was)s to %(to)s: show examples")
        % {"n": grouped(count), "was": labels.name(was), "to": labels.name(to)},
    }


def cell(run: DryRun, was: str, to: str) -> dict[str, Any]:
    """The examples of one pair, and which it is."""
    labels = Labels()
    count = run.result.get("cells", {}).get(was, {}).get(to, 0)
    return {
        "was": labels.mark(was),
        "to": labels.mark(to),
        "count": grouped(count),
        "examples": examples.shown(examples.of_cell(run, was, to), run, labels),
    }

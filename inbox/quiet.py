"""The quiet line of an event as HTML, and the marks between lines: most of a timeline are such, so constants are filled
instead of templates."""

from typing import TYPE_CHECKING

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext

from inbox.lines import safe

if TYPE_CHECKING:
    from inbox.speech import Entry

_LINE = """\
<li class="ev{now}" id="event-{id}" data-at="{iso}"{goal}><span class="node">{icon}</span>
  {told}
  {mark}{time}
</li>
"""
_SAID = """\
<a class="t" id="t-{id}" href="{href}" hx-get="{url}" hx-target="closest li" hx-swap="outerHTML"
    role="button" aria-expanded="false"><b>{lead}</b> {said}
    {words}</a>"""
_DONE = '<span class="t">{by}{sentence}</span>'
_GOES = '<a class="goes" href="{}" title="{}">{}</a>'


_DAY = '<li class="tl-day" data-day="{}"><h3>{}</h3></li>\n'
_NEWS = '<li class="tl-new" data-news><span>{}</span></li>\n'


def mark(e: "Entry") -> SafeString:
    """What stands before an entry: the day that begins with it, and that it is new."""
    day = _DAY.format(safe(e["day_id"]), safe(e["day"])) if "day" in e else ""
    news = _NEWS.format(safe(gettext("New since you looked"))) if e.get("news") else ""
    return mark_safe(day + news)  # noqa: S308 - of constants and what is escaped


def line(e: "Entry", goal: int | None = None) -> SafeString:
    """The line of an entry that `inbox.entries` made; `goal`: the event that is looked for."""
    time = f'<time datetime="{e["iso"]}">{e["date"]}</time>'
    drawn = _LINE.format(
        now=" now" if e["now"] else "",
        id=e["id"],
        iso=e["iso"],
        goal=" data-goal" if e["id"] == goal else "",
        icon=e["icon"],
        told=_said(e) if "said" in e else _done(e),
        mark=e["mark"],
        time=_GOES.format(safe(e["goes"]), safe(gettext("Open the conversation")), time) if e["goes"] else time,
    )
    return mark_safe(drawn)  # noqa: S308 - marks and times are safe strings, and all else is escaped


def _said(e: "Entry") -> str:
    gone = gettext("(deleted there)")
    return _SAID.format(
        id=e["id"],
        href=safe(e["href"]),
        url=safe(e["url"]),
        lead=safe(e["lead"]),
        said=safe(e["said"]),
        words=f'<span class="dim">{safe(gone)}</span>' if e["deleted"] else f'<q dir="auto">{safe(e["line"])}</q>',
    )


def _done(e: "Entry") -> str:
    by = f"<b>{safe(e['by']['first'])}</b> " if e["by"] else ""
    return _DONE.format(by=by, sentence=safe(e["sentence"]))

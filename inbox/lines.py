"""The line of a conversation as HTML. A page shows fifty, so one constant is filled instead of a template."""

from html import escape
from typing import TYPE_CHECKING, Any

from django.utils.safestring import SafeString, mark_safe

if TYPE_CHECKING:
    from collections.abc import Iterable

    from inbox.rows import Row

_LINE = """\
<li class="{css}" id="row-{id}" data-id="{id}"{current}>
  <a href="{url}" hx-get="{url}" hx-target="#thread" hx-swap="outerHTML" hx-push-url="true" aria-label="{label}"></a>
  <span class="pick">{face}{choice}</span>
  <span class="who"><b class="trunc" dir="auto">{name}</b>{verified}</span>
  <time datetime="{iso}" title="{full}" data-ago>{ago}</time>
  <p class="snip trunc{begun}" dir="auto">{snippet}</p>
  <div class="meta">{meta}
    <span class="h end">{mate}<span class="vh">{assigned}</span></span></div>
  {acts}
</li>
"""
_CHOICE = '<input type="checkbox" class="check" name="ids" value="{}" aria-label="{}">'


def line(row: "Row") -> SafeString:
    """The line of a row that `inbox.rows` made. Its marks are HTML already; every word is escaped here."""
    label, gone = safe(row["label"]), row.get("gone")
    drawn = _LINE.format(
        id=row["id"],
        css=f"{row['css']} gone" if gone else row["css"],
        current=' aria-current="true"' if row["current"] else "",
        url=safe(row["url"]),
        label=label,
        face=row["face"],
        choice=_CHOICE.format(row["id"], label) if row["choice"] and not gone else "",
        name=safe(row["name"]),
        verified=row["verified"],
        iso=row["iso"],
        full=safe(row["full"]),
        ago=safe(row["ago"]),
        begun=" begun" if row["draft"] else "",
        snippet=safe(row["snippet"]),
        meta=f'<span class="trunc">{safe(gone)}</span>' if gone else _meta(row),
        mate=row["mate"],
        assigned=safe(row["assigned"]),
        acts="" if gone else row["acts"],
    )
    return mark_safe(drawn)  # noqa: S308 - marks are safe strings, and all else is escaped above


def lines(rows: "Iterable[Row]") -> SafeString:
    """The lines of rows, one below the other."""
    return mark_safe("".join(map(line, rows)))  # noqa: S308 - of safe strings


def _meta(row: "Row") -> str:
    drawn = f"{row['down']}{row['forbidden']}{row['department']}{row['ring']}{row['priority']}{row.get('often', '')}"
    if state := row["state"]:
        drawn += f'<span class="{"bad m5" if row.get("trouble") else "dim"}">{safe(state)}</span>'
    if row["tags"]:
        tags = safe(row["tags"])
        drawn += f'<span class="tags trunc" title="{tags}">{tags}</span>'
    return drawn


def safe(text: Any) -> str:
    """A word as HTML: escaped unless it is HTML already."""
    return text if isinstance(text, SafeString) else escape(str(text))

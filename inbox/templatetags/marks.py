"""The marks of the product for templates."""

from collections.abc import Iterable
from typing import Any

from django import template
from django.utils.html import format_html_join
from django.utils.safestring import SafeString, mark_safe

from inbox import alike, keyboard, lines, marks, presentation, quiet, retelling
from inbox.speech import Entry
from people import shares

register = template.Library()

register.simple_tag(marks.icon, name="icon")
register.simple_tag(marks.network, name="net")
register.simple_tag(marks.department, name="dept")
register.simple_tag(marks.customer, name="customer")
register.simple_tag(marks.priority, name="priority")
register.filter("network_name", presentation.network_name)
register.filter("percent", shares.percent)
register.simple_tag(retelling.of_helping, name="why_helping")
register.filter("of_network", retelling.of_network)
register.simple_tag(keyboard.for_script, name="keys_for_script")
register.simple_tag(lines.line, name="line")
register.simple_tag(lines.lines, name="lines")
register.simple_tag(alike.drawn, name="alike")


@register.simple_tag(takes_context=True)
def event(context: template.RequestContext, e: Entry) -> SafeString:
    """One entry of a timeline: by its template, or where it has none as a quiet line."""
    if not e["template"]:
        return quiet.line(e, context.get("goal"))
    with context.push(e=e):
        return template.Engine.get_default().get_template(e["template"]).render(context)


@register.simple_tag(takes_context=True)
def events(context: template.RequestContext, entries: Iterable[Entry]) -> SafeString:
    """Entries one below the other, with the marks that stand before them."""
    return mark_safe("".join(quiet.mark(e) + event(context, e) for e in entries))  # noqa: S308 - of safe strings


@register.simple_tag
def colleague(person: dict[str, Any] | None, size: str = "s20") -> SafeString:
    """A colleague as the pages hold one; a dashed place where there is nobody."""
    if person is None:
        return marks.colleague("", None, size)
    return marks.colleague(person["name"], person["id"], size, away=person.get("away", False))


@register.simple_tag
def me(user: Any, size: str = "s28") -> SafeString:
    """The colleague who is logged in."""
    return marks.colleague(str(user), user.pk, size)


@register.simple_tag
def key(action: str) -> SafeString:
    """The hint at a button: this person's keys for an action, as `data-key` names it; nothing where it has none."""
    return format_html_join(
        " ", '<kbd class="desk" aria-hidden="true">{}</kbd>', ((cap,) for cap in keyboard.shown(action))
    )


@register.simple_tag
def key_text(action: str) -> str:
    """The same for a title, with the distance from its words."""
    caps = keyboard.shown(action)
    return "  " + " ".join(caps) if caps else ""

"""The marks of the product as HTML: icons, networks, departments, people, deadlines. Made once, drawn many times."""

import re
from functools import cache, lru_cache

from django.contrib.staticfiles import finders
from django.templatetags.static import static
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext

from inbox.presentation import Deadline, hue, initials
from people.memory import forgettable


@cache
def _drawn() -> frozenset[str]:
    """The names in the sprite, so that a network without an icon gets the general one."""
    path = finders.find("icons.svg")
    if not path:
        return frozenset()
    with open(path, encoding="utf-8") as sprite:
        return frozenset(re.findall(r'id="([^"]+)"', sprite.read()))


@cache
def icon(name: str, css: str = "") -> SafeString:
    """An interface icon; decorative, so the words beside it must say the same."""
    css = f"i {css}".strip()
    return format_html('<svg class="{}" aria-hidden="true"><use href="{}#i-{}"/></svg>', css, static("icons.svg"), name)


@lru_cache(maxsize=200)
def network(name: str) -> SafeString:
    """The logo of a network; networks are shapes, never colours. `webhook-7` is a webhook's, too."""
    names = name, name.partition("-")[0]
    drawn = next((one for one in names if f"n-{one}" in _drawn()), "other")
    return format_html('<svg class="net" aria-hidden="true"><use href="{}#n-{}"/></svg>', static("icons.svg"), drawn)


@lru_cache(maxsize=200)
def department(mark: str, name: str, only: bool = False) -> SafeString:
    """A department: its shape and colour, and its name, which is read out also where only the mark is shown."""
    return format_html('<span class="dept{}" data-dept="{}">{}</span>', " only" if only else "", mark, name)


@forgettable(2_000)
def customer(name: str, key: int, size: str = "", on: str = "", face: str = "") -> SafeString:
    """A customer: a circle, with the network that they write on. `face`: the address of their picture, over which the
    initials show until it is there, or if it never comes."""
    badge = format_html('<span class="on">{}</span>', network(on)) if on else ""
    picture = format_html('<img src="{}" alt="" loading="lazy" decoding="async">', face) if face else ""
    shown = '<span class="av {}" data-h="{}" aria-hidden="true"><span>{}</span>{}{}</span>'
    return format_html(shown, size, hue(key), initials(name), picture, badge)


@lru_cache(maxsize=2_000)
def colleague(name: str, pk: int | None, size: str = "s20", away: bool = False) -> SafeString:
    """A colleague: a squircle; a dashed one where there is nobody; with a ring at its edge for who is away."""
    if pk is None:
        return format_html('<span class="av mate {} none" aria-hidden="true"></span>', size)
    shown = '<span class="av mate {}" data-h="{}" title="{}" aria-hidden="true">{}</span>'
    face = format_html(shown, size, hue(f"user-{pk}"), name, initials(name))
    return format_html('<span class="face">{}<span class="there"></span></span>', face) if away else face


def down(channel: str) -> SafeString:
    """The channel does not work, so nothing comes in on it and replies may not go out."""
    says = gettext("%(channel)s does not work") % {"channel": channel}
    shown = '<span class="down bad" title="{}">{}<span class="vh">{}</span></span>'
    return format_html(shown, says, icon("triangle-alert", "sm bad"), says)


@lru_cache(maxsize=100)
def _often(count: int, says: str) -> SafeString:
    shown = '<span class="h g1 warn" title="{}">{}<span aria-hidden="true">{}</span><span class="vh">{}</span></span>'
    return format_html(shown, says, icon("flag", "sm"), count, says)


def often(count: int) -> SafeString:
    """It was handed over so often that somebody should look into it."""
    return _often(count, gettext("Handed over %(n)s times") % {"n": count})


def forbidden() -> SafeString:
    """Nobody is to contact this person."""
    says = gettext("Not to be contacted")
    shown = '<span class="down" title="{}">{}<span class="vh">{}</span></span>'
    return format_html(shown, says, icon("circle-x", "sm warn"), says)


def ring(owed: Deadline | None) -> SafeString | str:
    """A deadline: a ring that fills as time runs, and the time that is left."""
    if owed is None:
        return ""
    if owed.css == "paused":
        says = gettext("The clock stands still while others are waited for.")
        return format_html('<span class="sla paused" title="{}">{}</span>', says, owed.text)
    read = gettext("for the reply") if owed.css == "over" else gettext("left to the reply")
    # Fifty of them stand on a page.
    drawn = _RING.format(owed.css, owed.due, owed.start, owed.dash, escape(owed.text), escape(read))
    return mark_safe(drawn)  # noqa: S308 - words are escaped, and the rest is numbers and a word of ours


# What stands beside a conversation that is not of normal priority: an icon, and how it looks.
_PRIORITIES = {0: ("arrow-down", "dim"), 2: ("flag", "warn"), 3: ("flag", "bad")}


@cache
def priority(level: int, name: str) -> SafeString | str:
    """A priority that is not the normal one: a mark, and its word where there is room."""
    if level not in _PRIORITIES:
        return ""
    shape, css = _PRIORITIES[level]
    shown = '<span class="priority {}" title="{}">{}<span>{}</span></span>'
    return format_html(shown, css, gettext("Priority: %(name)s") % {"name": name}, icon(shape, "sm"), name)


_RING = (
    '<span class="sla {}" data-due="{}" data-start="{}"><svg viewBox="0 0 12 12" aria-hidden="true">'
    '<circle cx="6" cy="6" r="5"/><circle cx="6" cy="6" r="5" pathLength="100" stroke-dasharray="{} 100"/></svg>'
    '<span data-left>{}</span><span class="vh"> {}</span></span>'
)

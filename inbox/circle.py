"""Whom a person talks with, as their page draws and lists it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy, ngettext

from contacts import neighbours
from contacts.models import Contact
from contacts.neighbours import Circle, Neighbour
from inbox.presentation import full, hue, initials, network_name, short_date
from inbox.reading import first_name
from people.shares import grouped

if TYPE_CHECKING:
    from django.http import QueryDict

Part = dict[str, Any]

IN_BRIEF = 10
# Names beside circles; the others show theirs when somebody points at them.
NAMED = 40
KINDS: Mapping[str, Any] = {
    "mentioned": gettext_lazy("Mentions"),
    "replied_to": gettext_lazy("Replies"),
    "answered": gettext_lazy("Answers"),
    "shared": gettext_lazy("Shares"),
}
TIMES: Mapping[str, tuple[Any, int]] = {
    "30": (gettext_lazy("30 days"), 30),
    "90": (gettext_lazy("90 days"), 90),
    "365": (gettext_lazy("A year"), 365),
}
_EVER = datetime(1, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Narrowed:
    """One kind of relationship, or all; those alive in the last so many days, or ever."""

    kind: str = ""
    days: str = ""

    @classmethod
    def parse(cls, query: "QueryDict") -> "Narrowed":
        """From an address; what it does not know, it leaves out."""
        kind, days = query.get("kind", ""), query.get("days", "")
        return cls(kind if kind in KINDS else "", days if days in TIMES else "")

    def query(self, **changed: str) -> str:
        """The address of this, or of something else in its place."""
        values = {"kind": self.kind, "days": self.days} | changed
        given = {name: value for name, value in values.items() if value}
        return f"?{urlencode(given)}" if given else "?"

    def since(self, now: datetime) -> datetime:
        """From when on."""
        return now - timedelta(days=TIMES[self.days][1]) if self.days else _EVER


def context(contact: Contact, narrowed: Narrowed, now: datetime, *, most: int = neighbours.MOST) -> Part:
    """What both the drawing and the table need. Two statements."""
    kinds = (narrowed.kind,) if narrowed.kind else neighbours.KINDS
    found = neighbours.circle(contact.pk, since=narrowed.since(now), kinds=kinds, most=most)
    name = contact.name or gettext("This person")
    people = [_person(one, now) for one in found.neighbours]
    return {
        "p": {"id": contact.pk, "name": name, "first": first_name(name), "url": reverse("contact", args=[contact.pk])},
        "graph_url": reverse("contact_graph", args=[contact.pk]),
        "people": people,
        "more": _more(found),
        "finding": _finding(first_name(name), found),
        "drawing": _drawing(contact, name, people, found),
        "narrowed": narrowed,
        "kinds": [("", gettext("Everything")), *KINDS.items()],
        "kind_links": [
            (label, narrowed.query(kind=slug), slug == narrowed.kind)
            for slug, label in {"": gettext("Everything"), **KINDS}.items()
        ],
        "time_links": [
            (label, narrowed.query(days=slug), slug == narrowed.days)
            for slug, label in {"": gettext("Ever"), **{days: label for days, (label, _) in TIMES.items()}}.items()
        ],
    }


def _person(one: Neighbour, now: datetime) -> Part:
    return {
        "id": one.contact,
        "name": one.name,
        "url": reverse("contact", args=[one.contact]),
        "network": one.network,
        "handle": one.handle,
        "us": one.is_us,
        "going": one.going,
        "coming": one.coming,
        "sum": one.going + one.coming,
        "last": short_date(one.last_at, now),
        "last_in_full": full(one.last_at),
        "last_at": one.last_at,
        "says": _says(one),
    }


def _says(one: Neighbour) -> str:
    """What a circle is read out as."""
    told = []
    if one.going:
        told.append(ngettext("%(n)s message to them", "%(n)s messages to them", one.going) % {"n": one.going})
    if one.coming:
        told.append(ngettext("%(n)s message from them", "%(n)s messages from them", one.coming) % {"n": one.coming})
    who = gettext("%(name)s, our account") % {"name": one.name} if one.is_us else one.name
    return f"{who}: {', '.join(told)}"


def _more(found: Circle) -> str:
    """What is not shown."""
    left = found.total - len(found.neighbours)
    if found.is_part:
        return gettext("and more than %(n)s more") % {"n": grouped(left)}
    return gettext("and %(n)s more") % {"n": grouped(left)} if left else ""


def _finding(first: str, found: Circle) -> str:
    """The drawing in a sentence."""
    if not found.neighbours:
        return gettext("%(name)s talks with nobody that we know of.") % {"name": first}
    names = ", ".join(one.name for one in found.neighbours[:3])
    return ngettext(
        "%(name)s talks with %(n)s person: %(names)s.",
        "%(name)s talks with %(n)s people, most with %(names)s.",
        found.total,
    ) % {"name": first, "n": grouped(found.total), "names": names}


def _drawing(contact: Contact, name: str, people: list[Part], found: Circle) -> Part:
    """What static/js/graph.js draws. `between` points into `people`."""
    place = {one["id"]: at for at, one in enumerate(people)}
    return {
        "me": {"name": name, "initials": initials(name), "hue": hue(contact.pk)},
        "named": NAMED,
        "people": [
            {
                "name": one["name"],
                "initials": initials(one["name"]),
                "hue": hue(one["id"]),
                "url": one["url"],
                "us": one["us"],
                "going": one["going"],
                "coming": one["coming"],
                "says": f"{one['says']}. {network_name(one['network'])}" if one["network"] else one["says"],
            }
            for one in people
        ],
        "between": [[place[first], place[second], count] for first, second, count in found.between],
    }

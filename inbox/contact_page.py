"""A person's page: the parts of it, for whoever reads them."""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext

from contacts import influence
from contacts.models import Contact
from inbox import card as cards
from inbox import history, person, suggestions
from inbox.cursors import Cursor
from inbox.entries import entries
from inbox.facts import sections
from inbox.history import KINDS, Narrowing
from inbox.person_events import ALL, Conditions
from inbox.places import BEFORE, day
from inbox.presentation import full, short_date
from inbox.rows import base
from inbox.speech import Telling
from inbox.timeline import NEWEST, WINDOW, Window
from people.models import Department

if TYPE_CHECKING:
    from django.http import QueryDict

    from people.models import User

Part = dict[str, Any]
# New messages are counted no further.
NEWS = 20


@dataclass(frozen=True, slots=True)
class Reader:
    """Who looks at a person's page, when, at which part of the timeline, and in which light it is told."""

    user: "User"
    person: int
    departments: dict[int, Department]
    now: datetime
    narrowing: Narrowing
    before: Cursor | None
    after: Cursor | None
    # The beginning of the day that is jumped to.
    day: Cursor | None = None

    @classmethod
    def of(cls, user: "User", person: int, query: "QueryDict") -> "Reader":
        """Read from an address. One statement; raises BadRequest on a damaged place to go on from."""
        departments = {one.pk: one for one in Department.objects.order_by("position", "id")}
        narrowing = Narrowing.parse(query, [one.slug for one in departments.values()])
        before, after = (Cursor.parse(query.get(name, "")) for name in ("before", "after"))
        place = day(query.get("date", ""))
        return cls(user, person, departments, timezone.now(), narrowing, before, after, place)

    def telling(self, here: int | None = None, cards: frozenset[int] = frozenset()) -> Telling:
        """The timeline as lines, newest first."""
        return Telling(
            reader=self.user,
            base=base("open"),
            events=f"{reverse('contact', args=[self.person])}events/",
            departments=self.departments,
            now=self.now,
            here=here,
            as_lines=True,
            cards=cards,
        )

    def window(self, here: int | None) -> Window:
        """The part of the timeline that is asked for."""
        asked = self.narrowing.conditions({one.slug: one.pk for one in self.departments.values()})
        if self.day:
            return self._around(asked, self.day, here)
        if self.after:
            return history.after(self.person, asked, self.after, here=here)
        return history.before(self.person, asked, self.before or NEWEST, here=here)

    def _around(self, asked: Conditions, place: Cursor, here: int | None) -> Window:
        """The first events of a day and of what followed, with some of what was before."""
        later = history.after(self.person, asked, place, here=here)
        earlier = history.before(self.person, asked, place, here=here, size=WINDOW if not later.events else BEFORE)
        return Window([*earlier.events, *later.events], earlier.earlier, later.later, earlier.reached)


def context(contact: Any, reader: Reader) -> Part:
    """Everything of the page that is not fetched later."""
    accounts = person.identities(contact.pk)
    conversation = person.current_conversation(contact.pk, reader.user)
    window = reader.window(conversation["id"] if conversation else None)
    facts = sections(contact.pk, reader.user)
    customer = next((one["iso"] for one in facts["roles"]["now"] if one["slug"] == "customer"), "")
    since = cards.since(contact.pk)
    speaks = person.languages(window.events)
    told = person.line(accounts, speaks, datetime.fromisoformat(customer) if customer else None, since)
    hero = person.hero(contact, accounts, told)
    standing = influence.of_person(contact.pk)
    return {
        "nav": "contacts",
        "p": hero,
        "same_person": suggestions.of_person(contact.pk, reader.now),
        "facts": facts,
        "working": cards.working(contact.pk, reader.departments),
        "reach": cards.compact(standing.reach) if standing.reach else "",
        "influence": influence.in_words(standing),
        "why_not": contact.forbidden,
        "reply_url": f"{base('open')}c/{conversation['id']}/" if conversation else "",
        **_timeline(hero, reader, window, conversation["id"] if conversation else None),
    }


def part(contact: Contact, reader: Reader) -> Part:
    """The timeline alone, as it is narrowed down, or a part of it."""
    conversation = person.current_conversation(contact.pk, reader.user)
    here = conversation["id"] if conversation else None
    hero = person.hero(contact, person.identities(contact.pk))
    return {"p": hero, **_timeline(hero, reader, reader.window(here), here)}


def _timeline(hero: Part, reader: Reader, window: Window, here: int | None) -> Part:
    narrowing = reader.narrowing
    newest = next((one for one in reversed(window.events) if one["message__direction"] == "in"), None)
    from_the_top = not (reader.before or reader.after or reader.day or narrowing != Narrowing())
    shown = frozenset([newest["id"]]) if from_the_top and newest and newest["conversation_id"] == here else frozenset()
    first = window.events[-1] if window.events else None
    going_up = Cursor(first["at"], first["id"]) if first else reader.before
    return {
        "news_after": str(going_up if from_the_top and going_up else Cursor(reader.now, 0)),
        "entries": entries(window.events, reader.telling(here, shown)),
        "earlier_url": f"{hero['url']}{narrowing.query(before=window.earlier)}" if window.earlier else "",
        "later_url": _later(hero, reader, window, going_up),
        "reached": short_date(window.reached, reader.now) if window.reached else "",
        "reached_in_full": full(window.reached) if window.reached else "",
        "narrowing": narrowing,
        "window_query": f"{narrowing.query(part=1)}&",
        "narrowed": narrowing != Narrowing(),
        "from_the_top": not (reader.before or reader.after or reader.day),
        "goal": next((one["id"] for one in window.events if reader.day and one["at"] >= reader.day.at), None),
        # Which end of the timeline a part is put at: it leads on from there only.
        "grows": "down" if reader.before else "up",
        "filters": _filters(hero, reader),
    }


def news(contact: Contact, reader: Reader) -> Part:
    """How many messages there are after a place; counting ends early."""
    later = history.after(contact.pk, ALL, reader.after, size=NEWS) if reader.after else Window([])
    count = sum(one["kind"] == "message" for one in later.events)
    return {"count": count, "more": later.later is not None, "url": reverse("contact", args=[contact.pk])}


def _later(hero: Part, reader: Reader, window: Window, top: Cursor | None) -> str:
    """Where the timeline goes on above, if it was not opened at its end."""
    on = window.later if reader.after or reader.day else top if reader.before else None
    return f"{hero['url']}{reader.narrowing.query(after=on)}" if on else ""


def _filters(hero: Part, reader: Reader) -> Part:
    """The ways to narrow the timeline down, as links."""
    chosen, url = reader.narrowing, hero["url"]
    kinds = [("", gettext("Everything")), *((slug, name) for slug, (name, _kinds) in KINDS.items())]
    return {
        "kinds": [(name, url + chosen.query(kind=slug), slug == chosen.kind) for slug, name in kinds],
        "networks": [
            (slug, name, url + chosen.query(network="" if slug == chosen.network else slug), slug == chosen.network)
            for slug, name in hero["networks"]
        ],
        "departments": [
            (one, url + chosen.query(department="" if one.slug == chosen.department else one.slug))
            for one in reader.departments.values()
        ],
        "reset_url": url,
    }

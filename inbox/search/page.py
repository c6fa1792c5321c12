"""What the search page shows: persons, messages, what was not understood, and what could be asked for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from inbox import marks
from inbox.cursors import Cursor
from inbox.models import Conversation
from inbox.persons import in_order
from inbox.presentation import ago, face, full, network_name, short_date
from inbox.search import hints, messages, operators, people
from inbox.search.conditions import Narrowing
from inbox.search.excerpts import excerpt
from inbox.search.query import LONGEST, Query, parse

if TYPE_CHECKING:
    from django.http import QueryDict

    from people.models import User

Row = dict[str, Any]
TABS = ("all", "people", "messages")
# Persons that are shown above messages, and messages that are few.
_SOME, _FEW = 5, 5
_COLUMNS = (
    "id",
    "state",
    "department__mark",
    "department__name",
    "identity__avatar_url",
    "identity__contact_id",
    "identity__contact__name",
    "identity__name",
    "identity__handle",
    "identity__external_id",
    "identity_id",
    "identity__network",
)


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for. `typing`: somebody is at it, and the last word may not be whole."""

    q: str = ""
    tab: str = "all"
    before: Cursor | None = None
    typing: bool = False

    @classmethod
    def parse(cls, values: "QueryDict") -> "Asked":
        """Read it; raises BadRequest where the place to go on from cannot be read."""
        q = values.get("q", "").replace("\0", "")[:LONGEST]
        tab = values.get("show", "")
        before = Cursor.parse(values.get("before", ""))
        return cls(q.lstrip(), tab if tab in TABS else "all", before, values.get("typing") == "1")

    @property
    def query(self) -> Query:
        """What is meant."""
        return parse(self.q, typing=self.typing)

    def url(self, **changes: Any) -> str:
        """The address of the same search with something changed; that of another page of it has a place."""
        values = {"q": self.q.strip(), "show": "" if self.tab == "all" else self.tab} | changes
        pairs = {name: str(value) for name, value in values.items() if value and (name, value) != ("show", "all")}
        return reverse("search") + (f"?{urlencode(pairs)}" if pairs else "")


def context(user: "User", asked: Asked, now: datetime) -> Row:
    """All that the page and its parts need. The number of statements does not depend on what is found."""
    query = asked.query
    reading = operators.Context(user, now, query)
    narrowing = operators.understand(reading)
    said = messages.Found()
    if asked.tab != "people" and not query.is_empty:
        said = messages.find(query, narrowing, asked.before)
    whom = people.People([])
    if _wants_people(asked, narrowing) and not query.is_empty:
        # A word that many have written is no mistyped name.
        nearly = asked.tab == "people" or len(said.hits) < _FEW
        whom = people.find(query, narrowing, nearly=nearly)
    shown = whom.ids[:_SOME] if asked.tab == "all" else whom.ids
    rows = message_rows(user, said.hits, query, now)
    return {
        "nav": "search",
        "asked": asked,
        "title": _("Search"),
        "is_empty": query.is_empty,
        "persons": [_person(one, now) for one in in_order(shown, now)],
        "people_url": asked.url(show="people") if len(whom.ids) > len(shown) else "",
        "people_partial": whom.is_partial,
        "people_unnarrowed": asked.tab == "people" and narrowing.is_of_messages,
        "said": rows,
        "next_url": asked.url(before=said.next) if said.next else "",
        "reached": _reached(said, asked, now),
        "problems": [(one.says, one.instead, asked.url(q=one.instead)) for one in narrowing.problems],
        "chips": [(str(one), asked.url(q=str(query.without(one)))) for one in query.operators if one.value],
        "tabs": [(name, asked.url(show=name), name == asked.tab) for name in TABS],
        "hints": [(text, asked.url(q=whole), whole) for text, whole in hints.hints(asked.q, reading)],
    }


def _wants_people(asked: Asked, narrowing: Narrowing) -> bool:
    if asked.tab == "all":
        return not asked.before and not narrowing.is_of_messages
    return asked.tab == "people"


def _person(one: Any, now: datetime) -> Row:
    return {"person": one, "accounts": one.identities[:3], "more": max(0, one.count - 3)}


def _reached(said: messages.Found, asked: Asked, now: datetime) -> Row | None:
    if said.reached is None:
        return None
    at = said.reached.at
    day = "" if at.year > now.year + 1 else short_date(at, now)
    return {"day": day, "url": asked.url(before=said.reached)}


def message_rows(user: "User", hits: Sequence[messages.Hit], query: Query, now: datetime) -> list[Row]:
    """Messages as lines, with their conversations. One statement."""
    seen = Conversation.objects.visible_to(user).filter(
        pk__in={hit.conversation_id for hit in hits}, identity__contact__is_erased=False
    )
    whole = {one["id"]: one for one in seen.values(*_COLUMNS)} if hits else {}
    return [_message(hit, whole[hit.conversation_id], query, now) for hit in hits if hit.conversation_id in whole]


def _message(hit: messages.Hit, one: Row, query: Query, now: datetime) -> Row:
    network = one["identity__network"]
    names = ("identity__contact__name", "identity__name", "identity__handle", "identity__external_id")
    name = next((one[column] for column in names if one[column]), "?")
    picture = face(one["identity_id"], one["identity__avatar_url"]) if one["identity__avatar_url"] else ""
    state = Conversation.State(one["state"])
    return {
        "id": hit.id,
        "url": reverse("conversation", args=["open", one["id"]]),
        "label": ", ".join([name, network_name(network), full(hit.at)]),
        "name": name,
        "ours": hit.direction == "out",
        "face": marks.customer(name, one["identity__contact_id"], "", network, picture),
        "title": excerpt(hit.title, query) if hit.title else "",
        "text": excerpt(hit.text, query),
        "iso": hit.at.isoformat(),
        "full": full(hit.at),
        "ago": ago(hit.at, now),
        "department": marks.department(one["department__mark"], one["department__name"]),
        "state": "" if state == Conversation.State.OPEN else state.label,
    }

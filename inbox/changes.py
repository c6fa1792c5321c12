"""What has changed on an open page: rows, counts, and the conversation that is being read."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext, gettext_lazy

from inbox import lists, reading, timeline
from inbox.cursors import Cursor
from inbox.entries import entries
from inbox.models import Event
from inbox.rows import Row
from inbox.speech import Entry, State
from inbox.together import chain

if TYPE_CHECKING:
    from django.http import QueryDict

    from inbox.lists import Scope

# Why a line is no longer in a view.
_DEEDS = {
    "closed": gettext_lazy("%(name)s closed this"),
    "reopened": gettext_lazy("%(name)s opened this again"),
    "set_aside": gettext_lazy("%(name)s set this aside"),
    "assigned": gettext_lazy("%(name)s assigned this to %(to)s"),
    "unassigned": gettext_lazy("%(name)s took this from its assignee"),
    "handover": gettext_lazy("%(name)s moved this to %(to)s"),
}
# What the part of the card that tells of working together is about.
_TOGETHER = frozenset({*chain.STEPS, "contributor", "contributor_left", "linked", "unlinked", "undone"})
# Of the open conversation, how many of its newest messages may look different now: sent, edited, deleted.
_LOOKED_AT = 20


def rows(scope: "Scope", ids: Collection[int], belonging: Collection[int]) -> list[Row]:
    """Lines that are on the page, as they look now; one that has left the view says what happened."""
    found = lists.by_ids(scope, ids)
    gone = [pk for pk in found if pk not in belonging]
    return _explained(found, gone, _deeds(gone))


def _explained(found: dict[int, Row], gone: Collection[int], deeds: Mapping[int, str]) -> list[Row]:
    for pk in gone:
        found[pk]["gone"] = deeds.get(pk) or gettext("No longer in this list")
    return list(found.values())


def matching(scope: "Scope", ids: Collection[int]) -> set[int]:
    """Which of these conversations belong in the view. One statement."""
    if scope.filters.q or scope.view.base == "sent":
        return set(ids)
    found = lists.narrowed(scope.view.conversations(scope.user), scope)
    return set(found.filter(pk__in=ids).values_list("pk", flat=True))


def arrivals(scope: "Scope", ids: Collection[int], belonging: Collection[int]) -> set[int]:
    """Which conversations that are not on the page belong on it now."""
    if scope.filters.q or scope.view.base == "sent":
        return set()
    return set(ids).intersection(belonging)


@dataclass(frozen=True, slots=True)
class Shown:
    """How far a page shows a timeline: up to which place, up to which event, and of what."""

    after: Cursor | None = None
    known: int = 0
    tl: timeline.Scope = "whole"

    @classmethod
    def parse(cls, query: "QueryDict") -> "Shown":
        """Read it from what the page sends along."""
        known = query.get("known", "")
        tl: timeline.Scope = "conversation" if query.get("tl") == "conversation" else "whole"
        number = int(known) if known.isdecimal() and len(known) < 19 else 0
        return cls(Cursor.parse(query.get("after", "")), number, tl)


def of_list(scope: "Scope", pk: int) -> dict[str, Any]:
    """What an action changed in a list: the line and the counts."""
    return _of_list(scope, rows(scope, [pk], matching(scope, [pk])))


def of_line(scope: "Scope", conversation: Any, recent: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The same, of a conversation that has been found already, with its newest events. One statement."""
    pk = conversation.pk
    gone = {pk} - matching(scope, [pk])
    done = next((one for one in reversed(recent) if one["kind"] in _DEEDS), None)
    who = done and (done["actor__name"] or done["actor__username"] or gettext("Somebody"))
    deeds = {pk: _DEEDS[done["kind"]] % {"name": who, **done["data"]}} if done else {}
    return _of_list(scope, _explained({pk: lists.of_found(conversation, scope)}, gone, deeds))


def _of_list(scope: "Scope", lines: list[Row]) -> dict[str, Any]:
    return {"sidebar": scope.sidebar, "scope": scope, "count": scope.count, "rows": lines}


def of_conversation(conversation: Any, scope: "Scope", shown: Shown, *, is_read: bool = True) -> dict[str, Any]:
    """Of a conversation that is open on a page: its head, its card, and what is new or different on its timeline.

    `is_read`: whether somebody looks at the place where new things appear.
    """
    telling = reading.telling(conversation, scope)
    if shown.after:
        window, recent = timeline.since(conversation, shown.tl, shown.after, _LOOKED_AT)
    else:
        window, recent = timeline.Window([]), timeline.recent_of(conversation, _LOOKED_AT)
    told = {one["id"]: one for one in entries(recent, telling)}
    ends = reading.ends(window)
    return {
        "c": reading.head(conversation, scope, shown.tl),
        "recent": recent,
        "withdrawn": conversation.withdrawn,
        "is_shared": any(one["kind"] in _TOGETHER and one["id"] > shown.known for one in recent),
        "meanwhile": _meanwhile(recent, shown, scope.user.pk),
        "entries": entries(window.events, telling, follows=not is_read),
        "arrived": sum(one["kind"] == "message" and one["id"] > shown.known for one in recent),
        "updated": [one for one in told.values() if one["kind"] == "message" and _may_have_changed(one)],
        "between": _between(recent, told, shown),
        "seen": reading.last_message(recent, conversation),
        "after": ends["after"] or shown.after or "",
        "known": max(shown.known, int(ends["known"]), *told, 0),
        "card": reading.contact_card(conversation, scope),
    }


def _meanwhile(recent: list[dict[str, Any]], shown: Shown, user: int) -> Entry | None:
    """The newest answer of somebody else that the page has not shown yet, for whoever is writing one."""
    for one in reversed(recent):
        is_new = shown.known and one["id"] > shown.known
        author = one["message__author_id"]
        if is_new and one["message__direction"] == "out" and author not in (None, user) and not _waits(one):
            return {"name": one["message__author__name"] or one["message__author__username"], "text": one["text"]}
    return None


def _waits(one: dict[str, Any]) -> bool:
    """Whether a reply is to leave later, or was held back: it answers nobody yet."""
    state = one["message__delivery__state"]
    return state in (State.DRAFT, State.HELD) or (state == State.QUEUED and one["message__delivery__is_later"])


def _between(recent: list[dict[str, Any]], told: dict[int, Entry], shown: Shown) -> dict[int, list[Entry]]:
    """Events that arrived late and belong before the place up to which the page is told, by the event before them."""
    found: dict[int, list[Entry]] = {}
    before = 0
    for one in recent:
        is_late = one["id"] > shown.known and (shown.after is None or (one["at"], one["id"]) <= shown.after)
        if not is_late:
            before = one["id"]
        elif before and shown.known and one["id"] in told:
            found.setdefault(before, []).append(told[one["id"]])
    return found


def _may_have_changed(one: Entry) -> bool:
    return bool(one["side"] == "out" or one["edited"] or one["deleted"])


def _deeds(ids: Collection[int]) -> dict[int, str]:
    if not ids:
        return {}
    done = Event.objects.filter(conversation__in=ids, kind__in=_DEEDS).select_related("actor")
    last = done.order_by("conversation_id", "-at", "-id").distinct("conversation_id")
    names = {event.conversation_id: {"name": event.actor or gettext("Somebody"), **event.data} for event in last}
    return {pk: _DEEDS[event.kind] % names[pk] for event in last if (pk := event.conversation_id)}

"""The messages that a dry run shows: who wrote what, where it would go, and what people did with it."""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from django.urls import reverse
from django.utils.translation import gettext

from inbox import marks
from inbox.dryrun.labels import Labels
from inbox.dryrun.tally import BY_HAND, ELSEWHERE, STAYED
from inbox.models import Conversation, DryRun, Event, Message
from inbox.presentation import network_name, span
from people.models import TRIAGE, User
from routing.decisions import NOISE
from routing.models import Example

SHOWN = 6
_LONGEST = 280


class Wanted(NamedTuple):
    """An example as a dry run keeps it, and the pair of departments that it stands for."""

    was: str
    to: str
    message: int
    rule: int | None
    standing: str


class Hand(NamedTuple):
    """That somebody moved a message's conversation."""

    name: str
    to: str
    after: str


def of_cell(run: DryRun, was: str, to: str) -> list[Wanted]:
    """The examples of one pair; none where the dry run has none."""
    kept = run.result.get("examples", {}).get(was, {}).get(to, [])
    return [Wanted(was, to, *one) for one in kept]


def chosen(run: DryRun) -> list[Wanted]:
    """A few for the overview: of each pair the newest, then the second newest, as many as fit; large pairs first."""
    cells = run.result.get("cells", {})
    pairs = [(was, to) for was, row in run.result.get("examples", {}).items() for to in row]
    pairs.sort(key=lambda pair: -cells.get(pair[0], {}).get(pair[1], 0))
    turns = [of_cell(run, *pair) for pair in pairs]
    found = [turn[place] for place in range(SHOWN) for turn in turns if place < len(turn)]
    return found[:SHOWN]


def shown(wanted: Sequence[Wanted], run: DryRun, labels: Labels) -> list[dict[str, Any]]:
    """For the page. Messages that are gone since are left out. Three statements."""
    found = Message.objects.select_related("identity__contact", "conversation__department")
    messages = {one.pk: one for one in found.filter(pk__in=[one.message for one in wanted])}
    hands = _hands(messages.values(), labels)
    names = {rule["id"]: rule["name"] for rule in run.rules}
    return [
        _shown(one, messages[one.message], hands.get(one.message), names.get(one.rule or 0, ""), labels)
        for one in wanted
        if one.message in messages
    ]


def _shown(one: Wanted, message: Message, hand: Hand | None, rule: str, labels: Labels) -> dict[str, Any]:
    name = message.identity.contact.name or str(message.identity)
    text = f"{message.title} · {message.text}" if message.title else message.text
    return {
        "network": marks.network(message.identity.network),
        "network_name": network_name(message.identity.network),
        "name": name,
        "text": text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…",
        "url": reverse("short", args=[message.conversation_id]),
        "why": reverse("explanation", args=[message.pk]),
        "was": labels.mark(one.was),
        "to": labels.mark(one.to),
        "rule": rule,
        **_standing(one, message, hand, labels),
    }


def _standing(one: Wanted, message: Message, hand: Hand | None, labels: Labels) -> dict[str, str]:
    """What people did with it: `css` says whether the dry run agrees with them."""
    if one.standing == BY_HAND:
        if hand is None:
            return {"css": "good", "icon": "check", "says": gettext("It was moved there by hand")}
        words = gettext("%(name)s moved it by hand after %(time)s")
        return {"css": "good", "icon": "check", "says": words % {"name": hand.name, "time": hand.after}}
    if one.standing == ELSEWHERE:
        if hand is None:
            return {"css": "bad", "icon": "x", "says": gettext("It was moved elsewhere by hand")}
        words = gettext("%(name)s moved it to %(place)s after %(time)s")
        said = {"name": hand.name, "place": hand.to, "time": hand.after}
        return {"css": "bad", "icon": "x", "says": words % said}
    if one.standing == STAYED:
        is_closed = message.conversation.state == Conversation.State.CLOSED
        words = gettext("Stayed in %(place)s, closed") if is_closed else gettext("Stayed in %(place)s, answered there")
        return {"css": "bad", "icon": "x", "says": words % {"place": labels.name(one.was)}}
    if one.was == TRIAGE:
        says = gettext("Nobody has sorted it yet")
    elif one.was == NOISE:
        says = gettext("Nobody has taken it out of what was set aside")
    else:
        says = gettext("Not answered yet")
    return {"css": "dim", "icon": "clock", "says": says}


def _hands(messages: Iterable[Message], labels: Labels) -> dict[int, Hand]:
    """Who moved each of these, and how long after it came: what was kept as an example, else what the timeline says."""
    by_id = {one.pk: one for one in messages}
    found: dict[int, Hand] = {}
    events = Event.objects.filter(
        conversation__in=[one.conversation_id for one in by_id.values()], kind="handover", actor__isnull=False
    )
    last: dict[int | None, Event] = {one.conversation_id: one for one in events.select_related("actor").order_by("at")}
    for message in by_id.values():
        event = last.get(message.conversation_id)
        if event is not None and event.actor is not None:
            to = str(event.data.get("to", ""))
            found[message.pk] = Hand(_first(event.actor), to, span(event.at - message.posted_at))
    for example in Example.objects.filter(message__in=by_id).select_related("by"):
        who = _first(example.by) if example.by else gettext("Somebody")
        after = span(example.at - by_id[example.message].posted_at)
        found[example.message] = Hand(who, labels.name(example.department), after)
    return found


def _first(colleague: User) -> str:
    return str(colleague).split()[0]

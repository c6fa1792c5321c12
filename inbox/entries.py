"""One entry of the timeline, prepared for its template: a card in the conversation at hand, a quiet line elsewhere."""

from collections.abc import Collection, Iterable
from datetime import timedelta
from typing import Any

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext, gettext_lazy

from inbox import marks, speech
from inbox.events import KINDS, Kind
from inbox.presentation import day_name, full, moment, month_name
from inbox.retelling import readable
from inbox.rows import mate
from inbox.speech import Entry, State, Telling

# What a colleague did, after their name.
DEEDS = {
    "assigned": gettext_lazy("assigned this to {to}"),
    "unassigned": gettext_lazy("took this from its assignee"),
    "released": gettext_lazy("took this from {from}, so that others get it"),
    "closed": gettext_lazy("closed this"),
    "reopened": gettext_lazy("opened this again"),
    "set_aside": gettext_lazy("set this aside"),
    "snoozed": gettext_lazy("snoozed this until {until}"),
    "conversation_tagged": gettext_lazy("added the tag {tag}"),
    "conversation_untagged": gettext_lazy("took the tag {tag} away"),
    "undone": gettext_lazy("took back: {what}"),
    "renamed": gettext_lazy("renamed them from {from} to {to}"),
    "attribute": gettext_lazy("set {name} to {to}"),
    "pinned": gettext_lazy("pinned a note: {text}"),
    "unpinned": gettext_lazy("took a pinned note away: {text}"),
    "tagged": gettext_lazy("added the tag {tag}"),
    "untagged": gettext_lazy("took the tag {tag} away"),
    "owner": gettext_lazy("chose {to} to look after them in {department}"),
    "may_contact": gettext_lazy("lifted that they are not to be contacted: {reason}"),
}
_RECENT = timedelta(days=7)
# Kinds that stand out in every conversation: somebody else is accountable from here on.
_KEY = frozenset({"handover", "routed", "contributor"})
# Kinds that change what a person is to the company.
_OF_PERSON = frozenset(
    {"merged", "unmerged", "role_given", "role_ended", "deal_opened", "deal_moved", "do_not_contact"}
)


def entries(events: Iterable[dict[str, Any]], telling: Telling, *, follows: bool = False) -> list[Entry]:
    """Entries with a mark before the first of each day, or of each month where it is long past and elsewhere, and with
    a line before what is new. `follows`: what stands before these on the page is known to the reader.

    Replies that were taken back are nobody's business.
    """
    kept = [values for values in events if values["message__delivery__state"] != State.DRAFT]
    # What a message led to bears its time, and is told after it.
    kept.sort(key=lambda values: (values["at"], values["kind"] != "message", values["id"]))
    if telling.as_lines:
        kept.reverse()
    named = speech.named(kept, telling)
    told = [entry(values, telling, named) for values in kept]
    days = {one["on"] for one in told if one["now"] and not telling.as_lines}
    above: dict[str, Any] | None = None
    mark, has_news = "", False
    for values, one in zip(kept, told, strict=True):
        by_day = one["on"] in days or telling.now - values["at"] < _RECENT
        this = one["on"] if by_day else one["on"][:7]
        if this != mark:
            mark, one["day_id"] = this, this
            one["day"] = day_name(values["at"], telling.now) if by_day else month_name(values["at"])
        is_new = one.get("new", False)
        one["news"] = is_new and follows and not has_news and not telling.as_lines
        has_news = has_news or is_new
        follows = follows or one["now"]
        # What stands right above needs no telling again.
        if above and "context" in one:
            one["context"] = [] if one["answers"] == above["message_id"] else speech.unlike(one["context"], above)
        above = values if one["now"] and values["kind"] == "message" else above
    return told


def entry(
    values: dict[str, Any],
    telling: Telling,
    named: Collection[int] | None = None,
    *,
    is_open: bool = False,
    in_full: bool = False,
) -> Entry:
    """One event. `is_open`: a quiet line that somebody has opened; `in_full`: with all of its text. `named`: what
    `speech.named` found for all that are told together."""
    here = telling.here is not None and values["conversation_id"] == telling.here
    kind, at = values["kind"], moment(values["at"], telling.now)
    is_in_full = values["id"] in telling.cards if telling.as_lines else here
    department = telling.departments.get(values["conversation__department_id"])
    conversation = f"{telling.base}c/{values['conversation_id']}/" if values["conversation_id"] else ""
    told = {
        "id": values["id"],
        "kind": kind,
        "now": here,
        "iso": at.iso,
        "on": at.day,
        "clock": at.clock,
        "date": at.date,
        "mark": marks.department(department.mark, department.name, only=True) if department else "",
        "url": f"{telling.events}{values['id']}/",
        "href": conversation,
        # Where no conversation is at hand, the time leads to the one that this happened in.
        "goes": conversation if telling.as_lines else "",
        "by": mate(values["actor_id"], values["actor__name"] or values["actor__username"]),
        # A quiet line has none.
        "template": "",
    }
    if kind not in ("message", "note"):
        return told | _happening(values, telling)
    if not is_in_full and not is_open:
        return told | (speech.message_line(values) if kind == "message" else speech.note_line(values))
    told |= {
        "department": marks.department(department.mark, department.name) if department else "",
        "network": marks.network(values["identity__network"]) if values["identity__network"] else "",
        "opened": is_open and not is_in_full,
        "template": "inbox/events/_message.html",
    }
    if kind == "message":
        return told | speech.message(values, telling, in_full)
    return told | speech.note(values, speech.named([values], telling) if named is None else named)


def _happening(values: dict[str, Any], telling: Telling) -> Entry:
    values = values | {"data": readable(values["kind"], values["data"], by_hand=bool(values["actor_id"]))}
    data, kind = values["data"], KINDS.get(values["kind"])
    told = {"icon": marks.icon(kind.icon if kind else "activity"), "sentence": _sentence(values, kind)}
    if values["kind"] in _KEY:
        return told | {
            "template": "inbox/events/_key.html",
            "reason": data.get("reason", ""),
            "from": _department(data.get("from", ""), telling),
            "to": _department(data.get("to") or data.get("department", ""), telling),
        }
    if values["kind"] in _OF_PERSON:
        return told | {
            "template": "inbox/events/_person.html",
            "reason": data.get("reason", ""),
            "data": data,
            # Whether there is anything left to undo.
            "in_force": values.get("in_force", False),
        }
    return told


def _department(name: str, telling: Telling) -> str:
    """A department by the name that it had then; without its mark when it is called otherwise now."""
    found = next((queue.mark for queue in telling.departments.values() if queue.name == name), None)
    return marks.department(found, name) if found else name


def _sentence(values: dict[str, Any], kind: Kind | None) -> str:
    deed = DEEDS.get(values["kind"]) if values["actor_id"] else None
    if values["kind"] == "assigned" and values["data"].get("to") == (
        values["actor__name"] or values["actor__username"]
    ):
        return gettext("took this")
    sentence = deed or (kind.sentence if kind else values["kind"])
    return str(sentence).format_map(_Kept(_readable(values)))


def _readable(values: dict[str, Any]) -> dict[str, Any]:
    """The particulars of an event as a sentence tells them."""
    data: dict[str, Any] = values["data"]
    until = parse_datetime(data["until"]) if values["kind"] == "snoozed" else None
    return data | {"until": full(until)} if until else data


class _Kept(dict[str, Any]):
    """Leaves a placeholder standing whose particular an old event does not have."""

    def __missing__(self, key: str) -> str:
        return f"{{{key}}}"

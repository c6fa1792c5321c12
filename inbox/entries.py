"""One entry of the timeline, prepared for its template: a card in the conversation at hand, a quiet line elsewhere."""

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext, gettext_lazy

from inbox import marks, speech
from inbox.events import KINDS, Kind
from inbox.presentation import clock, day_name, full, month_name, short_date, when
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
    days = {_date(values) for values in kept if values["conversation_id"] == telling.here and not telling.as_lines}
    told: list[Entry] = []
    above: dict[str, Any] | None = None
    mark, has_news = "", False
    named = speech.named(kept, telling)
    for values in kept:
        one, date = entry(values, telling, named), _date(values)
        by_day = date in days or telling.now - values["at"] < _RECENT
        this = date if by_day else date[:7]
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
        told.append(one)
    return told


def _date(values: dict[str, Any]) -> str:
    return timezone.localtime(values["at"]).date().isoformat()


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
    at, kind = values["at"], values["kind"]
    in_full_here = values["id"] in telling.cards if telling.as_lines else here
    department = telling.departments.get(values["conversation__department_id"])
    conversation = f"{telling.base}c/{values['conversation_id']}/" if values["conversation_id"] else ""
    told = {
        "id": values["id"],
        "kind": kind,
        "now": here,
        "iso": at.isoformat(),
        "full": full(at),
        "clock": when(at, clock(at)),
        "date": when(at, clock(at) if _is_today(at, telling.now) else short_date(at, telling.now)),
        "mark": marks.department(department.mark, department.name, only=True) if department else "",
        "department": marks.department(department.mark, department.name) if department else "",
        "url": f"{telling.events}{values['id']}/",
        "href": conversation,
        # Where no conversation is at hand, the time leads to the one that this happened in.
        "goes": conversation if telling.as_lines else "",
        "data": values["data"],
        # Of a merge or a role: whether there is anything left to undo.
        "in_force": values.get("in_force", False),
        "by": mate(values["actor_id"], values["actor__name"] or values["actor__username"]),
        "network": marks.network(values["identity__network"]) if values["identity__network"] else "",
        "opened": is_open and not in_full_here,
    }
    if kind in ("message", "note"):
        if kind == "message":
            told |= speech.message(values, telling, in_full)
        else:
            told |= speech.note(values, speech.named([values], telling) if named is None else named)
        template = "_message" if in_full_here or is_open else "_quiet"
    else:
        told |= _happening(values, telling)
        template = "_key" if kind in _KEY else "_person" if kind in _OF_PERSON else "_quiet"
    return told | {"template": f"inbox/events/{template}.html"}


def _happening(values: dict[str, Any], telling: Telling) -> Entry:
    data, kind = values["data"], KINDS.get(values["kind"])
    return {
        "icon": marks.icon(kind.icon if kind else "activity"),
        "sentence": _sentence(values, kind),
        "reason": data.get("reason", ""),
        "from": _department(data.get("from", ""), telling),
        "to": _department(data.get("to") or data.get("department", ""), telling),
    }


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


def _is_today(at: datetime, now: datetime) -> bool:
    return timezone.localtime(at).date() == timezone.localtime(now).date()

"""Reasons that stand on timelines and beside facts, told in the language of whoever reads them.

Most were written down by jobs, in English; see people/retold.py. What a colleague wrote stays as it is: which sentences
may have been written depends on what they are the reason of, and on whether somebody acted.
"""

import re
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from connectors import sentences
from contacts import reasons
from inbox import giving, undo
from people.retold import Sentences

# Beside the name of a colleague, too: nobody writes like this by hand. The first two are the router's own words
# (routing/engine.py).
_QUOTING = (
    _("The message concerns {department} as well ({share}%)."),
    _("“{words}” concerns {department} ({share}%)."),
    _("Rule “%(name)s”"),
    _("Macro “%(name)s”"),
    _("Suggested by the rule “%(name)s”"),
)
# The router knows a department by its slug alone.
_SLUG = re.compile(r"(?<= concerns )[\w-]+(?=(?: as well)? \(\d+%\)\.$)")
_DEADLINES = (
    _("A reply is due in %(n)s minutes or less."),
    _("The reply is %(n)s minutes late."),
    _("The reply is late."),
)
_TAKEN_BACK = (_("Taken back"), _("Taken back."), _("The end was taken back"))
# What a role was given for (contacts/criteria.py).
_CRITERIA = (
    _("Imported from %(system)s"),
    _("listened to more than %(percent)s%% of people"),
    _("Not so for %(days)s days: %(what)s"),
    ("%(what)s in %(days)s day", "%(what)s in %(days)s days"),
    ("%(count)s helpful answer", "%(count)s helpful answers"),
    ("%(count)s negative public post", "%(count)s negative public posts"),
    ("%(count)s follower", "%(count)s followers"),
    ("%(count)s message", "%(count)s messages"),
)
_REPLIES = (
    _("The customer wrote first."),
    _("The part before it did not arrive."),
    _("%(name)s answered meanwhile."),
    _("This person is being erased."),
    _("Dropped by %(name)s."),
)
_STEPS = (_("%(name)s was warned"), _("the managers were told"), _("%(name)s did not come to it"))
_PRIORITIES = (_("Low"), _("Normal"), _("High"), _("Urgent"))
_CLOSED = _("%(name)s was closed.")

_BY_HAND, _BY_NOBODY = Sentences(lambda: _QUOTING), Sentences(lambda: _QUOTING + _DEADLINES)
_OF_ROLES_BY_HAND = Sentences(lambda: _QUOTING + _TAKEN_BACK)
_OF_ROLES = Sentences(lambda: _QUOTING + _TAKEN_BACK + _CRITERIA)
_OF_REPLIES = Sentences(lambda: _REPLIES)
_OF_STEPS, _OF_PRIORITIES = Sentences(lambda: _STEPS), Sentences(lambda: _PRIORITIES, spoken=True)
# What was taken back; kept as whoever did it read it.
_OF_DEEDS = Sentences(undo.WORDS.values, spoken=True)
_OF_GIVING = Sentences(lambda: giving.PARTS)
_OF_MERGES = Sentences(reasons.SENTENCES.values)
# Other particulars than reasons that are in words, none of them a colleague's.
_TOLD: Mapping[str, tuple[Sentences, tuple[str, ...]]] = {
    "due_soon": (_OF_STEPS, ("step",)),
    "late": (_OF_STEPS, ("step",)),
    "prioritised": (_OF_PRIORITIES, ("from", "to")),
    "undone": (_OF_DEEDS, ("what",)),
}


def retold(text: str, by_hand: object = None) -> str:
    """A reason as its reader speaks. `by_hand`: who gave it, or whether anybody did; their own words stay."""
    return (_BY_HAND if by_hand else _BY_NOBODY).told(text) if text else ""


def of_helping(text: str, department: str, by_hand: object = None) -> str:
    """Why a department takes part, which people know by the name given here."""
    return retold(text if by_hand else _SLUG.sub(lambda _slug: department, text), by_hand)


def of_role(text: str, *, by_hand: bool) -> str:
    """Why somebody was given a role, or has it no more."""
    return (_OF_ROLES_BY_HAND if by_hand else _OF_ROLES).told(text) if text else ""


def of_network(text: str) -> str:
    """What went wrong with a network, as its reader speaks; the network's own words as they are."""
    known = sentences.told(text) if text else ""
    return _OF_REPLIES.told(text) if text and known == text else known


def readable(kind: str, data: Mapping[str, Any], *, by_hand: bool) -> dict[str, Any]:
    """The particulars of an event with their reason retold. `by_hand`: whether somebody did it."""
    known, names = _TOLD.get(kind, (_OF_STEPS, ()))
    told = {name: known.told(str(data[name])) for name in names if name in data}
    reason = str(data.get("reason") or "")
    return {**data, **told, **({"reason": _reason(kind, reason, data, by_hand)} if reason else {})}


def _reason(kind: str, reason: str, data: Mapping[str, Any], by_hand: bool) -> str:
    match kind:
        case "merged":
            return "; ".join(map(_OF_MERGES.told, reason.split("; ")))
        case "role_given" | "role_ended":
            return of_role(reason, by_hand=by_hand)
        case "contributor":
            return of_helping(reason, str(data.get("department", "")), by_hand)
        case "held":
            return _OF_REPLIES.told(reason)
        case "given":
            reason = ", ".join(map(_OF_GIVING.told, reason.split(", ")))
        case "handover" if reason == _CLOSED % {"name": data.get("from")}:
            return gettext(_CLOSED) % {"name": data["from"]}
    return retold(reason, by_hand)

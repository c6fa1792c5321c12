"""The one registry of keys. The sheet behind "?", hints on buttons, the palette and keys.js all read it.

An action is known by its default keys, as `data-key` on its button has them: "e", "g i", "Mod+Enter" ("Mod" is ⌘ on a
Mac and Ctrl elsewhere). People may choose other keys (`User.keys`) and switch single keys off (`User.keys_on`).
"""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, NamedTuple

from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


class Key(NamedTuple):
    """An action that a key stands for. `also`: a second key that nobody can change. `icon`: as the palette shows it.
    `of_managers`: where only they have it."""

    id: str
    section: str
    name: "_StrPromise"
    also: str = ""
    icon: str = ""
    is_fixed: bool = False
    of_managers: bool = False


SECTIONS: "Mapping[str, _StrPromise]" = {
    "move": _("Move around"),
    "go": _("Go to"),
    "act": _("Act on a conversation"),
    "write": _("Write"),
    "people": _("People and rules"),
}

REGISTRY = (
    Key("j", "move", _("Next")),
    Key("k", "move", _("Previous")),
    Key("o", "move", pgettext_lazy("key", "Open"), also="Enter"),
    Key("u", "move", _("Back to the list")),
    Key("/", "move", _("Search"), icon="search"),
    Key("Mod+k", "move", _("Commands, people and pages"), is_fixed=True),
    Key(".", "move", _("Show new"), icon="arrow-up"),
    Key("t", "move", _("Whole timeline or this"), icon="layers"),
    Key("[", "move", _("Earlier"), icon="arrow-up"),
    Key("]", "move", _("Later"), icon="arrow-down"),
    Key("d", "move", _("Jump to a date"), icon="calendar"),
    Key("i", "move", _("Contact card"), icon="user"),
    Key("?", "move", _("This help"), icon="circle-help"),
    Key("g i", "go", _("Inbox")),
    Key("g m", "go", _("Mine")),
    Key("g u", "go", _("Unassigned")),
    Key("g c", "go", _("Contacts")),
    Key("g b", "go", _("Board")),
    Key("g /", "go", _("Search everything")),
    Key("g s", "go", _("Settings")),
    Key("g v", "go", _("Views")),
    Key("g n", "go", _("Notifications")),
    Key("g 1…9", "go", _("A queue"), is_fixed=True),
    Key("e", "act", _("Close or open again"), icon="check"),
    Key("s", "act", _("Snooze"), icon="alarm-clock"),
    Key("a", "act", _("Assign"), icon="user-plus"),
    Key("A", "act", _("Assign to me"), icon="user"),
    Key("m", "act", _("Move department"), icon="arrow-right-left"),
    Key("c", "act", _("Ask another department to take part"), icon="users"),
    Key("l", "act", _("Tags"), icon="tag"),
    Key("p", "act", _("Make urgent"), icon="flag"),
    Key("f", "act", _("Follow"), icon="eye"),
    Key("w", "act", _("Why is it here"), icon="split"),
    Key("U", "act", _("Mark unread"), icon="inbox"),
    Key("!", "act", _("Spam"), icon="archive"),
    Key("S", "act", _("More like this, after a move"), icon="layers"),
    Key("x", "act", _("Select")),
    Key("X", "act", _("Select up to here")),
    Key("*", "act", _("Select all in view"), icon="check"),
    Key("z", "act", _("Undo"), icon="undo-2"),
    Key("r", "write", _("Reply"), icon="corner-up-left"),
    Key("n", "write", _("Note"), icon="lock"),
    Key("Mod+j", "write", _("Macros"), is_fixed=True),
    Key("Mod+Shift+f", "write", _("Answer as another account"), icon="at-sign", is_fixed=True),
    Key("Mod+Enter", "write", _("Send"), is_fixed=True),
    Key("Mod+Shift+Enter", "write", _("Send and close"), is_fixed=True),
    Key("Escape", "write", _("Leave the editor"), is_fixed=True),
    # In a pair of people that may be one, and in the list of rules.
    Key("m ", "people", _("Merge two people"), is_fixed=True),
    Key("n ", "people", _("Not the same"), is_fixed=True),
    Key("Alt+↑", "people", _("Rule one place up or down"), is_fixed=True, of_managers=True),
)
BY_ID = {one.id: one for one in REGISTRY}
# What anybody may choose: a key that writes something, two of them one after the other, or none.
_ONE = r"[^\s\x00-\x1f\x7f\x85\xa0\u2028\u2029]"
_CHOICE = re.compile(rf"(?:{_ONE}(?: {_ONE})?)?")


class Chosen(NamedTuple):
    """How one person's keyboard is set: other keys by action, whether single keys act, and whether ⌘ is there."""

    keys: Mapping[str, str] = {}
    is_on: bool = True
    is_mac: bool = False
    is_manager: bool = False

    def of(self, action: str) -> str:
        """The keys that stand for an action; empty where it has none."""
        return self.keys.get(action, action).strip()


_chosen: ContextVar[Chosen] = ContextVar("keyboard", default=Chosen())  # noqa: B039 (never changed in place)


@contextmanager
def of_person(user: Any, agent: str = "") -> Iterator[None]:
    """Everything that is drawn inside shows this person's keys. `agent`: what their browser says that it is."""
    is_mac = re.search("Mac|iPhone|iPad", agent) is not None
    token = _chosen.set(Chosen(usable(user.keys), user.keys_on, is_mac, user.is_manager))
    try:
        yield
    finally:
        _chosen.reset(token)


def chosen() -> tuple[object, ...]:
    """How the keyboard of whom something is drawn for is set, to tell it from others."""
    one = _chosen.get()
    return (tuple(sorted(one.keys.items())), one.is_on, one.is_mac)


def usable(keys: object) -> dict[str, str]:
    """What of stored choices still makes sense: actions may have gone since."""
    if not isinstance(keys, dict):
        return {}
    return {
        action: str(chosen)
        for action, chosen in keys.items()
        if (known := BY_ID.get(action)) and not known.is_fixed and chosen != action and _CHOICE.fullmatch(str(chosen))
    }


def shown(action: str) -> list[str]:
    """The caps to draw for an action, with this person's keys; none where single keys are off or it has none."""
    chosen = _chosen.get()
    keys = chosen.of(action)
    if not keys or not (chosen.is_on or "+" in keys[1:] or keys == "Escape"):
        return []
    return caps(keys, is_mac=chosen.is_mac)


def caps(keys: str, *, is_mac: bool | None = None) -> list[str]:
    """Keys as they stand on a keyboard: "g i" is two caps, "Mod+Enter" is "⌘↵" or "Ctrl ↵"."""
    mac = _chosen.get().is_mac if is_mac is None else is_mac
    return [_cap(one, mac) for one in keys.split()]


def _cap(key: str, is_mac: bool) -> str:
    if "+" in key[1:]:
        names = {"Mod": "⌘" if is_mac else gettext("Ctrl"), "Alt": "⌥" if is_mac else "Alt", "Shift": "⇧", "Enter": "↵"}
        parts = [names.get(part, part) for part in key.split("+")]
        return ("" if is_mac else " ").join(parts)
    if key == "Escape":
        return gettext("esc")
    if key == "Enter":
        return "↵"
    return f"⇧{key.lower()}" if len(key) == 1 and key.lower() != key else key


def for_script() -> str:
    """What keys.js needs, as JSON: whether single keys act, which keys wait for a second one, and what was chosen."""
    chosen = _chosen.get()
    taken = {keys: action for action, keys in chosen.keys.items() if keys}
    freed = {action: "" for action in chosen.keys if action not in taken}
    return json.dumps({"on": chosen.is_on, "lead": sorted(_leads(chosen.keys)), "map": {**freed, **taken}})


def _leads(keys: Mapping[str, str]) -> set[str]:
    """The keys with which a sequence of two begins."""
    whole = (keys.get(one.id, one.id) for one in REGISTRY)
    return {one.split()[0] for one in whole if len(one.split()) == 2}


def conflict(action: str, wanted: str, keys: Mapping[str, str]) -> Key | None:
    """The action that stands in the way of this choice: it has the same key, or one begins with the other."""
    if re.fullmatch("g [1-9]", wanted):
        return BY_ID["g 1…9"]
    for one in REGISTRY:
        if one.id == action or one.section == "people":
            continue
        for theirs in (keys.get(one.id, one.id), one.also):
            if theirs and (theirs == wanted or _begins(theirs, wanted) or _begins(wanted, theirs)):
                return one
    return None


def _begins(short: str, long: str) -> bool:
    return long.startswith(f"{short} ")


def is_choice(wanted: str) -> bool:
    """Whether these are keys that a person may choose."""
    return _CHOICE.fullmatch(wanted) is not None


def sheet() -> list[dict[str, Any]]:
    """The sections of the sheet with the actions that this person has, and their keys."""
    chosen = _chosen.get()
    theirs = [one for one in REGISTRY if chosen.is_manager or not one.of_managers]
    return [
        {"name": title, "lines": [_line(one, chosen) for one in theirs if one.section == section]}
        for section, title in SECTIONS.items()
    ]


def _line(one: Key, chosen: Chosen) -> dict[str, Any]:
    keys = chosen.of(one.id)
    drawn = caps(keys, is_mac=chosen.is_mac) + (caps(one.also) if one.also else [])
    return {
        "id": one.id,
        "name": one.name,
        "caps": drawn,
        "keys": keys,
        "is_fixed": one.is_fixed,
        "is_changed": one.id in chosen.keys,
        "default": "".join(caps(one.id)),
    }

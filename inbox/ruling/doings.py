"""What a rule does, in words: the owner, who takes part, for whom, how urgent, tags, roles, and what comes after."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.html import format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from inbox.ruling.names import Names
from inbox.ruling.phrases import PRIORITIES

Actions = Mapping[str, Any]

# In the order of the sentence. The last two are always there.
ORDER = ("owner", "contributors", "assignee", "priority", "tags", "role", "then")
ADDABLE = {
    "contributors": _("Ask others to take part"),
    "assignee": _("Assign it to somebody"),
    "priority": _("Set the priority"),
    "tags": _("Add tags"),
    "role": _("Suggest a role"),
}


@dataclass(frozen=True, slots=True)
class Doing:
    """A part of the sentence: the words before and after what can be changed."""

    key: str
    before: str
    value: SafeString | str
    after: str = ""


def doings(actions: Actions, names: Names) -> list[Doing]:
    """All that a rule does, in the order in which it is read."""
    return [_DRAWN[key](actions, names) for key in ORDER if key in ("owner", "then") or actions.get(key)]


def missing(actions: Actions) -> list[tuple[str, str]]:
    """What could be added: the action and its words."""
    return [(key, str(words)) for key, words in ADDABLE.items() if not actions.get(key)]


def destination(actions: Actions, names: Names) -> SafeString | str:
    """Where messages go, for the list."""
    if actions.get("spam"):
        return gettext("Set aside")
    if actions.get("owner"):
        return names.department(actions["owner"])
    if actions.get("contributors"):
        return names.department(actions["contributors"][0])
    return gettext("Stays")


def _owner(actions: Actions, names: Names) -> Doing:
    if actions.get("spam"):
        return Doing("owner", gettext("Set it aside as"), gettext("spam"))
    if actions.get("owner"):
        return Doing("owner", gettext("Send it to"), names.department(actions["owner"]))
    return Doing("owner", gettext("Leave the department to"), gettext("whatever comes next"))


def _contributors(actions: Actions, names: Names) -> Doing:
    drawn = format_html_join(mark_safe(", "), "{}", ((names.department(one),) for one in actions["contributors"]))
    return Doing("contributors", gettext("with"), drawn, gettext("taking part"))


def _assignee(actions: Actions, names: Names) -> Doing:
    return Doing("assignee", gettext("for"), names.colleague_name(actions["assignee"]))


def _priority(actions: Actions, names: Names) -> Doing:
    return Doing("priority", gettext("as"), str(PRIORITIES.get(actions["priority"], actions["priority"])))


def _tags(actions: Actions, names: Names) -> Doing:
    return Doing("tags", gettext("tagged"), ", ".join(map(str, actions["tags"])))


def _role(actions: Actions, names: Names) -> Doing:
    return Doing("role", gettext("suggest the role"), names.roles.get(actions["role"], str(actions["role"])))


def _then(actions: Actions, names: Names) -> Doing:
    words = gettext("go on with the next rule") if actions.get("go_on") else gettext("stop here")
    return Doing("then", gettext("and"), words)


_DRAWN = {
    "owner": _owner,
    "contributors": _contributors,
    "assignee": _assignee,
    "priority": _priority,
    "tags": _tags,
    "role": _role,
    "then": _then,
}

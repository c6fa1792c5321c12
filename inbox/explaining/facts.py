"""What was known of a message beside its words, as people read it: what it says, who wrote it, what rules set."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from inbox.dryrun.labels import Labels
from inbox.ruling.names import Names, languages
from inbox.ruling.phrases import PRIORITIES, VALUES
from inbox.why import percent
from routing.intents import LIKELY
from routing.subject import TONES

_URGENT, _PRESSING = 0.66, 0.33


class Fact(NamedTuple):
    """What was looked for, and what was found."""

    name: Any
    value: str
    is_known: bool = True


def of_text(kept: Mapping[str, Any]) -> list[Fact]:
    """What the text says, as far as a program can tell."""
    found = kept.get("senses")
    if found is None:
        return []
    intents = {name: share for name, share in found.get("intents", {}).items() if share >= LIKELY}
    wanted = [f"{VALUES['intent'].get(name, name)} {percent(share)}" for name, share in intents.items()]
    return [
        _fact(_("Language"), _language(found.get("language", ""))),
        _fact(_("Tone"), str(VALUES["sentiment"][TONES.get(found.get("sentiment", 0), "neutral")])),
        _fact(_("About"), ", ".join(wanted), gettext("nothing that stands out")),
        _fact(_("Our products"), ", ".join(found.get("products", ())), gettext("none named")),
        _fact(_("Rivals"), ", ".join(found.get("rivals", ())), gettext("none named")),
        _fact(_("Urgency"), _urgency(found.get("urgency", 0.0))),
    ]


def _language(code: str) -> str:
    return next((one.name for one in languages() if one.value == code), code)


def _urgency(share: float) -> str:
    word = gettext("high") if share >= _URGENT else gettext("raised") if share >= _PRESSING else gettext("low")
    return f"{word}, {percent(share)}"


def of_customer(kept: Mapping[str, Any], names: Names, labels: Labels) -> list[Fact]:
    """What the company knew of whoever wrote, where rules asked for it."""
    found = kept.get("customer")
    if found is None:
        return []
    roles = [names.roles.get(slug, slug) for slug in found.get("roles", ())]
    past = [names.roles.get(slug, slug) for slug in found.get("past_roles", ())]
    attributes = [
        f"{names.attributes[slug].name if slug in names.attributes else slug}: {value}"
        for slug, value in found.get("attributes", {}).items()
    ]
    owners = [labels.name(slug) for slug in found.get("owners", ())]
    none = gettext("none")
    return [
        _fact(_("Is"), ", ".join(roles), gettext("nothing that was said")),
        _fact(_("Was"), ", ".join(past), none),
        _fact(_("Looked after by"), ", ".join(owners), gettext("nobody")),
        _fact(_("Tags"), ", ".join(found.get("tags", ())), none),
        _fact(_("Attributes"), ", ".join(attributes), none),
    ]


def _fact(name: Any, value: str, otherwise: str = "") -> Fact:
    return Fact(name, value or otherwise or gettext("cannot be told"), bool(value))


def done(actions: Mapping[str, Any], names: Names) -> list[str]:
    """What rules did beside choosing a department, in sentences."""
    found = []
    if one := actions.get("assignee"):
        found.append(gettext("Given to %(name)s") % {"name": names.colleague_name(one["value"])})
    if one := actions.get("priority"):
        found.append(gettext("Priority: %(priority)s") % {"priority": PRIORITIES.get(one["value"], one["value"])})
    if tags := actions.get("tags"):
        found.append(gettext("Tagged %(tags)s") % {"tags": ", ".join(str(one["value"]) for one in tags)})
    for one in actions.get("roles", ()):
        role = names.roles.get(one["value"], str(one["value"]))
        found.append(gettext("Suggested: the customer is %(role)s") % {"role": role})
    return found

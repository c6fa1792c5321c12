"""Why somebody was given a conversation, in words: what an explanation of routing/assignment.py reads like."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import get_language_info, gettext, gettext_lazy

# What told the chosen one from the next best.
_BY = {
    "only": gettext_lazy("nobody else is free"),
    "today": gettext_lazy("fewest today"),
    "open": gettext_lazy("fewest open"),
    "longest": gettext_lazy("longest without a new one"),
    "turn": gettext_lazy("next in turn"),
}
# Languages that customers write and Django has no translation in.
_OTHERS = {"tl": gettext_lazy("Filipino"), "zh": gettext_lazy("Chinese")}
# What a sentence is made of, for whoever tells it again in another language.
PARTS = (
    *_BY.values(),
    gettext_lazy("here"),
    gettext_lazy("nobody else who speaks it is free"),
    gettext_lazy("knows %(skills)s"),
    gettext_lazy("has talked with them before"),
    gettext_lazy("%(open)s of %(capacity)s open"),
    gettext_lazy("nobody who is there speaks %(language)s"),
    gettext_lazy("speaks %(language)s"),
)


def listed(value: object) -> list[str]:
    """The words of a list as the database keeps it, whatever somebody has put there."""
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []


def language_name(code: str) -> str:
    """ "de" → "German"; a language that has no name here as its code."""
    try:
        return str(get_language_info(code)["name_translated"])
    except KeyError:
        return str(_OTHERS.get(code, code.upper()))


def sentence(explanation: Mapping[str, Any]) -> str:
    """ "here, speaks German, 3 of 10 open, fewest today": what is missing in it is left out. A rule is named alone."""
    if "rule" in explanation:
        return gettext("Rule “%(name)s”") % {"name": explanation["rule"]}
    parts = [gettext("here"), _language(explanation)]
    skills = listed(explanation.get("skills"))
    if skills:
        parts.append(gettext("knows %(skills)s") % {"skills": ", ".join(skills)})
    if explanation.get("before"):
        parts.append(gettext("has talked with them before"))
    if "capacity" in explanation:
        parts.append(gettext("%(open)s of %(capacity)s open") % explanation)
    parts.append(_by(explanation))
    return ", ".join(part for part in parts if part)


def _by(explanation: Mapping[str, Any]) -> str:
    by = str(explanation.get("by"))
    if by == "only" and explanation.get("spoken") == "yes":
        return gettext("nobody else who speaks it is free")
    return str(_BY.get(by, ""))


def _language(explanation: Mapping[str, Any]) -> str:
    spoken = explanation.get("spoken")
    name = language_name(str(explanation.get("language", "")))
    if spoken == "yes":
        return gettext("speaks %(language)s") % {"language": name}
    if spoken == "nobody":
        return gettext("nobody who is there speaks %(language)s") % {"language": name}
    return ""

"""Reasons for and against two accounts being one person's, as sentences that a colleague reads."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

# What contacts/matching/ and contacts/links.py give as kinds. A reason may come in levels, by "kind.level".
SENTENCES: Mapping[str, Any] = {
    "name.same": _("Same name"),
    "name.seldom": _("Same name, seldom used"),
    "name.nickname": _("Names are short and long forms of one another: {a} and {b}"),
    "name.alike": _("Names are alike: {a} and {b}"),
    "name.part": _("Names agree as far as they go: {a} and {b}"),
    "name.differ": _("Names differ: {a} and {b}"),
    "handle.same": _("Same handle {a}"),
    "handle.alike": _("Handles {a} and {b} are alike"),
    "handle.differ": _("Handles {a} and {b} have nothing in common"),
    "handle.name": _("Handle {handle} is made of the name {name}"),
    "phone": _("Same phone ending {ending}"),
    "email": _("Both gave the e-mail address {masked}"),
    "order": _("Both wrote order {value}"),
    "bio_link": _("Bio links to {to}"),
    "shared_link": _("Both link to {link}"),
    "location.same": _("Both in {value}"),
    "location.differ": _("In different places: {a} and {b}"),
    "birth_date.same": _("Same date of birth"),
    "birth_date.alike": _("Dates of birth differ by one character or a turned day and month"),
    "birth_date.differ": _("Dates of birth differ"),
    "street.same": _("Same street {value}"),
    "street.alike": _("Streets are alike: {a} and {b}"),
    "postal_code": _("Same postal code {value}"),
    "id_number": _("Same number ending {ending}"),
    "same_network": _("Two accounts on the same network"),
    "record_keys": _("Different records in {system}"),
    # What links by itself, and what keeps it from doing so.
    "same_email": _("Same verified e-mail address {value}"),
    "claim": _("An import names this account: {value}"),
    "profiles": _("Profiles link to each other: {value}"),
    "stayed": _("They stayed together when another account left"),
    "conflict.kinds": _("Strong evidence points at two different people"),
    "conflict.us": _("One of them is our own account"),
    "conflict.many": _("The same evidence fits many people"),
    "conflict.separated": _("A colleague has kept people apart whom this would tie"),
    "conflict.records": _("They are different records in {system}"),
}


def sentences(reasons: Iterable[Mapping[str, Any]]) -> list[str]:
    """The sentences of a suggestion's or a merge's reasons, those that say most first."""
    ordered = sorted(reasons, key=lambda one: -abs(one.get("weight") or 0))
    return [text for one in ordered if (text := sentence(one))]


def sentence(reason: Mapping[str, Any]) -> str:
    """One reason in words; empty where it is of a kind that nobody declared."""
    kind, level = str(reason.get("kind", "")), reason.get("level")
    template = SENTENCES.get(f"{kind}.{level}" if level else kind) or SENTENCES.get(kind)
    try:
        return str(template).format_map(reason) if template else ""
    except (KeyError, IndexError, ValueError):
        return ""


def is_against(reason: Mapping[str, Any]) -> bool:
    """Whether the reason speaks against the two being one person."""
    return reason.get("kind") == "conflict" or (reason.get("weight") or 0) < 0

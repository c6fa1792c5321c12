"""Rules to begin with, as data: a company that has none chooses from these, and changes them."""

from collections.abc import Sequence
from typing import Any, TypedDict

from django.utils.translation import gettext_lazy as _

from inbox.ruling.names import Names


class Example(TypedDict):
    """A rule to begin with; `departments` that it needs, and why it is worth having."""

    key: str
    title: Any
    why: Any
    departments: Sequence[str]
    rule: dict[str, Any]


EXAMPLES: tuple[Example, ...] = (
    {
        "key": "press",
        "title": _("Press enquiries"),
        "why": _("A journalist waits for nobody. What asks for a statement goes to PR at once, and as urgent."),
        "departments": ("pr",),
        "rule": {
            "name": "Press enquiries",
            "on": True,
            "conditions": {
                "any": [
                    {"field": "intent", "op": "in", "value": ["press"]},
                    {
                        "field": "text",
                        "op": "contains",
                        "value": ["press office", "for publication", "on the record", "Presseanfrage", "journalist"],
                    },
                ]
            },
            "actions": {"owner": "pr", "priority": "urgent"},
        },
    },
    {
        "key": "reach",
        "title": _("Complaints that many people read"),
        "why": _("An angry post with a large audience is for PR as well as for Support."),
        "departments": ("support", "pr"),
        "rule": {
            "name": "Complaints that many people read",
            "on": True,
            "conditions": {
                "all": [
                    {"field": "sentiment", "op": "in", "value": ["negative"]},
                    {"field": "followers", "op": "at_least", "value": 10_000},
                    {"none": [{"field": "kind", "op": "in", "value": ["direct", "email"]}]},
                ]
            },
            "actions": {"owner": "support", "contributors": ["pr"], "priority": "high"},
        },
    },
    {
        "key": "buying",
        "title": _("Somebody wants to buy"),
        "why": _("Who asks for a price, an offer or a trial goes to Sales, in whatever conversation it comes up."),
        "departments": ("sales",),
        "rule": {
            "name": "Somebody wants to buy",
            "on": True,
            "conditions": {
                "any": [
                    {"field": "intent", "op": "in", "value": ["buying", "price"]},
                    {
                        "field": "text",
                        "op": "contains",
                        "value": ["quote", "price list", "free trial", "Angebot", "presupuesto", "devis"],
                    },
                ]
            },
            "actions": {"owner": "sales"},
        },
    },
)


def offered(names: Names) -> list[Example]:
    """Those whose departments there are."""
    return [one for one in EXAMPLES if set(one["departments"]) <= set(names.departments)]

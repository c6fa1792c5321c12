"""What the classifier said, as bars: how likely each department was, and which words and cues spoke for or against."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext

from inbox.dryrun.labels import Labels
from inbox.why import percent, term_said
from people.shares import signed

Part = dict[str, Any]
# Half the width of a signed bar, less a margin.
_HALF = 46
_MOST_TERMS = 12


def shares(probabilities: Mapping[str, float], outcome: str, runner_up: str, labels: Labels) -> list[Part]:
    """Every department that the classifier knows, the likeliest first."""
    ordered = sorted(probabilities.items(), key=lambda pair: -pair[1])
    return [
        {
            "label": labels.mark(slug),
            "colour": labels.colour(slug),
            "share": percent(share),
            "width": f"{100 * share:.1f}",
            "is_outcome": slug == outcome,
            "is_runner_up": slug == runner_up,
        }
        for slug, share in ordered
    ]


def terms(evidence: Sequence[Mapping[str, Any]], labels: Labels) -> list[Part]:
    """Words, cues and the message as a whole, the weightiest first; to the right what spoke for the department."""
    weighed = [one for one in evidence if one.get("kind") in ("term", "phrase")][:_MOST_TERMS]
    most = max((abs(one["weight"]) for one in weighed), default=1) or 1
    return [_term(one, most, labels) for one in weighed]


def _term(one: Mapping[str, Any], most: float, labels: Labels) -> Part:
    weight = float(one["weight"])
    width = max(1.0, abs(weight) / most * _HALF)
    return {
        "term": term_said(one),
        "is_whole": bool(one.get("whole")),
        "x": f"{50 if weight >= 0 else 50 - width:.1f}",
        "width": f"{width:.1f}",
        "is_for": weight >= 0,
        "colour": labels.colour(one["department"]),
        "weight": signed(weight, 2),
        "says": gettext("speaks for it") if weight >= 0 else gettext("speaks against it"),
    }


def about(evidence: Sequence[Mapping[str, Any]], labels: Labels) -> str:
    """The department that the terms were weighed for."""
    slug = next((one["department"] for one in evidence if one.get("kind") in ("term", "phrase")), "")
    return labels.name(slug) if slug else ""


def likes(evidence: Sequence[Mapping[str, Any]], labels: Labels) -> list[Part]:
    """The known examples that the message is most like."""
    return [
        {
            "text": one["text"],
            "label": labels.mark(one["department"]),
            "likeness": percent(one["likeness"]),
            "url": reverse("explanation", args=[one["message"]]) if one.get("message") else "",
        }
        for one in evidence
        if one.get("kind") == "like"
    ]

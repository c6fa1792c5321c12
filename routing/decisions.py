"""What the router says about one message, and why."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypedDict

from routing.signals import Signals

TRIAGE = "triage"
"""Where a message waits for a person when the router is not sure enough."""

NOISE = "noise"
"""What would be set aside: spam, strangers quarrelling, fragments. Not a department."""

Evidence = dict[str, Any]
Source = Literal["block", "rule", "continuity", "classifier"]
Look = Literal["full", "quick", "second"]
"""How thoroughly the classifier looked: with its encoder, without it for now, or with it later on."""


class Contributor(TypedDict):
    """Another department that the message concerns; `confidence` between 0 and 1, `reason` a sentence for people."""

    department: str
    reason: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Decision:
    """Who should answer a message.

    `department` is a slug, `triage` or `noise`; `probabilities` are the classifier's over its departments and `noise`
    and sum to 1, whoever decided. `evidence` holds dictionaries that can be stored as JSON, the most telling first.
    `rule` decided, or matched first; `actions` are what rules do beside it, each with the rule's id: `assignee` and
    `priority` one, `tags` and `roles` several. `signals` are the message's with all that was found out about it.
    """

    department: str
    confidence: float
    probabilities: dict[str, float]
    runner_up: str | None
    source: Source
    rule: int | None
    contributors: tuple[Contributor, ...]
    evidence: list[Evidence]
    threshold: float
    version: str
    look: Look = "full"
    ruleset: int | None = None
    actions: Mapping[str, Any] = field(default_factory=dict)
    signals: Signals | None = None

    def as_json(self) -> dict[str, Any]:
        """The decision as JSON, all of it but the signals."""
        return {
            "department": self.department,
            "confidence": self.confidence,
            "probabilities": self.probabilities,
            "runner_up": self.runner_up,
            "source": self.source,
            "rule": self.rule,
            "contributors": [dict(contributor) for contributor in self.contributors],
            "evidence": self.evidence,
            "threshold": self.threshold,
            "version": self.version,
            "look": self.look,
            "actions": dict(self.actions),
        }

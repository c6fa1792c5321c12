"""What the router says about one message, and why."""

from dataclasses import dataclass
from typing import Any, Literal, TypedDict

TRIAGE = "triage"
"""Where a message waits for a person when the router is not sure enough."""

NOISE = "noise"
"""What would be set aside: spam, strangers quarrelling, fragments. Not a department."""

Evidence = dict[str, Any]
Source = Literal["rule", "continuity", "classifier"]


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

    def as_json(self) -> dict[str, Any]:
        """The decision as JSON, all of it."""
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
        }

"""What the colleagues of the sample workspace did, as sample_history.jsonl tells it."""

import json
from dataclasses import dataclass
from pathlib import Path

_FILE = Path(__file__).with_suffix(".jsonl")


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """`by` did something `after` so many minutes, about the message `on` (its external id).

    `do` is reply or note (`text`), hand_over (`to` a department, `reason`), assign (`to` a colleague), close, or snooze
    (for `hours` from now).
    """

    on: str
    after: float
    by: str
    do: str
    to: str = ""
    text: str = ""
    reason: str = ""
    hours: int = 0


def history() -> list[Act]:
    """All of it. Acts that happen at the same time stand in their order."""
    lines = _FILE.read_text(encoding="utf-8").splitlines()
    return [Act(**json.loads(line)) for line in lines if line]

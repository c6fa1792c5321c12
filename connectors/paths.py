"""Where a value stands in JSON: `data.user.id`, `items[0].text`, `["a.b"].c` for names that hold a dot. Pure."""

import json
import re
from collections.abc import Sequence
from typing import Any

from connectors.clean import MAX_DEPTH

Path = tuple[str | int, ...]

MAX_PATH = 500
MOST_LEAVES = 500
_MOST_PADDING = 20
MISSING = object()
_STEP = re.compile(r"""(?P<name>[^.\[\]"]+) | \[(?P<place>\d{1,3})\] | \[(?P<quoted>"(?:[^"\\]|\\.)*")\]""", re.VERBOSE)


def read(text: object) -> Path | None:
    """The steps of a path; None for what is none."""
    if not isinstance(text, str) or not 0 < len(text) <= MAX_PATH:
        return None
    steps: list[str | int] = []
    at = 0
    while at < len(text):
        # A dot stands between a name and whatever is before it, and nowhere else.
        dotted = text[at] == "." and at > 0
        step = _STEP.match(text, at + dotted)
        if step is None or len(steps) > MAX_DEPTH or (step["name"] is not None and not dotted and at > 0):
            return None
        steps.append(_step(step))
        at = step.end()
    return tuple(steps)


def value_at(value: Any, path: Path) -> Any:
    """What stands at `path`; MISSING where nothing does."""
    for step in path:
        names = isinstance(step, str) and isinstance(value, dict) and step in value
        if not names and not (isinstance(step, int) and isinstance(value, list) and step < len(value)):
            return MISSING
        value = value[step]
    return value


def holding(value: object, path: Path) -> object:
    """The smallest JSON in which `value` stands at `path`; `value` itself where that would be large."""
    if any(isinstance(step, int) and step > _MOST_PADDING for step in path):
        return value
    for step in reversed(path):
        value = [None] * step + [value] if isinstance(step, int) else {step: value}
    return value


def leaves(sample: object) -> list[tuple[str, Any]]:
    """Every value in a delivery that a field could be mapped to: its path, and itself as an example."""
    found: list[tuple[str, Any]] = []
    _walk(sample, "", 0, found)
    return found


def lists(sample: object) -> list[tuple[str, int]]:
    """The lists of objects in a delivery that `items` could lead to, with how long they are."""
    found: list[tuple[str, int]] = []
    _walk_lists(sample, "", 0, found)
    return found


def _walk(value: object, path: str, depth: int, found: list[tuple[str, Any]]) -> None:
    if depth > MAX_DEPTH or len(found) >= MOST_LEAVES:
        return
    for step, inner in _inside(value):
        _walk(inner, _join(path, step), depth + 1, found)
    if path and not (isinstance(value, dict | list) and value) and len(path) <= MAX_PATH:
        found.append((path, value))


def _walk_lists(value: object, path: str, depth: int, found: list[tuple[str, int]]) -> None:
    if depth > MAX_DEPTH or len(found) >= MOST_LEAVES or len(path) > MAX_PATH:
        return
    if path and isinstance(value, list) and value and all(isinstance(one, dict) for one in value):
        found.append((path, len(value)))
    for step, inner in _inside(value):
        _walk_lists(inner, _join(path, step), depth + 1, found)


def _inside(value: object) -> Sequence[tuple[str | int, Any]]:
    if isinstance(value, dict):
        return [(str(name), inner) for name, inner in value.items()]
    return list(enumerate(value)) if isinstance(value, list) else []


def _join(path: str, step: str | int) -> str:
    if isinstance(step, int):
        return f"{path}[{step}]"
    if not step or any(mark in step for mark in '.[]"'):
        return f"{path}[{json.dumps(step)}]"
    return f"{path}.{step}" if path else step


def _step(found: re.Match[str]) -> str | int:
    if found["place"] is not None:
        return int(found["place"])
    if found["quoted"] is None:
        return found["name"]
    try:
        return str(json.loads(found["quoted"]))
    except ValueError:
        return found["quoted"][1:-1]

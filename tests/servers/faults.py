"""Faults on demand for stand-ins: rules that match requests, each for so many of them, or for ever without a count."""

import threading
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Rule:
    """`match`: {"path": part of the path, "method": "GET"}. `effect`: {"type": …}, read by the server. `after`: let so
    many matching requests through first."""

    effect: dict[str, Any]
    match: dict[str, Any] = field(default_factory=dict)
    count: int | None = None
    after: int = 0

    def matches(self, method: str, path: str) -> bool:
        """Whether this request is meant."""
        return self.match.get("path", "") in path and self.match.get("method", method).upper() == method


class Faults:
    """The rules of one server, first match first."""

    def __init__(self) -> None:
        self._rules: list[Rule] = []
        self._lock = threading.Lock()

    def add(self, effect: str | dict[str, Any], path: str = "", **options: Any) -> None:
        """`add("status", "/mentions", status=503, count=2)`; options that a rule doesn't know go into its effect."""
        given = {"type": effect} if isinstance(effect, str) else dict(effect)
        rule = {name: options.pop(name) for name in ("count", "after") if name in options}
        match = {"path": path} | ({"method": options.pop("method")} if "method" in options else {})
        with self._lock:
            self._rules.append(Rule(effect=given | options, match=match, **rule))

    def add_json(self, body: dict[str, Any]) -> None:
        """As the body of POST /_faults has it: {"match": …, "effect": …, "count": …, "after": …}."""
        with self._lock:
            self._rules.append(
                Rule(**{name: body[name] for name in ("effect", "match", "count", "after") if name in body})
            )

    def clear(self) -> None:
        """Everything works again."""
        with self._lock:
            self._rules.clear()

    def take(self, method: str, path: str) -> dict[str, Any]:
        """The effect for this request, {"type": ""} for none; uses up one of its count."""
        with self._lock:
            for rule in self._rules:
                if not rule.matches(method, path) or rule.count == 0:
                    continue
                if rule.after > 0:
                    rule.after -= 1
                    continue
                if rule.count is not None:
                    rule.count -= 1
                return rule.effect
        return {"type": ""}

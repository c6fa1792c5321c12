"""The managers' rules as the engine uses them: prepared once, applied to many messages, traced one by one."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from routing.conditions import BadCondition, Condition, Outcome, Result, Subject, prepare
from routing.decisions import NOISE, Contributor, Evidence
from routing.names import Names, is_gone
from routing.shortcuts import asked, leaves, needed
from routing.signals import Signals

EVERYTHING = Names()


@dataclass(frozen=True, slots=True)
class RuleSpec:
    """A rule: messages that meet `conditions` go to `department`, and concern `contributors` as well (slugs).

    `reason` is what people read beside a contributor that the rule added. Without a department the rule leaves it to
    whatever comes next. `assignee`: a colleague's id; `role`: the slug of one to suggest; `spam`: set the message
    aside; `go_on`: look at the rules that follow, too.
    """

    id: int
    name: str
    conditions: dict[str, Any]
    department: str = ""
    contributors: tuple[str, ...] = ()
    reason: str = ""
    assignee: int | None = None
    priority: str = ""
    tags: tuple[str, ...] = ()
    role: str = ""
    spam: bool = False
    go_on: bool = False

    @property
    def destination(self) -> str:
        """Where it sends messages: a department, noise, or nowhere."""
        return NOISE if self.spam else self.department

    def contributions(self, owner: str) -> list[Contributor]:
        """Everyone the rule names, but the owner."""
        reason = self.reason or f"Rule “{self.name}”"
        named = dict.fromkeys(filter(None, (self.department, *self.contributors)))
        return [Contributor(department=slug, reason=reason, confidence=1.0) for slug in named if slug != owner]


@dataclass(slots=True)
class Applied:
    """What the rules say of a message: those that matched, in order; which of them decides where it goes; what else
    they do, as `Decision.actions` keeps it; and the evidence, what matched before what failed."""

    matched: list[RuleSpec] = field(default_factory=list)
    decisive: RuleSpec | None = None
    actions: dict[str, Any] = field(default_factory=dict)
    evidence: list[Evidence] = field(default_factory=list)

    @property
    def rule(self) -> RuleSpec | None:
        """The rule that counts as having matched: the one that decides, else the first."""
        return self.decisive or next(iter(self.matched), None)

    def contributions(self, owner: str) -> list[Contributor]:
        """Everyone that a matching rule names, but the owner, each once and with the first rule's reason."""
        found: dict[str, Contributor] = {}
        for rule in self.matched:
            for one in rule.contributions(owner):
                found.setdefault(one["department"], one)
        return list(found.values())


@dataclass(frozen=True, slots=True)
class Traced:
    """What came of one rule. `applied`: it had a say; without it, an earlier rule had stopped the search."""

    rule: RuleSpec
    outcome: Outcome
    term: str
    applied: bool


class Rulebook:
    """Rules in the managers' order, ready for many messages. A rule that cannot be used fails on each of them.

    Rules that wait for words are looked up by these: a message meets only those that it can match.
    """

    def __init__(self, rules: Sequence[RuleSpec]) -> None:
        self.rules = tuple(rules)
        self.asks = frozenset().union(*(asked(rule.conditions) for rule in rules))
        self._conditions: list[Condition] = []
        self._always: list[int] = []
        self._by_word: dict[str, list[int]] = {}
        for at, rule in enumerate(self.rules):
            words = self._prepare(rule)
            if words is None:
                self._always.append(at)
            for word in words or ():
                self._by_word.setdefault(word, []).append(at)

    def _prepare(self, rule: RuleSpec) -> frozenset[str] | None:
        try:
            self._conditions.append(prepare(rule.conditions))
        except BadCondition as error:
            failed = Result(Outcome.FAILED, str(error))
            self._conditions.append(lambda subject: failed)
            return None
        return needed(rule.conditions)

    def values(self, field: str) -> set[str]:
        """All texts that the rules compare a field with."""
        found: set[str] = set()
        for rule in self.rules:
            for leaf in leaves(rule.conditions):
                value = leaf.get("value")
                if leaf.get("field") == field:
                    some = value if isinstance(value, list) else [value]
                    found.update(each for each in some if isinstance(each, str))
        return found

    def apply(self, signals: Signals, names: Names = EVERYTHING) -> Applied:
        """What the rules say of a message, up to the first that matches and does not go on."""
        applied = Applied()
        if not self.rules:
            return applied
        failed: list[Evidence] = []
        subject = Subject(signals)
        for at in self._candidates(subject):
            result = self._conditions[at](subject)
            if result.outcome is Outcome.NO_MATCH:
                continue
            rule = self.rules[at]
            result = _with_destination(rule, result, names)
            if result.outcome is Outcome.FAILED:
                failed.append(_evidence(rule, result))
                continue
            failed += _take(applied, rule, names)
            applied.evidence.append(_evidence(rule, result))
            if not rule.go_on:
                break
        applied.evidence.sort(key=lambda one: applied.decisive is not None and one["rule"] != applied.decisive.id)
        applied.evidence += failed
        return applied

    def _candidates(self, subject: Subject) -> Sequence[int]:
        if not self._by_word:
            return self._always
        met = self._by_word.keys() & subject.text[0].runs
        if not met:
            return self._always
        return sorted({*self._always, *(at for word in met for at in self._by_word[word])})

    def trace(self, signals: Signals, names: Names = EVERYTHING) -> list[Traced]:
        """What comes of every rule, those after the end of the search among them."""
        return list(self._traced(Subject(signals), names))

    def _traced(self, subject: Subject, names: Names) -> Iterator[Traced]:
        searching = True
        for rule, condition in zip(self.rules, self._conditions, strict=True):
            result = condition(subject)
            if result.outcome is Outcome.MATCH:
                result = _with_destination(rule, result, names)
            yield Traced(rule, result.outcome, result.term, searching and result.outcome is Outcome.MATCH)
            if result.outcome is Outcome.MATCH and not rule.go_on:
                searching = False


def _with_destination(rule: RuleSpec, result: Result, names: Names) -> Result:
    """A match fails where the rule sends messages to a department that is gone: they must not be lost."""
    if result.outcome is Outcome.MATCH and rule.department and is_gone(rule.department, names.departments):
        return Result(Outcome.FAILED, f"the department “{rule.department}” is not there any more")
    return result


def _evidence(rule: RuleSpec, result: Result) -> Evidence:
    return {
        "kind": "rule",
        "rule": rule.id,
        "name": rule.name,
        "outcome": result.outcome.value,
        "term": _stored(result.term),
    }


def _stored(term: str) -> str:
    """A term as a database and JSON can keep it."""
    return term.encode(errors="replace").decode().replace("\0", "\ufffd")


def _take(applied: Applied, rule: RuleSpec, names: Names) -> list[Evidence]:
    """Let a rule that matched act, after those before it: the first owner, priority and assignee win; the rest adds up.

    Returns what it wanted and cannot be done.
    """
    applied.matched.append(rule)
    if applied.decisive is None and rule.destination:
        applied.decisive = rule
    actions, gone = applied.actions, []
    if rule.assignee is not None:
        if is_gone(rule.assignee, names.colleagues):
            gone.append(f"the colleague {rule.assignee} is not there any more")
        else:
            actions.setdefault("assignee", {"value": rule.assignee, "rule": rule.id})
    if rule.priority:
        actions.setdefault("priority", {"value": rule.priority, "rule": rule.id})
    for tag in rule.tags:
        if all(one["value"] != tag for one in actions.get("tags", ())):
            actions.setdefault("tags", []).append({"value": tag, "rule": rule.id})
    if rule.role:
        if is_gone(rule.role, names.roles):
            gone.append(f"the role “{rule.role}” is not there any more")
        elif all(one["value"] != rule.role for one in actions.get("roles", ())):
            actions.setdefault("roles", []).append({"value": rule.role, "rule": rule.id})
    gone += [
        f"the department “{slug}” is not there any more"
        for slug in rule.contributors
        if is_gone(slug, names.departments)
    ]
    return [_evidence(rule, Result(Outcome.FAILED, reason)) for reason in gone]

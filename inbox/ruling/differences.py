"""How two versions of the rules differ, in words."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.html import format_html, format_html_join, strip_tags
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext, ngettext

from inbox.ruling import doings, sentences, tree
from inbox.ruling.names import Names
from people.shares import percent
from routing.decisions import NOISE
from routing.engine import DEFAULT, DEFAULT_THRESHOLD

Rule = Mapping[str, Any]
Thresholds = Mapping[str, float]

# Of a list of which some came or went.
_VALUES = 30


@dataclass(frozen=True, slots=True)
class Difference:
    """What became of one rule or threshold: a word for it, its name, and the lines that tell more."""

    what: str
    tone: str
    name: str
    lines: Sequence[SafeString | str] = ()


@dataclass(frozen=True, slots=True)
class Version:
    """Rules and thresholds, whoever keeps them."""

    rules: Sequence[Rule]
    thresholds: Thresholds


def between(old: Version, new: Version, names: Names) -> list[Difference]:
    """All differences: rules in the order of the new version, then what is gone, the order, and the thresholds."""
    before = {rule["id"]: rule for rule in old.rules}
    after = {rule["id"]: rule for rule in new.rules}
    found = [one for rule in new.rules if (one := _of_rule(before.get(rule["id"]), rule, names)) is not None]
    found += [Difference(gettext("Deleted"), "bad", rule["name"]) for pk, rule in before.items() if pk not in after]
    found += _order([pk for pk in before if pk in after], [pk for pk in after if pk in before], after)
    return found + list(_thresholds(old.thresholds, new.thresholds, names))


def action_sentence(actions: Mapping[str, Any], names: Names) -> str:
    """What a rule does, as plain text."""
    parts = (f"{one.before} {strip_tags(str(one.value))} {one.after}".strip() for one in doings.doings(actions, names))
    return ", ".join(parts)


def _of_rule(old: Rule | None, new: Rule, names: Names) -> Difference | None:
    conditions = sentences.summary(new["conditions"], names)
    if old is None:
        lines = [
            gettext("When: %(conditions)s") % {"conditions": conditions},
            action_sentence(new["actions"], names),
        ]
        return Difference(
            gettext("New"), "good", new["name"], lines if new.get("on", True) else [*lines, gettext("Off")]
        )
    if old == new:
        return None
    lines_changed: list[SafeString | str] = []
    if old["name"] != new["name"]:
        lines_changed.append(gettext("It was called %(name)s.") % {"name": old["name"]})
    if old.get("on", True) != new.get("on", True):
        lines_changed.append(gettext("Switched on.") if new.get("on", True) else gettext("Switched off."))
    if old["conditions"] != new["conditions"]:
        words = _words(old["conditions"], new["conditions"], names)
        lines_changed += words or [_replaced(sentences.summary(old["conditions"], names), conditions)]
    if old["actions"] != new["actions"]:
        acts = action_sentence(old["actions"], names), action_sentence(new["actions"], names)
        lines_changed.append(_replaced(*acts))
    return Difference(gettext("Changed"), "warn", new["name"], lines_changed)


def _words(old: tree.Node, new: tree.Node, names: Names) -> list[SafeString | str]:
    """Where only values of lists differ: which came and which went; nothing where more than that differs."""
    before, after = list(tree.flat(old)), list(tree.flat(new))
    shapes = [
        [{name: said for name, said in one.items() if name != "value"} for one in all_] for all_ in (before, after)
    ]
    if tree.outline(old) != tree.outline(new) or shapes[0] != shapes[1]:
        return []
    lines: list[SafeString | str] = []
    for one, other in zip(before, after, strict=True):
        was, now = one["value"], other["value"]
        if was == now:
            continue
        if not (isinstance(was, list) and isinstance(now, list)):
            return []
        came, went = ([value for value in a if value not in b] for a, b in ((now, was), (was, now)))
        lines.append(_came_and_went(other, came, went, names))
    return lines


def _came_and_went(leaf: tree.Node, came: Sequence[Any], went: Sequence[Any], names: Names) -> SafeString:
    """“the message says: recall, brake; no longer: stop”."""
    clause = sentences.clause(leaf, names)
    lists = (
        ", ".join(sentences.one_value(leaf["field"], one, names) for one in some[:_VALUES]) for some in (came, went)
    )
    new, old = lists
    parts = [(format_html("<ins>{}</ins>", gettext("new: %(values)s") % {"values": new}),)] if came else []
    parts += [(format_html("<del>{}</del>", gettext("out: %(values)s") % {"values": old}),)] if went else []
    return format_html("{} … {}", clause.before.strip(), format_html_join(mark_safe(" "), "{}", parts))


def _replaced(old: str, new: str) -> SafeString | str:
    if old == new:
        return format_html("{} {}", new, gettext("(other values)"))
    return format_html_join(
        mark_safe("<br>"), "{}", ((format_html("<del>{}</del>", old),), (format_html("<ins>{}</ins>", new),))
    )


def _order(old: Sequence[int], new: Sequence[int], rules: Mapping[int, Rule]) -> list[Difference]:
    if old == new:
        return []
    place = {pk: at for at, pk in enumerate(old)}
    moved = [pk for at, pk in enumerate(new) if place[pk] != at]
    named = ", ".join(rules[pk]["name"] for pk in moved[:3])
    more = (
        ngettext("and %(n)d more", "and %(n)d more", len(moved) - 3) % {"n": len(moved) - 3} if len(moved) > 3 else ""
    )
    return [Difference(gettext("Order"), "warn", f"{named} {more}".strip())]


def _thresholds(old: Thresholds, new: Thresholds, names: Names) -> Iterator[Difference]:
    for slug in sorted({*old, *new}):
        if old.get(slug) == new.get(slug):
            continue
        name = gettext("Threshold: %(name)s") % {"name": threshold_name(slug, names)}
        yield Difference(gettext("Changed"), "warn", name, [_replaced(_percent(old, slug), _percent(new, slug))])


def threshold_name(slug: str, names: Names) -> str:
    """What a threshold is about."""
    if slug == NOISE:
        return gettext("Set aside as noise")
    return gettext("All other departments") if slug == DEFAULT else names.department_name(slug)


def _percent(thresholds: Thresholds, slug: str) -> str:
    share = thresholds.get(slug)
    if share is None:
        return gettext("as for all (%(share)d%%)") % {"share": round(thresholds.get(DEFAULT, DEFAULT_THRESHOLD) * 100)}
    return percent(round(share * 100))

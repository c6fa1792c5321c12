"""A rule as a sentence: clauses with the value that can be changed, groups, and what is done."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.text import capfirst
from django.utils.translation import gettext, ngettext

from inbox.presentation import network_name
from inbox.ruling import tree
from inbox.ruling.names import Names, languages
from inbox.ruling.phrases import ATTRIBUTES, PHRASES, VALUES
from people.shares import grouped, percent
from routing.fields import ATTRIBUTE, Kind, field_of

_SHOWN = 3
# Of the sentence in a list.
_LONGEST = 220
_MARK = "%s"


@dataclass(frozen=True, slots=True)
class Clause:
    """A condition in words: what stands before and after its value, and where the condition stands."""

    at: str
    before: str
    value: str
    after: str

    def __str__(self) -> str:
        return f"{self.before}{self.value}{self.after}"


@dataclass(frozen=True, slots=True)
class Group:
    """Conditions of which all, any or none count."""

    at: str
    mode: str
    members: "Sequence[Clause | Group]"


def group(node: tree.Node, names: Names, path: tree.Path = ()) -> "Clause | Group":
    """Conditions as the editor shows them."""
    mode = tree.mode_of(node)
    if not mode:
        return clause(node, names, path)
    inside = [group(one, names, (*path, place)) for place, one in enumerate(tree.members(node))]
    return Group(tree.written(path), mode, inside)


def clause(leaf: tree.Node, names: Names, path: tree.Path = (), *, quoted: bool = False) -> Clause:
    """One condition. What this version does not know is shown as it is written."""
    field, op = str(leaf.get("field")), str(leaf.get("op"))
    pattern = _pattern(field, op, names)
    before, _, after = pattern.partition(_MARK)
    return Clause(tree.written(path), before, value_of(leaf, names, quoted=quoted), after)


def _pattern(field: str, op: str, names: Names) -> str:
    if field.startswith(ATTRIBUTE):
        slug = field.removeprefix(ATTRIBUTE)
        known = names.attributes.get(slug)
        return str(ATTRIBUTES.get(op, "%(name)s: %%s")) % {"name": (known.name if known else slug).replace("%", "%%")}
    phrase = PHRASES.get(field)
    return str(phrase.clauses[op]) if phrase and op in phrase.clauses else f"{field} {op} {_MARK}"


def value_of(leaf: tree.Node, names: Names, *, quoted: bool = False) -> str:
    """What a condition compares with, in words."""
    field, op, value = str(leaf.get("field")), str(leaf.get("op")), leaf.get("value")
    if op == "known":
        return str(VALUES["known"].get(bool(value), value))
    found = field_of(field)
    kind = found.kind if found else None
    if kind == Kind.SHARE and isinstance(value, int | float):
        return percent(round(value * 100))
    if kind == Kind.NUMBER and isinstance(value, int):
        return ngettext("%(n)s person", "%(n)s people", value) % {"n": grouped(value)}
    if kind == Kind.TIMES and isinstance(value, list) and len(value) == 2:
        return gettext("%(start)s and %(end)s") % {"start": value[0], "end": value[1]}
    if op == "matches":
        return _short(str(value))
    values = value if isinstance(value, list) else [value]
    is_free = op == "contains" or (kind == Kind.NAMES and not (found and (found.choices or found.source)))
    shown = [_short(one_value(field, one, names)) for one in values[: _SHOWN + 1]]
    return _listed(shown, len(values), is_free=is_free, quoted=quoted and op == "contains")


def one_value(field: str, value: object, names: Names) -> str:
    """One of the values a condition may have, as people read it."""
    fixed = VALUES.get(field, {})
    if isinstance(value, bool | str) and value in fixed:
        return str(fixed[value])
    found = field_of(field)
    match found.source if found else "":
        case "departments":
            return names.department_name(str(value))
        case "roles":
            return names.roles.get(str(value), str(value))
        case "networks":
            return network_name(str(value))
        case "languages":
            return next((one.name for one in languages() if one.value == value), str(value))
    if field.startswith(ATTRIBUTE) and value in VALUES["yes_no"]:
        attribute = names.attributes.get(field.removeprefix(ATTRIBUTE))
        if attribute and attribute.kind == "yes_no":
            return str(VALUES["yes_no"][str(value)])
    return f"#{value}" if field in ("hashtag", "campaign") else str(value)


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:39]}…"


def _listed(shown: list[str], count: int, *, is_free: bool, quoted: bool) -> str:
    """“brake, recall, accident, +4”; “a mention, a post or a comment”."""
    if count > _SHOWN + 1 or (is_free and count > _SHOWN):
        text = ", ".join([*shown[:_SHOWN], f"+{count - _SHOWN}"])
    elif is_free or len(shown) < 2:
        text = ", ".join(shown)
    else:
        text = gettext("%(some)s or %(last)s") % {"some": ", ".join(shown[:-1]), "last": shown[-1]}
    return f"“{text}”" if quoted else text


def summary(conditions: tree.Node, names: Names) -> str:
    """The conditions in one line, for lists."""
    text = _said(conditions, names, is_outer=True)
    return capfirst(text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…")


def _said(node: tree.Node, names: Names, *, is_outer: bool = False) -> str:
    mode = tree.mode_of(node)
    if not mode:
        return str(clause(node, names, quoted=True))
    members, length = [], 0
    for one in tree.members(node):
        members.append(_said(one, names))
        length += len(members[-1])
        if length > _LONGEST:
            break
    if mode == "none":
        return gettext("none of: %(conditions)s") % {"conditions": "; ".join(members)}
    joint = gettext(" or ") if mode == "any" else ", " if is_outer else gettext(" and ")
    text = joint.join(members)
    return text if is_outer or len(members) == 1 else f"({text})"

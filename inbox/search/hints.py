"""What could be typed next: operators, and the values of the one that is being typed."""

from contacts.names import fold
from inbox.search import states
from inbox.search.operators import Context
from inbox.search.query import OPERATORS

MOST = 9
_DATES = ("today", "yesterday", "7d", "30d", '"last month"')


def hints(text: str, context: Context) -> list[tuple[str, str]]:
    """What to offer, each with the query that it makes. A statement at most."""
    head, space, last = text.rpartition(" ")
    if text.count('"') % 2:
        return []
    name, colon, begun = last.removeprefix("-").partition(":")
    minus = "-" if last.startswith("-") else ""
    if colon:
        offered = [f"{name}:{value}" for value in _values(name.lower(), context) if _begins(value, begun)]
        offered = [one for one in offered if one != last.removeprefix("-")]
    elif not last:
        offered = [f"{one}:" for one in OPERATORS]
    else:
        offered = [f"{one}:" for one in [*OPERATORS, *_slugs(last, context)] if len(last) > 1 and _begins(one, last)]
    return [(f"{minus}{one}", f"{head}{space}{minus}{one}") for one in offered[:MOST]]


def _slugs(last: str, context: Context) -> list[str]:
    return list(context.attributes) if len(last) > 2 else []


def _begins(value: str, begun: str) -> bool:
    return fold(value).startswith(fold(begun))


def _values(name: str, context: Context) -> list[str]:
    if name == "department":
        return list(context.departments)
    if name == "role":
        return list(context.roles)
    if name == "network":
        return context.networks
    if name == "from":
        return ["me"]
    fixed = {"is": states.NAMES, "has": ("attachment", "link"), "before": _DATES, "after": _DATES}
    if name in fixed:
        return list(fixed[name])
    attribute = context.attributes.get(name) if name not in OPERATORS else None
    return [f'"{choice}"' if " " in choice else choice for choice in attribute.choices] if attribute else []

"""Reads the Graph API's field expansion and serves only what was asked for: `id,from{id,name},comments.limit(0)`."""

import re
from typing import Any

Json = dict[str, Any]
Asked = dict[str, "tuple[dict[str, str], Any]"]
_MODIFIER = re.compile(r"\.(\w+)\(([^()]*)\)")


def parse(fields: str) -> Asked:
    """Names, each with its modifiers and what is asked for inside."""
    asked: Asked = {}
    for part in _split(fields):
        head, brace, inner = part.partition("{")
        name = re.match(r"[\w]+", head)
        if name:
            inside = parse(inner.removesuffix("}")) if brace else None
            asked[name[0]] = (dict(_MODIFIER.findall(head)), inside)
    return asked


def _split(fields: str) -> list[str]:
    parts, depth, part = [], 0, ""
    for letter in fields:
        depth += (letter in "{(") - (letter in "})")
        if letter == "," and depth == 0:
            parts.append(part.strip())
            part = ""
        else:
            part += letter
    return [one for one in [*parts, part.strip()] if one]


def pick(value: Any, asked: Asked | None) -> Any:
    """The part of an object, or of each of a list or edge, that was asked for; ids come always."""
    if asked is None:
        return value
    if isinstance(value, list):
        return [pick(one, asked) for one in value]
    if not isinstance(value, dict):
        return value
    if isinstance(value.get("data"), list):
        return {**value, "data": [pick(one, asked) for one in value["data"]]}
    names = asked if "id" in asked or "id" not in value else {"id": ({}, None), **asked}
    return {name: pick(value[name], names[name][1]) for name in names if value.get(name) is not None}

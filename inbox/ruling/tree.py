"""Editing nested conditions: each stands at a path, and every change gives new conditions, never half of a change.

The outermost is always a group here; a path is the places from there on, "" the outermost itself, "1.0" the first of
what stands second in it.
"""

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext

Node = dict[str, Any]
Path = tuple[int, ...]

MODES = ("all", "any", "none")
_DEEPEST = 8
_LONGEST = 40


class BadPlace(ValueError):
    """There is no condition at this place any more, or it cannot be moved there; the text says what to do."""


def parse(text: str) -> Path:
    """The path that an address or a form names. Raises `BadPlace`."""
    if not text:
        return ()
    parts = text[:_LONGEST].split(".")
    if len(text) > _LONGEST or not all(part.isascii() and part.isdecimal() and len(part) < 4 for part in parts):
        raise BadPlace(gettext("There is no such condition."))
    return tuple(int(part) for part in parts)


def written(path: Path) -> str:
    """A path as addresses and forms carry it."""
    return ".".join(map(str, path))


def rooted(conditions: Node) -> Node:
    """The same conditions, the outermost a group."""
    return conditions if mode_of(conditions) else {"all": [conditions]}


def mode_of(node: Node) -> str:
    """“all”, “any” or “none” of a group; empty for a condition."""
    return next((mode for mode in MODES if mode in node), "")


def members(node: Node) -> list[Node]:
    """What stands in a group, in order."""
    found = node.get(mode_of(node), [])
    return found if isinstance(found, list) else []


def find(root: Node, path: Path) -> Node:
    """What stands at a path. Raises `BadPlace`."""
    node = root
    for place in path:
        inside = members(node)
        if place >= len(inside):
            raise BadPlace(gettext("This condition is not there any more. Somebody has changed the rule."))
        node = inside[place]
    return node


def put(root: Node, path: Path, node: Node) -> Node:
    """Another condition or group in its place."""
    find(root, path)
    if not path:
        return rooted(node)
    place, *rest = path
    inside = list(members(root))
    inside[place] = put(inside[place], tuple(rest), node) if rest else node
    return {mode_of(root): inside}


def add(root: Node, group: Path, node: Node, at: int | None = None) -> Node:
    """One more in a group, at its end unless a place is named. Raises `BadPlace` where nothing can stand in there."""
    found = find(root, group)
    if not mode_of(found):
        raise BadPlace(gettext("This is one condition, nothing can stand in it."))
    if len(group) + 1 + depth(node) > _DEEPEST:
        raise BadPlace(gettext("Groups are nested too deep here. Move one of them out."))
    inside = list(members(found))
    inside.insert(len(inside) if at is None else at, node)
    return put(root, group, {mode_of(found): inside})


def remove(root: Node, path: Path) -> Node:
    """Without it, and without groups that are empty then. Raises `BadPlace` for the last one of a rule."""
    find(root, path)
    if not path:
        raise BadPlace(gettext("A rule needs a condition. Switch the rule off, or delete it."))
    parent = find(root, path[:-1])
    inside = [one for place, one in enumerate(members(parent)) if place != path[-1]]
    if not inside:
        return remove(root, path[:-1])
    return put(root, path[:-1], {mode_of(parent): inside})


def set_mode(root: Node, path: Path, mode: str) -> Node:
    """All, any or none of a group's conditions count."""
    found = find(root, path)
    if mode not in MODES or not mode_of(found):
        raise BadPlace(gettext("Choose all, any or none."))
    return put(root, path, {mode: members(found)})


def wrap(root: Node, path: Path) -> Node:
    """A group of its own around one condition."""
    node = find(root, path)
    if len(path) + 1 + depth(node) > _DEEPEST:
        raise BadPlace(gettext("Groups are nested too deep here. Move one of them out."))
    return put(root, path, {"any": [node]})


def unwrap(root: Node, path: Path) -> Node:
    """What stands in a group takes the place of the group."""
    node = find(root, path)
    if not path or not mode_of(node):
        raise BadPlace(gettext("Only a group can be dissolved."))
    parent = find(root, path[:-1])
    before, after = members(parent)[: path[-1]], members(parent)[path[-1] + 1 :]
    return put(root, path[:-1], {mode_of(parent): [*before, *members(node), *after]})


def move(root: Node, path: Path, *, later: bool) -> Node:
    """One step earlier or later as it is read: over a condition, into a group, out of one. At the end nothing moves."""
    node, place = find(root, path), path[-1] if path else 0
    if not path:
        return root
    parent, up = path[:-1], members(find(root, path[:-1]))
    beside = place + (1 if later else -1)
    if 0 <= beside < len(up):
        if mode_of(up[beside]) and len(parent) + 2 + depth(node) <= _DEEPEST:
            inside = add(root, (*parent, beside), node, 0 if later else None)
            return remove(inside, path)
        order = list(up)
        order[place], order[beside] = order[beside], order[place]
        return put(root, parent, {mode_of(find(root, parent)): order})
    if not parent:
        return root
    return _out(root, path, later=later)


def _out(root: Node, path: Path, *, later: bool) -> Node:
    """Out of its group, before or after it."""
    node, group = find(root, path), path[:-1]
    if later:
        return remove(add(root, group[:-1], node, group[-1] + 1), path)
    moved = (*group[:-1], group[-1] + 1, path[-1])
    return remove(add(root, group[:-1], node, group[-1]), moved)


def flat(node: Node) -> Iterator[Node]:
    """All conditions, in order."""
    if not mode_of(node):
        yield node
    for one in members(node):
        yield from flat(one)


def outline(node: Node) -> Any:
    """The groups without what stands in them."""
    return [mode_of(node), *map(outline, members(node))] if mode_of(node) else ""


def depth(node: Node) -> int:
    """How many levels a condition or group has."""
    return 1 + max(map(depth, members(node)), default=0) if mode_of(node) else 1


def leaves(node: Node) -> int:
    """How many conditions there are."""
    return sum(map(leaves, members(node))) if mode_of(node) else 1

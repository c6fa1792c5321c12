"""What is known of conditions without evaluating them: which words a text must hold, which fields are asked for."""

from collections.abc import Iterator, Mapping
from typing import Any

from routing.wording import Phrase

Node = Mapping[str, Any]


def needed(node: Node) -> frozenset[str] | None:
    """Words of which a text must hold at least one for these conditions to match, else they do not match for certain.

    None where no such words are known. Only for conditions that can be used.
    """
    if "field" in node:
        return _of_leaf(node)
    ((group, members),) = node.items()
    found = [needed(member) for member in members]
    if group == "all":
        return min((words for words in found if words is not None), key=len, default=None)
    if group == "any" and all(words is not None for words in found):
        return frozenset().union(*(words for words in found if words is not None))
    return None


def _of_leaf(leaf: Node) -> frozenset[str] | None:
    if leaf["field"] != "text" or leaf["op"] != "contains":
        return None
    values = leaf["value"] if isinstance(leaf["value"], list) else [leaf["value"]]
    words = frozenset(Phrase(value).key for value in values)
    return None if "" in words else words


def leaves(node: object) -> Iterator[Node]:
    """All comparisons in conditions, whatever their groups."""
    if isinstance(node, Mapping):
        if "field" in node:
            yield node
            return
        for members in node.values():
            for member in members if isinstance(members, list) else ():
                yield from leaves(member)


def asked(node: object) -> frozenset[str]:
    """The names of the fields that conditions ask for."""
    return frozenset(leaf["field"] for leaf in leaves(node) if isinstance(leaf["field"], str))

"""What others' data says of an erased person, in fields of its own, is taken out. Free words of others stay theirs.

Networks send with a message the accounts that it mentions and answers, and we keep what it quotes. Free of Django.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

# Fields that say who somebody is, in the payloads of networks. An object with one of them that names the erased person
# is about that person, and is emptied.
_IDENTIFYING = frozenset(
    {
        "acct",
        "actor",
        "address",
        "author_id",
        "did",
        "email",
        "external_id",
        "handle",
        "id",
        "id_str",
        "screen_name",
        "uri",
        "user_id",
        "username",
    }
)
_DEEPEST = 100
# What is shorter would stand in everything: it counts only as a whole value.
SHORT = 4


@dataclass(frozen=True, slots=True)
class Traces:
    """By what somebody is recognised: ids, handles and addresses (folded), and names for what is quoted."""

    marks: frozenset[str]
    names: frozenset[str]

    @classmethod
    def of(
        cls, ids: Collection[str], handles: Collection[str], emails: Collection[str], names: Collection[str]
    ) -> "Traces":
        """From what is known of a person."""
        marks = {one.casefold() for one in (*ids, *handles, *emails) if one}
        return cls(frozenset(marks), frozenset(one.casefold() for one in (*names, *handles) if one))

    def mark(self, value: Any) -> bool:
        """Whether a single value names the person."""
        if isinstance(value, bool) or not isinstance(value, str | int):
            return False
        return str(value).casefold().removeprefix("@") in self.marks or str(value).casefold() in self.marks

    def within(self, payload: Any) -> bool:
        """Whether a payload names the person anywhere: as a value, or as a word of a text. Not within another word: the
        id 1234 is not meant by the number 51234, nor anna by Savanna."""
        if isinstance(payload, dict):
            return any(self.within(one) for one in payload.values())
        if isinstance(payload, list):
            return any(self.within(one) for one in payload)
        if self.mark(payload):
            return True
        words = "|".join(re.escape(one) for one in sorted(self.marks) if len(one) >= SHORT)
        return (
            bool(words)
            and isinstance(payload, str)
            and bool(re.search(rf"(?<!\w)(?:{words})(?!\w)", payload.casefold()))
        )


def scrubbed(payload: Any, traces: Traces) -> Any:
    """A payload without the objects and values that name the person; the very same object where there are none."""
    return _scrub(payload, traces, top=True, depth=0)


def _scrub(value: Any, traces: Traces, *, top: bool, depth: int) -> Any:
    if depth > _DEEPEST:
        return value
    if isinstance(value, dict):
        if not top and any(key in _IDENTIFYING and traces.mark(one) for key, one in value.items()):
            return {}
        changed = {key: _scrub(one, traces, top=False, depth=depth + 1) for key, one in value.items()}
        return value if all(changed[key] is one for key, one in value.items()) else changed
    if isinstance(value, list):
        items = [_scrub(one, traces, top=False, depth=depth + 1) for one in value]
        return value if all(new is old for new, old in zip(items, value, strict=True)) else items
    return "" if traces.mark(value) else value


def without_quotes(context: list[dict[str, Any]], traces: Traces, said: Collection[str]) -> list[dict[str, Any]]:
    """What a message answers or quotes, without what the person said, by the ids of their messages or by their name."""
    return [
        one
        for one in context
        if str(one.get("external_id", "")) not in said
        and str(one.get("author", "")).casefold().removeprefix("@") not in traces.names
    ]

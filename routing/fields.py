"""The fields that conditions of rules may ask about: one list for engine, linter, editor and manual.

Which values there are to choose from is fixed (`choices`), or is a list of the company's own that `source` names:
departments, roles, channels, networks, languages, products, rivals, calendars, tags. Others may be given as well.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from routing.intents import INTENTS

ATTRIBUTE = "attribute:"
"""Begins the name of a field that is one of the company's own attributes; its slug follows."""


class Kind(StrEnum):
    """What sort of value a field has, and so what it is compared with."""

    WORDS = "words"
    NAMES = "names"
    NUMBER = "number"
    SHARE = "share"
    FLAG = "flag"
    TIMES = "times"
    DAYS = "days"
    CALENDAR = "calendar"
    ATTRIBUTE = "attribute"


OPERATORS: Mapping[Kind, tuple[str, ...]] = {
    Kind.WORDS: ("contains", "matches"),
    Kind.NAMES: ("is", "in"),
    Kind.NUMBER: ("is", "at_least", "at_most"),
    Kind.SHARE: ("at_least", "at_most"),
    Kind.FLAG: ("is",),
    Kind.TIMES: ("between",),
    Kind.DAYS: ("in",),
    Kind.CALENDAR: ("open", "closed"),
    Kind.ATTRIBUTE: ("is", "in", "contains", "at_least", "at_most", "before", "after", "known"),
}
"""contains: any of these words or phrases; matches: an RE2 pattern; between: from a time until before another;
before and after: a day, which is not part of it; known: whether anybody said anything."""

WORDINGS: Mapping[str, str] = {
    "contains": "contains",
    "matches": "matches the pattern",
    "is": "is",
    "in": "is one of",
    "at_least": "is at least",
    "at_most": "is at most",
    "between": "is between",
    "open": "is inside the hours of",
    "closed": "is outside the hours of",
    "before": "is before",
    "after": "is after",
    "known": "is known",
}

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


@dataclass(frozen=True, slots=True)
class Field:
    """One thing to ask about. `label` begins a sentence's part, `noun` is what is said to be unknown.

    `needs`: which facts of `Signals` have to be gathered for it; empty where they come with the message. `also`:
    operators beside those of its kind.
    """

    name: str
    label: str
    noun: str
    kind: Kind
    group: str
    choices: tuple[str, ...] = ()
    source: str = ""
    needs: str = ""
    also: tuple[str, ...] = ()

    @property
    def operators(self) -> tuple[str, ...]:
        """What it can be compared by."""
        return OPERATORS[self.kind] + self.also


def _field(name: str, label: str, noun: str, kind: Kind, group: str, **more: Any) -> Field:
    return Field(name, label, noun, kind, group, **more)


_MESSAGE, _SAYS, _AUTHOR, _CUSTOMER, _WHERE, _WHEN = (
    "The message", "What it says", "Who wrote it", "The customer", "Where it stands", "When it came"
)  # fmt: skip

FIELDS: tuple[Field, ...] = (
    _field("text", "the text", "text", Kind.WORDS, _MESSAGE),
    _field("subject", "the subject", "subject", Kind.WORDS, _MESSAGE),
    _field("hashtag", "a hashtag", "hashtag", Kind.NAMES, _MESSAGE),
    _field("link", "a link leads to", "domain of links", Kind.NAMES, _MESSAGE),
    _field(
        "attachment", "an attachment", "attachment", Kind.NAMES, _MESSAGE, choices=("image", "video", "audio", "file")
    ),
    _field("network", "the network", "network", Kind.NAMES, _MESSAGE, source="networks"),
    _field("channel", "the channel", "channel", Kind.NAMES, _MESSAGE, source="channels"),
    _field(
        "kind",
        "the kind",
        "kind",
        Kind.NAMES,
        _MESSAGE,
        choices=("mention", "post", "comment", "review", "direct", "email"),
        source="kinds",
    ),  # fmt: skip
    _field("language", "the language", "language", Kind.NAMES, _SAYS, source="languages", needs="senses"),
    _field(
        "sentiment", "the tone", "tone", Kind.NAMES, _SAYS, choices=("negative", "neutral", "positive"), needs="senses"
    ),
    _field("intent", "the intent", "intent", Kind.NAMES, _SAYS, choices=INTENTS, needs="senses"),
    _field("urgency", "the urgency", "urgency", Kind.SHARE, _SAYS, needs="senses"),
    _field("product", "a product of ours", "product of ours", Kind.NAMES, _SAYS, source="products", needs="senses"),
    _field("rival", "a rival product", "rival product", Kind.NAMES, _SAYS, source="rivals", needs="senses"),
    _field("author", "the author", "author", Kind.WORDS, _AUTHOR, also=("is", "in")),
    _field("email_domain", "the author's e-mail domain", "author's e-mail address", Kind.NAMES, _AUTHOR),
    _field("followers", "the author's reach", "number of followers", Kind.NUMBER, _AUTHOR),
    _field("verified", "the author is verified", "verification", Kind.FLAG, _AUTHOR),
    _field("role", "the customer's role", "customer's role", Kind.NAMES, _CUSTOMER, source="roles", needs="customer"),
    _field(
        "past_role", "a former role", "customer's former role", Kind.NAMES, _CUSTOMER, source="roles", needs="customer"
    ),
    _field("tag", "a tag of the customer", "customer's tags", Kind.NAMES, _CUSTOMER, source="tags", needs="customer"),
    _field(
        "contact_owner",
        "the department that looks after the customer",
        "department that looks after the customer",
        Kind.NAMES,
        _CUSTOMER,
        source="departments",
        needs="customer",
    ),  # fmt: skip
    _field("post", "the post it answers", "post it answers", Kind.WORDS, _WHERE),
    _field("post_is_ours", "the post it answers is ours", "author of the post it answers", Kind.FLAG, _WHERE),
    _field("campaign", "the campaign tag", "campaign tag", Kind.NAMES, _WHERE),
    _field("is_reply", "it is a reply", "place in the thread", Kind.FLAG, _WHERE),
    _field("is_first", "it begins a conversation", "place in the conversation", Kind.FLAG, _WHERE),
    _field(
        "department",
        "the open conversation's department",
        "open conversation's department",
        Kind.NAMES,
        _WHERE,
        source="departments",
    ),  # fmt: skip
    _field("time", "the time of day", "time", Kind.TIMES, _WHEN),
    _field("weekday", "the day of the week", "time", Kind.DAYS, _WHEN, choices=WEEKDAYS),
    _field("hours", "the time", "opening hours", Kind.CALENDAR, _WHEN, source="calendars", needs="open_at"),
)
"""In the order in which they are offered."""

_BY_NAME = {one.name: one for one in FIELDS}


def field_of(name: object) -> Field | None:
    """The field of this name, those of attributes among them (“attribute:plan”); None where there is none."""
    if not isinstance(name, str):
        return None
    slug = name.removeprefix(ATTRIBUTE)
    if slug != name and slug and len(slug) <= 50 and slug.replace("-", "").replace("_", "").isalnum():
        return Field(name, f"the customer's {slug}", f"customer's {slug}", Kind.ATTRIBUTE, _CUSTOMER, needs="customer")
    return _BY_NAME.get(name)

"""When a contact has a role by itself: what admins may demand, and how that reads.

A criterion is stored as JSON on a `RoleKind`: `{"measure": "answers", "at_least": 5, "days": 90}`. Who fulfils it is
found out in inbox/criteria.py, because most measures are of messages.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_lazy, ngettext

from people.shares import grouped

MOST_DAYS = 3650
# A criterion without a window is looked at as if it had this one: for how long it must have failed before the role
# ends, and how long a colleague's word against it counts.
DEFAULT_DAYS = 90


class BadCriterion(ValueError):
    """What is not a criterion; the message says what is wrong and what to write instead."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True, slots=True)
class Measure:
    """Something about a person that can be counted. `most`: what a threshold may be at most."""

    name: str | Promise
    help: str | Promise
    has_window: bool
    most: int


MEASURES: Mapping[str, Measure] = {
    "answers": Measure(
        gettext_lazy("Helpful answers"),
        gettext_lazy("Other customers' questions that they answered in public. One question counts once."),
        True,
        100_000,
    ),
    "negative_posts": Measure(
        gettext_lazy("Negative public posts"),
        gettext_lazy("Posts, mentions, comments and reviews whose words are clearly negative."),
        True,
        100_000,
    ),
    "messages": Measure(gettext_lazy("Messages"), gettext_lazy("Everything that they wrote to us."), True, 1_000_000),
    "reach": Measure(
        gettext_lazy("Followers"), gettext_lazy("Of their account with the most followers."), False, 10_000_000_000
    ),
    "influence": Measure(
        gettext_lazy("Influence"),
        gettext_lazy("How many percent of people are listened to less than they are."),
        False,
        99,
    ),
}


@dataclass(frozen=True, slots=True)
class Criterion:
    """`measure` of the last `days` (None: ever) is `at_least` so much."""

    measure: str
    at_least: int
    days: int | None = None

    @property
    def window(self) -> timedelta:
        """The stretch of time that its deadlines are told by."""
        return timedelta(days=self.days or DEFAULT_DAYS)

    def as_json(self) -> dict[str, Any]:
        """As it is stored."""
        return {"measure": self.measure, "at_least": self.at_least} | ({"days": self.days} if self.days else {})


def parse(data: object) -> Criterion:
    """A criterion from its JSON. Raises BadCriterion, which names the field."""
    if not isinstance(data, Mapping):
        raise BadCriterion("measure", gettext("A criterion names a measure and a number."))
    if unknown := sorted(set(map(str, data)) - {"measure", "at_least", "days"}):
        raise BadCriterion("measure", gettext("“%(field)s” is no part of a criterion.") % {"field": unknown[0][:50]})
    name = data.get("measure")
    measure = MEASURES.get(name) if isinstance(name, str) else None
    if measure is None or not isinstance(name, str):
        raise BadCriterion("measure", gettext("Choose one of: %(names)s.") % {"names": ", ".join(MEASURES)})
    at_least = _whole("at_least", data.get("at_least"), measure.most)
    days = data.get("days")
    if days is None:
        return Criterion(name, at_least)
    if not measure.has_window:
        raise BadCriterion("days", gettext("This measure is as of now. Leave the days empty."))
    return Criterion(name, at_least, _whole("days", days, MOST_DAYS))


def _whole(field: str, value: object, most: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= most:
        raise BadCriterion(
            field,
            gettext("Write a whole number from 1 to %(most)s.") % {"most": grouped(most)},
        )
    return value


def sentence(criterion: Criterion) -> str:
    """What it demands: "At least 5 helpful answers in 90 days."."""
    if criterion.measure == "influence":
        return gettext("Listened to more than %(percent)s%% of people.") % {"percent": criterion.at_least}
    return gettext("At least %(what)s.") % {"what": counted(criterion, criterion.at_least)}


def counted(criterion: Criterion, value: float) -> str:
    """So much of its measure, as a reason reads: "7 helpful answers in 90 days"."""
    number = int(value)
    shown = grouped(number)
    if criterion.measure == "influence":
        return gettext("listened to more than %(percent)s%% of people") % {"percent": number}
    if criterion.measure == "reach":
        return ngettext("%(count)s follower", "%(count)s followers", number) % {"count": shown}
    what = {
        "answers": ngettext("%(count)s helpful answer", "%(count)s helpful answers", number),
        "negative_posts": ngettext("%(count)s negative public post", "%(count)s negative public posts", number),
        "messages": ngettext("%(count)s message", "%(count)s messages", number),
    }[criterion.measure] % {"count": shown}
    if criterion.days is None:
        return what
    in_days = ngettext("%(what)s in %(days)s day", "%(what)s in %(days)s days", criterion.days)
    return in_days % {"what": what, "days": criterion.days}

"""How often each rule decided lately, and how often people put that right."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Sum

from inbox.models import Decision, RoutingDay

DAYS = 30
# From this share on, and from this many on, what came back deserves a look.
_MANY_SHARE, _MANY = 0.01, 10


@dataclass(frozen=True, slots=True)
class Count:
    """In the last `DAYS` days."""

    decided: int = 0
    back: int = 0

    @property
    def is_high(self) -> bool:
        """Whether people put much of it right."""
        return self.back >= _MANY and self.back >= self.decided * _MANY_SHARE


def of_rules(ids: Iterable[int], today: date) -> dict[int, Count]:
    """For those of the rules that decided anything. One statement, over one line a day, rule and outcome."""
    found = RoutingDay.objects.filter(
        day__gt=today - timedelta(days=DAYS), source=Decision.Source.RULE, rule__in=list(ids)
    )
    summed = found.values("rule").annotate(decided_sum=Sum("decided"), back_sum=Sum("corrected"))
    return {one["rule"]: Count(one["decided_sum"], one["back_sum"]) for one in summed if one["rule"] is not None}

"""Whether a channel is quieter than its own habit. Free of Django; docs/watching.md tells the method to admins.

**What is usual.** The arrivals of the last eight weeks are counted by hour of the week, in the company's time zone.
Of an hour of the week the two busiest of eight weeks are left out, so that a storm is not taken for a habit; the mean
of the others is what is usual. Accounts with few messages are counted by blocks of hours, or by days. The level
follows the last seven days before the stretch in question, so that a summer lull raises no alarm.

**How much it varies.** For stretches as long as the one in question each week of the history is compared with what is
usual: the squared shortfalls, beyond those of pure chance, give the dispersion of a negative binomial distribution.
The median week decides, so that neither an earlier outage nor a storm does. That makes the method slow on accounts
that come in bursts, and quick on steady ones.

**What is unusual.** A stretch with `came` messages where `expected` are usual is unusual if the distribution gives so
few or fewer less than once in a thousand, and if chance alone would bring such a stretch less than once in ten years
of that channel; and if the history doesn't hold two stretches as quiet when as much was to be expected. Looked at are
the time since the last arrival (nothing came), and the last six and twenty-four hours (a quarter of the usual or less,
and still few at the end).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from math import exp, lgamma, log, log1p
from statistics import median

WEEK = 168
WEEKS = 8
# With less history nobody knows a habit.
_LEAST_WEEKS = 2
# A block of hours that holds fewer messages says little about its hour of the week.
_LEAST_IN_A_BLOCK = 4
_BLOCKS = (1, 2, 3, 4, 6, 12, 24)
# The busiest hours are left out, and what is left is scaled to the median week; by no more than this, for where little
# is left, there is no habit.
_MOST_SCALED = 2
# Nobody is steadier than this, whatever a few weeks say: a fifth more or less from day to day.
_LEAST_SPREAD = 0.05
# How unlikely a stretch must be by itself, and how rarely chance may bring one like it, in times a year.
_UNLIKELY, _TIMES_A_YEAR = 1e-3, 0.1
_YEAR = 8766
# An alarm that has been raised stays while things are this much less unusual, so that it does not flicker.
_SLACK = 100
# Hours of the stretches that are looked at for a drop, with the hours at their end that must be quiet, too.
_DROPS = ((6, 1), (24, 4))
_DROP, _DROP_STAYS = 0.25, 0.5
# Nobody is alarmed by less than half an hour.
_SHORTEST = 0.5


@dataclass(frozen=True, slots=True)
class Silence:
    """A stretch, from hour `since` on (a number of hours since 1970), in which `came` messages arrived."""

    since: float
    expected: float
    came: int


class Habit:
    """What is usual on a channel, from the counts of each hour of its history: `counts[0]` is of the hour `first`.

    `slots` are the hours of the week that belong to them.
    """

    def __init__(self, first: int, counts: Sequence[int], slots: Sequence[int]) -> None:
        self.first, self.counts = first, counts
        self._slots = slots
        self._come = [0, *accumulate(counts)]
        self._spread: dict[int, float] = {}

    @property
    def weeks(self) -> int:
        """Whole weeks of history."""
        return len(self.counts) // WEEK

    @property
    def is_known(self) -> bool:
        """Whether there is history enough."""
        return self.weeks >= _LEAST_WEEKS and self._come[-1] > 0

    @cached_property
    def _rates(self) -> list[float]:
        """Usual messages an hour, by hour of the week."""
        weekly = self._come[-1] / len(self.counts) * WEEK
        block = next((size for size in _BLOCKS if weekly * size / WEEK >= _LEAST_IN_A_BLOCK), _BLOCKS[-1])
        found: dict[int, list[int]] = {}
        by_slot = [0] * WEEK
        together = lasting = 0
        for at, slot in enumerate(self._slots):
            by_slot[slot] += self.counts[at]
            together, lasting = together + self.counts[at], lasting + 1
            if slot % block == block - 1:
                if lasting >= block:
                    found.setdefault(slot // block, []).append(together)
                together = lasting = 0
        rates = []
        for number in range(WEEK // block):
            kept = sorted(found.get(number, [0]))
            kept = kept[: len(kept) - len(kept) // 4]
            whole = by_slot[number * block : (number + 1) * block]
            usual = sum(kept) / len(kept)
            rates += [usual * one / sum(whole) if sum(whole) else 0.0 for one in whole]
        kept_in_all = sum(rates)
        scale = min(self._weekly / kept_in_all, _MOST_SCALED) if kept_in_all else 0.0
        return [scale * one for one in rates]

    @cached_property
    def _weekly(self) -> float:
        """Messages in a week, as in the median week."""
        ends = [len(self.counts) - WEEK * week for week in range(self.weeks)]
        return median(self._come[end] - self._come[end - WEEK] for end in ends)

    @cached_property
    def _usual(self) -> list[float]:
        """Sums of what was usual in each hour of the history."""
        return [0.0, *accumulate(self._rates[slot] for slot in self._slots)]

    @cached_property
    def _level(self) -> float:
        """The last seven days, as a share of what is usual, and never more."""
        usual = self._usual[-1] - self._usual[-1 - WEEK]
        came = self._come[-1] - self._come[-1 - WEEK]
        return min(came / usual, 1.0) if usual > 0 else 0.0

    def expected(self, since: float, until: float, slot: int) -> float:
        """Usual messages between two times, given in hours; `slot` is the hour of the week of `since`."""
        total, at = 0.0, since
        while at < until:
            end = min(float(int(at) + 1), until)
            total += self._rates[slot % WEEK] * (end - at)
            at, slot = end, slot + 1
        return total * self._level

    def is_unusual(self, expected: float, came: int, hours: float, *, slack: float = 1) -> bool:
        """Whether so few messages where so many are usual say that something is wrong."""
        length = min(max(int(hours), 1), WEEK)
        dispersion = max(self._dispersion(length), _LEAST_SPREAD) + 1 / max(expected * self.weeks, 1)
        chance = chance_of(came, expected, dispersion)
        times_a_year = _YEAR / max(hours, 1) * max(expected, 1) * chance
        if chance > _UNLIKELY * slack or times_a_year > _TIMES_A_YEAR * slack:
            return False
        return self._times_before(expected, came, length) < 2

    def _dispersion(self, length: int) -> float:
        if length not in self._spread:
            ends = len(self.counts)
            found = [self._of_week(ends - WEEK * (week + 1), length) for week in range(self.weeks)]
            self._spread[length] = median(found) if len(found) >= 4 else max(found)
        return self._spread[length]

    def _of_week(self, start: int, length: int) -> float:
        """What the shortfalls of one week show: the squares of those that chance makes are half of the mean."""
        shortfalls = means = squares = 0.0
        for at in range(start, start + WEEK - length + 1, max(length // 4, 1)):
            usual = self._usual[at + length] - self._usual[at]
            came = self._come[at + length] - self._come[at]
            shortfalls += max(usual - came, 0.0) ** 2
            means += usual
            squares += usual * usual
        return max(2 * shortfalls - means, 0.0) / squares if squares else 0.0

    def _times_before(self, expected: float, came: int, length: int) -> int:
        """How many stretches of the history were as quiet when about as much was to be expected. They have to be a day
        apart, so that one long outage counts once."""
        times, latest = 0, -_YEAR
        for at in range(len(self.counts) - length + 1):
            usual = (self._usual[at + length] - self._usual[at]) * self._level
            quiet = self._come[at + length] - self._come[at]
            if usual >= 0.7 * expected and quiet * expected <= came * usual:
                times += at - latest > 24
                latest = at
        return times


def judge(
    habit: Habit, *, last: float, until: float, slot: int, recent: Mapping[int, int], already: bool = False
) -> Silence | None:
    """Whether a channel is too quiet at `until`: the time up to which everything that arrived is known, in hours.

    `last` is the time of its last arrival, `slot` the hour of the week of `until`, `recent` the counts of the last
    hours by hour. `already`: an alarm has been raised. None where all is as usual, or nobody knows what is.
    """
    if not habit.is_known:
        return None
    slack = _SLACK if already else 1
    if until - last >= _SHORTEST:
        expected = habit.expected(last, until, slot - (int(until) - int(last)))
        if habit.is_unusual(expected, 0, until - last, slack=slack):
            return Silence(last, expected, 0)
    for hours, end in _DROPS:
        since = int(until) - hours + 1
        expected, came = _compared(habit, since, until, slot, recent)
        usual_end, came_end = _compared(habit, int(until) - end, until, slot, recent)
        share = _DROP_STAYS if already else _DROP
        is_low = came <= share * expected and came_end <= _DROP_STAYS * usual_end
        if is_low and habit.is_unusual(expected, came, until - since, slack=slack):
            return Silence(float(since), expected, came)
    return None


def _compared(habit: Habit, since: int, until: float, slot: int, recent: Mapping[int, int]) -> tuple[float, int]:
    expected = habit.expected(since, until, slot - (int(until) - since))
    return expected, sum(recent.get(hour, 0) for hour in range(since, int(until) + 1))


def chance_of(came: int, expected: float, dispersion: float) -> float:
    """The probability of `came` or fewer messages: negative binomial with the variance m + dispersion * m²."""
    if expected <= 0:
        return 1.0
    if dispersion < 1e-9:
        logs = [n * log(expected) - expected - lgamma(n + 1) for n in range(came + 1)]
    else:
        size = 1 / dispersion
        fixed = -lgamma(size) - size * log1p(expected / size)
        share = log(expected) - log(size + expected)
        logs = [lgamma(n + size) - lgamma(n + 1) + fixed + n * share for n in range(came + 1)]
    return min(sum(exp(one) for one in logs), 1.0)

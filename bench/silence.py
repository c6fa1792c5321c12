"""The silence alarm on simulated accounts: false alarms a year, and the time until a sudden stop is told.

Every account is played for a year after eight weeks of history, with days that differ from one another, and holidays.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from connectors.silence import WEEK, WEEKS, Habit, judge

_HISTORY = WEEK * WEEKS
_YEAR = 365 * 24
# Hour 0 is a Monday's first.
_HOLIDAYS = (17, 60, 121, 122, 150, 200, 276, 303, 359, 360)
Counts = Sequence[int]


def silence(seeds: int = 4) -> dict[str, Any]:
    """Figures of each account, as means over `seeds` years."""
    figures: dict[str, Any] = {}
    for name, rates in ACCOUNTS.items():
        alarms, stops, drops = 0, [], []
        for seed in range(seeds):
            counts, times = played(rates, seed)
            alarms += len(alarmed(counts, times))
            stops.append(told_after(counts, times, seed, keeps=0.0))
            drops.append(told_after(counts, times, seed, keeps=0.1))
        figures[f"{name}: false alarms a year"] = round(alarms / seeds, 2)
        figures[f"{name}: hours until a stop is told"] = _middle(stops)
        figures[f"{name}: hours until a drop to a tenth is told"] = _middle(drops)
    return figures


def played(rates: Callable[[np.random.Generator], Any], seed: int) -> tuple[list[int], list[list[float]]]:
    """Counts and times of arrival of every hour."""
    chance = np.random.default_rng(seed)
    counts = chance.poisson(rates(chance)).tolist()
    return counts, [sorted((chance.random(n) + hour).tolist()) for hour, n in enumerate(counts)]


def alarmed(counts: Counts, times: Sequence[Sequence[float]], begin: int = _HISTORY) -> list[float]:
    """When alarms were raised, in hours; those within six hours of another are one."""
    found: list[float] = []
    latest = -1e9
    for last, until, habit in _moments(counts, times, begin, len(counts)):
        already = until - latest < 1
        if judge(habit, last=last, until=until, slot=int(until) % WEEK, recent=_recent(counts, until), already=already):
            if until - latest > 6:
                found.append(until)
            latest = until
    return found


def _moments(
    counts: Counts, times: Sequence[Sequence[float]], begin: int, end: int
) -> Iterator[tuple[float, float, Habit]]:
    """The end of every hour, and of every gap of half an hour: when an alarm would come first, if one did."""
    last = max((one for hour in times[begin - 24 * 7 : begin] for one in hour), default=float(begin))
    habit = habit_at(counts, begin)
    for hour in range(begin, end):
        if hour % 24 == 0:
            habit = habit_at(counts, hour)
        for at in times[hour]:
            if at - last > 0.5:
                yield last, at - 1e-6, habit
            last = at
        yield last, hour + 1 - 1e-6, habit


def told_after(counts: Counts, times: Sequence[Sequence[float]], seed: int, *, keeps: float) -> float | None:
    """Hours from a stop (or a drop to a share) on a Tuesday at ten until it is told; None when it never is."""
    day = np.random.default_rng(seed + 1000).integers(20, 50)
    stop = _HISTORY + int(day) * WEEK + 24 + 10
    chance = np.random.default_rng(seed)
    kept = [[at for at in hour if chance.random() < keeps] for hour in times[stop:]]
    times = [*times[:stop], *kept]
    counts = [len(hour) for hour in times]
    habit = habit_at(counts, stop)
    last = max(one for hour in times[stop - 24 * 30 : stop] for one in hour)
    for step in range(1, 12 * 24 * 21):
        until = stop + step / 12
        last = max([last, *(at for at in times[int(until)] if at <= until)])
        recent = _recent(counts, until) | {int(until): sum(at <= until for at in times[int(until)])}
        if judge(habit, last=last, until=until, slot=int(until) % WEEK, recent=recent):
            return float(until - stop)
    return None


def habit_at(counts: Counts, hour: int) -> Habit:
    """The habit of the eight weeks before an hour."""
    first = max(hour - _HISTORY, 0)
    return Habit(first, counts[first:hour], [at % WEEK for at in range(first, hour)])


def _recent(counts: Counts, until: float) -> dict[int, int]:
    hour = int(until)
    return {at: counts[at] for at in range(max(hour - 24, 0), hour + 1)}


def _middle(hours: Sequence[float | None]) -> float:
    """The median; what is never told counts as the three weeks in which it was waited for."""
    known = sorted(504.0 if one is None else one for one in hours)
    return round(known[len(known) // 2], 1)


def _hours() -> Any:
    return np.arange(_HISTORY + _YEAR)


def _daily(chance: np.random.Generator, spread: float) -> Any:
    """Days differ: a factor for each, with the mean 1."""
    return np.repeat(chance.gamma(1 / spread**2, spread**2, _HISTORY // 24 + 365), 24)


def _holidays(rates: Any, share: float = 0.0) -> Any:
    for day in _HOLIDAYS:
        rates[_HISTORY + day * 24 : _HISTORY + (day + 1) * 24] *= share
    return rates


def _quiet(chance: np.random.Generator) -> Any:
    return np.full(_HISTORY + _YEAR, 3 / 24) * _daily(chance, 0.3)


def _night(chance: np.random.Generator) -> Any:
    hour = _hours() % 24
    return np.where((hour >= 8) & (hour < 22), 20.0, 0.3) * _daily(chance, 0.3)


def _office(chance: np.random.Generator) -> Any:
    hours = _hours()
    works = (hours % 24 >= 9) & (hours % 24 < 17) & (hours // 24 % 7 < 5)
    return np.where(works, 15.0, 0.05) * _daily(chance, 0.25)


def _office_holidays(chance: np.random.Generator) -> Any:
    return _holidays(_office(chance))


def _storms(chance: np.random.Generator) -> Any:
    """Two an hour, and every other day a storm of a hundred that fades within hours."""
    rates = 2.0 * _daily(chance, 0.4)
    for start in np.flatnonzero(chance.random(len(rates)) < 1 / 48):
        fading = 40 * np.exp(-np.arange(12) / 3)[: len(rates) - start]
        rates[start : start + 12] += fading
    return rates


def _big(chance: np.random.Generator) -> Any:
    return 300 * (1 + 0.8 * np.sin((_hours() - 9) / 24 * 2 * np.pi)) * _daily(chance, 0.3)


def _shrinking(chance: np.random.Generator) -> Any:
    return _night(chance) * np.exp(-_hours() / WEEK * 0.05)


def _summer(chance: np.random.Generator) -> Any:
    rates = _night(chance)
    rates[_HISTORY + 26 * WEEK : _HISTORY + 32 * WEEK] *= 0.4
    return rates


ACCOUNTS: dict[str, Callable[[np.random.Generator], Any]] = {
    "quiet, 3 a day": _quiet,
    "asleep at night, 280 a day": _night,
    "office hours, 120 a day": _office,
    "office hours with ten holidays": _office_holidays,
    "storms on 48 a day": _storms,
    "big, 7,200 a day": _big,
    "shrinking by 5 % a week": _shrinking,
    "six weeks of summer at 40 %": _summer,
}

"""Times to come as people type them: "in 3 hours", "2d", "tomorrow 14:00", "fri 9am", "1 Dec", "2026-12-01 09:30".

English is understood everywhere, and the language of whoever types beside it: "Fr 9 Uhr", "in 2 Stunden", "24.12.".
Where the two differ theirs counts: "1.12" is a day in German.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple

MORNING = time(9)
"""The time of a day that is named without one."""

_UNITS = {"m": 1, "h": 60, "d": 1440, "w": 10_080}
_SPAN = re.compile(r"(?:in )?(?:(\d{1,4}) ?|([^\W\d]+) )([^\W\d]+)\.?")
_CLOCK = re.compile(r"(?:(\D+) )?(\d{1,2})(?:([:.])(\d{2}))?(?: ?(\D+?)(?: (\d{2}))?)?")
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:t| |$)(.*)")
_DOTTED = re.compile(r"(\d{1,2})\. ?(\d{1,2})(?:(\.)(\d{4})?)?(?: |$)(.*)")
# Not every keyboard has these, and people do without.
_LETTERS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})


class _Words(NamedTuple):
    """What the parts of a time are called, without umlauts."""

    units: Mapping[str, str]
    one: frozenset[str]
    weekdays: Mapping[str, int]
    months: Mapping[str, int]
    days: Mapping[str, int]
    next_week: frozenset[str]
    following: frozenset[str]
    on: frozenset[str]
    hours: Mapping[str, int]
    # What stands before and after the number of an hour, and whether the number is known by that to be one.
    before: Mapping[str | None, bool]
    after: Mapping[str | None, bool]
    # Whether "1.12" is a day, and a time only where it is said to be one.
    dotted: bool

    def beside(self, other: "_Words") -> "_Words":
        """The words of both."""
        pairs: Iterable[tuple[Any, Any]] = zip(self, other, strict=True)
        return _Words(*(mine | theirs for mine, theirs in pairs))


def _short(names: str, least: int) -> dict[str, int]:
    """The places of names, by each name and by what is short for it: so many of its letters, or more."""
    found: dict[str, int] = {}
    for place, name in enumerate(names.split()):
        for end in range(min(least, len(name)), len(name) + 1):
            found.setdefault(name[:end], place)
    return found


def _units(**words: str) -> dict[str, str]:
    return {word: unit for unit, said in words.items() for word in said.split()}


_ENGLISH = _Words(
    units=_units(m="minutes minute mins min m", h="hours hour hrs hr h", d="days day d", w="weeks week w"),
    one=frozenset({"a", "an", "one"}),
    weekdays=_short("monday tuesday wednesday thursday friday saturday sunday", 3),
    months=_short("january february march april may june july august september october november december", 3),
    days={"today": 0, "tomorrow": 1},
    next_week=frozenset({"next week"}),
    following=frozenset({"next"}),
    on=frozenset({"on"}),
    hours={"morning": MORNING.hour, "noon": 12, "afternoon": 15, "evening": 18},
    before={None: False, "at": False},
    after={None: False, "am": True, "pm": True},
    dotted=False,
)
_GERMAN = _Words(
    units=_units(m="minuten minute min m", h="stunden stunde std h", d="tagen tage tag t", w="wochen woche w"),
    one=frozenset({"ein", "eine", "einem", "einer"}),
    weekdays=_short("montag dienstag mittwoch donnerstag freitag samstag sonntag", 2) | {"sonnabend": 5},
    months=_short("januar februar maerz april mai juni juli august september oktober november dezember", 3)
    | {"jaenner": 0, "mrz": 2},
    days={"heute": 0, "morgen": 1, "uebermorgen": 2},
    next_week=frozenset({"naechste woche", "kommende woche"}),
    following=frozenset({"naechsten", "naechster", "naechste", "kommenden", "kommender"}),
    on=frozenset({"am"}),
    # "Morgen" alone is a day.
    hours={
        "frueh": MORNING.hour,
        "morgen": MORNING.hour,
        "vormittag": MORNING.hour,
        "mittag": 12,
        "nachmittag": 15,
        "abend": 18,
    },
    before={"um": True},
    after={"uhr": True},
    dotted=True,
)
_LANGUAGES = {"en": _ENGLISH, "de": _ENGLISH.beside(_GERMAN)}


def moment(text: str, now: datetime, language: str = "en") -> datetime | None:
    """The time that a text names in a language or in English, later than `now` and in its zone; None for no time.

    A day without a time is its morning. A time without a day, and a weekday, is the next one; a day and month that
    have passed are those of next year. Dates may be long past only where they name their year: then there is no time.
    """
    words = _LANGUAGES.get(language, _ENGLISH)
    text = unicodedata.normalize("NFC", text.lower()).translate(_LETTERS)
    text = " ".join(text.replace(",", " ").split())[:60]
    first, _, rest = text.partition(" ")
    text = rest if first in words.on else text
    if not text:
        return None
    try:
        found = _span(text, now, words) or _dated(text, now, words)
    except (OverflowError, ValueError):
        return None
    return found if found is not None and found > now else None


def _span(text: str, now: datetime, words: _Words) -> datetime | None:
    match = _SPAN.fullmatch(text)
    unit = words.units.get(match[3]) if match else None
    if match is None or unit is None or not (match[1] or match[2] in words.one):
        return None
    span = timedelta(minutes=int(match[1] or 1) * _UNITS[unit])
    if unit in "dw":
        # As many days later at the same time of day, whatever a clock does in between.
        return datetime.combine(now.date() + span, now.time().replace(second=0, microsecond=0), tzinfo=now.tzinfo)
    return now + span


def _dated(text: str, now: datetime, words: _Words) -> datetime | None:
    if match := _ISO.fullmatch(text):
        return _at(date(int(match[1]), int(match[2]), int(match[3])), match[4].strip(), now, words)
    match = _DOTTED.fullmatch(text)
    if match and (match[3] or (words.dotted and _is_month(match[2]) and not words.after.get(match[5]))):
        day, month, year = int(match[1]), int(match[2]), match[4]
        named = date(int(year), month, day) if year else _coming(day, month, now.date())
        return _at(named, match[5], now, words)
    for count in (2, 1, 0):
        parts = text.split(" ")
        if len(parts) < count:
            continue
        named_day = _day(" ".join(parts[:count]), now, words) if count else now.date()
        rest = " ".join(parts[count:])
        if named_day is None:
            continue
        found = _at(named_day, rest, now, words)
        if found is not None:
            is_weekday = count == 1 and parts[0].rstrip(".") in words.weekdays
            later = timedelta(days=1) if count == 0 else timedelta(days=7) if is_weekday else None
            return found + later if later and found <= now else found
    return None


def _day(text: str, now: datetime, words: _Words) -> date | None:
    today = now.date()
    if text in words.days:
        return today + timedelta(days=words.days[text])
    if text in words.next_week:
        return today + timedelta(days=7 - today.weekday())
    first, _, last = text.rpartition(" ")
    weekday = words.weekdays.get(last.rstrip(".")) if not first or first in words.following else None
    if weekday is not None:
        ahead = (weekday - today.weekday()) % 7
        return today + timedelta(days=ahead + (7 if first and not ahead else 0))
    return _of_year(text, today, words)


def _of_year(text: str, today: date, words: _Words) -> date | None:
    """ "1 dec" and "dec 1": this year's, or next year's once it has passed."""
    parts = text.split(" ")
    if len(parts) != 2:
        return None
    number = next((one for one in parts if one.rstrip(".").isdecimal()), "")
    month = words.months.get(next((one for one in parts if one != number), "").rstrip("."))
    return None if not number or month is None else _coming(int(number.rstrip(".")), month + 1, today)


def _coming(day: int, month: int, today: date) -> date:
    named = date(today.year, month, day)
    return named if named >= today else named.replace(year=today.year + 1)


def _at(day: date, text: str, now: datetime, words: _Words) -> datetime | None:
    at = _time(text, words) if text else MORNING
    return datetime.combine(day, at, tzinfo=now.tzinfo) if at else None


def _time(text: str, words: _Words) -> time | None:
    if text in words.hours:
        return time(words.hours[text])
    match = _CLOCK.fullmatch(text)
    if match is None or match[1] not in words.before or match[5] not in words.after:
        return None
    hour, minute, half = int(match[2]), int(match[4] or match[6] or 0), match[5] in ("am", "pm")
    is_said = words.before[match[1]] or words.after[match[5]]
    if match[6] and (match[4] or half):
        return None
    if words.dotted and match[3] == "." and _is_month(match[4]) and not is_said:
        # After a day, too: whoever means a time says so.
        return None
    if half and not 1 <= hour <= 12:
        return None
    if half:
        hour = hour % 12 + (12 if match[5] == "pm" else 0)
    # A number alone is no time: nobody knows whether it is one, or a day.
    return time(hour, minute) if match[4] or is_said else None


def _is_month(number: str) -> bool:
    return 1 <= int(number) <= 12

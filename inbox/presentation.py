"""How things read on a page: initials, times, deadlines and what people wrote, prepared before a template sees them."""

import re
import unicodedata
import zlib
from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from django.urls import reverse
from django.utils import timezone
from django.utils.dates import MONTHS, MONTHS_3, WEEKDAYS
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext, gettext_lazy

from people.memory import forgettable

# Brand names whose spelling a title case would miss; any other network is shown as it is called, capitalised.
NETWORK_NAMES: Mapping[str, Any] = {
    "x": "X",
    "youtube": "YouTube",
    "linkedin": "LinkedIn",
    "tiktok": "TikTok",
    "email": gettext_lazy("E-mail"),
    "rss": "RSS",
}
SOON_SHARE, SOON_AT_LEAST = 0.25, timedelta(minutes=20)
_LINK_OR_MENTION = re.compile(r"(?P<url>https?://[^\s<>\"“”]+)|(?<![\w@/.])(?P<mention>@\w[\w.\-]*(?:@[\w.\-]+)?)")
_NUMBER = re.compile(r"(?<![\w#&/])#(?P<number>[0-9]{1,18})(?!\w)")
_WITH_NUMBERS = re.compile(f"{_LINK_OR_MENTION.pattern}|{_NUMBER.pattern}")
# They make words read backwards, which no language needs. What arrives has none; what was kept long ago may.
_OVERRIDES = dict.fromkeys((0x202D, 0x202E))
# Of one letter. Scripts that stack them need three; more are piled up to stick out of a line.
_MOST_MARKS = 3
_TRAILING = ".,;:!?'’)]}…"


def network_name(network: str) -> str:
    """The network as people write it."""
    return _network_name(network, get_language())


@lru_cache(maxsize=200)
def _network_name(network: str, _language: str | None) -> str:
    return str(NETWORK_NAMES.get(network) or network.replace("_", " ").capitalize())


def hue(key: object) -> int:
    """One of the eight hues of avatars, the same for the same key everywhere and for ever."""
    return zlib.crc32(str(key).encode()) % 8 + 1


@forgettable(10_000)
def initials(name: str) -> str:
    """Two letters of a cased script, the first character of any other; marks stay on their letter."""
    words = [word for part in re.split(r"[\s_./@:]+", name) if (word := _letters(part))]
    if len(words) > 1 and len(words[0]) == 1 and words[0].islower():
        words = words[1:]  # the "u" of u/somebody
    if not words:
        return "?"
    first = words[0]
    if not _is_cased(first[0]):
        return _with_marks(first)
    if len(words) > 1:
        return (_with_marks(first) + _with_marks(words[-1])).upper()
    return first[:2].upper()


def _letters(word: str) -> str:
    return "".join(c for c in word if unicodedata.category(c)[0] in "LNM").lstrip("\u0300")


def _is_cased(character: str) -> bool:
    return character.isdigit() or character.upper() != character.lower()


def _with_marks(word: str) -> str:
    end = 1
    while end < min(len(word), 1 + _MOST_MARKS) and unicodedata.category(word[end])[0] == "M":
        end += 1
    return word[:end]


class Deadline(NamedTuple):
    """Until when a reply is owed: `dash` is the share of the time gone, `css` soon, over, paused or nothing."""

    due: int
    start: int
    text: str
    css: str
    dash: int


def is_soon_after(reply_minutes: int) -> timedelta:
    """How long before it is late a department's conversation counts as soon."""
    return max(timedelta(minutes=reply_minutes) * SOON_SHARE, SOON_AT_LEAST)


def deadline(
    start: datetime | None, due: datetime | None, now: datetime, *, minutes: int | None = None, paused: bool = False
) -> Deadline | None:
    """What the ring beside a conversation shows; None where nobody waits.

    `minutes` is how long a reply takes there: nights and pauses, in which no time runs, do not fill the ring.
    """
    if start and paused:
        return Deadline(0, 0, gettext("paused"), "paused", 0)
    if due is None or start is None:
        return None
    if minutes:
        start = max(start, due - timedelta(minutes=minutes))
    left, total = due - now, max(due - start, timedelta(seconds=1))
    stamps = (int(due.timestamp()), int(start.timestamp()))
    if left <= timedelta(0):
        return Deadline(*stamps, gettext("%(time)s late") % {"time": span(-left)}, "over", 100)
    soon = left < max(total * SOON_SHARE, SOON_AT_LEAST)
    return Deadline(*stamps, span(left), "soon" if soon else "", min(100, max(0, round(100 * (1 - left / total)))))


def span(time: timedelta) -> str:
    """A stretch of time in at most two units: "4m", "1h 12m", "3d"."""
    minutes = int(time.total_seconds() // 60)
    if minutes < 60:
        return gettext("%(minutes)sm") % {"minutes": minutes}
    hours, minutes = divmod(minutes, 60)
    if hours < 24:
        if not minutes or hours >= 10:
            return gettext("%(hours)sh") % {"hours": hours}
        return gettext("%(hours)sh %(minutes)sm") % {"hours": hours, "minutes": f"{minutes:02d}"}
    return gettext("%(days)sd") % {"days": hours // 24}


def ago(at: datetime, now: datetime) -> str:
    """A past time as the list shows it: "now", "4m", "3h", "2 Feb", "2 Feb 2024"."""
    past = now - at
    if past < timedelta(minutes=1):
        return gettext("now")
    if past < timedelta(hours=1):
        return gettext("%(minutes)sm") % {"minutes": int(past.total_seconds() // 60)}
    if past < timedelta(days=1):
        return gettext("%(hours)sh") % {"hours": int(past.total_seconds() // 3600)}
    return short_date(at, now)


@lru_cache(maxsize=20)
def _months(language: str | None, short: bool) -> tuple[str, ...]:
    """The names of the months, looked up once for a language, because a page shows a hundred dates."""
    return tuple(str(name) for name in (MONTHS_3 if short else MONTHS).values())


def month(at: datetime | date, *, short: bool = False) -> str:
    """The name of a local time's month."""
    name = _months(get_language(), short)[at.month - 1]
    return name.capitalize() if short else name


def day_of_month(local: datetime | date, *, short: bool = False) -> str:
    """A local day without its year: "2 February", "2 Feb"."""
    return gettext("%(day)s %(month)s") % {"day": local.day, "month": month(local, short=short)}


def short_date(at: datetime, now: datetime) -> str:
    """A day without its hour, with the year where it is another one."""
    local = timezone.localtime(at)
    name = day_of_month(local, short=True)
    return name if local.year == timezone.localtime(now).year else f"{name} {local.year}"


def day_name(at: datetime, now: datetime) -> str:
    """The mark between two days of a timeline."""
    local, today = timezone.localtime(at), timezone.localtime(now)
    name = day_of_month(local) + ("" if local.year == today.year else f" {local.year}")
    days = (today.date() - local.date()).days
    if days == 0:
        return gettext("Today, %(day)s") % {"day": name}
    if days == 1:
        return gettext("Yesterday, %(day)s") % {"day": name}
    return name


def month_name(at: datetime) -> str:
    """The mark between two months of a timeline."""
    local = timezone.localtime(at)
    return f"{month(local)} {local.year}"


def clock(at: datetime) -> str:
    """The time of day."""
    return f"{timezone.localtime(at):%H:%M}"


def coming(at: datetime, now: datetime | None = None) -> str:
    """A time to come as people say it: "18:00" today, "tomorrow, 09:00", "Monday, 09:00", "3 December, 09:00"."""
    local, today = timezone.localtime(at), timezone.localtime(now or timezone.now())
    days = (local.date() - today.date()).days
    if days == 0:
        return clock(at)
    if days == 1:
        return gettext("tomorrow, %(time)s") % {"time": clock(at)}
    if 1 < days < 7:
        day = str(WEEKDAYS[local.weekday()])
    else:
        day = day_of_month(local) + ("" if local.year == today.year else f" {local.year}")
    return gettext("%(day)s, %(time)s") % {"day": day, "time": clock(at)}


def full(at: datetime) -> str:
    """A time in full, for the hint on hover."""
    return _full(at, timezone.get_current_timezone(), get_language())


@lru_cache(maxsize=5_000)
def _full(at: datetime, zone: tzinfo, _language: str | None) -> str:
    """Looked up, because a page shows a hundred times, and mostly those that the page before has shown."""
    local = timezone.localtime(at, zone)
    return f"{day_of_month(local)} {local.year}, {local:%H:%M} {local.tzname()}"


class Moment(NamedTuple):
    """A time as a timeline tells it: exactly, its day, and inside of a `<time>` the time of day, or the day where that
    is another one than today. The first two as ISO 8601 has them."""

    iso: str
    day: str
    clock: SafeString
    date: SafeString


def moment(at: datetime, now: datetime) -> Moment:
    """How a past time is told."""
    zone = timezone.get_current_timezone()
    return _moment(at, timezone.localtime(now, zone).date(), zone, get_language())


@lru_cache(maxsize=5_000)
def _moment(at: datetime, today: date, zone: tzinfo, _language: str | None) -> Moment:
    """Looked up like `_full`."""
    local = timezone.localtime(at, zone)
    day, clock = local.date(), f"{local:%H:%M}"
    name = day_of_month(local, short=True)
    date = clock if day == today else name if day.year == today.year else f"{name} {day.year}"
    return Moment(at.isoformat(), day.isoformat(), when(at, clock), when(at, date))


def when(at: datetime, said: str) -> SafeString:
    """The inside of a `<time>`: what it says, and in full what screen readers read and a pointer or the focus shows."""
    drawn = f'<span aria-hidden="true">{escape(said)}</span><span class="tip">{escape(full(at))}</span>'
    return mark_safe(drawn)  # noqa: S308 - both are escaped


def face(identity_id: int, avatar_url: str) -> str:
    """Where we show the picture of an identity; empty where it has none. Another picture is another address."""
    if not address(avatar_url):
        return ""
    return f"{reverse('avatar', args=[identity_id])}?{zlib.crc32(avatar_url.encode()):x}"


def rich(text: str, conversations: Collection[int] = ()) -> SafeString:
    """What somebody wrote, safe to show: links show where they lead, mentions stand out, the numbers of these
    conversations lead there ("#123"), nothing else is HTML."""
    text = text.translate(_OVERRIDES)
    parts: list[str] = []
    end = 0
    for match in (_WITH_NUMBERS if conversations else _LINK_OR_MENTION).finditer(text):
        parts.append(escape(text[end : match.start()]))
        end = match.end()
        parts.append(_marked(match, conversations))
    parts.append(escape(text[end:]))
    return mark_safe("".join(parts))  # noqa: S308 - every part above is escaped


def _marked(match: re.Match[str], conversations: Collection[int]) -> str:
    if mention := match["mention"]:
        name = mention.rstrip(".-")
        return format_html('<span class="mention">{}</span>{}', name, mention[len(name) :])
    if written := match["url"]:
        url = written.rstrip(_TRAILING)
        return link(url) + escape(written[len(url) :])
    number = int(match["number"])
    if number not in conversations:
        return escape(match[0])
    return format_html('<a class="link" href="{}">{}</a>', reverse("short", args=[number]), match[0])


def numbers_in(text: str) -> set[int]:
    """What a text may mean as numbers of conversations."""
    return {int(match["number"]) for match in _NUMBER.finditer(text)} if "#" in text else set()


def link(url: str, label: str = "") -> SafeString:
    """A link that leaves the product: shown with the host that it really leads to, and nothing of us goes with it."""
    real = address(url)
    if not real:
        return escape(label or url)
    return format_html(
        '<a class="link out" href="{}" target="_blank" rel="noopener nofollow noreferrer ugc" title="{}">{}</a>',
        url,
        url,
        label or real,
    )


def address(url: str) -> str:
    """Host and path of a web address as a person should read it: no scheme, no log-in part, other scripts as punycode.

    Empty where the address cannot be one: such a thing is no link.
    """
    try:
        parsed = urlsplit(url)
        host = (parsed.hostname or "").encode("idna").decode()
        port = f":{parsed.port}" if parsed.port else ""
    except ValueError:  # includes UnicodeError
        return ""
    if parsed.scheme not in ("http", "https") or not host:
        return ""
    rest = parsed.path.rstrip("/") + (f"?{parsed.query}" if parsed.query else "")
    return f"{host.removeprefix('www.')}{port}{rest if len(rest) <= 40 else rest[:39] + '…'}"

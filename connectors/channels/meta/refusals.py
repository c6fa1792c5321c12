"""What Meta's errors mean for us: the table of codes of the Graph API, in one place."""

import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from connectors.clean import clean_text
from connectors.http import Response
from connectors.protocol import ConnectorError

# Application, page and business-use-case limits.
THROTTLED = frozenset({4, 17, 32, 341, 613, *range(80000, 80015)})
DEAD_TOKEN = frozenset({102, 190, 463, 467})
PASSING = frozenset({1, 2})
GONE, DEPRECATED, DUPLICATE, BLOCKED, UNAVAILABLE = 100, 12, 506, 368, 551
OUTSIDE_WINDOW = frozenset({2018278, 2534022, 1893061})

_LONGEST_WAIT = timedelta(hours=24)
_WAIT = timedelta(minutes=10)
# From here on Meta is asked no more: what is left belongs to the replies.
ENOUGH = 90
_PERMISSION = re.compile(r"\b(?:pages|instagram|business)_[a-z_]{3,40}\b")
_TOKEN_REMEDIES = {
    458: "The app was removed from the Facebook account: sign in again.",
    459: "Meta wants the person to log in to facebook.com first; sign in again afterwards.",
    460: "The person has changed the password: sign in again.",
    463: "The token has run out: sign in again.",
    464: "Meta wants the person to confirm the account on facebook.com; sign in again afterwards.",
    467: "The token was withdrawn: sign in again.",
    492: "The person who signed in has no role on the Page any more: let somebody sign in who has.",
}
CONNECT_AGAIN = "Sign in again, or paste a new Page token."
CLOSED = "The time in which Meta takes answers to this person is over. Wait until they write again."


@dataclass(frozen=True, slots=True)
class Usage:
    """How much of Meta's limits is used, in percent, and when there will be room again."""

    percent: float
    free_at: datetime


class Refusal(ConnectorError):
    """Meta answered, and the answer is no. `code` and `subcode` are Meta's own, 0 where it gave none."""

    def __init__(self, message: str, *, status: int, code: int = 0, subcode: int = 0, **kind: Any) -> None:
        super().__init__(message, **kind)
        self.status, self.code, self.subcode = status, code, subcode

    @property
    def is_dead(self) -> bool:
        """Whether the token is no longer one, so that nothing else will work either."""
        return self.code in DEAD_TOKEN or (self.status == 401 and not self.code)


def usage(response: Response, now: datetime) -> Usage:
    """What the headers of an answer say about limits; nothing used where they say nothing that can be read."""
    business = _json(response.headers.get("x-business-use-case-usage", ""))
    parts = [part for several in _values(business) if isinstance(several, list) for part in several]
    parts.append(_json(response.headers.get("x-app-usage", "")))
    percent, minutes = 0.0, 0.0
    for part in parts:
        if isinstance(part, dict):
            percent = max(percent, *(_number(part.get(name)) for name in ("call_count", "total_cputime", "total_time")))
            minutes = max(minutes, _number(part.get("estimated_time_to_regain_access")))
    wait = min(timedelta(minutes=minutes), _LONGEST_WAIT) if minutes else _WAIT
    return Usage(percent, now + wait)


def refusal(response: Response, *, changes: bool, now: datetime) -> Refusal:
    """The error for a response that is no success. What Meta calls passing leaves open whether a change was made."""
    told = _told(response)
    status, code, subcode = response.status_code, _whole(told.get("code")), _whole(told.get("error_subcode"))
    words = _words(told) or str(response.reason or "No reason given")
    where = f"code {code}" if code else f"HTTP {status}"
    known = {"status": status, "code": code, "subcode": subcode}
    message = f"{words} ({where})"
    if code in THROTTLED or status == 429:
        remedy = "Meta allows no more calls for now. It goes on by itself."
        return Refusal(message, remedy=remedy, retry_at=_retry_at(response, now), **known)
    passing = code in PASSING or told.get("is_transient") is True or status >= 500 or status in (408, 425)
    if passing and code not in DEAD_TOKEN:
        return Refusal(message, remedy="It is tried again by itself.", unknown=changes and status != 425, **known)
    return Refusal(message, remedy=_remedy(code, subcode, status, words), permanent=True, **known)


def _remedy(code: int, subcode: int, status: int, words: str) -> str:
    if code in DEAD_TOKEN or (status == 401 and not code):
        return _TOKEN_REMEDIES.get(subcode) or _TOKEN_REMEDIES.get(code) or CONNECT_AGAIN
    if subcode in OUTSIDE_WINDOW:
        return CLOSED
    if code in (3, 10, 283) or 200 <= code <= 299 or (status == 403 and not code):
        missing = ", ".join(sorted(set(_PERMISSION.findall(words))))
        what = f"the permission {missing}" if missing else "the missing permission"
        return f"Grant {what}: sign in again and leave all boxes ticked, or ask Meta for it in App Review."
    return {
        BLOCKED: "Meta blocks this for a while. Look into the Page's Support Inbox on Facebook.",
        UNAVAILABLE: "This person cannot be written to now. They may have blocked the Page or closed the account.",
        DUPLICATE: "Meta takes no text twice. Change a few words and send it again.",
        DEPRECATED: "Meta no longer offers this. Check the version in the channel's settings.",
        GONE: "It may have been deleted, or hidden from the Page. Look at it on the network.",
    }.get(code, "Check the channel's settings, and what Meta says about the code.")


def _retry_at(response: Response, now: datetime) -> datetime:
    after = response.headers.get("retry-after", "")
    if after.isascii() and after.isdecimal() and len(after) < 7:
        return now + max(timedelta(seconds=5), min(timedelta(seconds=int(after)), _LONGEST_WAIT))
    return usage(response, now).free_at


def _told(response: Response) -> dict[str, Any]:
    body = _json(response.text)
    error = body.get("error") if isinstance(body, dict) else None
    return error if isinstance(error, dict) else {}


def _words(told: dict[str, Any]) -> str:
    """Meta's words; those that it means for people come first."""
    texts = [told.get(name) for name in ("error_user_msg", "message")]
    said = dict.fromkeys(text.strip() for text in texts if isinstance(text, str) and text.strip())
    return clean_text(" ".join(said))[:500]


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _values(value: object) -> list[Any]:
    return list(value.values()) if isinstance(value, dict) else []


def _number(value: object) -> float:
    plain = isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 10**6
    return float(value) if plain and isinstance(value, int | float) else 0.0


def _whole(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**9 else 0


def clock(response: Response) -> datetime:
    """What Meta's clock said, ours where it said nothing."""
    from_header = _date(response.headers.get("date", ""))
    return from_header or datetime.now(UTC)


def _date(text: str) -> datetime | None:
    try:
        return datetime.strptime(text, "%a, %d %b %Y %H:%M:%S GMT").replace(tzinfo=UTC)
    except ValueError:
        return None

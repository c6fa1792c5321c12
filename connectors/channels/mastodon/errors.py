"""What goes wrong with a server that speaks Mastodon's API, in its own words and with what to do about it."""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from connectors.clean import clean_text
from connectors.http import Response
from connectors.protocol import ConnectorError

_LONGEST_WAIT = timedelta(hours=24)
_WINDOW = timedelta(minutes=5)
SIGN_IN = "Sign in at the server again, or enter a new access token."
REMEDIES = {
    400: "The server does not understand the request. Check the channel's settings.",
    401: SIGN_IN,
    403: "The server does not allow this to the token. Sign in again and grant what is asked for.",
    404: "Check the server's address in the channel's settings.",
    410: "Check the server's address in the channel's settings.",
    413: "Send a smaller file.",
    422: "Change what the server complains about and send it again.",
}


class Refusal(ConnectorError):
    """The server answered, and the answer is no."""

    def __init__(self, status: int, words: str, *, unknown: bool = False, retry_at: datetime | None = None) -> None:
        super().__init__(
            f"{words} (HTTP {status})",
            remedy=REMEDIES.get(status, ""),
            permanent=400 <= status < 500 and status not in (408, 425, 429),
            retry_at=retry_at,
            unknown=unknown,
        )
        self.status = status


def refusal(response: Response, *, changes: bool) -> Refusal:
    """The error for a response that is no success. Server errors leave open whether a change was made."""
    status = response.status_code
    retry_at = None
    if status == 429:
        after = response.headers.get("retry-after", "")
        now = datetime.now(UTC)
        wait = min(timedelta(seconds=int(after)), _LONGEST_WAIT) if _is_number(after, 7) else _WINDOW
        # A reset that has passed is no reason to ask again at once.
        retry_at = max(limits(response)[1] or now + wait, now + timedelta(seconds=5))
    return Refusal(status, words(response), unknown=changes and (status >= 500 or status == 408), retry_at=retry_at)


def words(response: Response) -> str:
    """What the server says in an error, in its own words."""
    body = json_of(response)
    told = [body.get(name) for name in ("error_description", "error")] if isinstance(body, dict) else []
    said = next((one for one in told if isinstance(one, str) and one.strip()), "")
    return clean_text(said)[:500] or clean_text(str(response.reason or ""))[:100] or "No reason given"


def limits(response: Response) -> tuple[int | None, datetime | None]:
    """How many calls are left, and when there will be more; None for what the headers don't say.

    Mastodon writes the time of the reset in ISO 8601, GoToSocial in seconds since 1970.
    """
    left, reset = (response.headers.get(f"x-ratelimit-{name}", "") for name in ("remaining", "reset"))
    calls = min(int(left), 2**31 - 1) if _is_number(left, 19) else None
    try:
        at = datetime.fromtimestamp(int(reset), UTC) if _is_number(reset, 12) else datetime.fromisoformat(reset)
    except (ValueError, OverflowError, OSError):
        return calls, None
    if at.tzinfo is None:
        return calls, None
    # The server's clock counts, not ours.
    now = datetime.now(UTC)
    at += now - (clock(response) or now)
    return calls, min(at, now + _LONGEST_WAIT)


def clock(response: Response) -> datetime | None:
    """What the server's clock said."""
    try:
        at = parsedate_to_datetime(response.headers.get("date", ""))
    except (ValueError, TypeError, OverflowError):
        return None
    return at if at.tzinfo else None


def json_of(response: Response) -> object:
    """The JSON of an answer; None where there is none."""
    try:
        return response.json()
    except (ValueError, RecursionError):
        return None


def _is_number(text: str, digits: int) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < digits

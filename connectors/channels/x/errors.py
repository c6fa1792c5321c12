"""What X says when something is wrong, read into ConnectorErrors. Pure, but for the clock."""

from datetime import UTC, datetime, timedelta

from connectors.clean import clean_text
from connectors.http import Response
from connectors.protocol import ConnectorError

REMEDIES = {
    400: "X does not understand the request: check the watch-word and the spelling in the channel's settings.",
    401: "X does not accept the keys: make new ones in X's developer console and connect the channel again.",
    402: "The X account is out of credits: buy some in X's developer console. Pulling goes on by itself then.",
    403: "X does not allow this to the app: check its access level and permissions in X's developer console.",
    404: "Check the account name and the address in the channel's settings.",
}
_LONGEST_WAIT = timedelta(hours=24)
_WINDOW = timedelta(minutes=15)


class Refusal(ConnectorError):
    """X answered, and the answer is no."""

    def __init__(self, status: int, words: str, *, unknown: bool = False, retry_at: datetime | None = None) -> None:
        super().__init__(
            f"{words} (HTTP {status})",
            remedy=REMEDIES.get(status, ""),
            permanent=400 <= status < 500 and status not in (408, 425, 429),
            retry_at=retry_at,
            unknown=unknown,
        )
        self.status = status


def limits(response: Response) -> tuple[int | None, datetime | None]:
    """How many calls are left, and when there will be more; None for what the headers don't say."""
    left = response.headers.get("x-rate-limit-remaining", "")
    reset = response.headers.get("x-rate-limit-reset", "")
    now = datetime.now(UTC)
    calls = min(int(left), 2**31 - 1) if left.isdecimal() and len(left) < 19 else None
    if not reset.isdecimal() or len(reset) > 11:
        return calls, None
    return calls, min(datetime.fromtimestamp(int(reset), UTC), now + _LONGEST_WAIT)


def refusal(response: Response, *, changes: bool) -> Refusal:
    """The error for a response that is no success. Server errors leave open whether a change was made."""
    status = response.status_code
    retry_at = None
    if status == 429:
        after = response.headers.get("retry-after", "")
        now = datetime.now(UTC)
        wait = min(timedelta(seconds=int(after)), _LONGEST_WAIT) if after.isdecimal() and len(after) < 7 else _WINDOW
        # A reset that has passed is no reason to ask again at once.
        retry_at = max(limits(response)[1] or now + wait, now + timedelta(seconds=5))
    return Refusal(status, words(response), unknown=changes and (status >= 500 or status == 408), retry_at=retry_at)


def words(response: Response) -> str:
    """What X says in an error, in its own words."""
    body = json_of(response)
    said = ""
    if isinstance(body, dict):
        candidates = (body.get(name) for name in ("detail", "error_description", "error", "title"))
        said = complaint(body.get("errors")) or next((one for one in candidates if isinstance(one, str) and one), "")
    return clean_text(said)[:500] or str(response.reason or "No reason given")


def complaint(errors: object) -> str:
    """What the list `errors` of an answer says."""
    said = []
    for error in errors if isinstance(errors, list) else []:
        text = (error.get("message") or error.get("detail")) if isinstance(error, dict) else error
        said += [text] if isinstance(text, str) else []
    return clean_text(" ".join(said))[:500]


def json_of(response: Response) -> object:
    """The JSON of a response; None where it holds none."""
    try:
        return response.json()
    except (ValueError, RecursionError):
        return None

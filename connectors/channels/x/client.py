"""X's API by way of tweepy, which signs and sends; its answers and errors are read here.

tweepy has no time-outs, no base URL and hides the headers of answers: it gets our session, whose
adapter carries it to the channel's own address, and hands over the whole response.
"""

import logging
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import tweepy
from urllib3.exceptions import MaxRetryError, NewConnectionError

from connectors import outbound
from connectors.clean import clean_text
from connectors.http import (
    AddressRefused,
    ConnectTimeout,
    RebaseAdapter,
    RequestException,
    Response,
    Timeout,
    TooManyRedirects,
    session,
)
from connectors.protocol import Account, ConnectorError

VENDOR = "https://api.twitter.com"
USER_KEYS = ("api_key", "api_secret", "access_token", "access_token_secret")
# At DEBUG they write bearer tokens and signatures.
for name in ("tweepy", "oauthlib", "requests_oauthlib"):
    logging.getLogger(name).setLevel(logging.WARNING)

_LONGEST_WAIT = timedelta(hours=24)
_WINDOW = timedelta(minutes=15)
_REMEDIES = {
    400: "X does not understand the request: check the watch-word and the spelling in the channel's settings.",
    401: "X does not accept the keys: make new ones in X's developer console and connect the channel again.",
    402: "The X account is out of credits: buy some in X's developer console. Pulling goes on by itself then.",
    403: "X does not allow this to the app: check its access level and permissions in X's developer console.",
    404: "Check the account name and the address in the channel's settings.",
}


class Refusal(ConnectorError):
    """X answered, and the answer is no."""

    def __init__(self, status: int, words: str, *, unknown: bool = False, retry_at: datetime | None = None) -> None:
        super().__init__(
            f"{words} (HTTP {status})",
            remedy=_REMEDIES.get(status, ""),
            permanent=400 <= status < 500 and status not in (408, 425, 429),
            retry_at=retry_at,
            unknown=unknown,
        )
        self.status = status


@dataclass(frozen=True, slots=True)
class Answer:
    """What X said, how often it may be asked again and until when, and what its clock said."""

    body: dict[str, Any]
    calls_left: int | None
    reset_at: datetime | None
    at: datetime | None


class Client:
    """One channel's access to X."""

    def __init__(self, account: Account) -> None:
        keys = account.credentials
        self.can_post = all(keys.get(name) for name in USER_KEYS)
        self._has_bearer = bool(keys.get("bearer_token"))
        self._tweepy = tweepy.Client(
            bearer_token=keys.get("bearer_token"),
            consumer_key=keys.get("api_key"),
            consumer_secret=keys.get("api_secret"),
            access_token=keys.get("access_token"),
            access_token_secret=keys.get("access_token_secret"),
            return_type=Response,
        )
        own = session()
        own.mount(VENDOR + "/", RebaseAdapter(account.base_url or VENDOR))
        own.hooks["response"].append(self._note)
        self._tweepy.session = own
        self._last: Response | None = None

    def get(self, route: str, params: Mapping[str, Any], *, as_user: bool = False) -> Answer:
        """Ask for something. Raises ConnectorError."""
        return self._call("GET", route, as_user=as_user, params=dict(params))

    def post(self, route: str, body: Mapping[str, Any]) -> Answer:
        """Change something, as the user. Raises ConnectorError, `unknown` unless X certainly did not do it."""
        return self._call("POST", route, as_user=True, json=dict(body))

    def _call(self, method: str, route: str, *, as_user: bool, **content: Any) -> Answer:
        changes = method != "GET"
        if not (self.can_post if as_user else self._has_bearer):
            what = f"all of {', '.join(USER_KEYS)}" if as_user else "bearer_token"
            raise ConnectorError("The channel's keys are missing.", remedy=f"Connect it with {what}.", permanent=True)
        self._last = None
        try:
            response = self._tweepy.request(method, route, user_auth=as_user, **content)
        except RequestException as error:
            raise unreached(error, changes=changes) from error
        except UnicodeError as error:
            message = "A key holds characters that no key has."
            raise ConnectorError(message, remedy=_REMEDIES[401], permanent=True) from error
        except (tweepy.TweepyException, ValueError, TypeError, AttributeError, KeyError) as error:
            # tweepy trips over some error bodies itself, so what counts is the response.
            if self._last is None:
                raise ConnectorError(f"tweepy could not ask X: {error}", unknown=changes) from error
            raise refusal(self._last, changes=changes) from error
        body = _json(response)
        if not isinstance(body, dict):
            raise ConnectorError("X's answer is not the JSON that it documents.", unknown=changes)
        left, reset_at = limits(response)
        return Answer(body, left, reset_at, _clock(response))

    def _note(self, response: Response, *args: Any, **kwargs: Any) -> None:
        self._last = response


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
    body = _json(response)
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


def user_of(answer: Answer) -> dict[str, str]:
    """The id and username that an answer is about. Raises ConnectorError, permanent where X knows no such user."""
    data = answer.body.get("data")
    user = data if isinstance(data, dict) else {}
    if isinstance(user.get("id"), str | int) and isinstance(user.get("username"), str):
        return {"id": str(user["id"]), "username": user["username"]}
    if said := complaint(answer.body.get("errors")):
        raise ConnectorError(said, remedy=_REMEDIES[404], permanent=True)
    raise ConnectorError("X's answer holds no user.")


def _json(response: Response) -> object:
    try:
        return response.json()
    except (ValueError, RecursionError):
        return None


def unreached(error: RequestException, *, changes: bool) -> ConnectorError:
    """The error for a call without an answer; `unknown` where the request may have arrived."""
    if isinstance(error, AddressRefused):
        return ConnectorError(str(error), remedy=outbound.REMEDY, permanent=True)
    if isinstance(error, TooManyRedirects):
        remedy = "The address in the channel's settings leads elsewhere: correct it."
        return ConnectorError("X's address redirects.", remedy=remedy, permanent=True, unknown=changes)
    if isinstance(error, ValueError):
        # requests' word for addresses and headers that are none.
        return ConnectorError(str(error), remedy="Check the address and the keys of the channel.", permanent=True)
    if isinstance(error, Timeout):
        message = "X did not answer in time."
    else:
        message = f"X cannot be reached ({type(error).__name__})."
    return ConnectorError(message, unknown=changes and not _never_sent(error))


def _never_sent(error: RequestException) -> bool:
    """Whether the connection was not even made."""
    if isinstance(error, ConnectTimeout):
        return True
    cause = error.args[0] if error.args else None
    reason = cause.reason if isinstance(cause, MaxRetryError) else None
    distrusted = bool(reason is not None and reason.args and isinstance(reason.args[0], ssl.SSLCertVerificationError))
    return isinstance(reason, NewConnectionError) or distrusted


def _clock(response: Response) -> datetime | None:
    try:
        return parsedate_to_datetime(response.headers.get("date", ""))
    except (ValueError, TypeError, OverflowError):
        return None

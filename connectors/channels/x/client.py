"""X's API by way of tweepy, which signs and sends; its answers are read here, its errors in errors.py.

tweepy has no time-outs, no base URL and hides the headers of answers: it gets our session, whose
adapter carries it to the channel's own address, and hands over the whole response. It speaks for the application
(bearer token) or for the account: with a token that the account gave by signing in, else with its OAuth 1.0a keys.
"""

import logging
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

import tweepy

from connectors.channels.x.errors import REMEDIES, complaint, json_of, limits, refusal
from connectors.http import RebaseAdapter, RequestException, Response, session
from connectors.protocol import Account, ConnectorError
from connectors.unreached import unreached

VENDOR = "https://api.twitter.com"
# Where pictures of direct messages lie, for those who ask with OAuth 1.0a.
STORE = "https://ton.twitter.com"
USER_KEYS = ("api_key", "api_secret", "access_token", "access_token_secret")
_STRANGE_KEY = "A key holds characters that no key has."
# At DEBUG they write bearer tokens and signatures.
for name in ("tweepy", "oauthlib", "requests_oauthlib"):
    logging.getLogger(name).setLevel(logging.WARNING)


@dataclass(frozen=True, slots=True)
class Answer:
    """What X said, how often it may be asked again and until when, what its clock said, and what the keys may do."""

    body: dict[str, Any]
    calls_left: int | None = None
    reset_at: datetime | None = None
    at: datetime | None = None
    access: str = ""


class Client:
    """One channel's access to X. `used` counts what X counts, by the names of meters."""

    def __init__(self, account: Account, used: Counter[str]) -> None:
        keys = account.credentials
        self.used = used
        self.signed_in = bool(keys.get("user_token"))
        self.can_post = self.signed_in or all(keys.get(name) for name in USER_KEYS)
        self.has_bearer = bool(keys.get("bearer_token"))
        own = session()
        own.mount(VENDOR + "/", RebaseAdapter(account.base_url or VENDOR))
        if account.base_url:
            own.mount(STORE + "/", RebaseAdapter(account.base_url))
        own.hooks["response"].append(self._note)
        self._session = own
        self._keys = {name: keys.get(name) for name in USER_KEYS}
        self._app = self._speaker(keys.get("bearer_token"))
        self._user = self._speaker(keys.get("user_token"))
        self._last: Response | None = None

    def _speaker(self, token: str | None) -> tweepy.Client:
        made = tweepy.Client(
            bearer_token=token,
            consumer_key=self._keys["api_key"],
            consumer_secret=self._keys["api_secret"],
            access_token=self._keys["access_token"],
            access_token_secret=self._keys["access_token_secret"],
            return_type=Response,
        )
        made.session = self._session
        return made

    def get(self, route: str, params: Mapping[str, Any], *, as_user: bool = False) -> Answer:
        """Ask for something. Raises ConnectorError."""
        return self._call("GET", route, as_user=as_user, params=dict(params))

    def post(self, route: str, body: Mapping[str, Any] | None = None, *, as_user: bool = True) -> Answer:
        """Change something. Raises ConnectorError, `unknown` unless X certainly did not do it."""
        return self._call("POST", route, as_user=as_user, json=None if body is None else dict(body))

    def put(self, route: str, body: Mapping[str, Any] | None = None) -> Answer:
        """Change something, as the application. Raises ConnectorError."""
        return self._call("PUT", route, as_user=False, json=None if body is None else dict(body))

    def delete(self, route: str, *, as_user: bool = False) -> Answer:
        """Take something away. Raises ConnectorError."""
        return self._call("DELETE", route, as_user=as_user)

    def upload(self, route: str, fields: Mapping[str, str], name: str, content: bytes, content_type: str) -> Answer:
        """Send a file, as the account. Nothing is public by that alone, so no outcome is unknown. Raises
        ConnectorError."""
        self._require(as_user=True)
        files = {"media": (name, content, content_type)}
        return _read(self._ask("POST", VENDOR + route, data=dict(fields), files=files, **self._signed()))

    def form(self, route: str, fields: Mapping[str, str], basic: tuple[str, str] | None) -> dict[str, Any]:
        """Post a form as OAuth 2 has it, with the application's id and secret where it has one. Raises
        ConnectorError."""
        return _read(self._ask("POST", VENDOR + route, data=dict(fields), auth=basic)).body

    def download(self, address: str) -> Response:
        """A file that only the account may see. Raises ConnectorError."""
        self._require(as_user=True)
        return self._ask("GET", address, **self._signed())

    def _signed(self) -> dict[str, Any]:
        """What makes a request the account's own."""
        if self.signed_in:
            return {"headers": {"Authorization": f"Bearer {self._user.bearer_token}"}}
        keys = (self._keys[one] for one in USER_KEYS)
        return {"auth": tweepy.OAuth1UserHandler(*keys).apply_auth()}

    def _ask(self, method: str, address: str, **content: Any) -> Response:
        """A call that tweepy has no words for."""
        try:
            self.used["calls"] += 1
            response = self._session.request(method, address, **content)
        except RequestException as error:
            raise unreached(error, "X", changes=False) from error
        except UnicodeError as error:
            raise ConnectorError(_STRANGE_KEY, remedy=REMEDIES[401], permanent=True) from error
        if not response.ok or response.is_redirect:
            raise refusal(response, changes=False)
        return response

    def _require(self, *, as_user: bool) -> None:
        if not (self.can_post if as_user else self.has_bearer):
            what = f"all of {', '.join(USER_KEYS)}, or sign in" if as_user else "bearer_token"
            raise ConnectorError("The channel's keys are missing.", remedy=f"Connect it with {what}.", permanent=True)

    def _call(self, method: str, route: str, *, as_user: bool, **content: Any) -> Answer:
        changes = method != "GET"
        self._require(as_user=as_user)
        speaker = self._user if as_user else self._app
        ask: Callable[..., Response] = speaker.request
        self._last = None
        try:
            self.used["calls"] += 1
            response = ask(method, route, user_auth=as_user and not self.signed_in, **content)
        except RequestException as error:
            raise unreached(error, "X", changes=changes) from error
        except UnicodeError as error:
            raise ConnectorError(_STRANGE_KEY, remedy=REMEDIES[401], permanent=True) from error
        except (tweepy.TweepyException, ValueError, TypeError, AttributeError, KeyError) as error:
            # tweepy trips over some error bodies itself, so what counts is the response.
            if self._last is None:
                raise ConnectorError(f"tweepy could not ask X: {error}", unknown=changes) from error
            raise refusal(self._last, changes=changes) from error
        return _read(response, changes=changes)

    def _note(self, response: Response, *args: Any, **kwargs: Any) -> None:
        self._last = response


def _read(response: Response, *, changes: bool = False) -> Answer:
    body = json_of(response)
    if not isinstance(body, dict):
        raise ConnectorError("X's answer is not the JSON that it documents.", unknown=changes)
    left, reset_at = limits(response)
    return Answer(body, left, reset_at, _clock(response), response.headers.get("x-access-level", ""))


def user_of(answer: Answer) -> dict[str, str]:
    """The id and username that an answer is about. Raises ConnectorError, permanent where X knows no such user."""
    data = answer.body.get("data")
    user = data if isinstance(data, dict) else {}
    if isinstance(user.get("id"), str | int) and isinstance(user.get("username"), str):
        return {"id": str(user["id"]), "username": user["username"]}
    if said := complaint(answer.body.get("errors")):
        raise ConnectorError(said, remedy=REMEDIES[404], permanent=True)
    raise ConnectorError("X's answer holds no user.")


def _clock(response: Response) -> datetime | None:
    try:
        return parsedate_to_datetime(response.headers.get("date", ""))
    except (ValueError, TypeError, OverflowError):
        return None

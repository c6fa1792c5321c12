"""Mastodon's API by way of Mastodon.py, which asks; answers and errors are read here.

Its public methods read answers into types of their own, hide headers, and cannot ask for everything that is needed
here (`include_filtered`, without which private mentions by strangers stay hidden). So only the request underneath them
is used: it signs, encodes and sends through our session, which has limits and checks addresses, and hands the
response over as it came.
"""

import importlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

from connectors.channels.mastodon.errors import SIGN_IN, clock, json_of, limits, refusal
from connectors.clean import web_address
from connectors.http import USER_AGENT, RequestException, Response, session
from connectors.protocol import Account, ConnectorError, File
from connectors.unreached import Dropped, unreached

Json = dict[str, Any]
_NEXT = re.compile(r'<[^<>]*[?&]max_id=([^&<>]{1,100})[^<>]*>\s*;\s*rel="?next"?')


@dataclass(frozen=True, slots=True)
class Answer:
    """What the server said, how often it may be asked again and until when, what its clock said, and below which id
    it would go on."""

    body: Any
    calls_left: int | None = None
    reset_at: datetime | None = None
    at: datetime | None = None
    next_id: str = ""


class Client:
    """One account's access to its server; without a token only to what anybody may ask."""

    def __init__(self, account: Account, token: str = "") -> None:
        self.base = account.base_url.rstrip("/")
        self._session = session()
        self._session.hooks["response"].append(self._note)
        self._token = token
        self._last: Response | None = None
        self._asked: Answer | None = None

    def get(self, route: str, params: Mapping[str, Any] | None = None) -> Answer:
        """Ask for something. Raises ConnectorError."""
        before = self._asked
        if before and before.calls_left == 0 and before.reset_at and before.reset_at > datetime.now(UTC):
            raise ConnectorError("The server allows no more calls for now.", retry_at=before.reset_at)
        try:
            answer = self._call("GET", route, changes=False, params=dict(params or {}))
        except Dropped:
            # Some servers close connections that others keep open, without a word.
            answer = self._call("GET", route, changes=False, params=dict(params or {}))
        self._asked = answer
        return answer

    def list_of(self, route: str, params: Mapping[str, Any]) -> Answer:
        """Ask for a list. Raises ConnectorError."""
        answer = self.get(route, params)
        if not isinstance(answer.body, list):
            raise ConnectorError("The server's answer holds no list.", remedy="It will be asked again.")
        return answer

    def object_of(self, route: str, params: Mapping[str, Any] | None = None) -> Json:
        """Ask for one thing. Raises ConnectorError."""
        body = self.get(route, params).body
        if not isinstance(body, dict):
            raise ConnectorError("The server's answer is not what Mastodon documents.", remedy="Check the address.")
        return body

    def post(
        self, route: str, fields: Mapping[str, Any], *, headers: Mapping[str, str] | None = None, changes: bool = True
    ) -> Json:
        """Send a form. Raises ConnectorError; where it changes something, `unknown` unless the server certainly did
        not do it."""
        body = self._call("POST", route, changes=changes, params=dict(fields), headers=dict(headers or {})).body
        if not isinstance(body, dict):
            raise ConnectorError("The server's answer is not what Mastodon documents.", unknown=changes)
        return body

    def upload(self, file: File) -> Json:
        """Store a file that a post will show. Nobody sees it by that alone. Raises ConnectorError."""
        files = {"file": (file.name, file.content, file.content_type)}
        described = {"description": file.alt} if file.alt else {}
        body = self._call("POST", "/api/v2/media", changes=False, params=described, files=files).body
        if not isinstance(body, dict):
            raise ConnectorError("The server took a file and did not say what it is called.")
        return body

    def _call(
        self,
        method: str,
        route: str,
        *,
        changes: bool,
        params: Json,
        headers: dict[str, str] | None = None,
        files: Json | None = None,
    ) -> Answer:
        sdk = self._speaker()
        if method != "GET":
            # A connection that was used before may be closed already, and then nobody knows what arrived.
            self._session.close()
        self._last = None
        try:
            response: Response = sdk._Mastodon__api_request(
                method,
                route,
                params,
                files or {},
                headers or {},
                do_ratelimiting=False,
                return_response_object=True,
                skip_error_check=True,
            )
        except (_mastodon().MastodonError, ValueError, TypeError, AttributeError, LookupError, RecursionError) as error:
            raise self._failure(error, changes=changes) from error
        if not response.ok or response.is_redirect:
            raise refusal(response, changes=changes)
        calls_left, reset_at = limits(response)
        return Answer(json_of(response), calls_left, reset_at, clock(response), _next_id(response))

    def _failure(self, error: BaseException, *, changes: bool) -> ConnectorError:
        """What Mastodon.py tripped over: it wraps whatever kept a request from being answered."""
        cause = error.__context__
        if isinstance(cause, RequestException):
            return unreached(cause, "The server", changes=changes)
        if isinstance(cause, UnicodeError):
            message = "The access token holds characters that none has."
            return ConnectorError(message, remedy=SIGN_IN, permanent=True)
        if self._last is not None:
            return refusal(self._last, changes=changes)
        return ConnectorError(f"The server could not be asked ({type(error).__name__}).", unknown=changes)

    def _speaker(self) -> Any:
        """Mastodon.py's object for this account. Raises ConnectorError."""
        if web_address(self.base) is None:
            remedy = "Enter it in the channel's settings, like https://mastodon.example."
            raise ConnectorError("The server's address is missing, or is none.", remedy=remedy, permanent=True)
        made = _mastodon().Mastodon(
            api_base_url=self.base,
            session=self._session,
            # Our session knows how long to wait; given a number, it would be that one.
            request_timeout=None,
            ratelimit_method="throw",
            version_check_mode="none",
            user_agent=USER_AGENT,
        )
        # Not in the constructor, which would read a file if the token happened to be the name of one.
        made.access_token = self._token or None
        return made

    def _note(self, response: Response, *args: Any, **kwargs: Any) -> None:
        self._last = response


def _next_id(response: Response) -> str:
    found = _NEXT.search(response.headers.get("link", "")[:4000])
    return found[1] if found else ""


@cache
def _mastodon() -> Any:
    """Loaded when it is first needed: it takes 40 MB and the better part of a second."""
    return importlib.import_module("mastodon")

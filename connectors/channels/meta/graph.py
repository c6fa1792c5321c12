"""The Graph API by way of facebook-sdk, which knows its routes and sends; answers and errors are read here.

The SDK dates from 2018: it knows no current version, no time-outs, no `appsecret_proof`, and takes a 500 for a success.
It gets our session and a version by hand, and what counts is the response, never what it made of it. It writes the
token into the address, so no address is ever shown or logged.
"""

import hashlib
import hmac
import json
import logging
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from connectors.channels.meta.refusals import CONNECT_AGAIN, ENOUGH, Usage, clock, refusal, usage
from connectors.http import RebaseAdapter, RequestException, Response, session
from connectors.protocol import Account, ConnectorError
from connectors.unreached import unreached

with warnings.catch_warnings():
    # A regular expression of the SDK is no clean string literal.
    warnings.simplefilter("ignore")
    import facebook  # type: ignore[import-untyped]

VENDOR = "https://graph.facebook.com"
VERSION = "v26.0"
Json = dict[str, Any]
# At DEBUG it writes the addresses that are asked for.
logging.getLogger("urllib3.connectionpool").setLevel(logging.INFO)


@dataclass(frozen=True, slots=True)
class Answer:
    """What Meta said, what its clock said, and how much of its limits is used up."""

    body: Json
    at: datetime
    used: Usage

    @property
    def listed(self) -> list[Any]:
        """The elements of `data`, whatever they are. Raises ConnectorError where there should be some."""
        data = self.body.get("data")
        if not isinstance(data, list):
            raise ConnectorError("Meta's answer holds no list.", remedy="It will be asked again.")
        return data

    @property
    def onward(self) -> str:
        """The token of the next page; empty on the last one."""
        paging = self.body.get("paging")
        cursors = paging.get("cursors") if isinstance(paging, dict) else None
        after = cursors.get("after") if isinstance(cursors, dict) else None
        return after if isinstance(paging, dict) and paging.get("next") and isinstance(after, str) else ""


class Graph(facebook.GraphAPI):  # type: ignore[misc]
    """One channel's access to the Graph API."""

    def __init__(self, account: Account, *, token: str | None = None) -> None:
        self.address = account.base_url or VENDOR
        own = session()
        own.mount(VENDOR + "/", RebaseAdapter(self.address))
        own.hooks["response"].append(self._note)
        keys = account.credentials
        super().__init__(access_token=keys.get("access_token") if token is None else token, session=own)
        self.version = str(account.settings.get("version") or VERSION)
        self._app_secret = keys.get("app_secret") or ""
        self._last: Response | None = None
        self.used: Usage | None = None

    def ask(self, path: str, **params: Any) -> Answer:
        """Read something. Raises ConnectorError; also before Meta's limit is quite used up."""
        if self.used is not None and self.used.percent >= ENOUGH and self.used.free_at > datetime.now(UTC):
            message = f"{self.used.percent:.0f} % of what Meta allows is used up."
            raise ConnectorError(message, remedy="It goes on by itself.", retry_at=self.used.free_at)
        return self._call("GET", path, params)

    def exchange(self, **keys: str) -> Answer:
        """Get a token for a code or another token, with the app's keys in place of a token. Raises ConnectorError."""
        return self._call("GET", "oauth/access_token", keys, anonymous=True)

    def change(self, path: str, **params: Any) -> Answer:
        """Change something. Raises ConnectorError, `unknown` unless Meta certainly did not do it."""
        return self._call("POST", path, params)

    def remove(self, path: str, **params: Any) -> Answer:
        """Take something away. Raises ConnectorError."""
        return self._call("DELETE", path, params)

    def _call(self, method: str, path: str, params: Mapping[str, Any], *, anonymous: bool = False) -> Answer:
        if not self.access_token and not anonymous:
            raise ConnectorError("The channel has no access token.", remedy=CONNECT_AGAIN, permanent=True)
        changes = method != "GET"
        sent = {name: value if isinstance(value, str) else json.dumps(value) for name, value in params.items()}
        if self._app_secret and self.access_token and "|" not in self.access_token:
            sent["appsecret_proof"] = proof(self._app_secret, self.access_token)
        self._last = None
        options: Json = {"post_args": sent} if method == "POST" else {"args": sent}
        try:
            self.request(f"{self.version}/{path}", method=method, **options)
        except RequestException as error:
            # What requests raises for a body that is no JSON is one of these, too.
            if not (self._is_answered and isinstance(error, ValueError)):
                raise unreached(error, "Meta", changes=changes) from None
        except UnicodeError:
            message = "The token holds characters that no token has."
            raise ConnectorError(message, remedy=CONNECT_AGAIN, permanent=True) from None
        except (facebook.GraphAPIError, ValueError, TypeError, LookupError, AttributeError, RecursionError):
            # The SDK trips over some answers itself.
            if not self._is_answered:
                raise ConnectorError("facebook-sdk could not ask Meta.", unknown=changes) from None
        return self._answer(changes=changes)

    def _answer(self, *, changes: bool) -> Answer:
        response, now = self._last, datetime.now(UTC)
        if response is None:
            raise ConnectorError("Meta gave no answer.", unknown=changes)
        self.used = usage(response, now)
        try:
            body = response.json()
        except (ValueError, RecursionError):
            body = None
        if response.status_code >= 300 or (isinstance(body, dict) and body.get("error")):
            raise refusal(response, changes=changes, now=now)
        if not isinstance(body, dict):
            raise ConnectorError("Meta's answer is not the JSON that it documents.", unknown=changes)
        return Answer(body, clock(response), self.used)

    @property
    def _is_answered(self) -> bool:
        return self._last is not None

    def _note(self, response: Response, *args: Any, **kwargs: Any) -> None:
        self._last = response


def proof(app_secret: str, token: str) -> str:
    """What shows that a call comes from the app that the token was made for."""
    return hmac.new(app_secret.encode(), token.encode(), hashlib.sha256).hexdigest()

"""XRPC, the AT Protocol's way of calling, through our own door.

The atproto SDK checks whole answers against its lexicons: one profile with a name that is too long, and a page of a
hundred messages is lost. So answers are read here as the JSON that they are; the SDK writes (see replies.py), where
its strictness is a help.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from connectors.channels.bluesky.session import Session, address, entered, kept, opened, stored
from connectors.clean import clean_text
from connectors.http import RequestException, Response, session
from connectors.protocol import Account, ConnectorError
from connectors.unreached import unreached

CHAT = "did:web:api.bsky.chat#bsky_chat"

_LONGEST_WAIT = timedelta(hours=24)
_WINDOW = timedelta(minutes=5)
_ENTER_ANEW = (
    "Make a new app password on Bluesky (Settings, Privacy and security, App passwords) and enter it with the handle."
)
_REMEDIES: Mapping[int | str, str] = {
    "AuthFactorTokenRequired": "This is the account's own password. Make an app password on Bluesky and enter that.",
    "AccountTakedown": "Look at the account on bsky.app; Bluesky has taken it down.",
    "AccountDeactivated": "Make the account active again on bsky.app.",
    400: "Bluesky does not understand the request: check the handle and the search in the channel's settings.",
    401: _ENTER_ANEW,
    403: "Bluesky does not allow this to the account or to its app password.",
    404: "Check the address in the channel's settings.",
    413: "Send a smaller file.",
}
# The session is over, and a new one may be opened. Said before anything is done with a request.
_ENDED = {"ExpiredToken", "InvalidToken"}


class Refusal(ConnectorError):
    """Bluesky answered, and the answer is no. `code` is its name for the error."""

    def __init__(
        self, status: int, code: str, words: str, *, unknown: bool = False, retry_at: datetime | None = None
    ) -> None:
        super().__init__(
            f"{words} (HTTP {status})",
            remedy=_REMEDIES.get(code) or _REMEDIES.get(status, ""),
            permanent=400 <= status < 500 and status not in (408, 425, 429),
            retry_at=retry_at,
            unknown=unknown,
        )
        self.status, self.code, self.words = status, code, words

    @property
    def not_there(self) -> bool:
        """Whether it says that there is no such record, or no such account."""
        return self.code == "RecordNotFound" or (
            self.status == 400 and self.words.startswith(("Could not locate record", "Could not find repo"))
        )


@dataclass(frozen=True, slots=True)
class Answer:
    """What Bluesky said, how often it may be asked again and until when."""

    body: dict[str, Any]
    calls_left: int | None
    reset_at: datetime | None


class Client:
    """One account's access to its server, and through it to the network."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self._http = session()
        self._session = stored(account)
        self._is_fresh = False
        self._answered: dict[str, Answer] = {}

    @property
    def until(self) -> datetime:
        """When the session ends; long ago where there is none."""
        return self._session.until if self._session else datetime.min.replace(tzinfo=UTC)

    def signed_in(self) -> Session:
        """The session; one is opened if there is none. Raises ConnectorError."""
        if self._session is None:
            self._sign_in()
        assert self._session is not None  # noqa: S101 - for the type checker
        return self._session

    def renew(self) -> dict[str, str]:
        """Credentials with a fresh session, by the refresh token or else by the app password. Raises ConnectorError."""
        old = self._session
        try:
            if old is None or not old.refresh:
                raise Refusal(401, "", "There is no refresh token.")
            url = f"{address(self._account)}/xrpc/com.atproto.server.refreshSession"
            answer = self._ask("POST", url, {"Authorization": f"Bearer {old.refresh}"}, changes=False)
            self._session = opened(self._account, answer.body)
        except Refusal as error:
            if error.status not in (400, 401):
                raise
            self._sign_in()
        return kept(self._account, self.signed_in())

    def end(self) -> None:
        """Close the session. Raises ConnectorError."""
        if self._session is not None and self._session.refresh:
            url = f"{address(self._account)}/xrpc/com.atproto.server.deleteSession"
            self._ask("POST", url, {"Authorization": f"Bearer {self._session.refresh}"}, changes=False, is_json=False)

    def get(
        self, method: str, params: Mapping[str, Any] | None = None, *, proxy: str = "", renewing: bool = True
    ) -> Answer:
        """Ask for something; `renewing` a session that is over. Raises ConnectorError."""
        before = self._answered.get(method)
        if before and before.calls_left == 0 and before.reset_at and before.reset_at > datetime.now(UTC):
            raise ConnectorError("Bluesky allows no more calls for now.", retry_at=before.reset_at)
        answer = self._answered[method] = self._call("GET", method, proxy, renewing, params=dict(params or {}))
        return answer

    def post(self, method: str, body: Mapping[str, Any], *, proxy: str = "") -> Answer:
        """Change something. Raises ConnectorError, `unknown` unless Bluesky certainly did not do it."""
        return self._call("POST", method, proxy, json=dict(body))

    def upload(self, content: bytes, content_type: str) -> dict[str, Any]:
        """Store a file that a post will show; returns Bluesky's reference to it. Raises ConnectorError."""
        answer = self._call(
            "POST", "com.atproto.repo.uploadBlob", "", data=content, headers={"Content-Type": content_type}
        )
        blob = answer.body.get("blob")
        if not isinstance(blob, dict):
            raise ConnectorError("Bluesky took a file and did not say what it is called.")
        return blob

    def _sign_in(self) -> None:
        """Open a session with the app password. Bluesky allows it 300 times a day."""
        handle, password = entered(self._account)
        if not handle or not password:
            raise ConnectorError("The channel's handle or app password is missing.", remedy=_ENTER_ANEW, permanent=True)
        # Handles change hands; what an account is called for ever is its DID.
        identifier = self._session.did if self._session and self._session.did else handle
        url = f"{address(self._account)}/xrpc/com.atproto.server.createSession"
        body = {"identifier": identifier, "password": password}
        self._session = opened(self._account, self._ask("POST", url, {}, changes=False, json=body).body)
        self._is_fresh = True

    def _call(self, verb: str, method: str, proxy: str, renewing: bool = True, **content: Any) -> Answer:
        try:
            return self._signed(verb, method, proxy, content)
        except Refusal as error:
            if self._is_fresh or not renewing or not (error.code in _ENDED or error.status == 401):
                raise
        # The server has ended the session before its time. Nothing was done, so the same may be sent again.
        self._sign_in()
        return self._signed(verb, method, proxy, content)

    def _signed(self, verb: str, method: str, proxy: str, content: Mapping[str, Any]) -> Answer:
        current = self.signed_in()
        headers = {**content.get("headers", {}), "Authorization": f"Bearer {current.access}"}
        if proxy:
            headers["atproto-proxy"] = proxy
        rest = {name: value for name, value in content.items() if name != "headers"}
        return self._ask(verb, f"{current.service}/xrpc/{method}", headers, changes=verb != "GET", **rest)

    def _ask(
        self, verb: str, url: str, headers: Mapping[str, str], *, changes: bool, is_json: bool = True, **content: Any
    ) -> Answer:
        try:
            response = self._http.request(verb, url, headers=headers, **content)
        except RequestException as error:
            raise unreached(error, "Bluesky", changes=changes) from error
        except UnicodeError as error:
            raise ConnectorError(
                "The app password holds characters that none has.", remedy=_ENTER_ANEW, permanent=True
            ) from error
        if not 200 <= response.status_code < 300:
            raise refusal(response, changes=changes)
        body = _json(response) if is_json else {}
        if not isinstance(body, dict):
            raise ConnectorError("Bluesky's answer is not the JSON that it documents.", unknown=changes)
        return Answer(body, *limits(response))


def listed(answer: Answer, name: str) -> Sequence[Any]:
    """The list `name` of an answer. Raises ConnectorError where there is none."""
    found = answer.body.get(name)
    if not isinstance(found, list):
        raise ConnectorError(f"Bluesky's answer holds no {name}.", remedy="It will be asked again.")
    return found


def limits(response: Response) -> tuple[int | None, datetime | None]:
    """How many calls are left, and when there will be more; None for what the headers don't say."""
    left = response.headers.get("ratelimit-remaining", "")
    reset = response.headers.get("ratelimit-reset", "")
    now = datetime.now(UTC)
    calls = min(int(left), 2**31 - 1) if left.isascii() and left.isdecimal() and len(left) < 19 else None
    if not reset.isascii() or not reset.isdecimal() or len(reset) > 11:
        return calls, None
    return calls, min(datetime.fromtimestamp(int(reset), UTC), now + _LONGEST_WAIT)


def refusal(response: Response, *, changes: bool) -> Refusal:
    """The error for a response that is no success. Server errors leave open whether a change was made."""
    status = response.status_code
    body = _json(response)
    told = body if isinstance(body, dict) else {}
    code, said = (one if isinstance(one, str) else "" for one in (told.get("error"), told.get("message")))
    words = clean_text(said or code)[:500] or str(response.reason or "No reason given")
    retry_at = None
    if status == 429:
        after = response.headers.get("retry-after", "")
        now = datetime.now(UTC)
        is_number = after.isascii() and after.isdecimal() and len(after) < 7
        wait = min(timedelta(seconds=int(after)), _LONGEST_WAIT) if is_number else _WINDOW
        # A reset that has passed is no reason to ask again at once.
        retry_at = max(limits(response)[1] or now + wait, now + timedelta(seconds=5))
    unknown = changes and (status >= 500 or status == 408)
    return Refusal(status, code[:100], words, unknown=unknown, retry_at=retry_at)


def _json(response: Response) -> object:
    try:
        return response.json()
    except (ValueError, RecursionError):
        return None

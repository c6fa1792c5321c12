"""Replies on their way to the other system: signed, and under a key by which it knows one that comes again."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from connectors import http, signatures
from connectors.clean import clean_text, web_address
from connectors.fields import identifier
from connectors.protocol import ConnectorError, Outgoing, Sent

WRONG_ADDRESS = "Check the address for replies in the channel's settings."
_MAX_ANSWER = 256 * 1024
_WORDS = 300  # of what the other system says about an error
_AGAIN = (408, 425)


class Outlet:
    """The address that takes replies."""

    def __init__(self, url: str, secret: str) -> None:
        self._url, self._secret = url, secret

    def test(self) -> None:
        """Have it say that it understands us. Raises ConnectorError."""
        self._post({"type": "test"}, "test")

    def send(self, outgoing: Outgoing) -> Sent:
        """Post a reply. Raises ConnectorError."""
        original = outgoing.original
        told = self._post(
            {
                "type": "reply",
                "client_key": outgoing.client_key,
                "text": outgoing.text,
                "in_reply_to": original.external_id,
                "thread_id": original.thread_id,
                "kind": original.kind,
                "author": {"external_id": original.author_external_id, "handle": original.author_handle},
                "queued_at": outgoing.queued_at.isoformat(),
            },
            outgoing.client_key,
        )
        return Sent(
            external_id=identifier(told.get("external_id")) or outgoing.client_key,
            url=web_address(told.get("url")) or "",
        )

    def _post(self, message: Mapping[str, Any], key: str) -> Mapping[str, Any]:
        """Sends one signed message; returns what is answered, if that is a JSON object. Raises ConnectorError."""
        if web_address(self._url) is None:
            raise ConnectorError(f"“{self._url[:80]}” is no address.", remedy=WRONG_ADDRESS, permanent=True)
        body = json.dumps(message).encode()
        headers = {
            "Content-Type": "application/json",
            "Idempotency-Key": key,
            signatures.HEADER: signatures.make(self._secret, body, datetime.now(UTC)),
        }
        try:
            with http.session(max_bytes=_MAX_ANSWER) as session:
                response = session.post(self._url, data=body, headers=headers, allow_redirects=False)
        except http.AddressRefused as error:
            raise ConnectorError(str(error), remedy=WRONG_ADDRESS, permanent=True) from error
        except http.RequestException as error:
            words = f"{urlsplit(self._url).hostname} could not be reached ({type(error).__name__})."
            unknown = not http.never_sent(error)
            raise ConnectorError(words, remedy="It will be tried again.", unknown=unknown) from error
        if not 200 <= response.status_code < 300:
            raise _refusal(response)
        try:
            told = response.json()
        except (ValueError, RecursionError):
            return {}
        return told if isinstance(told, dict) else {}


def _words(text: str) -> str:
    return " ".join(clean_text(text).split())[:_WORDS]


def _refusal(response: http.Response) -> ConnectorError:
    """What an answer other than 2xx means for a reply."""
    status = response.status_code
    words = f"The address for replies answered {status}. {_words(response.text)}".strip()
    if status == 429:
        wait = response.headers.get("Retry-After", "")
        seconds = min(int(wait), 86_400) if wait.isascii() and wait.isdecimal() and len(wait) < 7 else 60
        return ConnectorError(words, remedy="It will be tried again.", retry_at=_in(seconds))
    if status in _AGAIN or status >= 500:
        return ConnectorError(words, remedy="It will be tried again.", unknown=True)
    if status in (401, 403):
        remedy = "Check that the other system knows the channel's signing secret."
    elif status < 400:
        remedy = "Give the address that it leads to; redirects are not followed."
    else:
        remedy = WRONG_ADDRESS
    return ConnectorError(words, remedy=remedy, permanent=True)


def _in(seconds: int) -> datetime:
    return datetime.now(UTC) + timedelta(seconds=seconds)

"""Gets a feed's bytes: conditional requests, addresses that have moved, web pages that name a feed."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import parse_qs, urljoin, urlsplit

from connectors import isolation, outbound
from connectors.clean import web_address
from connectors.http import AddressRefused, RequestException, Response, Timeout, TooLarge, TooManyRedirects, session
from connectors.protocol import ConnectorError

MAX_BYTES = 5 * 1024 * 1024
_ACCEPT = "application/atom+xml, application/rss+xml, application/xml;q=0.9, text/xml;q=0.8, */*;q=0.1"
_MOVED = (301, 308)
_LONGEST_WAIT = timedelta(hours=24)
_WAIT = timedelta(minutes=15)
_CHECK = "Check the feed's address in the channel's settings."
_MAX_AGE = re.compile(r"(?:^|[,\s])max-age\s*=\s*\"?(\d{1,9})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the last reading left: where the feed was found, and how to ask whether it has changed."""

    address: str = ""
    etag: str = ""
    modified: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Got:
    """What came: nothing new (`document` is None), or a document; and how long the server wants it to be kept."""

    known: Known
    document: Mapping[str, Any] | None = field(default=None, repr=False)
    max_age: int = 0


def feed_address(entered: str, base_url: str = "") -> str:
    """The address to ask: as entered, with what people leave out, and for YouTube that of the channel's feed. Raises
    ConnectorError."""
    address = urljoin(base_url, entered.strip()) if base_url else entered.strip()
    if address.lower().startswith("feed:"):
        address = address[5:].removeprefix("//")
    if "://" not in address[:10]:
        address = f"https://{address.lstrip('/')}"
    if web_address(address) is None:
        raise ConnectorError(f"“{entered[:100]}” is no address.", remedy=_CHECK, permanent=True)
    return _on_youtube(address) or address


def get(address: str, known: Known) -> Got:
    """The feed at `address`, or where it was found since; asked whether it has changed. Raises ConnectorError."""
    found = known.address or address
    try:
        return _get(found, known)
    except ConnectorError as error:
        if found == address or error.retry_at:
            raise
    # Where it had moved to it is no more, or that server is gone; what people entered counts.
    return _get(address, Known())


def _get(address: str, known: Known, *, follow: bool = True) -> Got:
    response = _ask(address, known)
    if response.status_code == 304:
        return Got(known=known, max_age=_max_age(response))
    moved = _moved_to(response, address)
    try:
        document = isolation.call(
            "connectors.channels.feed.document:read",
            response.content,
            content_type=response.headers.get("content-type", "")[:200],
            address=response.url,
        )
    except isolation.Unreadable as error:
        remedy = "Tell whoever publishes it, or remove the channel."
        raise ConnectorError(f"The feed cannot be read: {error}.", remedy=remedy, permanent=True) from error
    if "entries" not in document:
        named = _named(document, response.url)
        if not named or not follow:
            remedy = "Enter the address of the feed itself. Sites often link it as RSS or Atom."
            raise ConnectorError("There is no feed at this address.", remedy=remedy, permanent=True)
        return _get(named, Known(), follow=False)
    etag, modified = (_header(response, name) for name in ("etag", "last-modified"))
    return Got(known=Known(address=moved, etag=etag, modified=modified), document=document, max_age=_max_age(response))


def _ask(address: str, known: Known) -> Response:
    headers = {"Accept": _ACCEPT, "If-None-Match": known.etag, "If-Modified-Since": known.modified}
    try:
        response = session(redirects=3, max_bytes=MAX_BYTES).get(
            address, headers={name: value for name, value in headers.items() if value}
        )
    except RequestException as error:
        raise _unreached(error) from error
    except UnicodeError as error:
        raise ConnectorError("The feed's address cannot be asked.", remedy=_CHECK, permanent=True) from error
    if response.status_code != 304 and not 200 <= response.status_code < 300:
        raise _refusal(response)
    return response


def _moved_to(response: Response, address: str) -> str:
    """Where a feed has moved to for good: as far as every redirect on the way says so."""
    for hop in response.history:
        if hop.status_code not in _MOVED:
            return address
        address = urljoin(hop.url, hop.headers.get("location", ""))
    return address if web_address(address) else response.url


def _named(document: Mapping[str, Any], address: str) -> str:
    """The first feed that a web page names; empty where it names none."""
    return next((one for one in document.get("links", ()) if web_address(one) and one != address), "")


def _refusal(response: Response) -> ConnectorError:
    status = response.status_code
    said = f"The feed's server answers: {response.reason or 'no reason given'} (HTTP {status})"[:300]
    if status == 410:
        return ConnectorError("This feed is gone (HTTP 410).", remedy="Remove the channel.", permanent=True)
    after = _retry_after(response)
    if status == 429 or (status == 503 and after):
        now = datetime.now(UTC)
        return ConnectorError(said, retry_at=now + max(timedelta(seconds=60), after or _WAIT))
    if status in (401, 403, 407):
        remedy = "The feed must be open to everybody. Some have an address with a key in it for that."
        return ConnectorError(said, remedy=remedy, permanent=True)
    permanent = 400 <= status < 500 and status not in (408, 425)
    return ConnectorError(said, remedy=_CHECK if permanent else "It is tried again by itself.", permanent=permanent)


def _unreached(error: RequestException) -> ConnectorError:
    if isinstance(error, AddressRefused):
        return ConnectorError(error.words, remedy=outbound.REMEDY, permanent=True)
    if isinstance(error, TooManyRedirects):
        return ConnectorError("The feed's address leads on and on.", remedy=_CHECK, permanent=True)
    if isinstance(error, TooLarge):
        message = f"The feed is larger than {MAX_BYTES // 1024 // 1024} MiB."
        return ConnectorError(message, remedy="Ask its publisher for a shorter one.", permanent=True)
    if isinstance(error, ValueError):
        return ConnectorError("The feed's address cannot be asked.", remedy=_CHECK, permanent=True)
    again = "It is tried again by itself."
    if isinstance(error, Timeout):
        return ConnectorError("The feed's server did not answer in time.", remedy=again)
    return ConnectorError(f"The feed's server cannot be reached ({type(error).__name__}).", remedy=again)


def _retry_after(response: Response) -> timedelta | None:
    """Seconds or a date, a day at most."""
    told = response.headers.get("retry-after", "")
    if told.isascii() and told.isdecimal() and len(told) < 10:
        return min(timedelta(seconds=int(told)), _LONGEST_WAIT)
    try:
        at = parsedate_to_datetime(told)
    except (ValueError, TypeError, OverflowError):
        return None
    return min(at - datetime.now(UTC), _LONGEST_WAIT) if at.tzinfo else None


def _max_age(response: Response) -> int:
    """Seconds for which the server wants its answer to be kept."""
    found = _MAX_AGE.search(response.headers.get("cache-control", "").lower())
    return int(found[1]) if found else 0


def _header(response: Response, name: str) -> str:
    """A header to be sent back as it came."""
    value = response.headers.get(name, "")
    return value if len(value) <= 500 and value.isprintable() else ""


def _on_youtube(address: str) -> str:
    """The feed of a YouTube channel or playlist, where its page's address tells it. Of the other ones (/@name) the
    page names it."""
    parts = urlsplit(address)
    if (parts.hostname or "").removeprefix("www.").removeprefix("m.") != "youtube.com":
        return ""
    feed = "https://www.youtube.com/feeds/videos.xml"
    if found := re.match(r"/channel/(UC[\w-]{10,40})", parts.path):
        return f"{feed}?channel_id={found[1]}"
    if found := re.match(r"/user/([\w.-]{1,60})", parts.path):
        return f"{feed}?user={found[1]}"
    if parts.path == "/playlist" and (listed := parse_qs(parts.query).get("list")):
        return f"{feed}?playlist_id={listed[0]}"
    return ""

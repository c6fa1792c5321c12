"""The one door for outgoing HTTP: checked addresses, time-outs, size limits, few redirects, no proxies from outside.

A linter rule bans `requests`' own functions, urllib and http.client elsewhere.
"""

import socket
import ssl
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import requests
from requests import ConnectTimeout, RequestException, Response, Timeout, TooManyRedirects
from requests.adapters import HTTPAdapter
from requests.exceptions import InvalidURL
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, PoolManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, MaxRetryError, NameResolutionError, NewConnectionError

from connectors import outbound

__all__ = [
    "AddressRefused",
    "ConnectTimeout",
    "GuardedAdapter",
    "RebaseAdapter",
    "RequestException",
    "Response",
    "Session",
    "Timeout",
    "TooLarge",
    "TooManyRedirects",
    "TooSlow",
    "never_sent",
    "session",
]

READ_SECONDS = 15.0
TOTAL_SECONDS = 30.0
MAX_BODY = 8 * 1024 * 1024
MAX_REDIRECTS = 3
USER_AGENT = "SocialCRM"


class AddressRefused(requests.exceptions.ConnectionError):
    """The address is not public, and OUTBOUND_ALLOW doesn't list it. Nothing was sent.

    `words` say where it leads, for who tells the remedy beside it.
    """

    def __init__(self, words: str, **particulars: Any) -> None:
        super().__init__(f"{words} {outbound.REMEDY}", **particulars)
        self.words = words


class TooSlow(requests.exceptions.ReadTimeout):
    """The answer was not complete in time."""


class TooLarge(RequestException):
    """The answer is larger than the caller takes."""


class _Guarded(HTTPConnection):
    def _new_conn(self) -> socket.socket:
        seconds = self.timeout if isinstance(self.timeout, int | float) else outbound.CONNECT_SECONDS
        try:
            return outbound.connect(self._dns_host, self.port, timeout=seconds, options=self.socket_options or ())
        except socket.gaierror as error:
            raise NameResolutionError(self.host, self, error) from error
        except TimeoutError as error:
            raise ConnectTimeoutError(self, f"{self.host} did not answer in {seconds:g} seconds") from error
        except OSError as error:
            raise NewConnectionError(self, f"no connection to {self.host}: {error}") from error

    def connect(self) -> None:
        super().connect()
        outbound.watch(self.sock)

    def request(self, *args: Any, **kwargs: Any) -> None:
        # A connection that is used again was watched by the deadline of an earlier call.
        outbound.watch(self.sock)
        super().request(*args, **kwargs)


class _GuardedTLS(_Guarded, HTTPSConnection):
    pass


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Guarded


class _PoolTLS(HTTPSConnectionPool):
    ConnectionCls = _GuardedTLS


class GuardedAdapter(HTTPAdapter):
    """Sends requests over guarded connections and reads the whole answer, as far as it is small and quick enough."""

    def __init__(self, *, max_bytes: int = MAX_BODY, total: float = TOTAL_SECONDS, read: float = READ_SECONDS) -> None:
        self.max_bytes, self.total, self.read = max_bytes, total, read
        super().__init__(max_retries=0)

    def init_poolmanager(self, connections: int, maxsize: int, block: bool = False, **options: Any) -> None:
        """As the base class; with pools whose connections are guarded."""
        self.poolmanager = PoolManager(num_pools=connections, maxsize=maxsize, block=block, **options)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _PoolTLS}

    def send(
        self,
        request: requests.PreparedRequest,
        stream: bool = False,
        timeout: Any = None,
        verify: Any = True,
        cert: Any = None,
        proxies: Mapping[str, str] | None = None,
    ) -> Response:
        """As the base class; `stream` and `proxies` have no effect. Raises RequestException, as documented
        there, and its subclasses above."""
        timeout = timeout or (min(outbound.CONNECT_SECONDS, self.total), min(self.read, self.total))
        with outbound.deadline(self.total) as deadline:
            try:
                response = super().send(request, stream=True, timeout=timeout, verify=verify, cert=cert)
                self._read(response)
            except outbound.Refused as error:
                raise AddressRefused(str(error), request=request) from error
            except ConnectTimeout:
                raise
            except RequestException as error:
                if deadline.expired:
                    raise self._too_slow(request) from error
                raise
            # An answer that was cut between two headers, or that has no length, looks complete.
            if deadline.expired:
                raise self._too_slow(request)
        return response

    def _too_slow(self, request: requests.PreparedRequest) -> TooSlow:
        return TooSlow(f"the answer took longer than {self.total:g} seconds", request=request)

    def _read(self, response: Response) -> None:
        """Reads the body; counts its bytes as they are after decompression. Raises TooLarge."""
        body = bytearray()
        try:
            for chunk in response.iter_content(64 * 1024):
                body += chunk
                if len(body) > self.max_bytes:
                    raise TooLarge(f"the answer is larger than {self.max_bytes} bytes", request=response.request)
        except BaseException:
            response.close()
            raise
        response._content = bytes(body)


class RebaseAdapter(GuardedAdapter):
    """For SDKs that know their vendor's host only: sends what is meant for it to `base`.

    OAuth 1.0a signatures are computed before, over the vendor's address.
    """

    def __init__(self, base: str, **limits: Any) -> None:
        self.base = base
        super().__init__(**limits)

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> Response:
        """As GuardedAdapter, at the other address."""
        url = urlsplit(request.url or "")
        try:
            base = urlsplit(self.base)
        except ValueError as error:
            raise InvalidURL(f"{self.base} is no address: {error}", request=request) from error
        path = base.path.rstrip("/") + url.path
        request.url = urlunsplit((base.scheme, base.netloc, path, url.query, url.fragment))
        return super().send(request, *args, **kwargs)


class Session(requests.Session):
    """A session that goes through the door; made by `session()`."""

    total = TOTAL_SECONDS

    def request(self, *args: Any, **kwargs: Any) -> Response:
        """As the base class; the time is that of the whole chain of redirects."""
        with outbound.deadline(self.total):
            return super().request(*args, **kwargs)

    def get_redirect_target(self, resp: Response) -> str | None:
        """As the base class, which trips over what is no address. Raises InvalidURL."""
        try:
            target: str | None = super().get_redirect_target(resp)
            urlsplit(target or "")
        except ValueError as error:
            raise InvalidURL(f"it redirects to what is no address: {error}", request=resp.request) from error
        return target


def session(*, redirects: int = 0, max_bytes: int = MAX_BODY, total: float = TOTAL_SECONDS) -> Session:
    """A session for calls to other people's servers.

    `redirects` (3 at most) is 0 for APIs: one that redirects is not at the address that we were given, and following
    would send it the credentials. Calls raise RequestException.
    """
    made = Session()
    made.trust_env = False
    made.total = total
    made.max_redirects = min(redirects, MAX_REDIRECTS)
    made.headers["User-Agent"] = USER_AGENT
    # What requests would also offer, brotli and zstd, inflates further than gzip can.
    made.headers["Accept-Encoding"] = "gzip, deflate"
    made.adapters.clear()
    for scheme in ("http://", "https://"):
        made.mount(scheme, GuardedAdapter(max_bytes=max_bytes, total=total))
    return made


def never_sent(error: RequestException) -> bool:
    """Whether the connection was not even made, so that the request certainly did not arrive."""
    if isinstance(error, ConnectTimeout):
        return True
    cause = error.args[0] if error.args else None
    reason = cause.reason if isinstance(cause, MaxRetryError) else None
    distrusted = bool(reason is not None and reason.args and isinstance(reason.args[0], ssl.SSLCertVerificationError))
    return isinstance(reason, NewConnectionError) or distrusted

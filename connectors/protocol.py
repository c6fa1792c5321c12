"""What a connector is: the code that speaks one network's API, and nothing else. Free of Django.

Of a `Connector` five methods must be written; whatever else a network can do (webhooks, signing in, renewing tokens,
back-fill, looking again, files) is a method with a default that says that it can't.
"""

from abc import ABC, abstractmethod
from base64 import urlsafe_b64encode
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, ClassVar, Literal

from connectors.incoming import PUBLIC, Incoming
from connectors.parse import decode


class ConnectorError(Exception):
    """Anything that went wrong with a network, told so that it can be shown to the people who must act.

    `message` is in the network's own words, `remedy` says what to do. `permanent`: no retry will help until somebody
    acts (revoked token, missing scope). `retry_at`: not before then (rate limits). `unknown`: a reply may or may not
    have arrived, so it must not be sent again blindly.
    """

    def __init__(
        self,
        message: str,
        *,
        remedy: str = "",
        permanent: bool = False,
        retry_at: datetime | None = None,
        unknown: bool = False,
    ) -> None:
        super().__init__(message)
        self.message, self.remedy = message, remedy
        self.permanent, self.retry_at, self.unknown = permanent, retry_at, unknown


class Forged(Exception):
    """A request to a webhook that the network certainly did not make, or that nobody can tell. Says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One input of the form that connects a channel. Secret ones are sealed and never shown again.

    All values are texts; a `flag` is "1" or empty. `generated`: we make it (32 random bytes) where none is given.
    `copied`: shown once after saving, because it has to be written into the network's site or the other system.
    `leads`: it says where the secrets are sent, so another value asks for them again.
    """

    name: str
    label: str
    help: str = ""
    secret: bool = False
    required: bool = True
    kind: Literal["text", "choice", "number", "flag", "lines"] = "text"
    choices: Sequence[tuple[str, str]] = ()
    default: str = ""
    placeholder: str = ""
    generated: bool = False
    copied: bool = False
    leads: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Guide:
    """How an account is connected, for somebody who does it for the first time.

    `steps`: where to click on the network's site, in order; `{callback}` and `{webhook}` stand for our addresses.
    `permissions`: what the network has to allow us, each with what it is for. `cost`: what the network charges.
    `site`: where its applications are made. `page`: the file in docs/. `method`: what is asked for, in a word or two.
    """

    steps: Sequence[str] = ()
    permissions: Sequence[tuple[str, str]] = ()
    cost: str = ""
    site: str = ""
    page: str = ""
    method: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Meter:
    """Something that a network counts or charges for: `price` in US dollars each, `cap` the setting with the most a
    month. Connectors add what they use to `Connector.used` under `name`."""

    name: str
    label: str
    price: float = 0.0
    cap: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What a connector needs to know of its channel. `number` is the channel's own and stays the same; none before it
    is stored. `used_this_month` is by the names of meters."""

    network: str
    name: str
    base_url: str
    handle: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)
    credentials: Mapping[str, str] = field(default_factory=dict, repr=False)
    used_this_month: Mapping[str, int] = field(default_factory=dict, repr=False)
    number: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Malformed:
    """An item of a page that the connector could not read: the payload as it came, and why."""

    payload: Any
    reason: str
    position: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """A time of which a network no longer serves everything, so that nobody believes that it was quiet."""

    since: datetime | None
    until: datetime | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """What a webhook's delivery held: messages, and items that are none."""

    items: Sequence[Incoming] = ()
    malformed: Sequence[Malformed] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What one call brought, and the cursor from which the next pull goes on once this page is committed."""

    items: Sequence[Incoming]
    cursor: dict[str, Any]
    malformed: Sequence[Malformed] = ()
    calls_left: int | None = None
    calls_reset_at: datetime | None = None
    gaps: Sequence[Gap] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Original:
    """The message that a reply answers, as far as a connector needs it.

    `is_ours`: it is the part of our own reply that goes before this one; `raw` is what `Sent.raw` kept of it, and its
    author is still the person whom all parts answer.
    """

    external_id: str
    thread_id: str
    kind: str
    author_external_id: str
    author_handle: str
    posted_at: datetime
    raw: Mapping[str, Any]
    is_ours: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A file that goes out with a reply."""

    name: str
    content_type: str
    content: bytes = field(repr=False)
    alt: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A reply on its way. `client_key` is the same at every try, `queued_at` is when somebody pressed Send.

    `audience` is one of the values of `Capability.audiences`, empty for the first of them.
    """

    text: str
    original: Original
    client_key: str
    queued_at: datetime
    audience: str = ""
    files: tuple[File, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A reply as the network knows it. `raw`: what has to be known of it to answer it ourselves."""

    external_id: str
    url: str = ""
    raw: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Enclosable:
    """What files a reply may carry: how many, of how many bytes each, of which content types (`image/`: all images).

    `alt`: how many characters a picture's description may have; 0 where the network takes none.
    """

    count: int
    size: int
    types: Sequence[str]
    alt: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Capability:
    """Whether a message can be answered, how and until when; `reason` says why not.

    `audiences`: (value, words) of who may read the reply, the usual choice first; empty where there is no choice.
    `notice`: what the writer should know, such as who else reads it or that a window has closed partly.
    `splits`: whether a text over the limit may go out as several posts: in a `chain`, where each answers the one before
    it, or in a `row`, where each answers the original.
    """

    can_reply: bool
    reason: str = ""
    public: bool = True
    text_limit: int | None = None
    until: datetime | None = None
    audiences: Sequence[tuple[str, str]] = ()
    files: Enclosable | None = None
    notice: str = ""
    splits: Literal["", "chain", "row"] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of the test of a connection: words for what works when `run` raises no ConnectorError."""

    label: str
    run: Callable[[], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hook:
    """A request that reached a channel's webhook address, as it came. Names of headers are in lower case."""

    method: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    received_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a network wants to hear when it checks that a webhook's address is ours."""

    body: str
    content_type: str = "text/plain"


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """One signing in at a network (OAuth 2, RFC 6749): where it comes back to, and what ties the answer to the asking.

    `verifier` is PKCE's (RFC 7636).
    """

    callback: str
    state: str
    verifier: str = field(repr=False)

    @property
    def challenge(self) -> str:
        """PKCE's S256 challenge."""
        return urlsafe_b64encode(sha256(self.verifier.encode()).digest()).rstrip(b"=").decode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Media:
    """A picture or file that a connector fetched from its network."""

    content: bytes = field(repr=False)
    content_type: str = "application/octet-stream"
    name: str = ""


class Connector(ABC):
    """One network. Subclasses live one to a file in connectors/channels/ and are listed in connectors/registry.py."""

    network: ClassVar[str]
    label: ClassVar[str]
    default_base_url: ClassVar[str] = ""
    # How the form calls the address of the server where every account has one of its own; it must be given then.
    server_label: ClassVar[str] = ""
    fields: ClassVar[Sequence[Field]] = ()
    # None: nobody connects it by hand; it is in no gallery.
    guide: ClassVar[Guide | None] = None
    # Seconds between two pulls when nothing is wrong; settings may say otherwise. 0: there is nothing to pull.
    interval: int = 60
    # Whether `Author.email` is proof enough to see one person behind two identities.
    vouches_for_email: ClassVar[bool] = False
    # How an interrupted reply is found again: the network takes a key with it, it can be read back, or neither.
    delivery: ClassVar[Literal["key", "read-back", "neither"]] = "neither"
    # Whether the network can call us; then `authenticate` and `read` are written, too.
    takes_webhooks: ClassVar[bool] = False
    # Whether accounts are connected by signing in at the network; then `authorization` and `redeem` are written, too.
    signs_in: ClassVar[bool] = False
    # Where people sign in, if that is called otherwise than the network; and whether most of them do.
    signs_in_at: ClassVar[str] = ""
    signs_in_mostly: ClassVar[bool] = True
    # The least that is asked for when signing in.
    scopes: ClassVar[Sequence[str]] = ()
    # Whether `history` is written.
    reaches_back: ClassVar[bool] = False
    # At which ages messages are looked at again for edits and deletions that the network does not tell of.
    looks_again_after: ClassVar[Sequence[timedelta]] = ()
    # What `text_length` counts, for the counter beside a reply: characters, graphemes, bytes, or characters with every
    # link as 23 ("links") and with East Asian ones as 2 besides ("weighted").
    counts: ClassVar[Literal["characters", "graphemes", "bytes", "links", "weighted"]] = "characters"
    # Whether an account may answer what another account of ours received; see `may_stand_in`.
    stands_in: ClassVar[bool] = False
    # What the network counts or charges for.
    meters: ClassVar[Sequence[Meter]] = ()

    def __init__(self, account: Account) -> None:
        self.account = account
        # What was used since it was last asked, by the meters' names. The caller writes it down and empties it.
        self.used: Counter[str] = Counter()

    @property
    def home(self) -> str:
        """The network of messages and people that name none: within it two with the same id are one and the same."""
        return self.network

    @abstractmethod
    def verify(self) -> str:
        """Make a round trip; return the handle that replies will be sent as. Raises ConnectorError."""

    @abstractmethod
    def fetch(self, cursor: Mapping[str, Any]) -> Iterator[Page]:
        """Yield pages until nothing more is there, each with a cursor to restart from. Raises ConnectorError."""

    @abstractmethod
    def reply(self, outgoing: Outgoing) -> Sent:
        """Send a reply. Raises ConnectorError, `unknown` unless the network certainly did not take it."""

    @abstractmethod
    def find(self, outgoing: Outgoing) -> Sent | None:
        """Look for a reply whose sending was interrupted: by an id that the send carried, never by resemblance alone.

        None: it certainly did not arrive. Raises ConnectorError with `unknown` where the network cannot tell.
        """

    @abstractmethod
    def capability(self, original: Original) -> Capability:
        """Whether and how `original` can be answered. Works without a call to the network."""

    def may_stand_in(self, original: Original) -> bool:
        """Whether this account may answer what another account of ours received, where `capability` allows it: what is
        said in public, on a network that calls a message and its thread the same for everybody."""
        return self.stands_in and original.kind in PUBLIC

    def text_length(self, text: str) -> int:
        """How much of `Capability.text_limit` a reply takes up, as the network counts."""
        return len(text)

    def steps(self) -> Sequence[Step]:
        """What the Test button tries, in this order; one that fails doesn't keep the later ones from being tried."""
        return (Step(label="Signed in", run=self.verify),)

    # Webhooks

    def challenge(self, hook: Hook) -> Answer:
        """The answer to a GET by which the network checks that the address is ours. Raises Forged."""
        raise Forged(f"{self.label} does not check addresses.")

    def authenticate(self, hook: Hook) -> None:
        """Verify the raw body, in constant time, before anybody parses it. Without a secret all are refused.

        Raises Forged.
        """
        raise Forged(f"{self.label} takes no webhooks.")

    def unpack(self, body: bytes) -> Any:
        """The JSON in which a delivery is kept until it is read: the body's own, by default. Raises Rejected."""
        return decode(body, name="body")

    def read(self, payload: Any, received_at: datetime) -> Contents:
        """What a delivery holds; `payload` is what `unpack` made of it. Raises Rejected when nothing of it can be read,
        ConnectorError when the network has to be asked for more and can't be reached."""
        raise NotImplementedError

    def subscribe(self, address: str) -> Mapping[str, str]:
        """Ask the network to send its webhooks to `address`; returns settings to keep (ids). Doing it twice is fine.

        Raises ConnectorError. Nothing to do where people write the address into the network's site.
        """
        return {}

    # Signing in, tokens

    def register(self, callback: str) -> Mapping[str, str]:
        """Credentials of an application of our own, where the network lets anybody make one. Raises ConnectorError."""
        return {}

    def authorization(self, grant: Grant) -> str:
        """The page of the network that asks whether we may. Raises ConnectorError (a field is missing)."""
        raise NotImplementedError

    def redeem(self, code: str, grant: Grant) -> Mapping[str, str]:
        """The credentials that the network gives for `code`. Raises ConnectorError."""
        raise NotImplementedError

    def session_until(self) -> datetime | None:
        """When the session ends that `renew` replaces; None where there is nothing to renew. No call to the network."""
        return None

    def renew(self) -> Mapping[str, str]:
        """Credentials with a fresh session, to be stored in place of those they replace. The caller sees to it that
        only one at a time does this. Raises ConnectorError, permanent when somebody has to connect anew."""
        raise NotImplementedError

    def expires_at(self) -> datetime | None:
        """When somebody has to connect anew, as far as can be known; None: never. May ask the network. Raises
        ConnectorError."""
        return None

    def revoke(self) -> None:
        """Give back what the network gave: tokens, subscriptions. Raises ConnectorError."""
        return

    # The past

    def history(self, since: datetime, cursor: Mapping[str, Any]) -> Iterator[Page]:
        """Yield pages back to `since`, newest first or as the network has them, from where `cursor` stopped ({} at
        first). Raises ConnectorError."""
        raise NotImplementedError

    def look_again(self, known: Sequence[Original]) -> Sequence[Incoming]:
        """Edits and deletions of these messages since they were taken in; nothing for what is unchanged. Raises
        ConnectorError."""
        return ()

    def media(self, url: str) -> Media | None:
        """The picture or file behind an attachment's address, where only the connector can get it; None where anybody
        can. Raises ConnectorError."""
        return None

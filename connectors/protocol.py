"""What a connector is: the code that speaks one network's API, and nothing else. Free of Django."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, ClassVar

from connectors.incoming import Incoming


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One input of the form that connects a channel. Secret ones are sealed and never shown again."""

    name: str
    label: str
    help: str = ""
    secret: bool = False
    required: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What a connector needs to know of its channel."""

    network: str
    name: str
    base_url: str
    handle: str = ""
    settings: Mapping[str, Any] = field(default_factory=dict)
    credentials: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Malformed:
    """An item of a page that the connector could not read: the payload as it came, and why."""

    payload: Any
    reason: str
    position: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What one call brought, and the cursor from which the next pull goes on once this page is committed."""

    items: Sequence[Incoming]
    cursor: dict[str, Any]
    malformed: Sequence[Malformed] = ()
    calls_left: int | None = None
    calls_reset_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Original:
    """The message that a reply answers, as far as a connector needs it."""

    external_id: str
    thread_id: str
    kind: str
    author_external_id: str
    author_handle: str
    posted_at: datetime
    raw: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A reply on its way. `client_key` is the same at every try, `queued_at` is when somebody pressed Send."""

    text: str
    original: Original
    client_key: str
    queued_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A reply as the network knows it."""

    external_id: str
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Capability:
    """Whether a message can be answered, how and until when; `reason` says why not."""

    can_reply: bool
    reason: str = ""
    public: bool = True
    text_limit: int | None = None
    until: datetime | None = None


class Connector(ABC):
    """One network. Subclasses live one to a file in connectors/channels/ and are listed in connectors/registry.py."""

    network: ClassVar[str]
    label: ClassVar[str]
    default_base_url: ClassVar[str] = ""
    fields: ClassVar[Sequence[Field]] = ()
    # Seconds between two pulls when nothing is wrong; settings may say otherwise. 0: there is nothing to pull.
    interval: int = 60
    # Whether `Author.email` is proof enough to see one person behind two identities.
    vouches_for_email: ClassVar[bool] = False

    def __init__(self, account: Account) -> None:
        self.account = account

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

    def text_length(self, text: str) -> int:
        """How much of `Capability.text_limit` a reply takes up, as the network counts."""
        return len(text)

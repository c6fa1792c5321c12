"""What a network brings to the conformance suite: how to reach it, what there is to find, how to make it misbehave."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, TypeVar
from uuid import uuid4

import pytest

from connectors.incoming import Incoming
from connectors.protocol import Account, Connector, Hook, Original, Outgoing, Page

T = TypeVar("T")


@dataclass(frozen=True)
class Bench:
    """A network for a test. Whatever a connector declares (webhooks, back-fill, sessions …), its bench has to show."""

    account: Account
    # Ids of all messages that a pull shall bring; None where the connector knows them alone.
    expected: set[str] | None = None
    # Makes the network refuse the credentials, be down, and be silent; None where there is no network.
    refuse: Callable[[], Any] | None = None
    break_down: Callable[[], Any] | None = None
    # Makes the network take the next reply and lose its answer.
    lose_answer: Callable[[], Any] | None = None
    # How many replies the network has.
    replies: Callable[[], int] | None = None
    # The raw body of a genuine delivery and the ids of the messages in it; a new one at each call.
    delivery: Callable[[], tuple[bytes, set[str]]] | None = None
    # The headers, in lower case, that make a body genuine now; only those that do.
    sign: Callable[[bytes], Mapping[str, str]] | None = None
    # Whether those headers tell the time, so that a delivery grows too old.
    signs_time: bool = False
    # The GET by which the network checks that the webhook's address is ours, and the body that it expects.
    handshake: Callable[[], tuple[Hook, str]] | None = None
    # A back-fill to this date shall bring exactly these messages.
    past: tuple[datetime, set[str]] | None = None
    # Change a message at the network: looking again, the next pull or the next delivery tells of it.
    edit: Callable[[str], Any] | None = None
    delete: Callable[[str], Any] | None = None
    # Ends the session at the network; the connector's `renew` gets a new one.
    expire: Callable[[], Any] | None = None
    # The id of an author whose handle, name, picture and followers the network tells.
    profile: str = ""


def or_skip(value: T | None, reason: str) -> T:
    """`value`; where there is none the test is skipped, with the written reason."""
    if not value:
        pytest.skip(reason)
    return value


def overrides(kind: type[Connector], name: str) -> bool:
    """Whether a connector has a method of its own in place of the default that says that it can't."""
    return getattr(kind, name) is not getattr(Connector, name)


def told(connector: Connector) -> list[Incoming]:
    """Everything that a first pull brings."""
    return [item for page in connector.fetch({}) for item in page.items]


def heard(bench: Bench, connector: Connector) -> list[Incoming]:
    """What a genuine delivery holds; nothing where the network calls nobody."""
    if bench.delivery is None:
        return []
    body, _ = bench.delivery()
    return list(connector.read(stored(connector.unpack(body)), datetime.now(UTC)).items)


def stored(value: Any) -> Any:
    """`value` as it comes back from the database."""
    return json.loads(json.dumps(value, allow_nan=False))


def with_credentials(kind: type[Connector], account: Account, credentials: Mapping[str, str]) -> Connector:
    """The same channel with other secrets."""
    return kind(replace(account, credentials=credentials))


def original_of(item: Incoming, raw: Mapping[str, Any] | None = None) -> Original:
    """What a reply knows of the message that it answers."""
    return Original(
        external_id=item.external_id,
        thread_id=item.thread_id or item.external_id,
        kind=item.kind,
        author_external_id=item.author.external_id,
        author_handle=item.author.handle,
        posted_at=item.posted_at,
        raw=item.raw if raw is None else raw,
    )


def outgoing_for(bench: Bench, connector: Connector) -> Outgoing | None:
    """A reply to something that can be answered; None where nothing can."""
    for item in told(connector) or heard(bench, connector):
        if item.action == "create" and connector.capability(original_of(item)).can_reply:
            return Outgoing(
                text="Thank you, we look into it.",
                original=original_of(item),
                client_key=str(uuid4()),
                queued_at=datetime.now(UTC),
            )
    return None


def from_each_cursor(pages: Callable[[Any], Any]) -> set[str]:
    """The ids that somebody gets who dies after each page and goes on from its cursor."""
    seen: set[str] = set()
    cursor: Any = {}
    for _ in range(500):
        page: Page | None = None
        for page in pages(stored(cursor)):
            seen |= {item.external_id for item in page.items}
            cursor = page.cursor
            if page.items:
                break
        if page is None or not page.items:
            return seen
    raise AssertionError("It never comes to an end.")

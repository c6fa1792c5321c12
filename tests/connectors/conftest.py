from collections.abc import Callable, Iterator
from dataclasses import asdict
from typing import Any

import pytest

from connectors.channels.x import X
from connectors.http import GuardedAdapter
from connectors.protocol import Account
from tests.servers.x import Server, serving
from tests.servers.x_auth import Keys

BEARER = {"bearer_token": "bearer-secret"}
ALL_KEYS = BEARER | asdict(Keys())
# With a token from signing in, which goes before the keys.
SIGNED_IN = ALL_KEYS | {
    "client_secret": "client-secret",
    "user_token": "user-token-0",
    "refresh_token": "refresh-token-0",
    "user_token_until": "2100-01-01T00:00:00+00:00",
}


@pytest.fixture
def loopback(settings: Any) -> None:
    settings.OUTBOUND_ALLOW = ["127.0.0.0/8"]


@pytest.fixture
def server(loopback: None) -> Iterator[Server]:
    """A stand-in for X without posts; @halden is the brand."""
    with serving() as running:
        yield running


@pytest.fixture
def connect(server: Server) -> Callable[..., X]:
    """Makes a connector for the stand-in; keyword arguments are settings."""

    def make(keys: dict[str, str] = ALL_KEYS, url: str = "", **settings: Any) -> X:
        account = Account(
            network="x",
            name="Halden on X",
            base_url=url or server.url,
            handle="@halden",
            settings={"username": "halden"} | settings,
            credentials=keys,
        )
        return X(account)

    return make


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits fifteen seconds here."""
    monkeypatch.setitem(GuardedAdapter.__init__.__kwdefaults__ or {}, "read", 0.4)

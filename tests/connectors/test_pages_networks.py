"""The form and the way through signing in, with every network that is registered and the stand-ins for them."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from django.test import Client

from connectors import credentials
from connectors.models import Channel, Pull
from connectors.registry import CONNECTORS
from tests.connectors.test_pages_connect import HTMX, text_of
from tests.inbox.cast import Cast
from tests.servers import mastodon, meta, x
from tests.servers.meta_world import APP, APP_SECRET

NETWORKS = [network for network, kind in CONNECTORS.items() if kind.guide is not None]


@dataclass(frozen=True)
class Way:
    """How an account is connected by signing in: the stand-in, and what is filled in before."""

    serving: Callable[[], AbstractContextManager[Any]]
    fields: dict[str, str]
    handle: str


WAYS = {
    "mastodon": Way(mastodon.serving, {}, "@brand@social.test"),
    "x": Way(
        x.serving,
        {
            "client_id": "client-id",
            "client_secret": "client-secret",
            "bearer_token": "bearer-secret",
            "username": "halden",
        },
        "@halden",
    ),
    "facebook": Way(meta.serving, {"app_id": APP, "app_secret": APP_SECRET}, ""),
    "instagram": Way(meta.serving, {"app_id": APP, "app_secret": APP_SECRET}, ""),
}


@pytest.fixture
def adam(db, settings):
    settings.OUTBOUND_ALLOW = ["127.0.0.0/8"]
    client = Client()
    client.force_login(Cast().adam)
    return client


@pytest.mark.parametrize("network", NETWORKS)
def test_every_network_has_its_form(adam, network):
    page = adam.get(f"/settings/channels/new/{network}/")
    assert page.status_code == 200
    shown = page.content.decode()
    for field in CONNECTORS[network].fields:
        assert f'name="field_{field.name}"' in shown
        assert f'id="error-{field.name}"' in shown


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize(
    "value", ["", "\x00", "x" * 30_000, "<script>alert(1)</script>", "https://127.0.0.1:1/", "ünï🙂"]
)
def test_whatever_is_filled_in_the_form_comes_back_with_words(adam, network, value):
    fields = {f"field_{field.name}": value for field in CONNECTORS[network].fields}
    for headers in ({}, HTMX):
        for do in ("test", "sign-in"):
            body = {"name": "A channel", "base_url": "http://127.0.0.1:1", "do": do} | fields
            answer = adam.post(f"/settings/channels/new/{network}/", body, headers=headers)
            assert answer.status_code in (200, 422)
            assert "<script>alert" not in answer.content.decode()


@pytest.mark.parametrize("network", WAYS)
def test_s33_an_account_is_connected_by_signing_in_at_the_stand_in(adam, network):
    way = WAYS[network]
    with way.serving() as server:
        body = {f"field_{name}": value for name, value in way.fields.items()}
        body |= {"name": "Ours", "base_url": server.url, "do": "sign-in"}
        answer = adam.post(f"/settings/channels/new/{network}/", body, headers=HTMX)
        assert "HX-Redirect" in answer, text_of(answer)
        back = requests.get(answer["HX-Redirect"], allow_redirects=False, timeout=5).headers["Location"]
        assert urlsplit(back).path == "/settings/channels/callback/"
        landed = adam.get(f"{urlsplit(back).path}?{urlsplit(back).query}", follow=True)
        channel = Channel.objects.get(name="Ours")
        assert channel.is_active, text_of(landed)
        assert way.handle in channel.account
        assert channel.connected_at is not None
        assert Pull.objects.get(channel=channel).next_at is not None
        shown = landed.content.decode()
        generated = {field.name for field in CONNECTORS[network].fields if field.generated}
        for name, secret in credentials.load(channel).items():
            assert name in generated or len(secret) < 12 or secret not in shown

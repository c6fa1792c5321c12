"""The connector for Mastodon against snac2 and mastodon_mock: what any server must show, and signing in at both."""

import re
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from django.test import override_settings

from connectors.channels.mastodon import Mastodon
from connectors.protocol import Account, ConnectorError, File, Grant, Outgoing
from tests.connectors.bench import Bench, original_of, told
from tests.connectors.conformance import Conformance
from tests.real.proxy import Proxy, before
from tests.real.running import Running, serving

LOOPBACK = ["127.0.0.0/8", "::1/128"]
PEOPLE = ("brand", "cust")
CALLBACK = "http://127.0.0.1:1/settings/channels/callback/"
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108020000009077"
    "53de0000000c4944415408d763f8cfc000000301010018dd8db00000000049454e44ae426082"
)


@dataclass
class Person:
    """Somebody on a server, who acts through its API."""

    url: str
    token: str

    def call(self, method: str, path: str, **content: Any) -> Any:
        """The JSON of an answer, which must be a success."""
        headers = {"Authorization": f"Bearer {self.token}"}
        answer = requests.request(method, f"{self.url}/api/v1/{path}", headers=headers, timeout=20, **content)
        answer.raise_for_status()
        return answer.json()

    def post(self, text: str, **fields: str) -> Any:
        """A new status."""
        return self.call("POST", "statuses", data={"status": text, **fields})


def account(url: str, token: str, **settings: str) -> Account:
    return Account(
        network="mastodon", name="Real", base_url=url, settings=settings, credentials={"access_token": token}
    )


def wait_for(notifications: int, who: Person) -> None:
    """Servers deliver in the background, even to themselves."""
    end = time.monotonic() + 20
    while len(who.call("GET", "notifications")) < notifications:
        assert time.monotonic() < end, "The server delivers nothing."
        time.sleep(0.1)


@dataclass
class Posted:
    """Who is there, and what they have said: ids by uri."""

    brand: Person
    cust: Person
    posts: dict[str, str]

    def answers(self) -> dict[str, Any]:
        """What the brand has answered, by uri, wherever its server lists private ones."""
        contexts = [self.brand.call("GET", f"statuses/{one}/context") for one in self.posts.values()]
        found = {one["uri"]: one for context in contexts for one in context["descendants"]}
        return {uri: one for uri, one in found.items() if one["account"]["acct"].split("@")[0] == "brand"}


def post_something(brand: Person, cust: Person, *, pause: float = 0) -> Posted:
    """A thread, a private mention, a hashtag; with pauses for a server whose clock shows seconds."""
    first = cust.post("@brand where is my order?")
    wait_for(1, brand)
    [known] = [one["status"] for one in brand.call("GET", "notifications")]
    ours = brand.post("@cust on its way", in_reply_to_id=known["id"], visibility="public")
    posts = {first["uri"]: first["id"]}
    for text, visibility, above in (
        ("@brand thank you", "public", ours["id"]),
        ("@brand not for everybody", "unlisted", ""),
        ("@brand in private", "direct", ""),
        ("The #touring is nice", "public", ""),
    ):
        time.sleep(pause)
        made = cust.post(text, visibility=visibility, **({"in_reply_to_id": above} if above else {}))
        posts[made["uri"]] = made["id"]
    wait_for(4, brand)
    return Posted(brand, cust, posts)


def make_bench(proxy: Proxy, there: Posted, delete: Callable[[str], Any]) -> Bench:
    """What shall come of the posts, through a proxy that can make the server misbehave."""
    brand, cust, posts = there.brand, there.cust, there.posts

    return Bench(
        account=account(proxy.url, brand.token, hashtags="touring"),
        expected=set(posts),
        refuse=lambda: proxy.faults.add("status", status=401),
        break_down=lambda: proxy.faults.add("status", status=503),
        lose_answer=lambda: proxy.faults.add("drop_after_processing", "/api/v1/statuses", method="POST", count=1),
        replies=lambda: len(there.answers()) - 1,
        past=(datetime.now(UTC) - timedelta(days=1), set(posts)),
        edit=lambda uri: cust.call("PUT", f"statuses/{posts[uri]}", data={"status": "@brand something else"}),
        delete=delete,
        profile=f"cust@{urlsplit(brand.url).netloc.replace('127.0.0.1', 'localhost')}",
    )


class Real(Conformance):
    """What both have in common."""

    kind = Mastodon

    def test_its_bench_shows_what_it_declares(self, bench: Bench) -> None:
        super().test_its_bench_shows_what_it_declares(replace(bench, expire=lambda: None))

    def test_a_session_that_is_over_is_renewed(self, bench: Bench) -> None:
        pytest.skip("This server's tokens have no end.")

    def test_a_private_mention_is_answered_privately_with_a_picture(self, bench: Bench, connector: Mastodon) -> None:
        original = next(original_of(item) for item in told(connector) if item.kind == "direct")
        picture = File(name="p.png", content_type="image/png", content=PNG, alt="A dot")
        outgoing = Outgoing(
            text="Only for you *really* https://example.org/a?b=1&c=2\nand a line",
            original=original,
            client_key="one",
            queued_at=datetime.now(UTC),
            files=(picture,),
        )
        sent = connector.reply(outgoing)
        assert connector.find(outgoing) == sent
        own = Person(bench.account.base_url, bench.account.credentials["access_token"])
        below = own.call("GET", f"statuses/{original.raw['status']['id']}/context")["descendants"]
        [made] = [one for one in below if one["uri"] == sent.external_id]
        assert made["visibility"] in ("direct", "private")
        assert made["in_reply_to_id"]
        assert made["media_attachments"][0]["description"] == "A dot"

    def test_it_says_whom_it_answers(self, connector: Mastodon) -> None:
        answer = next(item for item in told(connector) if "thank you" in item.text)
        first = next(item for item in told(connector) if "where is my order" in item.text)
        assert answer.thread_id == first.external_id == first.thread_id
        assert "on its way" in answer.context[0].text
        assert answer.parent_id == answer.context[0].external_id


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, int, Posted]]:
    """A server's folder with everything said in it, for each test to begin with."""
    kept = tmp_path_factory.mktemp("snac")
    with override_settings(OUTBOUND_ALLOW=LOOPBACK), serving("snac") as snac:
        url = f"http://localhost:{snac.port}"
        brand, cust = (Person(url, sign_in(url, snac_consent(snac, who))["access_token"]) for who in PEOPLE)
        there = post_something(brand, cust, pause=1.1)
        shutil.copytree(snac.data, kept, dirs_exist_ok=True, symlinks=True)
    yield kept, snac.port, there


@pytest.fixture(scope="module")
def mock() -> Iterator[Running]:
    with serving("mastodon_mock") as running:
        yield running


class TestSnac(Real):
    @pytest.fixture
    def snac(self, written: tuple[Path, int, Posted]) -> Iterator[Running]:
        kept, port, _ = written
        with serving("snac", port=port, like=kept, gently=False) as running:
            yield running

    @pytest.fixture
    def bench(self, snac: Running, written: tuple[Path, int, Posted], settings: Any) -> Iterator[Bench]:
        settings.OUTBOUND_ALLOW = LOOPBACK
        there = written[2]

        def delete(uri: str) -> None:
            """By way of its web pages: snac's API deletes nothing."""
            who = ("cust", (snac.data / "cust").read_text().strip())
            form = {"id": uri, "actor": f"http://localhost:{snac.port}/cust", "action": "Delete"}
            requests.post(f"{there.cust.url}/cust/admin/action", data=form, auth=who, allow_redirects=False, timeout=20)
            end = time.monotonic() + 20
            while is_there(there, uri):
                assert time.monotonic() < end, "The server deletes nothing."
                time.sleep(0.1)

        with before(snac.port) as proxy:
            yield make_bench(proxy, there, delete)

    def test_a_token_that_was_given_back_is_refused(self, snac: Running, settings: Any) -> None:
        settings.OUTBOUND_ALLOW = LOOPBACK
        url = f"http://localhost:{snac.port}"
        signed_in = Mastodon(replace(account(url, ""), credentials=sign_in(url, snac_consent(snac, "brand"))))
        assert signed_in.verify() == f"@brand@localhost:{snac.port}"
        signed_in.revoke()
        with pytest.raises(ConnectorError) as caught:
            signed_in.verify()
        assert caught.value.permanent


class TestMastodonMock(Real):
    @pytest.fixture
    def bench(self, mock: Running, settings: Any) -> Iterator[Bench]:
        settings.OUTBOUND_ALLOW = LOOPBACK
        url = f"http://127.0.0.1:{mock.port}"
        requests.post(f"{url}/api/v1/_mock/reset", timeout=20).raise_for_status()
        there = post_something(Person(url, "brand-token"), Person(url, "cust-token"))
        with before(mock.port) as proxy:
            yield make_bench(proxy, there, lambda uri: there.cust.call("DELETE", f"statuses/{there.posts[uri]}"))

    def test_it_signs_in_with_the_least_permissions(self, mock: Running, settings: Any) -> None:
        settings.OUTBOUND_ALLOW = LOOPBACK
        url = f"http://127.0.0.1:{mock.port}"
        signed_in = Mastodon(replace(account(url, ""), credentials=sign_in(url, mock_consent)))
        assert signed_in.verify().startswith("@brand@")
        for step in signed_in.steps():
            step.run()
        signed_in.revoke()


def is_there(there: Posted, uri: str) -> bool:
    """Whether the brand still sees a post."""
    address = f"{there.brand.url}/api/v1/statuses/{there.posts[uri]}"
    return requests.get(address, headers={"Authorization": f"Bearer {there.brand.token}"}, timeout=20).ok


def sign_in(url: str, consent: Callable[[str], str]) -> dict[str, str]:
    """Everything that signing in brings; `consent` opens the server's page, says yes and returns the way back."""
    blank = Mastodon(account(url, ""))
    registered = {**blank.register(CALLBACK)}
    asking = Mastodon(replace(blank.account, credentials=registered))
    grant = Grant(callback=CALLBACK, state="a-state", verifier="v" * 64)
    back = urlsplit(consent(asking.authorization(grant)))
    query = parse_qs(back.query)
    assert back.geturl().startswith(CALLBACK)
    assert query["state"] == ["a-state"]
    return {**registered, **asking.redeem(query["code"][0], grant)}


def snac_consent(snac: Running, user: str) -> Callable[[str], str]:
    def consent(page: str) -> str:
        shown = requests.get(page, timeout=20).text
        fields = dict(re.findall(r'name="([^"]+)"[^>]*value="([^"]*)"', shown))
        action = re.findall(r'action="([^"]+)"', shown)[0]
        known = {"login": user, "passwd": (snac.data / user).read_text().strip()}
        answer = requests.post(
            action if "://" in action else f"http://localhost:{snac.port}{action}",
            data={**fields, **known},
            allow_redirects=False,
            timeout=20,
        )
        return str(answer.headers["location"])

    return consent


def mock_consent(page: str) -> str:
    shown = requests.get(page, timeout=20).text
    fields = dict(re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', shown))
    action = "://".join(urlsplit(page)[:2]) + "/oauth/authorize"
    answer = requests.post(action, data={**fields, "username": "brand"}, allow_redirects=False, timeout=20)
    return str(answer.headers["location"])

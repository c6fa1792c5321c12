"""The promises of tests/connectors/conformance.py for Meta's two networks."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connectors.channels.meta import Facebook, Instagram
from connectors.protocol import Account, Hook
from tests.connectors.conformance import Bench, Conformance
from tests.servers import meta_hooks as hooks
from tests.servers.meta import Server, serving
from tests.servers.meta_world import APP, APP_SECRET, IG, PAGE, PAGE_TOKEN

CREDENTIALS = {"access_token": PAGE_TOKEN, "app_secret": APP_SECRET, "verify_token": "verify-0123456789"}


@pytest.fixture
def meta(settings: Any) -> Iterator[Server]:
    settings.OUTBOUND_ALLOW = ["127.0.0.0/8"]
    with serving(proof=True, ratings=True) as running:
        yield running


def account(server: Server, network: str, **settings: str) -> Account:
    return Account(
        network=network,
        name="Halden",
        base_url=server.url,
        handle="@halden",
        settings={"app_id": APP, **settings},
        credentials=CREDENTIALS,
    )


def ago(**time: float) -> datetime:
    return datetime.now(UTC).replace(microsecond=0) - timedelta(**time)


def handshake() -> tuple[Hook, str]:
    query = {"hub.mode": "subscribe", "hub.verify_token": CREDENTIALS["verify_token"], "hub.challenge": "1158201444"}
    return Hook(method="GET", query=query, headers={}, body=b"", received_at=datetime.now(UTC)), "1158201444"


class TestFacebook(Conformance):
    kind = Facebook

    @pytest.fixture
    def bench(self, meta: Server) -> Bench:
        world, dana, bo = meta.world, meta.world.person("dana"), meta.world.person("bo")
        expected, recent = set(), set()
        old = world.post("Last year's news", at=ago(days=80))
        for n in range(3):
            expected.add(world.message(bo, f"Is it ready? {n}", at=ago(hours=5, minutes=n))["id"])
        world.message(bo, "It is.", ours=True, at=ago(hours=4))
        expected.add(world.message(dana, "May I test it?", at=ago(days=12))["id"])
        expected.add(world.comment(old, "Still there?", dana, at=ago(days=15))["id"])
        post = world.post("Our new Touring", at=ago(days=9))
        for n in range(230):
            expected.add(
                world.comment(post, f"Question {n}", dana if n % 2 else bo, at=ago(hours=150, minutes=-n))["id"]
            )
        nobody = world.comment(post, "Who am I?", None, at=ago(hours=30))
        expected.add(nobody["id"])
        expected.add(world.comment(nobody, "An answer", bo, at=ago(hours=29))["id"])
        world.comment(nobody, "We answered here", world.page, at=ago(hours=28))
        expected.add(world.post("I rode to Bergen", by=dana, at=ago(hours=20))["id"])
        for n in range(60):
            named = {"id": f"300_{n}", "message": f"With @Halden {n}", "from": dana, "created_time": hours(26 + n / 10)}
            expected.add(world.put(named, f"{PAGE}/tagged")["id"])
        story = {"id": "700_1"}
        rating = {"id": "r1", "created_time": hours(40), "reviewer": dana, "recommendation_type": "positive"}
        world.put(rating | {"open_graph_story": story}, f"{PAGE}/ratings")
        expected.add("700_1")
        expected.add(world.comment(post, "The newest", dana, at=ago(minutes=2))["id"])
        since = ago(days=10)
        recent = {one for one in expected if _made(world, one) >= since}
        # Below posts that are older than the date nobody looks.
        return Bench(
            account=account(meta, "facebook"),
            expected=expected,
            refuse=lambda: meta.faults.add("status", status=401),
            break_down=lambda: meta.faults.add("status", status=503),
            lose_answer=lambda: meta.faults.add("drop_after_processing", "/comments", method="POST", count=1),
            replies=lambda: len(world.sent),
            delivery=_page_delivery,
            sign=hooks.sign,
            handshake=handshake,
            past=(since, recent),
            edit=lambda one: world.things[one].update(message="Changed my mind"),
            delete=world.drop,
        )


class TestInstagram(Conformance):
    kind = Instagram

    @pytest.fixture
    def bench(self, meta: Server) -> Bench:
        world = meta.world
        profile = {"profile_pic": "https://cdn.example/dana.jpg", "follower_count": 1200, "is_verified_user": True}
        carl, dana, bo = world.person("carl", **profile), world.person("dana"), world.person("bo")
        expected = set()
        for n in range(3):
            message = world.message(carl, f"Hi {n}", platform="instagram", at=ago(hours=6, minutes=n))
            expected.add(message["id"])
        world.message(carl, "Hi!", ours=True, platform="instagram", at=ago(hours=4))
        medium = world.medium(at=ago(days=8))
        for n in range(120):
            comment = world.ig_comment(medium, f"Question {n}", bo, at=ago(hours=150, minutes=-n))
            expected.add(comment["id"])
            if n % 10 == 0:
                expected.add(world.ig_comment(comment, "Me too", dana, at=ago(hours=100, minutes=-n))["id"])
                world.ig_comment(comment, "We look", world.ig, at=ago(hours=99, minutes=-n))
        world.medium("Nobody says anything", at=ago(days=3))
        for n in range(30):
            tag = {"id": f"1795{n:05d}", "caption": f"@halden {n}", "timestamp": hours(26 + n), "username": "bo"}
            more = {"media_type": "IMAGE", "media_url": "https://cdn.example/a.jpg"}
            expected.add(world.put(tag | more, f"{IG}/tags")["id"])
        expected.add(world.ig_comment(medium, "The newest", bo, at=ago(minutes=2))["id"])
        since = ago(days=9)
        return Bench(
            account=account(meta, "instagram"),
            expected=expected,
            refuse=lambda: meta.faults.add("status", status=401),
            break_down=lambda: meta.faults.add("status", status=503),
            lose_answer=lambda: meta.faults.add("drop_after_processing", "/replies", method="POST", count=1),
            replies=lambda: len(world.sent),
            delivery=_instagram_delivery,
            sign=hooks.sign,
            handshake=handshake,
            past=(since, {one for one in expected if _made(world, one) >= since}),
            delete=world.drop,
            profile=carl["id"],
        )


def hours(number: float) -> str:
    return ago(hours=number).strftime("%Y-%m-%dT%H:%M:%S+0000")


def _made(world: Any, one: str) -> datetime:
    thing = world.things.get(one) or world.things["r1"]
    return datetime.fromisoformat(thing.get("created_time") or thing["timestamp"])


def _page_delivery() -> tuple[bytes, set[str]]:
    comment, post, mine = hooks.feed(), hooks.feed("status"), hooks.feed(sender={"id": PAGE, "name": "Halden"})
    like = {"field": "feed", "value": {"item": "reaction", "verb": "add", "reaction_type": "love"}}
    message, echo = hooks.event(), hooks.event(PAGE, "2100", is_echo=True)
    seen = hooks.event(kind="read", watermark=1)
    body = hooks.delivery(
        hooks.entry(changes=[comment, post, mine, like]), hooks.entry(messaging=[message, echo, seen])
    )
    return body, {comment["value"]["comment_id"], post["value"]["post_id"], message["message"]["mid"]}


def _instagram_delivery() -> tuple[bytes, set[str]]:
    comment, bare = hooks.comment_on_instagram(), hooks.comment_on_instagram(parent_id="178500")
    message, echo = hooks.event(recipient=IG), hooks.event(IG, "2100", is_echo=True)
    entries = [hooks.instagram(changes=[comment]), hooks.instagram(**bare), hooks.instagram(messaging=[message, echo])]
    ids = {comment["value"]["id"], bare["value"]["id"], message["message"]["mid"]}
    return hooks.delivery(*entries, kind="instagram"), ids

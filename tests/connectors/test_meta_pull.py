"""Pulling Meta: what is asked for and what is not, what is kept where Meta refuses, and how limits are respected."""

import json
import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connectors.channels.meta import Facebook, Instagram
from connectors.incoming import Incoming
from connectors.protocol import Account, ConnectorError, Original, Page
from tests.servers import meta_hooks as hooks
from tests.servers.meta import Server, serving
from tests.servers.meta_world import APP_SECRET, IG, PAGE, PAGE_TOKEN, iso

KEYS = {"access_token": PAGE_TOKEN, "app_secret": APP_SECRET}


@pytest.fixture
def server(settings: Any) -> Iterator[Server]:
    settings.OUTBOUND_ALLOW = ["127.0.0.0/8"]
    with serving() as running:
        yield running


def account(server: Server, **settings: str) -> Account:
    return Account(
        network="facebook", name="F", base_url=server.url, handle="@halden", settings=settings, credentials=KEYS
    )


def facebook(server: Server, **settings: str) -> Facebook:
    return Facebook(account(server, page_id=PAGE, **settings))


def instagram(server: Server) -> Instagram:
    return Instagram(replace(account(server, ig_id=IG), network="instagram"))


def drained(connector: Any, cursor: Any = None) -> tuple[list[Incoming], Any, list[Page]]:
    pages = list(connector.fetch(cursor or {}))
    return [item for page in pages for item in page.items], json.loads(json.dumps(pages[-1].cursor)), pages


def ago(**time: float) -> datetime:
    return datetime.now(UTC).replace(microsecond=0) - timedelta(**time)


def test_it_asks_for_comments_only_where_something_changed(server: Server) -> None:
    world, dana = server.world, server.world.person("dana")
    posts = [world.post(f"News {n}", at=ago(hours=50 - n)) for n in range(40)]
    for post in posts[::4]:
        world.comment(post, "Nice", dana, at=ago(hours=5))
    items, cursor, _ = drained(facebook(server))
    assert len(items) == 10
    assert len(server.asked("/comments")) == 10
    server.requests.clear()
    new = world.comment(posts[7], "And how much?", dana)
    items, cursor, _ = drained(facebook(server), cursor)
    assert [item.external_id for item in items] == [new["id"]]
    assert len(server.asked("/comments")) == 1
    server.requests.clear()
    assert drained(facebook(server), cursor)[0] == []
    assert [one["path"].partition("/v26.0/")[2] for one in server.requests] == [
        f"{PAGE}/feed",
        f"{PAGE}/tagged",
        "me/conversations",
    ]


def test_the_current_version_is_asked_and_each_call_proves_the_app(server: Server) -> None:
    server.api.proof = True
    server.world.post()
    drained(facebook(server))
    assert all(one["path"].startswith("/v26.0/") for one in server.requests)
    server.requests.clear()
    drained(facebook(server, version="v25.0"))
    assert all(one["path"].startswith("/v25.0/") for one in server.requests)


def test_a_new_answer_below_an_old_comment_is_found(server: Server) -> None:
    world, dana = server.world, server.world.person("dana")
    medium = world.medium(at=ago(days=2))
    comments = [world.ig_comment(medium, f"{n}", dana, at=ago(hours=40 - n / 10)) for n in range(120)]
    _, cursor, _ = drained(instagram(server))
    late = world.ig_comment(comments[0], "Still true", dana)
    items, cursor, _ = drained(instagram(server), cursor)
    assert [(item.external_id, item.parent_id) for item in items] == [(late["id"], comments[0]["id"])]
    assert items[0].context[0].text == "0"


def test_what_is_hooked_and_what_is_pulled_is_one(server: Server) -> None:
    """The same ids, threads, parents and authors both ways, so that the inbox sees one message (R4, R6)."""
    world, dana = server.world, server.world.person("dana")
    post = world.post()
    comment = world.comment(post, "When?", dana)
    answer = world.comment(comment, "Yes, when?", dana)
    message = world.message(dana, "Hello?", reply_to={"mid": "m_1"})
    who = {"id": dana["id"], "name": dana["name"]}
    told = [
        hooks.feed(sender=who, post_id=post["id"], parent_id=above["id"], comment_id=one["id"], message=one["message"])
        for one, above in ((comment, post), (answer, comment))
    ]
    event = hooks.event(dana["id"], mid=message["id"], text="Hello?", reply_to={"mid": "m_1"})
    body = hooks.delivery(hooks.entry(changes=told, messaging=[event]))
    heard = facebook(server).read(json.loads(body), datetime.now(UTC)).items
    pulled, _, _ = drained(facebook(server))

    def same(items: Any) -> set[Any]:
        return {
            (one.external_id, one.thread_id, one.parent_id, one.author, one.kind, one.text, one.context[:1])
            for one in items
        }

    assert same(pulled) == same(heard)
    assert len(pulled) == 3


def test_an_author_that_meta_does_not_name_is_still_somebody(server: Server) -> None:
    comment = server.world.comment(server.world.post(), "Who am I?", None)
    (item,), _, _ = drained(facebook(server))
    assert item.author.external_id == f"unknown:{comment['id']}"


def test_malformed_items_are_kept_and_the_others_arrive(server: Server) -> None:
    world, dana = server.world, server.world.person("dana")
    post = world.post()
    good = {world.comment(post, f"{n}", dana)["id"] for n in range(3)}
    bad: list[Any] = [
        None,
        7,
        [],
        {},
        {"id": "1_2", "message": "No time"},
        {"id": {}, "created_time": iso(ago(hours=1))},
    ]
    server.faults.add({"type": "malformed_item", "items": bad}, "/comments")
    server.faults.add({"type": "malformed_item", "items": [None, {"id": "5"}, {"message": "No id"}]}, "/feed")
    items, cursor, pages = drained(facebook(server))
    assert {item.external_id for item in items} == good
    assert len([one for page in pages for one in page.malformed]) == 9
    assert [one for page in drained(facebook(server), cursor)[2] for one in page.malformed] == []


def test_more_messages_than_meta_shows_are_a_gap(server: Server) -> None:
    world, dana = server.world, server.world.person("dana")
    for n in range(30):
        world.message(dana, f"{n}", at=ago(hours=9, minutes=-n))
    items, cursor, pages = drained(facebook(server))
    assert (len(items), [one for page in pages for one in page.gaps]) == (20, [])
    for n in range(25):
        world.message(dana, f"again {n}", at=ago(hours=1, minutes=-n))
    items, cursor, pages = drained(facebook(server), cursor)
    (gap,) = [one for page in pages for one in page.gaps]
    assert (len(items), gap.until) == (20, min(item.posted_at for item in items))
    assert "newest messages" in gap.reason
    assert drained(facebook(server), cursor)[0] == []


def test_a_conversation_that_wakes_after_long_is_read_from_there(server: Server) -> None:
    world, dana, bo = server.world, server.world.person("dana"), server.world.person("bo")
    world.message(dana, "Long ago", at=ago(days=40))
    world.message(bo, "Today", at=ago(hours=2))
    items, cursor, _ = drained(facebook(server))
    assert [item.text for item in items] == ["Today"]
    world.message(dana, "Here again")
    assert [item.text for item in drained(facebook(server), cursor)[0]] == ["Here again"]


def test_a_list_that_meta_does_not_open_does_not_keep_the_others(server: Server) -> None:
    world, dana = server.world, server.world.person("dana")
    world.comment(world.post(), "When?", dana)
    world.message(dana, "Hello")
    words = "(#200) Requires pages_read_user_content permission to manage the object"
    server.faults.add({"type": "error", "code": 200, "message": words, "status": 403}, "/feed")
    found: list[Incoming] = []
    error = None
    try:
        for page in facebook(server).fetch({}):
            found += page.items
    except ConnectorError as caught:
        error = caught
    assert [item.text for item in found] == ["Hello"]
    assert error is not None
    assert error.permanent
    assert "pages_read_user_content" in error.remedy


def test_recommendations_that_this_version_lacks_are_asked_for_once_a_day(server: Server) -> None:
    _, cursor, _ = drained(facebook(server))
    drained(facebook(server), cursor)
    assert len(server.asked("/ratings")) == 1


def test_a_place_in_a_list_that_meta_forgot_begins_it_anew(server: Server) -> None:
    world, dana = server.world, server.world.person("dana")
    post = world.post()
    ids = {world.comment(post, f"{n}", dana, at=ago(hours=5, minutes=-n))["id"] for n in range(150)}
    reading = facebook(server).fetch({})
    pages: list[Page] = []
    for page in reading:
        pages.append(page)
        if page.items:
            break
    cursor = json.loads(json.dumps(pages[-1].cursor))
    cursor["posts"]["open"]["after"] = "Zm9yZ290dGVu"
    rest, cursor, _ = drained(facebook(server), cursor)
    assert {item.external_id for item in rest} == ids
    cursor["posts"]["list"] = "Zm9yZ290dGVu"
    assert drained(facebook(server), cursor)[0] == []


def test_r16_it_stops_before_meta_has_to_and_waits_as_long_as_meta_says(server: Server) -> None:
    server.world.comment(server.world.post(), "When?", server.world.person("dana"))
    part = {"type": "pages", "call_count": 93, "total_cputime": 12, "total_time": 9}
    server.api.usage = {PAGE: [part | {"estimated_time_to_regain_access": 17}]}
    pages: list[Page] = []
    with pytest.raises(ConnectorError, match="93 %") as caught:
        pages.extend(facebook(server).fetch({}))
    assert len(server.requests) == 1
    assert caught.value.retry_at is not None
    assert timedelta(minutes=16) < caught.value.retry_at - datetime.now(UTC) <= timedelta(minutes=17)
    assert not caught.value.permanent


def test_the_limit_that_the_last_call_told_holds_for_the_next_pull(server: Server) -> None:
    usage = {PAGE: [{"call_count": 95, "estimated_time_to_regain_access": 5}]}
    server.world.message(server.world.person("dana"), "Hello")
    server.faults.add({"type": "headers", "headers": {"x-business-use-case-usage": json.dumps(usage)}}, "/messages")
    items, _, pages = drained(facebook(server))
    assert [item.text for item in items] == ["Hello"]
    assert pages[-1].calls_left == 0
    assert pages[-1].calls_reset_at is not None
    assert pages[-1].calls_reset_at > datetime.now(UTC) + timedelta(minutes=4)


@pytest.mark.parametrize("headers", ["", "{", "[]", '{"1": 5}', '{"1": [5, {"call_count": "x"}]}', "[" * 100_000])
def test_headers_that_nobody_understands_do_no_harm(headers: str, server: Server) -> None:
    server.faults.add({"type": "headers", "headers": {"x-business-use-case-usage": headers[:4000]}})
    assert drained(facebook(server))[0] == []


def test_another_page_is_another_cursor(server: Server) -> None:
    server.world.comment(server.world.post(), "When?", server.world.person("dana"))
    _, cursor, _ = drained(facebook(server))
    assert len(drained(facebook(server), {**cursor, "of": "1"})[0]) == 1
    for broken in (
        {"posts": {"marks": {"a": 1}, "open": 5, "list": 3, "reached": {}}},
        {"direct": {"reached": 10**30}},
    ):
        assert len(drained(facebook(server), {"of": PAGE, **broken})[0]) == 1


def test_looking_again_tells_a_deletion_only_where_it_is_certain(server: Server) -> None:
    world, dana = server.world, server.world.person("dana")
    post = world.post()
    comments = [world.comment(post, f"{n}", dana, at=ago(hours=3)) for n in range(70)]
    items, _, _ = drained(facebook(server))
    known = [original_of(item) for item in items]
    world.drop(comments[3]["id"])
    world.things[comments[4]["id"]]["message"] = "Changed"
    told = facebook(server).look_again(known)
    assert {(one.action, one.external_id) for one in told} == {
        ("delete", comments[3]["id"]),
        ("edit", comments[4]["id"]),
    }
    server.faults.add({"type": "error", "code": 190, "message": "No", "status": 401})
    with pytest.raises(ConnectorError):
        facebook(server).look_again(known)
    server.faults.clear()
    # A token that may see nothing is told that nothing is there.
    server.faults.add({"type": "error", "code": 100, "message": "Unsupported get request"})
    with pytest.raises(ConnectorError):
        facebook(server).look_again(known[:3])


def original_of(item: Incoming) -> Original:
    return Original(
        external_id=item.external_id,
        thread_id=item.thread_id,
        kind=item.kind,
        author_external_id=item.author.external_id,
        author_handle=item.author.handle,
        posted_at=item.posted_at,
        raw=item.raw,
    )


def test_a_picture_is_fetched_from_where_it_is_now(server: Server) -> None:
    picture = {"media": {"image": {"src": f"{server.url}/_requests"}}, "type": "photo", "url": "https://x.example"}
    world = server.world
    comment = world.comment(world.post(), "", world.person("dana"), attachment=picture)
    (item,), _, _ = drained(facebook(server))
    (file,) = item.attachments
    assert (file.url, file.kind) == (f"media:comment/{comment['id']}/0", "image")
    media = facebook(server).media(file.url)
    assert media is not None
    assert json.loads(media.content)[-1]["path"] == f"/v26.0/{comment['id']}"
    assert facebook(server).media("https://cdn.example/a.jpg") is None
    world.things[comment["id"]]["attachment"] = None
    for url in (file.url, "media:comment/../me/0", f"media:direct/{comment['id']}/9", "media:comment/1_404/0"):
        with pytest.raises(ConnectorError):
            facebook(server).media(url)


def test_a_picture_at_an_address_within_is_not_fetched(server: Server, settings: Any) -> None:
    picture = {"media": {"image": {"src": "http://10.0.0.1/a.jpg"}}, "type": "photo"}
    comment = server.world.comment(server.world.post(), "", server.world.person("dana"), attachment=picture)
    with pytest.raises(ConnectorError, match="AddressRefused"):
        facebook(server).media(f"media:comment/{comment['id']}/0")


class Life:
    """People who write while somebody pulls and dies."""

    def __init__(self, server: Server, chance: random.Random) -> None:
        self.server, self.chance = server, chance
        self.people = [server.world.person(name) for name in ("dana", "bo", "carl")]
        self.posts = [server.world.post(f"News {n}", at=ago(hours=n + 1)) for n in range(7)]
        self.media = [server.world.medium(f"Look {n}", at=ago(hours=n + 1)) for n in range(4)]
        self.expected: set[str] = set()
        self.spoken = dict.fromkeys(["messenger", "instagram"], 0)

    def goes_on(self, network: str) -> None:
        """Somebody says something, somewhere, now or a little earlier today."""
        world, who, at = self.server.world, self.chance.choice(self.people), world_time(self.chance)
        what = self.chance.random()
        if network == "instagram":
            above = self.chance.choice(self.media)
            comments = world.listed(f"{above['id']}/comments")
            if what < 0.4 and comments:
                above = self.chance.choice(comments)
            made = world.ig_comment(above, "Hm", who)
        elif what < 0.2 and self.spoken["messenger"] < 18:
            self.spoken["messenger"] += 1
            made = world.message(who, "Hello")
        elif what < 0.3:
            made = world.post("My bike", by=who, at=at)
        else:
            above = self.chance.choice(self.posts)
            comments = world.listed(f"{above['id']}/comments")
            made = world.comment(self.chance.choice(comments) if what < 0.5 and comments else above, "Hm", who)
        self.expected.add(made["id"])


def world_time(chance: random.Random) -> datetime:
    return ago(seconds=chance.choice([0, 0, 1, 2]))


@pytest.mark.parametrize("network", ["facebook", "instagram"])
@pytest.mark.parametrize("seed", range(4))
def test_r1_nothing_is_lost_however_often_it_dies_and_whatever_is_said_meanwhile(
    network: str, seed: int, server: Server
) -> None:
    server.api.most = 3
    make = facebook if network == "facebook" else instagram
    life, chance = Life(server, random.Random(seed)), random.Random(seed + 100)
    seen: list[str] = []
    cursor: Any = {}
    for _ in range(25):
        for _ in range(chance.randint(0, 4)):
            life.goes_on(network)
        survives = chance.randint(1, 12)
        for n, page in enumerate(make(server).fetch(cursor)):
            seen += [item.external_id for item in page.items]
            cursor = json.loads(json.dumps(page.cursor))
            if chance.random() < 0.2:
                life.goes_on(network)
            if n >= survives:
                break
    seen += [item.external_id for item in drained(make(server), cursor)[0]]
    seen += [item.external_id for item in drained(make(server), cursor)[0]]
    assert set(seen) == life.expected
    assert len(life.expected) > 30

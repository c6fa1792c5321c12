"""Meta's webhooks, payload by payload, and what is refused or set aside."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from connectors.channels.meta import Facebook, Instagram
from connectors.channels.meta.pagewall import NOTHING
from connectors.incoming import Incoming, Rejected
from connectors.protocol import Account, ConnectorError, Contents, Forged, Hook
from tests.servers import meta_hooks as hooks
from tests.servers.meta import Server, serving
from tests.servers.meta_world import APP_SECRET, IG, PAGE, PAGE_TOKEN

PAYLOADS = Path(__file__).parent / "payloads"
KEYS = {"access_token": PAGE_TOKEN, "app_secret": APP_SECRET, "verify_token": "verify-me"}
AT = datetime.fromtimestamp(1795300000, UTC)


@pytest.fixture
def server(settings: Any) -> Iterator[Server]:
    settings.OUTBOUND_ALLOW = ["127.0.0.0/8"]
    with serving() as running:
        yield running


def facebook(server: Server) -> Facebook:
    settings = {"page_id": PAGE}
    return Facebook(Account(network="facebook", name="F", base_url=server.url, settings=settings, credentials=KEYS))


def instagram(server: Server) -> Instagram:
    account = Account(
        network="instagram", name="I", base_url=server.url, handle="@halden", settings={"ig_id": IG}, credentials=KEYS
    )
    return Instagram(account)


def recorded(connector: Any, name: str) -> Contents:
    """What a recorded delivery holds."""
    payload = json.loads((PAYLOADS / connector.network / f"{name}.json").read_text())
    contents: Contents = connector.read(payload, datetime.now(UTC))
    return contents


def only(contents: Contents) -> Incoming:
    assert contents.malformed in ((), [])
    (item,) = contents.items
    return item


def seconds(item: Incoming) -> int:
    return int(item.posted_at.timestamp())


def test_a_comment_on_a_page(server: Server) -> None:
    item = only(recorded(facebook(server), "comment_add"))
    assert (item.external_id, item.kind, item.action) == ("500_9001", "comment", "create")
    assert (item.thread_id, item.parent_id) == (f"{PAGE}_500", f"{PAGE}_500")
    assert (item.author.external_id, item.author.name) == ("2468101214", "Dana Ødegård")
    assert (item.text, seconds(item)) == ("When does it reach Bergen? 🚲", 1795299900)
    assert item.url == f"https://www.facebook.com/{PAGE}_500?comment_id=9001"
    assert item.context[0].url == f"https://www.facebook.com/{PAGE}/posts/500"


def test_a_comment_shows_what_it_answers(server: Server) -> None:
    server.world.put({"id": "500_9001", "message": "When?", "from": {"id": "1", "name": "Bo"}})
    server.world.put({"id": f"{PAGE}_500", "message": "Our new Touring", "from": {"id": PAGE, "name": "Halden"}})
    answer = only(recorded(facebook(server), "comment_answer"))
    assert (answer.parent_id, answer.context[0].text, answer.context[0].author) == ("500_9001", "When?", "Bo")
    comment = only(recorded(facebook(server), "comment_add"))
    assert (comment.context[0].text, comment.context[0].author) == ("Our new Touring", "Halden")


@pytest.mark.parametrize("name", ["comment_edited", "comment_edit_spelling"])
def test_a_changed_comment_has_the_time_of_the_change(name: str, server: Server) -> None:
    item = only(recorded(facebook(server), name))
    assert (item.action, item.external_id, seconds(item)) == ("edit", "500_9001", 1795300300)
    assert item.text == "When does it reach Oslo?"


def test_what_was_deleted_is_told(server: Server) -> None:
    for name, external_id in (("comment_remove", "500_9001"), ("post_remove", f"{PAGE}_600")):
        item = only(recorded(facebook(server), name))
        assert (item.action, item.external_id) == ("delete", external_id)


@pytest.mark.parametrize(
    "name", ["reaction", "comment_hide", "message_echo", "postback", "read", "message_reaction", "standby"]
)
def test_what_is_no_message_is_passed_over(name: str, server: Server) -> None:
    assert recorded(facebook(server), name) == Contents(items=[], malformed=[])


def test_pictures_are_known_by_names_that_last(server: Server) -> None:
    photo = only(recorded(facebook(server), "comment_photo"))
    assert [(one.url, one.kind) for one in photo.attachments] == [("media:comment/500_9003/0", "image")]
    post = only(recorded(facebook(server), "post_visitor"))
    assert (post.kind, post.thread_id) == ("post", f"{PAGE}_600")
    assert [(one.url, one.kind) for one in post.attachments] == [(f"media:post/{PAGE}_600/0", "image")]


def test_what_cannot_be_shown_is_not_lost(server: Server) -> None:
    assert only(recorded(facebook(server), "comment_sticker")).text == NOTHING
    nobody = only(recorded(facebook(server), "comment_without_author"))
    assert (nobody.author.external_id, nobody.author.name) == ("unknown:500_9005", "Somebody on Facebook")


def test_recommendations_say_what_they_recommend(server: Server) -> None:
    worded = only(recorded(facebook(server), "rating"))
    assert (worded.kind, worded.external_id) == ("review", "10150")
    assert worded.text == "Does not recommend the Page.\nThe bell rattles."
    assert only(recorded(facebook(server), "rating_without_words")).text == "Recommends the Page."


def test_a_mention_is_read_where_the_webhook_does_not_say_it(server: Server) -> None:
    assert only(recorded(facebook(server), "mention")).text == "Off to Bergen with Halden Bikes"
    dana = server.world.person("dana")
    server.world.put({"id": "5_7", "message": "See @Halden", "from": dana, "created_time": "2026-11-22T04:00:00+0000"})
    bare = {"field": "mention", "value": {"item": "post", "verb": "add", "post_id": "5_7", "sender_id": dana["id"]}}
    item = only(facebook(server).read(json.loads(hooks.delivery(hooks.entry(changes=[bare]))), AT))
    assert (item.kind, item.text, item.author.name) == ("mention", "See @Halden", "Dana")
    server.world.drop("5_7")
    contents = facebook(server).read(json.loads(hooks.delivery(hooks.entry(changes=[bare]))), AT)
    assert "cannot be read" in contents.malformed[0].reason
    server.faults.add("status", "/5_7", status=503)
    with pytest.raises(ConnectorError):
        facebook(server).read(json.loads(hooks.delivery(hooks.entry(changes=[bare]))), AT)


def test_a_message_on_messenger(server: Server) -> None:
    server.world.people["2468101214"] = {
        "id": "2468101214",
        "name": "Dana Ø.",
        "profile_pic": "https://cdn.example/d.jpg",
    }
    item = only(recorded(facebook(server), "message"))
    assert (item.external_id, item.kind, item.thread_id) == ("m_abc-DEF_1", "direct", "direct:2468101214")
    assert (item.author.name, item.author.avatar_url) == ("Dana Ø.", "https://cdn.example/d.jpg")
    assert item.posted_at == datetime.fromtimestamp(1795299999.123, UTC)
    assert only(recorded(facebook(server), "message_reply")).parent_id == "m_abc-DEF_1"


def test_files_of_a_message(server: Server) -> None:
    item = only(recorded(facebook(server), "message_files"))
    assert [(one.url, one.kind) for one in item.attachments] == [
        ("media:direct/m_files/0", "image"),
        ("media:direct/m_files/1", "image"),
        ("media:direct/m_files/2", "audio"),
        ("media:direct/m_files/3", "file"),
    ]
    assert item.text == "Halden Touring https://halden.example/touring\n60.39, 5.32"


def test_a_changed_message_and_one_that_was_taken_back(server: Server) -> None:
    edited = only(recorded(facebook(server), "message_edit"))
    assert (edited.action, edited.external_id, edited.text) == ("edit", "m_abc-DEF_1", "Is my red bike ready?")
    gone = only(recorded(instagram(server), "message_unsend"))
    assert (gone.action, gone.external_id) == ("delete", "aWdfZAG1faXRlbToxOklHTWVzc2FnZA")
    assert gone.external_id == only(recorded(instagram(server), "message")).external_id


def test_comments_on_instagram_in_both_shapes(server: Server) -> None:
    item = only(recorded(instagram(server), "comments"))
    assert (item.external_id, item.thread_id, item.posted_at) == ("17865799348089039", "17918195224117851", AT)
    assert (item.author.handle, item.author.url) == ("dana.rides", "https://www.instagram.com/dana.rides/")
    bare = only(recorded(instagram(server), "comments_instagram_login"))
    assert (bare.external_id, bare.text) == ("17865799348089042", item.text)
    assert only(recorded(instagram(server), "comments_answer")).parent_id == item.external_id
    assert recorded(instagram(server), "comments_own").items == []


def test_a_comment_below_a_live_video_cannot_be_answered(server: Server) -> None:
    item = only(recorded(instagram(server), "live_comments"))
    assert item.raw["surface"] == "live"


def test_mentions_on_instagram_are_read_at_once(server: Server) -> None:
    world, bo = server.world, server.world.person("bo")
    medium = world.medium("Out and about")
    world.put({"id": "17895695668004550", **{name: medium[name] for name in ("caption", "permalink", "username")}})
    comment = {"id": "17873440459141021", "text": "Ask @halden", "timestamp": "2026-11-22T04:00:00+0000"}
    world.put(comment | {"username": bo["username"], "media": {"id": "17895695668004550", "caption": "Out"}})
    item = only(recorded(instagram(server), "mentions_comment"))
    assert (item.kind, item.text, item.thread_id) == ("mention", "Ask @halden", "17895695668004550")
    assert item.author.external_id == "@bo"
    told = {"caption": "With @halden", "timestamp": "2026-11-22T04:00:00+0000", "username": "bo", "media_type": "IMAGE"}
    world.put({"id": "17895695668004551", **told})
    caption = only(recorded(instagram(server), "mentions_caption"))
    assert (caption.text, caption.raw["surface"]) == ("With @halden", "caption")


def test_stories_are_told_as_what_is_quoted(server: Server) -> None:
    reply = only(recorded(instagram(server), "story_reply"))
    assert (reply.context[0].relation, reply.context[0].external_id) == ("quoted", "18000000000000000")
    named = only(recorded(instagram(server), "story_mention"))
    assert named.text.endswith("asset_id=2")
    assert only(recorded(instagram(server), "message_unsupported")).text.startswith("(Nothing that can be shown")


@pytest.mark.parametrize("name", ["message_echo", "seen"])
def test_what_is_no_message_on_instagram_is_passed_over(name: str, server: Server) -> None:
    assert recorded(instagram(server), name).items == []


def test_what_is_for_another_page_is_set_aside_and_says_so(server: Server) -> None:
    body = hooks.delivery(hooks.entry(changes=[hooks.feed()], id="999"), hooks.entry(changes=[hooks.feed()]))
    contents = facebook(server).read(json.loads(body), AT)
    assert len(contents.items) == 1
    assert [(one.reason, one.position) for one in contents.malformed] == [
        (f"It is for 999, and this channel is {PAGE}.", "entry 0")
    ]
    strange = hooks.delivery(hooks.entry(messaging=[hooks.event(recipient="999")]))
    assert "recipient" in facebook(server).read(json.loads(strange), AT).malformed[0].reason


@pytest.mark.parametrize("payload", [[], {}, {"object": "instagram", "entry": []}, {"object": "page", "entry": 1}])
def test_what_is_no_delivery_of_this_topic_is_rejected(payload: Any, server: Server) -> None:
    with pytest.raises(Rejected):
        facebook(server).read(payload, AT)


def test_one_bad_change_among_a_thousand_costs_nothing_else(server: Server) -> None:
    changes = [hooks.feed() for _ in range(1000)]
    changes[500]["value"]["created_time"] = "yesterday"
    changes[501]["value"] = "nothing"
    asked = len(server.requests)
    contents = facebook(server).read(json.loads(hooks.delivery(hooks.entry(changes=changes))), AT)
    assert (len(contents.items), len(contents.malformed)) == (998, 2)
    # The posts around them are asked for together, and no more than is needed to read them.
    assert len(server.requests) - asked <= 60


def test_a_delivery_is_read_while_meta_is_down(server: Server) -> None:
    server.faults.add("status", status=503)
    body = hooks.delivery(hooks.entry(changes=[hooks.feed()], messaging=[hooks.event("31415")]))
    items = facebook(server).read(json.loads(body), AT).items
    assert [item.kind for item in items] == ["comment", "direct"]
    # One that is down is not asked again for every delivery.
    asked = len(server.requests)
    for _ in range(5):
        facebook(server).read(json.loads(hooks.delivery(hooks.entry(messaging=[hooks.event("31416")]))), AT)
    assert len(server.requests) == asked


@pytest.mark.parametrize("kind", [Facebook, Instagram])
def test_who_the_channel_is_that_was_connected_without_a_number_is_asked_once(kind: Any, server: Server) -> None:
    """And not for each of a thousand deliveries."""
    connector = kind(Account(network=kind.network, name="M", base_url=server.url, credentials=KEYS))
    own = PAGE if kind is Facebook else IG
    for _ in range(3):
        connector.read({"object": kind.topic, "entry": [{"id": own, "time": 1795300000}]}, AT)
    assert len(server.requests) == 1


def test_a_profile_is_asked_for_once(server: Server) -> None:
    server.world.people["27182"] = {"id": "27182", "name": "Erik"}
    for _ in range(3):
        body = hooks.delivery(hooks.entry(messaging=[hooks.event("27182"), hooks.event("27182")]))
        items = facebook(server).read(json.loads(body), AT).items
        assert [item.author.name for item in items] == ["Erik", "Erik"]
    assert len(server.asked("/27182")) == 1


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"hub.mode": "unsubscribe", "hub.verify_token": "verify-me", "hub.challenge": "1"},
        {"hub.mode": "subscribe", "hub.verify_token": "verify-m", "hub.challenge": "1"},
        {"hub.mode": "subscribe", "hub.verify_token": "verify-mé", "hub.challenge": "1"},
        {"hub.mode": "subscribe", "hub.verify_token": "verify-me", "hub.challenge": "<script>"},
        {"hub.mode": "subscribe", "hub.verify_token": "verify-me"},
    ],
)
def test_a_challenge_of_somebody_else_is_not_answered(query: dict[str, str], server: Server) -> None:
    with pytest.raises(Forged):
        facebook(server).challenge(Hook(method="GET", query=query, headers={}, body=b"", received_at=AT))

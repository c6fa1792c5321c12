"""Who is at a conversation: said by browsers, told to all, forgotten by itself, and asked for before sending."""

import time

import pytest
from asgiref.sync import sync_to_async
from django.test import Client
from django.utils import timezone

from inbox import here, live
from inbox.models import Draft, Seen
from tests.inbox.cast import Cast
from tests.inbox.test_streams import Browser, hears, play, session_of, until


@pytest.fixture
def cast(transactional_db):
    live.client().delete(live.LOG, here.KEY)
    return Cast()


def client(user):
    found = Client()
    found.force_login(user)
    return found


def there(now=None):
    found, _ = here.everybody(live.client().hgetall(here.KEY), now or time.time())
    return {pk: [(one["first"], one["doing"]) for one in those] for pk, those in found.items()}


def named(those):
    return [(one["name"], one["doing"]) for one in those]


def test_colleagues_hear_who_looks_who_writes_and_who_leaves(cast):
    conversation = cast.asks()
    bob = client(cast.bob)

    def says(doing):
        return bob.post("/live/here/", {"conversation": conversation.pk, "doing": doing})

    async def story(session):
        await hears()
        async with Browser(session).listening() as alice:
            told = lambda: [at[str(conversation.pk)] for one in alice.named("here") if (at := one["at"])]  # noqa: E731
            for doing in ("viewing", "viewing", "replying", "left"):
                assert (await asynchronously(says, doing)).status_code == 204
                expected = [] if doing == "left" else [("Bob Brandt", doing)]
                await until(lambda expected=expected: told() and named(told()[-1]) == expected)
            # The same said twice is no news.
            assert len(told()) == 3

    play(story, session_of(cast.alice))


async def asynchronously(function, *arguments):
    return await sync_to_async(function)(*arguments)


def test_whoever_comes_later_is_told_who_is_there_already(cast):
    conversation = cast.asks()
    here.say(conversation.pk, by=cast.bob, doing="replying")

    async def story(session):
        await hears()
        async with Browser(session).listening() as alice:
            (first,) = alice.named("here")[:1]
            assert [one["name"] for one in first["at"][str(conversation.pk)]] == ["Bob Brandt"]

    play(story, session_of(cast.alice))


def test_who_says_nothing_any_more_is_gone(cast):
    conversation = cast.asks()
    here.say(conversation.pk, by=cast.bob, doing="viewing")
    here.say(conversation.pk, by=cast.carol, doing="replying")
    assert there() == {conversation.pk: [("Carol", "replying"), ("Bob", "viewing")]}
    assert there(time.time() + here.LASTS + 1) == {}


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"conversation": "1"},
        {"conversation": "\u00b2", "doing": "viewing"},
        {"conversation": "1\0", "doing": "viewing"},
        {"conversation": "9" * 30, "doing": "viewing"},
        {"conversation": "-1", "doing": "viewing"},
        {"conversation": "1", "doing": "dancing" * 1000},
    ],
)
def test_nonsense_is_refused_and_kept_nowhere(cast, said):
    assert client(cast.bob).post("/live/here/", said).status_code == 422
    assert there() == {}


def test_nobody_is_at_a_conversation_that_is_not_there(cast):
    assert client(cast.bob).post("/live/here/", {"conversation": "987654321", "doing": "viewing"}).status_code == 404
    assert there() == {}


def test_what_redis_holds_by_mistake_harms_nobody(cast):
    live.client().hset(here.KEY, mapping={"x": "1", "1:2": "[]", "3:4": "{", "5:6": '{"until": 0, "doing": "x"}'})
    _, ended = here.everybody(live.client().hgetall(here.KEY), time.time())
    assert len(ended) == 4


def test_colleagues_read_what_is_being_answered_and_notes_stay_with_their_writer(cast):
    conversation = cast.asks()
    now = timezone.now()
    Draft.objects.create(user=cast.bob, conversation=conversation, text="A truck is <b>on</b> its way", at=now)
    Draft.objects.create(user=cast.mia, conversation=conversation, text="Between us", mode="note", at=now)
    page = client(cast.charlie).get(f"/c/{conversation.pk}/drafts/").content.decode()
    assert "A truck is &lt;b&gt;on&lt;/b&gt; its way" in page
    assert "Between us" not in page
    assert "Send anyway" not in page
    own = client(cast.bob).get(f"/c/{conversation.pk}/drafts/").content.decode()
    assert "A truck" not in own


def test_before_sending_the_dialog_asks_and_only_whoever_may_send_is_asked(cast):
    conversation = cast.asks()
    path = f"/c/{conversation.pk}/drafts/?sending=1&name=Bob"
    asked = client(cast.alice).get(path, headers={"HX-Request": "true"}).content.decode()
    assert "Bob is replying. Send anyway?" in asked
    assert "data-anyway" not in client(cast.charlie).get(path, headers={"HX-Request": "true"}).content.decode()


def test_taking_over_is_told_to_whoever_writes(cast):
    conversation, alice = cast.asks(), client(cast.alice)

    async def story(session):
        await hears()
        async with Browser(session).listening() as bob:
            await asynchronously(alice.post, f"/c/{conversation.pk}/take-over/")
            await until(lambda: bob.named("taken"))
            (taken,) = bob.named("taken")
            assert (taken["conversation"], taken["name"]) == (conversation.pk, "Alice Arnold")

    play(story, session_of(cast.bob))


def test_what_is_fetched_before_it_is_opened_is_not_seen(cast):
    conversation = cast.asks()
    path, alice = f"/inbox/open/c/{conversation.pk}/", client(cast.alice)
    alice.get(path, headers={"HX-Request": "true", "HX-Preload": "true"})
    assert not Seen.objects.exists()
    alice.get(path, headers={"HX-Request": "true"})
    assert Seen.objects.count() == 1

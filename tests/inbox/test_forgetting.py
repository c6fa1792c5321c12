"""What processes remember of the people whom they have drawn goes with an erasure, in every one of them."""

import gc
from functools import _lru_cache_wrapper

import pytest
from asgiref.sync import sync_to_async
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from contacts.models import Contact, Erasure
from inbox import erasure, here, hub, live, retelling, topics
from people import memory
from tests.inbox.cast import Cast
from tests.inbox.test_streams import hears, play, until

MARK = "Zzmarkzz"
# What routing remembers are single words, without whose they were.
ROOMS = ("inbox", "contacts", "people", "connectors", "socialcrm")


@pytest.fixture
def cast(transactional_db, settings, tmp_path):
    settings.VAR_DIR = tmp_path
    cache.clear()
    memory.forget()
    live.client().delete(live.LOG, here.KEY)
    return Cast()


@pytest.fixture
def person(cast):
    identity = cast.contact(f"{MARK} Whitlock", "x")[0]
    for text in ("The brakes squeal", "They still squeal", "Do you hear them squeal?"):
        cast.asks(identity, f"{MARK}: {text}")
    return identity.contact


def remembering():
    """The functions of this process whose memory holds the mark."""
    found = set()
    for one in gc.get_objects():
        if isinstance(one, _lru_cache_wrapper) and (one.__module__ or "").startswith(ROOMS):
            kept = [part for part in gc.get_referents(one) if part is not one.__wrapped__]
            if MARK.casefold() in repr([gc.get_referents(part) for part in kept] + kept).casefold():
                found.add(f"{one.__module__}.{one.__qualname__}")
    return found


def looks_around(cast, person):
    mia = Client()
    mia.force_login(cast.mia)
    for url in ("/inbox/open/", f"/contacts/{person.pk}/", f"/palette/?q={MARK}", f"/search/?q={MARK}"):
        assert MARK in mia.get(url).content.decode(), url
    return mia


def test_an_erasure_empties_the_memory_of_every_web_process(cast, person):
    def begins():
        mia = looks_around(cast, person)
        assert len(remembering()) >= 3, remembering()
        url = reverse("contact_erase", args=[person.pk])
        assert mia.post(url, {"name": person.name, "reason": ""}).status_code == 302

    async def story():
        await hears()
        await sync_to_async(begins)()
        await until(lambda: not remembering())
        # A page that was being drawn meanwhile brings it in again, until the work is done.
        await sync_to_async(lambda: hub.here.initials(MARK))()
        assert await sync_to_async(remembering)()
        assert await sync_to_async(erasure.work)(await sync_to_async(lambda: Erasure.objects.get().pk)())
        await until(lambda: not remembering())

    play(story)
    assert not Contact.objects.filter(pk=person.pk).exists()
    assert cache.get(f"topics:{person.pk}") is None


@pytest.mark.parametrize("lost", [{"everything": True}, {"erased": 7}])
def test_a_process_forgets_where_another_one_tells_it_to_or_it_may_have_missed_that(cast, person, lost):
    async def story():
        await hears()
        await sync_to_async(looks_around)(cast, person)
        assert remembering()
        await sync_to_async(live.publish)({"conversations": [1], "channels": []})
        await until(lambda: hub.listening()._log.since(None) is None and live.known() == str(hub.listening()._log.last))
        assert remembering()
        await sync_to_async(live.publish)({"conversations": [], "channels": [], **lost})
        await until(lambda: not remembering())

    play(story)


def test_a_process_that_comes_to_listen_forgets_first_and_others_do_so_every_hour(cast, person, monkeypatch):
    looks_around(cast, person)
    assert remembering()

    async def story():
        await hears()
        assert not remembering()

    play(story)
    looks_around(cast, person)
    memory.forget_old()
    assert remembering()
    monkeypatch.setattr(memory, "OLDEST", -1)
    memory.forget_old()
    assert not remembering()


def test_words_that_a_reason_quotes_are_forgotten_in_every_language():
    memory.forget()
    with translation.override("de"):
        assert "betrifft" in retelling.retold(f"“{MARK} has a lawyer” concerns pr (91%).")
    assert remembering() == {"people.retold.Sentences._tell"}
    memory.forget()
    assert not remembering()


def test_topics_of_the_erased_are_not_kept_either(cast, person):
    topics.of_person(person.pk)
    assert cache.get(f"topics:{person.pk}") is not None
    begun = erasure.begin(person.pk, by=None)
    assert begun.at <= timezone.now()
    erasure.work(begun.pk)
    assert cache.get(f"topics:{person.pk}") is None

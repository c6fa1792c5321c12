"""Presence: who has a page open is heard of, says whether they are there, and is given what waits."""

import time
from urllib.request import urlopen

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from inbox import assigning
from inbox.models import Conversation
from people.models import Presence
from routing.models import Service
from tests.browser.conftest import PHONE
from tests.browser.test_live import Server


@pytest.fixture
def server(process_env):
    server = Server(process_env)
    server.start()
    # The first page takes its time, while all that pages are made of is read in.
    urlopen(f"{server.url}/login/", timeout=60).close()
    yield server
    if server.process.poll() is None:
        server.stop()


@pytest.fixture
def site(server):
    return server.url


def eventually(found):
    for _ in range(100):
        if found():
            return
        time.sleep(0.1)
    raise AssertionError("It did not happen.")


def test_an_open_page_makes_somebody_there_until_they_say_otherwise(cast, visit):
    Service.objects.update_or_create(department=cast.departments["support"], defaults={"assigns": True})
    page = visit("alice", stream=True)
    eventually(lambda: Presence.objects.filter(user=cast.alice, state="online").exists())
    page.get_by_role("button", name="account menu").click()
    page.get_by_role("button", name="Away").click()
    expect(page.locator("#presence [value=away]")).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#my-face .there")).to_have_attribute("data-there", "no")
    cast.asks()
    assert assigning.give_out(timezone.now()) == 0
    page.reload()
    page.locator("html[data-stream=open]").wait_for()
    assert Presence.objects.get(user=cast.alice).state == "away"
    page.get_by_role("button", name="account menu").click()
    page.get_by_role("button", name="Here").click()
    expect(page.locator("#my-face .there")).to_have_attribute("data-there", "yes")
    assert assigning.give_out(timezone.now()) == 1


def test_what_somebody_is_given_shows_up_by_itself_with_its_reason(cast, visit):
    Service.objects.update_or_create(department=cast.departments["support"], defaults={"assigns": True})
    conversation = cast.asks(cast.dana[0])
    page = visit("alice", f"/inbox/open/c/{conversation.pk}/", stream=True)
    page.locator("html[data-stream=open]").wait_for()
    eventually(lambda: Presence.objects.filter(user=cast.alice).exists())
    assigning.give_out(timezone.now())
    expect(page.locator(".ev", has_text="Given to Alice Arnold: here, 0 of 10 open")).to_be_visible()
    assert Conversation.objects.get(pk=conversation.pk).assignee == cast.alice


def test_presence_is_chosen_on_a_phone_too(cast, visit):
    page = visit("bob", viewport=PHONE, stream=True)
    page.get_by_role("button", name="account menu").click()
    page.get_by_role("button", name="Away").click()
    expect(page.locator("#presence [value=away]")).to_have_attribute("aria-pressed", "true")

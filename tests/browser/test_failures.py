"""What a page does when something fails: it says so, keeps what was written, and goes on where it stood."""

import re

import pytest
from django.conf import settings
from playwright.sync_api import expect

from inbox.models import Delivery
from people.sessions import Session
from tests.browser import conftest
from tests.browser.test_inbox import focused
from tests.inbox.cast import PASSWORD

PROVOKED = ("status of 401", "status of 503", "Failed to fetch")
WRITTEN = "Half an hour of careful words."


@pytest.fixture(autouse=True)
def provoked(monkeypatch):
    monkeypatch.setattr(conftest, "EXPECTED", conftest.EXPECTED + PROVOKED)


def writes(page, conversation):
    page.goto(page.url.split("/inbox/")[0] + f"/inbox/open/c/{conversation.pk}/")
    page.fill("[data-composer] textarea", WRITTEN)
    page.keyboard.press("Control+Enter")


def test_a_reply_without_a_session_leads_to_the_log_in_and_back_to_its_words(cast, visit):
    conversation = cast.asks()
    page = visit("alice", f"/inbox/open/c/{conversation.pk}/")
    page.wait_for_load_state("networkidle")
    Session.objects.all().delete()
    # What the page asks for by itself takes nobody away from their words.
    with page.expect_response("**/voice/**") as refused:
        page.fill("[data-composer] textarea", WRITTEN)
    assert refused.value.status == 401
    page.keyboard.press("Control+Enter")
    expect(page).to_have_url(re.compile(r"/login/\?next=/inbox/open/c/"))
    page.fill("[name=login]", "alice")
    page.fill("[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator("[data-composer] textarea")).to_have_value(WRITTEN)
    assert not Delivery.objects.exists()


def test_a_server_that_stumbles_or_is_gone_is_told_and_nothing_is_lost(cast, visit):
    conversation = cast.asks()
    page = visit("alice")
    page.route("**/reply/", lambda route: route.fulfill(status=503, body="<html><h1>Away</h1></html>"))
    writes(page, conversation)
    expect(page.locator("#toasts")).to_contain_text("because of us. Try again in a moment. Your text is still here.")
    page.route("**/reply/", lambda route: route.abort())
    page.keyboard.press("Control+Enter")
    expect(page.locator("#toasts")).to_contain_text("The server does not answer.")
    expect(page.locator("[data-composer] textarea")).to_have_value(WRITTEN)
    page.unroute("**/reply/")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#toasts")).to_contain_text("Sending to")


def test_a_page_about_an_error_stays_out_of_the_panes(cast, visit):
    first, second = cast.asks(text="The first one", ago=20), cast.asks(text="The second one", ago=10)
    page = visit("alice", f"/inbox/open/c/{first.pk}/")
    second.messages.all().delete()
    page.route(f"**/c/{second.pk}/", lambda route: route.fulfill(status=404, body="<!doctype html><html></html>"))
    page.locator(f"#row-{second.pk} > a").click()
    expect(page.locator("#toasts")).to_contain_text("This is not there any more.")
    expect(page.locator("#thread .msg")).to_contain_text("The first one")


def test_a_dialog_gives_the_focus_back_when_its_work_is_done(cast, visit):
    cast.asks(ago=20)
    conversation = cast.asks(ago=10)
    page = visit("alice")
    page.keyboard.press("j")
    page.keyboard.press("a")
    expect(page.locator("dialog[open]")).to_be_visible()
    page.keyboard.press("1")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#toasts")).to_contain_text("Assigned to")
    assert focused(page) == f"row-{conversation.pk}"


def test_a_page_of_before_the_last_log_in_says_that_it_is_old(cast, visit):
    conversation = cast.asks()
    page = visit("alice", f"/inbox/open/c/{conversation.pk}/")
    # Parts of the page that come late bring the cookie along once more.
    expect(page.get_by_role("button", name="Follow")).to_be_visible()
    page.wait_for_load_state("networkidle")
    page.context.clear_cookies(name=settings.CSRF_COOKIE_NAME)
    page.keyboard.press("e")
    expect(page.locator("#toasts")).to_contain_text("This page was open too long.")

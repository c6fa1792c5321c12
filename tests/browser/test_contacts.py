"""The list of people and the page of one, in a real browser."""

import re

import pytest
from playwright.sync_api import expect

from inbox import notes
from tests.browser.conftest import PHONE


@pytest.fixture
def dana(cast):
    """Somebody with a history: a picture weeks ago, a question today, a note."""
    cast.asks(cast.dana[1], "Lovely picture. " * 40, department="marketing", ago=60 * 24 * 40, state="closed")
    conversation = cast.asks(cast.dana[0], "It does not start", ago=30)
    notes.add(conversation, by=cast.alice, text="Careful here.")
    return cast.dana[0].contact_id


def test_from_the_inbox_to_a_person_and_back_to_their_conversation(dana, visit):
    page = visit("alice")
    page.keyboard.press("g")
    page.keyboard.press("c")
    page.get_by_role("link", name=re.compile("Dana Whitlock")).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Dana Whitlock")
    expect(page.locator(".density")).to_contain_text("2 interactions, 18 months")
    expect(page.locator("#topics, #ways")).to_have_count(2)
    page.keyboard.press("r")
    expect(page.locator("#thread")).to_contain_text("It does not start")


def test_narrowing_down_is_an_address_and_back_undoes_it(dana, visit):
    page = visit("alice", f"/contacts/{dana}/")
    page.get_by_role("link", name="Notes").click()
    expect(page).to_have_url(re.compile(r"\?kind=notes$"))
    expect(page.locator("#history .ev")).to_have_count(1)
    page.get_by_role("button", name=re.compile("Department")).click()
    page.locator("#by-department a").filter(has_text="Marketing").click()
    expect(page.locator("#history")).to_contain_text("Nothing here with these filters")
    page.go_back()
    expect(page.locator("#history")).to_contain_text("Careful here.")


def test_a_line_opens_in_place_and_folds_again(dana, visit):
    page = visit("alice", f"/contacts/{dana}/")
    line = page.get_by_role("button", name=re.compile("Lovely picture"))
    line.click()
    card = page.locator(".msg").filter(has_text="Lovely picture")
    expect(card).to_be_visible()
    card.get_by_role("button", name="Fold").click()
    expect(card).to_have_count(0)


def test_a_search_keeps_to_this_person(dana, visit):
    page = visit("alice", f"/contacts/{dana}/")
    page.keyboard.press("/")
    page.keyboard.type("careful")
    page.keyboard.press("Enter")
    expect(page.locator("#history .ev")).to_have_count(1)
    expect(page).to_have_url(re.compile("q=careful"))


def test_a_week_of_the_strip_leads_to_that_week(dana, visit):
    page = visit("alice", f"/contacts/{dana}/")
    page.get_by_text("Show as table").first.click()
    page.locator(".density tbody a").last.click()
    expect(page.locator("#history")).not_to_contain_text("It does not start")
    expect(page.locator("#history")).to_contain_text("Lovely picture")
    page.get_by_role("link", name="Later").click()
    expect(page.locator("#history")).to_contain_text("It does not start")


@pytest.mark.parametrize("path", ["/contacts/", "/contacts/{dana}/"])
def test_nothing_is_wider_than_a_phone(dana, visit, path):
    page = visit("alice", path.format(dana=dana), viewport=PHONE)
    page.wait_for_timeout(500)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]

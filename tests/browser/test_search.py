"""Searching while typing, and opening what was found, with the keyboard alone."""

import re


def test_typing_shows_results_and_enter_opens_the_one_that_has_the_focus(cast, visit):
    conversation = cast.asks(cast.dana[0], "The brake light stays on", ago=5)
    page = visit("alice", "/inbox/")
    page.keyboard.press("g")
    page.keyboard.press("/")
    page.wait_for_url("**/search/")
    page.locator("#search-q").press_sequentially("brak", delay=30)
    page.get_by_text("brake").first.wait_for()
    page.wait_for_url("**/search/?q=brak")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(rf"/inbox/open/c/{conversation.pk}/$"))


def test_a_hint_completes_what_is_typed(cast, visit):
    cast.asks(text="The brake light stays on", department="sales")
    page = visit("alice", "/search/")
    page.locator("#search-q").press_sequentially("brake department:sa", delay=30)
    page.locator(".hints").get_by_text("department:sales").click()
    page.get_by_text("Take away").first.wait_for(state="attached")
    assert page.locator("#search-q").input_value() == "brake department:sales"
    page.locator(".row.said").first.wait_for()


def test_the_arrow_keys_lead_to_people_and_back(cast, visit):
    cast.asks(cast.dana[0], "Hello")
    page = visit("alice", "/search/?q=whitlock")
    page.locator("#search-q").focus()
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.getAttribute('aria-label')") == "Dana Whitlock"
    page.keyboard.press("ArrowUp")
    assert page.evaluate("document.activeElement.id") == "search-q"

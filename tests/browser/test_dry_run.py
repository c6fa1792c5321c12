"""A draft is tried on the past in a browser, and messages are explained: with the mouse, with keys, on a phone."""

import pytest

from inbox import triage
from inbox.dryrun import work
from routing import versions
from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.test_axe import violations
from tests.inbox.dry_run_cast import NEW_CARS, decided, draft, rule

PRESS = rule(8, {"field": "intent", "op": "is", "value": "press"}, name="Journalists", owner="pr")
SENSES = {"language": "en", "sentiment": -1, "intents": {"buying": 0.8}, "urgency": 0.2}


@pytest.fixture
def past(cast):
    """A message that a colleague moved where the draft would have sent it, and one that stayed."""
    version = versions.publish([rule(7, NEW_CARS, name="Off", on=False), PRESS], {}, by=cast.mia, reason="First.")
    known = {"signals": {"owner": None, "senses": SENSES}, "threshold": 0.7, "ruleset": version.pk}
    one = decided(cast, "Time for an upgrade", **known)
    triage.hand_over(one.message.conversation, to=cast.departments["sales"], by=cast.alice, reason="Buys.")
    decided(cast, "My car does not start")
    draft(rule(1, NEW_CARS, name="Wants a car", owner="sales"), rule(2, {"field": "role", "op": "is", "value": "x"}))
    return one


@pytest.mark.parametrize(("viewport", "theme"), [(DESKTOP, "light"), (PHONE, "dark")], ids=["desk", "phone"])
def test_a_dry_run_shows_how_far_it_is_and_then_what_would_have_moved(visit, past, viewport, theme):
    page = visit("mia", "/settings/routing/dry-run/", viewport=viewport, color_scheme=theme)
    page.get_by_role("button", name="Run").click()
    page.locator("#dry-run form[action$='cancel/'], #dry-run .matrix").first.wait_for()
    work.work(seconds=60)
    page.locator(".matrix").wait_for()
    assert "Would have moved 1 of 2" in page.locator("#dry-run").inner_text()
    assert "Alice moved it by hand" in page.locator(".examples").inner_text()
    assert violations(page) == []
    page.get_by_role("link", name="1 from Support to Sales").click()
    page.get_by_text("1, the newest of them:").wait_for()
    assert violations(page) == []


def test_the_dry_run_stands_beside_the_rules(visit, past):
    page = visit("mia", "/settings/routing/")
    page.locator("#dry-run").get_by_role("button", name="Run").wait_for()
    assert violations(page) == []


@pytest.mark.parametrize(("viewport", "theme"), [(DESKTOP, "dark"), (PHONE, "light")], ids=["desk", "phone"])
def test_a_card_leads_to_all_reasons_and_to_what_if(visit, past, viewport, theme):
    conversation = past.message.conversation_id
    page = visit("alice", f"/inbox/open/c/{conversation}/", viewport=viewport, color_scheme=theme)
    page.locator(f"#message-{past.message_id} .why").click()
    dialog = page.locator("dialog.explains[open]")
    dialog.wait_for()
    assert "The classifier chose Support with 80%" in dialog.inner_text().replace("\xa0", " ")
    assert violations(page) == []
    dialog.get_by_text("Show the rules of version 1").click()
    dialog.get_by_text("Journalists").wait_for()
    assert "no match" in dialog.locator(".traced").inner_text()
    dialog.locator("textarea").fill("I want a new car")
    dialog.get_by_role("button", name="Try it").click()
    dialog.locator("#tried-text .box").wait_for()
    assert violations(page) == []
    page.keyboard.press("Escape")
    dialog.wait_for(state="detached")
    assert page.evaluate("document.activeElement.classList.contains('why')")

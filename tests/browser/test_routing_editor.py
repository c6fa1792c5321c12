"""The rule editor in a browser: with the mouse and with the keyboard alone, and no page in between."""

import pytest
from django.urls import reverse

from routing import versions
from routing.models import Ruleset
from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.test_axe import violations
from tests.inbox.matrix_rules import rule


@pytest.fixture
def rules(cast):
    """Three rules in force, the first with a group. The server has loaded all views, which takes a while at first."""
    reverse("routing")
    nested = {
        "all": [
            {"field": "text", "op": "contains", "value": ["recall", "brake"]},
            {"none": [{"field": "kind", "op": "in", "value": ["email"]}]},
        ]
    }
    first = rule(1, "recall", conditions=nested)
    return versions.publish([first, rule(2, "price", owner="sales"), rule(3, "photo")], {}, by=cast.mia, reason="x")


def draft():
    return Ruleset.objects.draft().get()


def saved(page):
    page.locator("#pop [data-saves-part]").click()
    page.locator("#pop .part").wait_for(state="detached")


def focused(page):
    return page.evaluate("document.activeElement.id || document.activeElement.textContent.trim()")


def test_words_are_added_as_chips_and_the_sentence_and_the_list_follow(visit, rules):
    page = visit("mia", "/settings/routing/1/")
    page.locator("#tok-0").click()
    page.locator("#pop .chips > input").wait_for()
    page.keyboard.type("airbag, defect")
    page.keyboard.press("Enter")
    assert page.locator("#pop .chip").count() == 4
    page.locator("#pop .chip button").first.click()
    saved(page)
    page.locator("#tok-0 >> text=brake, airbag, defect").wait_for()
    page.locator("#rule-1 >> text=Changed").wait_for()
    page.locator("#routing-head >> text=Draft, 1 change").wait_for()
    assert draft().rules[0]["conditions"]["all"][0]["value"] == ["brake", "airbag", "defect"]


def test_a_condition_of_another_kind_is_added_and_what_is_wrong_is_said_beside_it(visit, rules):
    page = visit("mia", "/settings/routing/2/")
    page.locator("#add-").click()
    page.locator("#pop .part").wait_for()
    page.locator("#pop select[name=field]").select_option("followers")
    page.locator("#pop label >> text=People").wait_for()
    page.locator("#pop input[name=value]").fill("many")
    page.locator("#pop [data-saves-part]").click()
    page.locator("#pop [role=alert] >> text=Write a number").wait_for()
    page.locator("#pop input[name=value]").fill("10,000")
    saved(page)
    page.locator(".say >> text=the author reaches at least").wait_for()
    assert draft().rules[1]["conditions"]["all"][1] == {"field": "followers", "op": "at_least", "value": 10_000}


def test_a_pattern_is_checked_while_it_is_written(visit, rules):
    page = visit("mia", "/settings/routing/2/")
    page.locator("#tok-0").click()
    page.locator("#pop select[name=op]").select_option("matches")
    page.locator("#pop [data-pattern]").fill("(price")
    page.locator("#pattern-says >> text=Correct the pattern").wait_for()
    page.locator("#pop [data-pattern]").fill("prices?")
    page.locator("#pattern-says >> text=can be used").wait_for()


def test_the_whole_work_goes_by_keyboard(visit, rules):
    page = visit("mia", "/settings/routing/")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.locator("#rule-box[data-rule='2']").wait_for()
    assert page.url.endswith("/settings/routing/2/")
    page.keyboard.press("Alt+ArrowUp")
    page.locator("#rules > li:first-child#rule-2").wait_for()
    assert [one["id"] for one in draft().rules] == [2, 1, 3]
    assert focused(page) == "Rule about price"
    page.locator("#does-owner").focus()
    page.keyboard.press("Enter")
    page.locator("#pop input:checked").wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Control+Enter")
    page.locator("#pop .part").wait_for(state="detached")
    page.locator("#does-owner >> text=Support").wait_for()
    assert focused(page) == "does-owner"


def test_leaving_the_popover_gives_the_focus_back_and_changes_nothing(visit, rules):
    page = visit("mia", "/settings/routing/1/")
    page.locator("#tok-0").focus()
    page.keyboard.press("Enter")
    page.locator("#pop .chips > input").wait_for()
    page.keyboard.type("something")
    page.keyboard.press("Escape")
    page.locator("#pop .part").wait_for(state="detached")
    assert focused(page) == "tok-0"
    assert not Ruleset.objects.draft().exists()


def test_groups_are_made_changed_and_taken_out(visit, rules):
    page = visit("mia", "/settings/routing/1/")
    page.locator(".nest .tok.joint >> text=none of these:").click()
    page.locator(".menu:popover-open >> text=one of these is enough").click()
    page.locator(".nest .tok.joint").wait_for(state="detached")
    assert "any" in draft().rules[0]["conditions"]["all"][1]
    page.locator("#tok-0").click()
    page.locator("#pop [aria-label='Later']").click()
    page.locator(".nest #tok-0\\.0").wait_for()
    assert len(draft().rules[0]["conditions"]["all"]) == 1


def test_a_rule_is_switched_deleted_and_brought_back_from_the_toast(visit, rules):
    page = visit("mia", "/settings/routing/2/")
    page.locator("#rule-2 [role=switch]").click()
    page.locator("#rule-2 [role=switch][aria-checked=false]").wait_for()
    page.locator("[popovertarget=rule-menu]").click()
    page.locator("#rule-menu >> text=Delete").click()
    page.locator("#rule-2").wait_for(state="detached")
    assert page.url.endswith("/settings/routing/")
    page.locator(".toast >> text=Undo").click()
    page.locator("#rule-box[data-rule='2']").wait_for()
    assert [(one["id"], one["on"]) for one in draft().rules] == [(1, True), (2, False), (3, True)]


def test_a_rule_is_dragged_to_another_place(visit, rules):
    page = visit("mia", "/settings/routing/")
    page.locator("#rule-3 .n").drag_to(page.locator("#rule-1"), target_position={"x": 200, "y": 4})
    page.locator("#rules > li:first-child#rule-3").wait_for()
    assert [one["id"] for one in draft().rules] == [3, 1, 2]


def test_a_message_is_tried_and_what_is_typed_stays_while_the_rule_changes(visit, rules):
    page = visit("mia", "/settings/routing/1/")
    page.locator("#try-text").fill("Is there a recall?")
    page.locator("#trial button").click()
    page.locator("#trial-says >> text=matches").first.wait_for()
    page.locator("#does-owner").click()
    page.locator("#pop label >> text=Support").click()
    saved(page)
    assert page.locator("#try-text").input_value() == "Is there a recall?"
    page.locator("#trial-says >> text=In force now").wait_for()


def test_publishing_asks_why(visit, rules):
    page = visit("mia", "/settings/routing/1/")
    page.locator("#rule-1 [role=switch]").click()
    page.locator("#routing-head >> text=Publish").click()
    page.locator("dialog[open] >> text=Switched off.").wait_for()
    page.keyboard.press("Control+Enter")
    page.locator("dialog[open] [role=alert]").wait_for()
    page.keyboard.type("Enough recalls.")
    page.keyboard.press("Control+Enter")
    page.locator("dialog[open]").wait_for(state="detached")
    page.locator(".toast >> text=Version 2 is in force").wait_for()
    page.locator("#routing-head .chip").wait_for(state="detached")
    assert Ruleset.objects.published().get().reason == "Enough recalls."


def test_whoever_looks_at_an_old_draft_is_told_and_sees_the_new_one(visit, rules):
    page = visit("mia", "/settings/routing/1/")
    other = visit("adam", "/settings/routing/1/")
    other.locator("#rule-3 [role=switch]").click()
    other.locator("#rule-3 [aria-checked=false]").wait_for()
    page.locator("#rule-2 [role=switch]").click()
    page.locator(".toast >> text=Adam Abt").wait_for()
    page.locator("#rule-3 [aria-checked=false]").wait_for()
    assert draft().rules[1]["on"] is True


@pytest.mark.parametrize(("theme", "viewport"), [("light", DESKTOP), ("dark", PHONE)], ids=["desk", "phone"])
def test_axe_finds_nothing_in_popovers_and_dialogs(visit, rules, theme, viewport):
    page = visit("mia", "/settings/routing/1/", color_scheme=theme, viewport=viewport)
    assert violations(page) == []
    for opens in ("#tok-0", "#tok-1\\.0", "#does-owner", "#add-"):
        page.locator(opens).click()
        page.locator("#pop .part").wait_for()
        assert violations(page) == []
        page.keyboard.press("Escape")
        page.locator("#pop .part").wait_for(state="detached")
    for path in ("history/", "publish/", "thresholds/", "new/", "1/condition/?at=0", "1/does/owner/"):
        page.goto(page.url.split("/settings")[0] + "/settings/routing/" + path)
        assert violations(page) == []

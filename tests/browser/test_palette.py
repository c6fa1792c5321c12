"""The palette, one's own keys, and a computer whose clock is wrong, as somebody meets them."""

import re
from datetime import timedelta

from django.utils import timezone
from playwright.sync_api import expect

from inbox.models import Conversation
from people.models import User
from tests.browser import conftest
from tests.browser.conftest import PHONE


def options(page):
    return page.locator("#palette [role=option]")


def test_the_palette_goes_finds_and_acts_where_one_was(cast, visit, monkeypatch):
    monkeypatch.setattr(conftest, "EXPECTED", (*conftest.EXPECTED, "Failed to fetch"))
    first, second = cast.asks(cast.dana[0], ago=5), cast.asks(ago=10)
    page = visit("alice", f"/inbox/open/c/{first.pk}/")
    # It acts on the line that has the focus, not on what is open.
    page.locator(f"#row-{second.pk} > a").focus()
    page.keyboard.press("Control+k")
    page.keyboard.type("close")
    field = page.locator("#palette-q")
    expect(options(page).first).to_contain_text("Close or open again")
    expect(field).to_have_attribute("aria-activedescendant", options(page).first.get_attribute("id"))
    page.keyboard.press("Enter")
    expect(page.locator("#palette")).to_be_hidden()
    expect(page.locator("#toasts")).to_contain_text("Closed")
    assert Conversation.objects.get(pk=second.pk).state == "closed"
    assert Conversation.objects.get(pk=first.pk).state == "open"

    # A department that is named is chosen already.
    page.locator(f"#row-{first.pk} > a").focus()
    page.keyboard.press("Control+k")
    page.keyboard.type("mo sal")
    expect(options(page).first).to_contain_text("Move to Sales")
    page.keyboard.press("Enter")
    expect(page.locator("#dialogs [value=sales]")).to_be_checked()
    page.keyboard.press("Escape")

    # Nothing is lost while the answer is on its way, and arrows choose.
    page.keyboard.press("Control+k")
    page.keyboard.type("dana whit")
    expect(options(page).first).to_contain_text("Dana Whitlock")
    page.keyboard.press("ArrowDown")
    expect(options(page).nth(1)).to_have_attribute("aria-selected", "true")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    page.wait_for_url("**/contacts/*/")
    # Who was chosen lately comes first.
    page.keyboard.press("Control+k")
    expect(page.locator("#palette [role=group]").first).to_contain_text("Dana Whitlock")
    page.route("**/palette/**", lambda route: route.abort())
    page.keyboard.type("x")
    expect(page.locator("#palette-away")).to_be_visible()
    expect(page.locator("#palette-q")).to_have_value("x")
    page.unroute("**/palette/**")
    page.keyboard.type("y")
    expect(page.locator("#palette-away")).to_be_hidden()
    page.keyboard.press("Escape")
    expect(page.locator("#palette")).to_be_hidden()


def test_a_phone_opens_the_palette_from_the_account(cast, visit):
    page = visit("mia", viewport=PHONE)
    page.locator(".who-am-i").tap()
    page.locator("#account [data-palette]").tap()
    page.keyboard.type("deadl")
    expect(options(page).first).to_contain_text("Deadlines")
    options(page).first.tap()
    page.wait_for_url("**/settings/deadlines/")


def test_somebody_chooses_other_keys(cast, visit):
    conversation = cast.asks()
    page = visit("alice", "/settings/me/keyboard/")
    closing = page.get_by_label("Close or open again", exact=True)
    closing.press("m")
    expect(page.locator("#wrong-keys")).to_contain_text("“m” stands for “Move department” already.")
    closing = page.get_by_label("Close or open again", exact=True)
    expect(closing).to_be_focused()
    closing.press("y")
    expect(page.get_by_role("button", name=re.compile("Back to e"))).to_be_visible()
    marking = page.get_by_label("Mark unread", exact=True)
    marking.press("v")
    marking.press("u")
    expect(page.get_by_role("button", name=re.compile("Back to ⇧u"))).to_be_visible()
    expect(page.get_by_label("Mark unread", exact=True)).to_have_value("v u")
    assert User.objects.get(username="alice").keys == {"e": "y", "U": "v u"}

    page.goto(page.url.replace("/settings/me/keyboard/", f"/inbox/open/c/{conversation.pk}/"))
    expect(page.locator("[data-key=e]:visible").first).to_contain_text("y")
    page.locator(f"#row-{conversation.pk} > a").focus()
    page.keyboard.press("e")
    page.keyboard.press("?")
    finding = page.get_by_label("Find a shortcut")
    finding.fill("close or")
    expect(page.locator("#keys dl > div:visible")).to_have_count(1)
    expect(page.locator("#keys dl > div:visible")).to_contain_text("y")
    page.keyboard.press("Escape")
    assert Conversation.objects.get().state == "open"
    page.keyboard.press("y")
    expect(page.locator("#toasts")).to_contain_text("Closed")


SKEWED = """
    const real = Date.now;
    Date.now = () => real() + SHIFT;
"""


def test_a_computer_whose_clock_is_two_hours_off_tells_the_right_times(cast, visit):
    conversation = cast.asks(ago=12)
    Conversation.objects.filter(pk=conversation.pk).update(due_at=timezone.now() + timedelta(minutes=90))
    for hours in (2, -2):
        page = visit("alice", "/login/")
        page.add_init_script(SKEWED.replace("SHIFT", str(hours * 3_600_000)))
        page.goto(page.url.split("/login")[0].split("/inbox")[0] + "/inbox/")
        assert page.evaluate("document.querySelector('#words') !== null")
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        row = page.locator(f"#row-{conversation.pk}")
        expect(row.locator("time")).to_have_text(re.compile("^1[23]m$"))
        expect(row.locator("[data-left]")).to_have_text(re.compile("^1h (29|30)m$"))

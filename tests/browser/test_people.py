"""A colleague's way in: invited, joined with a second factor, logged in by code, and out when an admin says so."""

from django.core.cache import cache
from playwright.sync_api import expect

from people.models import User
from tests.browser.conftest import PHONE
from tests.people.test_accounts import code_of

NEW = "moss-green-touring-5"


def test_a_colleague_is_invited_joins_with_a_second_factor_and_is_out_when_switched_off(cast, visit, site):
    cache.clear()
    adam = visit("adam", "/settings/people/")
    adam.get_by_role("link", name="Invite somebody").click()
    dialog = adam.locator("#dialogs dialog")
    dialog.get_by_label("Name").fill("Nora Nilsen")
    dialog.get_by_label("Support").check()
    adam.keyboard.press("Control+Enter")
    link = adam.locator("#copy-link").inner_text()
    adam.get_by_role("link", name="Done").last.click()
    expect(adam.get_by_role("region", name="Invited")).to_contain_text("Nora Nilsen")
    nora = visit(None, link.removeprefix(site), viewport=PHONE)
    expect(nora.get_by_label("User name")).to_have_value("nora")
    nora.get_by_label("Password", exact=True).fill(NEW)
    nora.get_by_label("The same password again").fill(NEW)
    nora.get_by_role("button", name="Begin").click()
    nora.locator("#rows, .empty").first.wait_for()
    nora.goto(f"{site}/settings/me/security/factor/new/")
    nora.get_by_label("Password").fill(NEW)
    nora.keyboard.press("Enter")
    nora.get_by_text("It cannot be scanned").click()
    secret = nora.locator(".totp-key").inner_text()
    nora.get_by_label("code").fill(code_of(secret))
    nora.keyboard.press("Enter")
    expect(nora.locator("#codes li")).to_have_count(10)
    other = visit(None, "/login/")
    other.fill("[name=login]", "nora")
    other.fill("[name=password]", NEW)
    other.keyboard.press("Enter")
    other.get_by_label("Code").fill(code_of(secret, ahead=1))
    other.keyboard.press("Enter")
    other.locator("#rows, .empty").first.wait_for()
    adam.goto(f"{site}/settings/people/{User.objects.get(username='nora').pk}/account/")
    adam.get_by_role("link", name="Switch off the log-in").click()
    dialog.get_by_role("button", name="Switch off").click()
    expect(adam.get_by_text("may not log in", exact=True)).to_be_visible()
    expect(adam.get_by_role("region", name="What was done")).to_contain_text("Second factor switched on")
    nora.goto(f"{site}/inbox/")
    expect(nora.get_by_role("heading", name="Log in")).to_be_visible()

"""Connecting, repairing and looking after channels, played in Chromium: with the mouse, the keyboard, and in a hand."""

import re
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from connectors import credentials
from connectors.models import Channel, Ledger, Pull, Receipt
from connectors.registry import CLASSES
from tests.browser.conftest import PHONE
from tests.browser.test_axe import violations
from tests.connectors.test_pages_mapping import DELIVERY
from tests.servers.chirp import serving

GOOD = "good-token-of-twenty-plus"


@pytest.fixture
def server(settings, monkeypatch):
    settings.OUTBOUND_ALLOW = ["127.0.0.0/8"]
    monkeypatch.setitem(CLASSES, "chirp", "tests.connectors.chirp.Chirp")
    with serving() as running:
        yield running


@pytest.fixture
def filled(cast, visit, server):
    """The form of a new channel, filled in."""
    page = visit("adam", "/settings/channels/new/chirp/")
    page.get_by_text("Another address than").click()
    page.get_by_label("Address", exact=True).fill(server.url)
    page.get_by_label("Token", exact=False).first.fill(GOOD)
    return page


def save(page):
    return page.get_by_role("button", name="Save", exact=True)


def test_a_channel_is_connected_from_the_gallery_in_two_minutes(cast, visit, server):
    page = visit("adam", "/settings/channels/")
    page.get_by_role("link", name="Chirp Sign in").click()
    page.get_by_text("Another address than").click()
    page.get_by_label("Address", exact=True).fill(server.url)
    page.get_by_label("Token", exact=False).first.fill(GOOD)
    page.get_by_role("button", name="Test connection").click()
    page.get_by_text("everything works").wait_for()
    save(page).click()
    page.get_by_role("heading", name="Copy this now").wait_for()
    channel = Channel.objects.get(network="chirp")
    assert page.url.endswith(f"/settings/channels/{channel.pk}/")
    assert page.locator("#copy-hook_secret").inner_text() == credentials.load(channel)["hook_secret"]
    assert page.get_by_role("row", name=re.compile("Chirp")).get_attribute("aria-current") == "true"
    page.reload()
    page.locator("#channel-panel").wait_for()
    assert page.locator("#copies").count() == 0
    assert page.get_by_text("Set ").first.is_visible()


def test_save_turns_on_when_the_test_passes_and_off_when_something_changes(filled):
    page = filled
    assert save(page).is_disabled()
    assert page.get_by_text("Save turns on when the test passes.").is_visible()
    page.get_by_role("button", name="Test connection").click()
    page.get_by_text("everything works").wait_for()
    assert save(page).is_enabled()
    page.get_by_label("Watch-words").fill("halden")
    assert save(page).is_disabled()


def test_what_the_network_refuses_is_said_at_the_secret_which_stays_in_its_field(filled):
    page = filled
    page.get_by_label("Token", exact=False).first.fill("wrong-token")
    page.get_by_role("button", name="Test connection").click()
    page.get_by_text("2 of 2 failed").wait_for()
    token = page.locator("#field_token")
    assert token.get_attribute("aria-invalid") == "true"
    assert token.input_value() == "wrong-token"
    assert page.locator("#error-token").inner_text() == "Chirp says: The token was revoked. Make a new token."
    assert save(page).is_disabled()
    token.fill(GOOD)
    page.get_by_role("button", name="Test connection").click()
    page.get_by_text("everything works").wait_for()
    assert token.get_attribute("aria-invalid") is None


def test_all_of_it_goes_by_keyboard(filled):
    page = filled
    page.locator("#field_token").press("Tab")
    for _ in range(12):
        if page.evaluate("document.activeElement.value") == "test":
            break
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.get_by_text("everything works").wait_for()
    page.keyboard.press("Shift+Tab")
    assert page.evaluate("document.activeElement.value") == "save"
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Copy this now").wait_for()


def test_signing_in_leads_away_and_back(cast, visit, server):
    page = visit("adam", "/settings/channels/new/chirp/")
    page.get_by_text("Another address than").click()
    page.get_by_label("Address", exact=True).fill(server.url)
    page.get_by_role("button", name="Sign in at Chirp").click()
    page.wait_for_url(f"{server.url}/authorize?**")
    back = server.allow(page.url)
    callback = parse_qs(urlsplit(page.url).query)["redirect_uri"][0]
    page.goto(f"{callback}?{urlencode(back)}")
    page.get_by_text("Chirp is connected", exact=True).wait_for()
    channel = Channel.objects.get(network="chirp")
    assert page.url.endswith(f"/settings/channels/{channel.pk}/")
    assert channel.is_active


def test_a_stored_secret_is_kept_or_replaced(filled):
    page = filled
    page.get_by_role("button", name="Test connection").click()
    page.get_by_text("everything works").wait_for()
    save(page).click()
    page.get_by_role("heading", name="Copy this now").wait_for()
    token = page.locator("#field_token")
    assert not token.is_visible()
    page.get_by_text("Stored. Ends in plus").click()
    expect(token).to_be_focused()
    token.fill("typed and regretted")
    page.get_by_text("Keep", exact=True).locator("visible=true").click()
    expect(token).to_have_value("")


def test_a_broken_channel_is_repaired_and_disconnected(cast, visit, server, filled):
    page = filled
    page.get_by_role("button", name="Test connection").click()
    page.get_by_text("everything works").wait_for()
    save(page).click()
    page.get_by_role("heading", name="Copy this now").wait_for()
    channel = Channel.objects.get(network="chirp")
    Pull.objects.filter(channel=channel).update(
        state="broken", error="The token was revoked.", remedy="Make a new token.", error_at=timezone.now()
    )
    page.reload()
    page.locator("#channel-panel").get_by_role("link", name="Repair").click()
    page.get_by_text("Stored. Ends in plus").click()
    server.tokens["the-newest-token-of-them"] = "@halden"
    page.locator("#field_token").fill("the-newest-token-of-them")
    page.get_by_role("button", name="Test connection").click()
    page.get_by_text("everything works").wait_for()
    save(page).click()
    page.get_by_text("is saved").wait_for()
    assert Pull.objects.get(channel=channel).state == "new"
    page.get_by_role("link", name="Disconnect").click()
    page.locator("dialog[open]").get_by_role("button", name="Disconnect").click()
    page.get_by_text("is disconnected").wait_for()
    assert server.revoked == ["the-newest-token-of-them"]


def test_the_ledger_opens_down_to_the_payload(cast, visit):
    now = timezone.now()
    Ledger.objects.create(
        channel=cast.channel, hour=now.replace(minute=0, second=0, microsecond=0), stored=3, rejected=1
    )
    Receipt.objects.create(
        channel=cast.channel,
        source="pull",
        key="k",
        payload={"a": "<b>"},
        state="rejected",
        reason="No.",
        received_at=now,
    )
    page = visit("adam", "/settings/ledger/")
    page.locator("tbody th a").first.click()
    page.get_by_role("link", name="Our sample").click()
    page.get_by_role("row", name=re.compile(r"^\d\d:")).get_by_role("link", name="1").click()
    page.get_by_text("No.").click()
    assert '"<b>"' in page.locator("pre").inner_text()
    page.get_by_role("button", name="Try again").click()
    page.get_by_text("1 is tried again").wait_for()
    assert Receipt.objects.get().state == "pending"


def test_a_mapping_is_drawn_with_its_message_beside_it(cast, visit):
    channel = Channel.objects.create(network="webhook", name="Reviews", connected_at=timezone.now())
    Pull.objects.create(channel=channel)
    Receipt.objects.create(
        channel=channel,
        source="webhook",
        key="k",
        payload=DELIVERY,
        state="rejected",
        reason="?",
        received_at=timezone.now(),
    )
    page = visit("adam", f"/settings/channels/{channel.pk}/mapping/")
    page.get_by_label("Id of the message", exact=True).select_option("data.id")
    page.get_by_label("Id of its author", exact=True).select_option("data.user.id")
    page.get_by_label("Text", exact=True).select_option("data.body")
    page.locator("#preview").get_by_text("The brakes squeal.").wait_for()
    assert violations(page) == []
    page.get_by_role("button", name="Save and take in what waits").click()
    page.get_by_text("1 delivery is taken in now").wait_for()


@pytest.mark.parametrize(("theme", "viewport"), [("light", None), ("dark", PHONE)], ids=["desk", "phone"])
def test_axe_finds_nothing_on_the_pages_of_channels(cast, visit, server, theme, viewport):
    now = timezone.now()
    made = Channel.objects.create(network="chirp", name="Halden chirps", connected_at=now, base_url=server.url)
    Pull.objects.create(
        channel=made,
        state="broken",
        error="Revoked.",
        remedy="Make a new one.",
        error_at=now,
        calls_left=5,
        calls_most=90,
    )
    credentials.store(made, {"token": GOOD, "hook_secret": "secret"}, given=["token"], by="Adam")
    Ledger.objects.create(
        channel=made, hour=now.replace(minute=0, second=0, microsecond=0), stored=3, rejected=1, lost=2
    )
    Receipt.objects.create(
        channel=made, source="pull", key="k", payload={"a": 1}, state="rejected", reason="No.", received_at=now
    )
    options = {"viewport": viewport} if viewport else {}
    page = visit("adam", "/settings/channels/", color_scheme=theme, **options)
    site = page.url.split("/settings")[0]
    found = {"list": violations(page)}
    day = f"?day={timezone.localtime(now):%Y-%m-%d}"
    for path in (
        "new/chirp/",
        f"{made.pk}/",
        f"{made.pk}/ledger/{day}",
        f"{made.pk}/receipts/",
        f"{made.pk}/disconnect/",
    ):
        page.goto(f"{site}/settings/channels/{path}")
        found[path] = violations(page)
        if viewport:
            assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], path
    page.goto(f"{site}/settings/channels/new/chirp/")
    page.get_by_role("button", name="Test connection").click()
    page.locator("#trial .box").wait_for()
    found["tested"] = violations(page)
    assert {name: problems for name, problems in found.items() if problems} == {}


def test_what_somebody_is_writing_stays_while_the_list_beside_it_is_renewed(cast, visit, server):
    made = Channel.objects.create(network="chirp", name="Halden chirps", connected_at=timezone.now())
    Pull.objects.create(channel=made, state="ok")
    page = visit("adam", f"/settings/channels/{made.pk}/")
    page.clock.install()
    page.reload()
    page.get_by_label("Watch-words").fill("half a thought")
    Pull.objects.filter(channel=made).update(state="broken", error="Revoked.", error_at=timezone.now())
    page.clock.fast_forward(16_000)
    page.locator("table").get_by_text("Needs repair").wait_for()
    page.locator("#channel-state").get_by_text("Revoked.").wait_for()
    assert page.get_by_label("Watch-words").input_value() == "half a thought"

"""What colleagues say of a person, in a browser: dialogs, errors beside their fields, undo, and no page in between."""

import pytest
from django.utils import timezone

from contacts import attributes, owners, pins, roles, tags, values
from contacts.models import AttributeValue, Pin, Role, RoleKind
from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.test_axe import violations


@pytest.fixture
def person(cast):
    """dana, of whom a bit of everything is known."""
    now, dana = timezone.now(), cast.dana[0].contact_id
    conversation = cast.asks(cast.dana[0])
    city = attributes.define(name="City", kind="text")
    attributes.define(name="Plan", kind="choice", choices=["Gold", "Silver"])
    AttributeValue.objects.create(contact_id=dana, attribute=city, value="Berlin", source="import", at=now)
    values.say(dana, city, "Ingolstadt", by=cast.alice, at=now)
    critic = RoleKind.objects.get(slug="critic")
    roles.give(dana, critic, since=now, reason="Angry posts.", by=cast.alice, at=now)
    pins.add(dana, text="Call before noon.", by=cast.alice, at=now)
    tags.add(dana, name="vip", by=cast.alice, at=now)
    owners.set_owner(dana, cast.departments["support"], cast.bob, by=cast.alice, at=now)
    return {"dana": dana, "conversation": conversation.pk}


def opens(page, where):
    page.locator(where).click()
    page.locator("dialog[open]").wait_for()


def saves(page):
    page.locator("dialog [data-sends=dialog]").click()


def closed(page):
    page.locator("dialog[open]").wait_for(state="detached")


def test_a_role_is_given_refused_without_a_reason_and_taken_back_from_the_toast(visit, person):
    page = visit("alice", f"/contacts/{person['dana']}/")
    opens(page, "#facts-roles [aria-label='Give a role']")
    page.locator("dialog select").select_option(label="Customer")
    saves(page)
    page.locator("dialog[open] [role=alert]").wait_for()
    assert page.evaluate("document.activeElement.name") == "reason"
    page.keyboard.type("Bought a car.")
    saves(page)
    closed(page)
    page.locator("#facts-roles >> text=Customer").wait_for()
    page.locator("#facts-chips >> text=Customer").wait_for()
    page.locator("#history >> text=Became Customer").wait_for()
    page.locator(".toast >> text=Undo").click()
    page.locator("#facts-roles >> text=Customer").wait_for(state="detached")
    page.locator("#history >> text=No longer Customer").wait_for()
    assert Role.objects.get(kind__slug="customer").until is not None


def test_the_other_value_is_shown_with_one_click(visit, person):
    page = visit("alice", f"/contacts/{person['dana']}/")
    page.locator("#facts-attributes summary").click()
    page.locator("#facts-attributes >> text=Show this one").click()
    page.locator("#facts-attributes summary").wait_for(state="detached")
    assert "Berlin" in page.locator("#facts-attributes").inner_text()


def test_tags_are_added_and_taken_away_in_place(visit, person):
    page = visit("alice", f"/contacts/{person['dana']}/")
    page.locator("#tag-name").fill("Winter Tyres")
    page.keyboard.press("Enter")
    page.locator("#facts-tags >> text=winter tyres").wait_for()
    page.locator("[aria-label='Take the tag vip away']").click()
    page.locator("#facts-tags li >> text=vip").wait_for(state="detached")


def test_a_note_is_pinned_from_the_conversation_with_the_keyboard(visit, person):
    page = visit("alice", f"/inbox/open/c/{person['conversation']}/")
    opens(page, ".from-here >> text=Pin a note")
    assert page.evaluate("document.activeElement.name") == "text"
    page.keyboard.type("Speaks German.")
    page.keyboard.press("Control+Enter")
    closed(page)
    page.locator(".toast >> text=Pinned").wait_for()
    assert Pin.objects.filter(text="Speaks German.").exists()


def test_an_admin_adds_a_role_with_a_criterion(visit, person):
    page = visit("adam", "/settings/roles/")
    opens(page, "text=Add a role")
    page.locator("dialog [name=name]").fill("Regular")
    page.locator("dialog label[title=Cup]").click()
    page.locator("dialog [name=measure]").select_option("messages")
    page.locator("dialog [name=at_least]").fill("20")
    saves(page)
    page.locator("td >> text=At least 20 messages.").wait_for()
    page.locator(".toast >> text=Role added: Regular").wait_for()


@pytest.mark.parametrize(("theme", "viewport"), [("light", DESKTOP), ("dark", PHONE)], ids=["desk", "phone"])
def test_axe_finds_nothing_in_sections_and_dialogs(visit, person, theme, viewport):
    page = visit("adam", f"/contacts/{person['dana']}/", viewport=viewport, color_scheme=theme)
    page.locator("#facts-attributes summary").click()
    found = [one for one in violations(page) if "facts" in one or "dialog" in one]
    # The other dialogs are drawn by the same template.
    for label in ("Give a role", "Edit attributes"):
        opens(page, f"[aria-label='{label}']")
        found += violations(page)
        page.keyboard.press("Escape")
        closed(page)
    page.goto(page.url.partition("/contacts")[0] + "/settings/roles/")
    opens(page, ".tbl a.chip.warn")
    found += violations(page)
    assert found == []

"""The drawing of whom a person talks with: readable when there are many, reached by keyboard, and never alone."""

import pytest
from django.utils import timezone

from contacts.models import Relationship
from tests.browser.conftest import DESKTOP, PHONE

OVERLAPS = """() => {
  const boxes = [...document.querySelectorAll(".names text:not(.waits)")].map((one) => one.getBoundingClientRect());
  let count = 0;
  boxes.forEach((a, at) => boxes.slice(at + 1).forEach((b) => {
    if (a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 3 && b.top < a.bottom - 3) count += 1;
  }));
  return count;
}"""


@pytest.fixture
def crowd(cast):
    """dana talks with 230 people."""
    at = timezone.now()
    others = [cast.contact(f"Somebody Longname {n:03}")[0] for n in range(230)]
    edge = {"kind": "mentioned", "first_at": at, "last_at": at}
    Relationship.objects.bulk_create(
        Relationship(source=cast.dana[0], target=other, count=240 - n, **edge) for n, other in enumerate(others)
    )
    Relationship.objects.bulk_create(
        Relationship(source=one, target=other, **edge) for one, other in zip(others[:80], others[40:120], strict=True)
    )
    return cast.dana[0].contact_id


@pytest.mark.parametrize(("viewport", "least"), [(DESKTOP, 35), (PHONE, 12)], ids=["desk", "phone"])
def test_two_hundred_neighbours_are_readable(crowd, visit, viewport, least):
    page = visit("alice", f"/contacts/{crowd}/graph/", viewport=viewport)
    page.locator(".graph a").nth(199).wait_for()
    assert page.locator(".graph a").count() == 200
    assert page.evaluate(OVERLAPS) == 0
    assert least <= page.locator(".names text:not(.waits)").count() <= 40
    page.get_by_text("and 30 more").wait_for()


def test_the_keyboard_reaches_everybody_and_shows_who_it_is(crowd, visit):
    page = visit("alice", f"/contacts/{crowd}/graph/")
    page.locator(".graph a").nth(199).wait_for()
    last = page.locator('.names text[data-of="199"]')
    assert not last.is_visible()
    page.locator(".graph a").nth(199).focus()
    assert last.is_visible()
    assert "41 messages to them" in page.locator(".graph a").nth(199).get_attribute("aria-label")
    page.keyboard.press("Enter")
    page.wait_for_url("**/contacts/*/")
    assert page.locator("h1").inner_text() == "Somebody Longname 199"


def test_it_stands_on_the_persons_page_with_a_table(crowd, visit):
    page = visit("alice", f"/contacts/{crowd}/")
    page.locator(".talks .graph a").nth(9).wait_for()
    assert page.locator(".talks .graph a").count() == 10
    page.locator(".talks summary").click()
    assert page.locator(".talks table tbody tr").count() == 10
    page.get_by_role("link", name="Show everybody Dana talks with").click()
    page.wait_for_url("**/graph/")


def test_without_scripts_the_table_is_there(crowd, chromium, visit):
    page = visit("alice", f"/contacts/{crowd}/graph/", java_script_enabled=False)
    page.locator("summary").click()
    assert page.locator("table tbody tr").count() == 200

"""Moving one conversation and those like it, and the page of quality."""

import pytest
from playwright.sync_api import expect

from inbox import triage
from inbox.models import Conversation
from routing.models import Example, TrainedModel
from tests.browser.conftest import PHONE


@pytest.fixture
def estates(cast):
    """Four that ask for the price of the same car, and one that asks for something else."""
    texts = (
        "What does the new estate cost with a tow bar?",
        "What does the new estate cost with a roof box?",
        "How much does the new estate cost?",
        "what would the new estate cost me with a tow bar",
        "The brake light stays on since this morning.",
    )
    made = [cast.asks(text=text, ago=number + 1) for number, text in enumerate(texts)]
    for one in made:
        cast.decided(one.messages.get())
    return made


def departments(conversations):
    return [Conversation.objects.get(pk=one.pk).department.slug for one in conversations]


def test_what_is_like_a_moved_conversation_goes_along_and_comes_back(estates, visit):
    page = visit("alice", f"/inbox/q/support/c/{estates[0].pk}/")
    page.keyboard.press("m")
    page.click("dialog [value=sales]")
    page.fill("dialog [name=reason]", "Wants a new car.")
    page.keyboard.press("Control+Enter")
    toast = page.locator("#toasts")
    expect(toast).to_contain_text("Moved to Sales")
    expect(toast).to_contain_text("3 more like this")
    page.keyboard.press("S")
    dialog = page.locator("dialog[open]")
    expect(dialog).to_contain_text("Move more like this to Sales")
    expect(dialog.locator("[name=chosen]")).to_have_count(3)
    expect(dialog.locator("[name=reason]")).to_have_value("Wants a new car.")
    for box in dialog.locator("[name=chosen]").all():
        box.check()
    dialog.locator("[name=chosen]").last.uncheck()
    dialog.locator("button.primary").click()
    expect(toast).to_contain_text("2 moved to Sales")
    expect(page.locator("dialog[open]")).to_have_count(0)
    assert sorted(departments(estates)) == ["sales"] * 3 + ["support"] * 2
    assert Example.objects.filter(source="similar").count() == 2
    page.keyboard.press("z")
    expect(toast).to_contain_text("Taken back: 2 moved to Sales")
    assert departments(estates) == ["sales", *["support"] * 4]
    assert Example.objects.filter(source="similar").count() == 0


def test_managers_search_corrections_take_one_out_and_ask_for_a_training(cast, estates, visit):
    for conversation in estates[:2]:
        triage.hand_over(conversation, to=cast.departments["sales"], by=cast.alice, reason="Wants a new car.")
    page = visit("mia", "/settings/routing/quality/")
    expect(page.locator(".lesson")).to_have_count(2)
    page.fill("#lessons [name=q]", "roof")
    expect(page.locator(".lesson")).to_have_count(1)
    page.locator(".lesson button").click()
    expect(page.locator("#toasts")).to_contain_text("Taken out")
    expect(page.locator(".lesson")).to_have_count(0)
    assert Example.objects.count() == 1
    page.click("text=Train now")
    expect(page.locator("#models [role=status]")).to_be_visible()
    assert TrainedModel.objects.count() == 1


def test_the_page_fits_a_phone(cast, estates, visit):
    page = visit("mia", "/settings/routing/quality/", viewport=PHONE)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]

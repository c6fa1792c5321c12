"""Choosing an order, and how urgent something is, with the mouse and with keys."""

from playwright.sync_api import expect


def names(page):
    return page.locator("#rows li.row").evaluate_all("rows => rows.map(row => row.dataset.id)")


def test_an_order_is_chosen_from_a_menu_and_stays(cast, visit):
    old, new = cast.asks(ago=100), cast.asks(ago=1)
    page = visit("mia", "/inbox/")
    assert names(page) == [str(new.pk), str(old.pk)]
    page.get_by_role("button", name="Newest first").click()
    page.get_by_role("button", name="Waiting longest").click()
    expect(page.locator("[popovertarget=list-order]")).to_contain_text("Waiting longest")
    assert names(page) == [str(old.pk), str(new.pk)]
    page.goto(page.url.split("/inbox/")[0] + "/inbox/q/support/")
    assert names(page) == [str(old.pk), str(new.pk)]


def test_something_is_urgent_by_one_key_and_the_menu_closes_after_a_choice(cast, visit):
    conversation = cast.asks(ago=5)
    page = visit("alice", f"/inbox/open/c/{conversation.pk}/")
    page.keyboard.press("p")
    expect(page.locator(f"#row-{conversation.pk} .priority")).to_have_text("Urgent")
    page.locator(f"[popovertarget=priority-{conversation.pk}]").click()
    page.get_by_role("button", name="Low", exact=True).click()
    expect(page.locator(f"#row-{conversation.pk} .priority")).to_have_text("Low")
    expect(page.locator(f"#priority-{conversation.pk}")).to_be_hidden()
    assert conversation.events.filter(kind="prioritised").count() == 2
    expect(page.locator("#timeline-scroll").get_by_text("Priority: Low")).to_have_count(1)


def test_what_an_action_and_a_live_update_both_bring_is_shown_once(cast, visit):
    conversation = cast.asks(ago=5)
    page = visit("alice", f"/inbox/open/c/{conversation.pk}/")
    # As a live update asks that left before the action was answered: for all after the same place.
    place = page.locator(f"#place-{conversation.pk} input").evaluate_all(
        "inputs => new URLSearchParams(inputs.map(input => [input.name, input.value])).toString()"
    )
    page.keyboard.press("p")
    told = page.locator("#timeline-scroll").get_by_text("Priority: Urgent")
    expect(told).to_have_count(1)
    late = f"/inbox/open/changes/?shown={conversation.pk}&ids=&open={conversation.pk}&{place}"
    with page.expect_response("**/changes/**") as answer:
        page.evaluate("url => htmx.ajax('GET', url, {swap: 'none'})", late)
    assert "Priority: Urgent" in answer.value.text()
    expect(told).to_have_count(1)

"""Moving work on the board by hand, taking it back there, and dialogs that were opened as pages of their own."""

from playwright.sync_api import expect


def lane(page, slug):
    return page.locator(f"[data-department={slug}]")


def test_a_tile_is_dragged_to_a_department_with_a_reason_and_taken_back(cast, visit):
    conversation = cast.asks(cast.dana[0])
    page = visit("mia", "/board/")
    page.locator(f"#tile-{conversation.pk}").drag_to(lane(page, "sales"))
    page.get_by_label("Routing got it wrong.").check()
    page.keyboard.press("Control+Enter")
    expect(page.locator("#toasts")).to_contain_text("1 moved to Sales")
    expect(lane(page, "sales")).to_contain_text("Dana Whitlock")
    page.keyboard.press("z")
    expect(page.locator("#toasts")).to_contain_text("Taken back")
    expect(lane(page, "support")).to_contain_text("Dana Whitlock")


def test_a_dialog_that_is_a_page_goes_on_to_a_page(cast, visit):
    conversation = cast.asks()
    page = visit("alice", f"/c/{conversation.pk}/snooze/")
    page.get_by_role("button", name="Snooze").click()
    page.wait_for_url(f"**/c/{conversation.pk}/")
    expect(page.locator("#toasts")).to_contain_text("Snoozed until")
    page.goto(page.url.split("/inbox/")[0] + f"/inbox/open/bulk/?do=snooze&ids={cast.asks().pk}")
    page.get_by_role("button", name="Snooze").click()
    page.wait_for_url("**/inbox/open/")
    expect(page.locator("#toasts")).to_contain_text("1 snoozed until")

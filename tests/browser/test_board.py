"""Moving work on the board by hand, taking it back there, and dialogs that were opened as pages of their own."""

from playwright.sync_api import expect

from tests.browser.conftest import PHONE


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


def test_dropped_on_a_person_of_another_department_it_says_to_whom_and_drops_them_elsewhere(cast, visit):
    conversation = cast.asks(cast.dana[0])
    page = visit("mia", "/board/")
    page.locator(f"#tile-{conversation.pk}").drag_to(page.locator(f"[data-person='{cast.carol.pk}']").first)
    dialog = page.locator("dialog[open]")
    expect(dialog.get_by_label(f"To {cast.carol}")).to_be_checked()
    dialog.locator("[value=pr]").check()
    expect(dialog).to_contain_text(f"1 goes to PR, which has 1 open then. {cast.carol} is not in PR")
    page.get_by_label("Routing got it wrong.").check()
    page.keyboard.press("Control+Enter")
    expect(lane(page, "pr")).to_contain_text("Dana Whitlock")


def test_a_digit_in_the_dialog_says_what_goes_where(cast, visit):
    conversation = cast.asks()
    page = visit("mia", "/board/")
    page.locator(f"#tile-{conversation.pk} a").focus()
    page.keyboard.press("m")
    expect(page.locator("dialog[open]")).to_be_visible()
    page.keyboard.press("2")
    expect(page.locator("dialog[open] [role=status]")).to_contain_text("1 goes to")


def test_by_touch_tiles_are_chosen_and_moved(cast, visit):
    conversation = cast.asks()
    page = visit("mia", "/board/", viewport=PHONE)
    tile = page.locator(f"#tile-{conversation.pk}")
    expect(tile.locator(".check")).to_have_css("opacity", "1")
    tile.locator(".check").scroll_into_view_if_needed()
    before = tile.bounding_box()["y"]
    tile.locator(".check").tap()
    expect(tile.locator(".check")).to_be_checked()
    assert tile.bounding_box()["y"] == before
    page.get_by_role("button", name="Move").tap()
    expect(page.locator("dialog[open]")).to_contain_text("Move 1 conversation")


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

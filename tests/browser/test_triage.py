"""An agent chooses several, acts on all of them, takes it back, and goes on with the next; by keyboard and by mouse."""

from playwright.sync_api import expect

from inbox.models import Conversation


def states():
    return "".join(
        state[0] for state in Conversation.objects.order_by("-last_message_at").values_list("state", flat=True)
    )


def test_several_are_chosen_kept_acted_on_and_taken_back(cast, visit):
    for number in range(6):
        cast.asks(ago=10 * (number + 1), assignee=cast.alice)
    page = visit("alice")
    said = page.locator("[data-picked]")
    for key in ("j", "x", "j", "j", "X"):
        page.keyboard.press(key)
    expect(said).to_have_text("3 selected")
    page.locator("#rows .row .check").nth(5).click(modifiers=["Shift"])
    expect(said).to_have_text("6 selected")
    page.locator("#rows .row .check").nth(4).click()
    expect(said).to_have_text("5 selected")
    page.reload()
    expect(said).to_have_text("5 selected")
    page.keyboard.press("Escape")
    expect(page.locator("[data-bulk]")).to_be_hidden()
    page.keyboard.press("*")
    expect(said).to_have_text("6 selected")
    page.keyboard.press("*")
    for at in (0, 1):
        page.locator("#rows .row .check").nth(at).check()
    page.keyboard.press("s")
    expect(page.locator("dialog[open]")).to_contain_text("Snooze the chosen conversations")
    page.get_by_label("Or type when").fill("in 3 hours")
    page.keyboard.press("Enter")
    expect(page.locator("#toasts")).to_contain_text("2 snoozed until")
    expect(page.locator("#rows .row")).to_have_count(4)
    expect(page.locator("[data-bulk]")).to_be_hidden()
    assert states() == "ssoooo"
    page.keyboard.press("z")
    expect(page.locator("#toasts")).to_contain_text("Taken back: 2 snoozed until")
    expect(page.locator("#rows .row")).to_have_count(6)
    assert states() == "oooooo"


def test_a_new_list_leaves_the_keyboard_where_it_has_gone_meanwhile(cast, visit):
    talks = [cast.asks(text=f"Question number {n}", ago=n + 1) for n in range(4)]
    page = visit("alice")
    line = [page.locator(f"#row-{talk.pk}") for talk in talks]
    held = []
    for key in ("j", "x", "j", "x"):
        page.keyboard.press(key)
    page.route("**/inbox/open/", lambda route: held.append(route))
    page.keyboard.press("A")
    while not held:
        page.wait_for_timeout(100)
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(line[3].locator(":scope > a")).to_be_focused()
    held[0].continue_()
    expect(line[0]).to_contain_text("Alice")
    expect(line[3].locator(":scope > a")).to_be_focused()
    page.keyboard.press("Control+k")
    expect(page.locator("#palette-q")).to_be_focused()


def test_work_goes_on_with_the_next_one_and_what_is_taken_back_opens_again(cast, visit):
    third, second, first = (cast.asks(ago=ago) for ago in (30, 20, 10))
    page = visit("alice", f"/inbox/open/c/{first.pk}/")
    thread = page.locator("#thread")
    page.keyboard.press("l")
    page.get_by_label("Add, divided by commas").fill("vip, brakes")
    page.keyboard.press("Enter")
    expect(page.locator(".tagged")).to_contain_text("brakes")
    page.keyboard.press("e")
    expect(thread).to_have_attribute("data-id", str(second.pk))
    expect(page.locator(f"#row-{first.pk}")).to_contain_text("Alice Arnold closed this")
    page.keyboard.press("s")
    expect(page.locator("dialog[open]")).to_contain_text("Tomorrow morning")
    page.keyboard.press("Control+Enter")
    expect(thread).to_have_attribute("data-id", str(third.pk))
    assert states() == "cso"
    page.keyboard.press("z")
    expect(thread).to_have_attribute("data-id", str(second.pk))
    # The toast is gone, and the key still goes one step further back.
    page.evaluate("document.querySelector('#toasts').replaceChildren()")
    page.keyboard.press("z")
    expect(thread).to_have_attribute("data-id", str(first.pk))
    assert states() == "ooo"
    page.click("text=What you did")
    expect(page.locator("li").filter(has_text="Taken back")).to_have_count(2)
    page.get_by_role("button", name="Undo: Tagged vip, brakes").click()
    expect(page.locator("#toasts")).to_contain_text("Taken back: Tagged vip, brakes")
    assert not first.tags.exists()


def test_what_has_not_been_answered_yet_is_what_is_taken_back(cast, visit):
    conversation = cast.asks()
    page = visit("alice", f"/inbox/open/c/{conversation.pk}/")
    page.keyboard.press("A")
    expect(page.locator("#toasts")).to_contain_text("Assigned to")
    held = []
    page.route("**/close/", lambda route: held.append(route))
    with page.expect_request("**/close/"):
        page.keyboard.press("e")
    page.keyboard.press("z")
    held[0].continue_()
    expect(page.locator("#toasts")).to_contain_text("Taken back: Closed")
    conversation.refresh_from_db()
    assert (conversation.state, conversation.assignee) == ("open", cast.alice)


def test_all_of_a_view_that_nobody_counted_are_chosen_and_the_bar_covers_no_line(cast, visit):
    for number in range(60):
        cast.asks(ago=number)
    page = visit("mia", "/inbox/open/?unread=1")
    expect(page.locator("#list-count")).to_be_empty()
    lines = page.locator("#rows .row")
    for _ in range(10):
        page.keyboard.press("j")
    page.keyboard.press("x")
    line, bar = lines.nth(9).bounding_box(), page.locator("[data-bulk]").bounding_box()
    assert line["y"] + line["height"] <= bar["y"]
    page.keyboard.press("*")
    page.get_by_role("button", name="Select all of this view").click()
    expect(page.locator("[data-picked]")).to_have_text("All selected")
    expect(page.locator("[data-every-said]")).to_have_text("All of this view are selected.")
    page.keyboard.press("e")
    expect(page.locator("#toasts")).to_contain_text("60 closed")
    assert set(states()) == {"c"}

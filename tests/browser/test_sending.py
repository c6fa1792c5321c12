"""What leaves: a picture with its description, a long text as posts, at a later time, and back into the composer."""

import io
import re

from PIL import Image
from playwright.sync_api import expect

from inbox.models import Delivery, DraftFile, Message

LONG = "Thank you for telling us about it. " * 20


def picture():
    made = io.BytesIO()
    Image.new("RGB", (60, 40), (20, 60, 200)).save(made, "PNG")
    return {"name": "car.png", "mimeType": "image/png", "buffer": made.getvalue()}


def test_a_long_reply_with_a_picture_is_planned_and_taken_back_with_all_that_belongs_to_it(cast, visit):
    conversation = cast.asks(cast.dana[0])
    page = visit("alice", f"/inbox/open/c/{conversation.pk}/")
    text = page.locator("[data-composer] textarea")
    text.fill(LONG)
    expect(page.locator(".parts li")).to_have_count(2)
    expect(page.locator(".parts li").last).to_contain_text("2/2")
    page.locator("[data-numbered]").uncheck()
    expect(page.locator(".parts li").last).not_to_contain_text("2/2")

    refused = [{**picture(), "name": name, "mimeType": "text/html"} for name in ("a.html", "b.html")]
    page.locator("[data-files]").set_input_files([refused[0], picture(), refused[1]])
    # Each of them is told, and once.
    expect(page.locator(".files [role=alert] p")).to_contain_text(["does not take “a.html”", "does not take “b.html”"])
    alt = page.locator("[data-alt]")
    alt.fill("A blue car")
    # Enter in a field sends nothing.
    with page.expect_response("**/alt/"):
        alt.press("Enter")
    page.reload()
    expect(page.locator("[data-alt]")).to_have_value("A blue car")
    expect(page.locator(".parts li")).to_have_count(2)

    page.locator("[data-later] summary").click()
    page.keyboard.press("Escape")
    expect(page.locator("[data-later] .menu")).to_be_hidden()
    page.locator("[data-later] summary").click()
    page.get_by_role("button", name=re.compile("Tomorrow morning")).click()
    expect(page.locator(".toast")).to_contain_text("goes out")
    expect(page.locator(".deliver").get_by_role("button", name="Send now")).to_be_visible()
    expect(text).to_have_value("")
    assert set(Delivery.objects.values_list("state", "is_later")) == {("queued", True)}
    assert Message.objects.filter(direction="out").earliest("pk").uploads.get().alt == "A blue car"

    page.get_by_role("button", name="Take back").click()
    expect(page.locator("[data-composer] textarea")).to_have_value(LONG.strip())
    expect(page.locator("[data-alt]")).to_have_value("A blue car")
    expect(page.locator(".msg.out")).to_have_count(0)
    assert DraftFile.objects.count() == 1


def test_what_was_sent_and_closed_comes_back_with_its_words(cast, visit):
    second, first = cast.asks(cast.dana[0], "Does it tow?", ago=9), cast.asks(text="Does it start?", ago=8)
    page = visit("alice", f"/inbox/open/c/{first.pk}/")
    page.locator("[data-composer] textarea").fill("It does.")
    page.keyboard.press("Control+Shift+Enter")
    expect(page).to_have_url(re.compile(rf"/c/{second.pk}/$"))
    expect(page.locator("#thread")).to_contain_text("Does it tow?")
    page.keyboard.press("z")
    expect(page).to_have_url(re.compile(rf"/c/{first.pk}/$"))
    expect(page.locator("[data-composer] textarea")).to_have_value("It does.")


def test_what_was_fetched_while_something_was_taken_back_is_not_shown_afterwards(cast, visit):
    second, first = cast.asks(cast.dana[0], "Does it tow?", ago=9), cast.asks(text="Does it start?", ago=8)
    page = visit("alice", f"/inbox/open/c/{first.pk}/")
    page.locator("[data-composer] textarea").fill("It does.")
    page.keyboard.press("Control+Shift+Enter")
    expect(page.locator("#thread")).to_contain_text("Does it tow?")
    held = []
    page.route("**/undo/", lambda route: held.append(route))
    page.keyboard.press("z")
    while not held:
        page.wait_for_timeout(50)
    with page.expect_request_finished(lambda asked: asked.url.endswith(f"/c/{first.pk}/")):
        page.locator("[data-composer] textarea").focus()
        page.locator(f"#row-{second.pk} > a").focus()  # which fetches its neighbours
    held[0].continue_()
    expect(page).to_have_url(re.compile(rf"/c/{first.pk}/$"))
    expect(page.locator("[data-composer] textarea")).to_have_value("It does.")

"""The timeline as somebody reads it: parts that come and go, days, the viewer, and the keyboard."""

import io
from datetime import timedelta

from django.db import connection
from django.utils import timezone
from PIL import Image
from playwright.sync_api import expect

from inbox.attaching import OWN
from inbox.models.replies import Upload

# As many as a person ever had; what the page holds must not depend on it.
LONG = 200_000
HELD = 200 + 50
# Goes near the beginning of what is there, and remembers an entry that is in view.
UP = """() => {
    const box = document.getElementById("timeline-scroll");
    box.scrollTop = Math.min(box.scrollTop, 650);
    const top = box.getBoundingClientRect().top + 60;
    window.watched = [...box.querySelectorAll("[data-at]")].find((one) => one.getBoundingClientRect().top > top);
    return window.watched.getBoundingClientRect().top;
}"""
WATCHED = "() => window.watched.getBoundingClientRect().top"


def long_past(conversation, count=LONG):
    """So many events of a person, an hour apart, the newest two days ago."""
    start = timezone.now() - timedelta(days=2)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO inbox_event (kind, at, data, channel_id, identity_id, conversation_id)"
            " SELECT 'closed', %s - n * interval '1 hour', '{}', %s, %s, %s"
            " FROM generate_series(1, %s) n",
            [start, conversation.channel_id, conversation.identity_id, conversation.pk, count],
        )
        cursor.execute("ANALYZE inbox_event")


def test_two_hundred_thousand_events_scroll_and_nothing_jumps(cast, visit):
    old = cast.asks(cast.dana[1], "Long ago", ago=60 * 24 * 3)
    conversation = cast.asks(cast.dana[0], "The one at hand")
    long_past(old)
    page = visit("alice", f"/inbox/open/c/{conversation.pk}/")
    expect(page.locator("#earlier")).to_contain_text("More than 1,000 earlier")
    page.hover("#timeline-scroll")
    events = page.locator("#thread .tl > [data-at]")
    for _ in range(6):
        before, place = events.first.get_attribute("id"), page.evaluate(UP)
        page.mouse.wheel(0, -50)
        expect(events.first).not_to_have_id(before)
        # What was looked at moved by the turn of the wheel, and by nothing else.
        assert 0 <= page.evaluate(WATCHED) - place <= 51
        assert events.count() <= HELD
    expect(page.locator("#thread .fold[data-trimmed]")).to_have_count(1)
    # Any day is one step away, and from there one goes on by keyboard.
    page.keyboard.press("d")
    day = timezone.localtime() - timedelta(days=4000)
    page.fill("#jump input[type=date]", f"{day:%Y-%m-%d}")
    page.keyboard.press("Enter")
    goal = page.locator("#thread [data-goal]")
    expect(goal).to_be_focused()
    expect(goal).to_be_in_viewport()
    expect(goal.locator(".tip")).to_contain_text(f"{day.year}")
    page.keyboard.press("]")
    expect(page.locator("#thread [data-goal] ~ [data-at]").first).to_be_focused()
    page.keyboard.press("k")
    expect(goal).to_be_focused()
    assert events.count() <= HELD


def test_pictures_open_in_a_viewer_that_the_arrows_turn(cast, visit):
    conversation = cast.asks()
    files = [{"kind": "image", "url": "", "alt": f"Dent {n}"} for n in range(20)]
    cast.says(conversation, "Look", attachments=files)
    page = visit("alice", f"/inbox/open/c/{conversation.pk}/")
    # None of them can be fetched, and each says so.
    expect(page.locator(".pictures .gone").first).to_be_visible()
    page.get_by_role("link", name="and 8 more").click()
    viewer = page.locator("dialog[data-viewer]")
    expect(viewer).to_contain_text("13 of 20")
    expect(viewer).to_contain_text("This picture cannot be shown.")
    page.keyboard.press("ArrowRight")
    expect(viewer).to_contain_text("14 of 20")
    page.keyboard.press("ArrowLeft")
    expect(viewer).to_contain_text("13 of 20")
    page.keyboard.press("ArrowLeft")
    expect(viewer).to_contain_text("12 of 20")
    expect(viewer).to_contain_text("Dent 11")
    # Faster than they come.
    for _ in range(3):
        page.keyboard.press("ArrowLeft")
    expect(viewer).to_contain_text("9 of 20")
    page.keyboard.press("Escape")
    expect(viewer).to_have_count(0)
    expect(page.get_by_role("link", name="and 8 more")).to_be_focused()


def test_a_picture_opens_as_a_page_of_its_own_without_a_complaint(cast, visit):
    content = io.BytesIO()
    Image.new("RGB", (40, 30), "navy").save(content, "PNG")
    reply = cast.says(cast.asks(), "This is how", direction="out")
    Upload.objects.create(message=reply, name="how.png", content_type="image/png", content=content.getvalue())
    reply.attachments = [{"kind": "image", "name": "how.png", "alt": "", "url": f"{OWN}{reply.pk}/0"}]
    reply.save(update_fields=["attachments"])
    page = visit("alice", f"/media/{reply.pk}/0/")
    # The browser draws such a page by styles of its own, and says in its console where the content policy forbids them.
    assert page.locator("img").evaluate("(one) => [one.naturalWidth, getComputedStyle(one).display]") == [40, "block"]


def test_after_something_was_taken_back_other_conversations_of_the_person_are_told_of(cast, visit):
    one, other = cast.asks(cast.dana[0], "Does it start?", ago=20), cast.asks(cast.dana[1], "Does it tow?", ago=10)
    page = visit("alice", f"/inbox/open/c/{one.pk}/")
    page.keyboard.press("p")
    expect(page.locator("#toasts")).to_contain_text("Undo")
    page.keyboard.press("z")
    expect(page.locator("#toasts")).to_contain_text("Taken back")
    cast.says(other, "A horse box, I mean.")
    heard = "heard => document.dispatchEvent(new CustomEvent('stream:changed', { detail: heard }))"
    page.evaluate(heard, {"conversations": [str(other.pk)], "channels": []})
    expect(page.locator("#thread")).to_contain_text("A horse box, I mean.")

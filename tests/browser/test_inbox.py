"""Working in the inbox with keyboard and mouse, with htmx and without any script."""

import re
from datetime import timedelta

from django.utils import timezone
from playwright.sync_api import expect

from contacts.models import Identity
from inbox import replies
from inbox.models import Conversation, Delivery, Note
from tests.browser.conftest import PHONE
from tests.inbox.cast import PASSWORD


def focused(page):
    return page.evaluate("document.activeElement.closest('.row')?.id ?? document.activeElement.name")


def test_logging_in(cast, visit):
    page = visit(None, "/inbox/mine/")
    page.fill("[name=login]", "alice")
    page.fill("[name=password]", "wrong")
    page.keyboard.press("Enter")
    expect(page.locator("[role=alert]")).to_be_visible()
    expect(page.locator("[name=login]")).to_have_value("alice")
    page.fill("[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Mine")
    page.click(".who-am-i")
    page.click("#account button.item:not(.phone)")
    expect(page).to_have_url(re.compile("/login/"))


def test_a_face_that_cannot_be_fetched_gives_way_to_the_initials(cast, visit):
    conversation = cast.asks()
    Identity.objects.update(avatar_url="http://127.0.0.1:9/face.png")
    page = visit("alice", f"/inbox/open/c/{conversation.pk}/")
    expect(page.locator(".av").first).to_be_visible()
    expect(page.locator(".av img")).to_have_count(0)


def test_a_morning_with_the_keyboard(cast, visit):
    last, first = cast.asks(text="The second one", ago=20), cast.asks(text="The first one", ago=10)
    page = visit("alice")
    page.keyboard.press("j")
    assert focused(page) == f"row-{first.pk}"
    page.keyboard.press("j")
    page.keyboard.press("k")
    page.keyboard.press("o")
    expect(page.locator("#thread .msg:not(.skel)")).to_contain_text("The first one")
    assert page.url.endswith(f"/inbox/open/c/{first.pk}/")
    expect(page.locator(f"#row-{first.pk}")).to_have_attribute("aria-current", "true")

    page.keyboard.press("r")
    page.keyboard.type("We look into it. jke?")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#toasts")).to_contain_text(re.compile(r"Sending to .+ in \d+ s"))
    expect(page.locator(".msg.out")).to_contain_text("We look into it. jke?")
    expect(page.locator("[data-composer] textarea")).to_have_value("")
    page.keyboard.press("Escape")
    page.keyboard.press("z")
    expect(page.locator("[data-composer] textarea")).to_have_value("We look into it. jke?")
    expect(page.locator(".msg.out")).to_have_count(0)
    assert Delivery.objects.get().state == "draft"

    page.keyboard.press("n")
    page.fill("[data-composer] textarea", "@bob look here, please.")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".msg.note")).to_contain_text("@bob look here")
    assert Note.objects.get().author == cast.alice

    page.keyboard.press("Escape")
    page.keyboard.press("m")
    expect(page.locator("dialog[open]")).to_contain_text("now here")
    page.keyboard.press("2")
    page.keyboard.type("Wants a new car.")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#toasts")).to_contain_text("Moved to Sales")
    # Work goes on with the next one.
    expect(page.locator("#thread")).to_have_attribute("data-id", str(last.pk))
    assert Conversation.objects.get(pk=first.pk).department.slug == "sales"
    page.goto(page.url.replace(f"/c/{last.pk}/", f"/c/{first.pk}/"))
    expect(page.locator(".ev.key")).to_contain_text("handed over to")


def test_closing_goes_on_to_the_next_line_and_can_be_undone(cast, visit):
    second, first = cast.asks(ago=20), cast.asks(ago=10)
    page = visit("alice")
    page.keyboard.press("j")
    page.keyboard.press("e")
    expect(page.locator(f"#row-{first.pk}")).to_contain_text("Alice Arnold closed this")
    expect(page.locator("#list-count")).to_have_text("1")
    expect(page.locator(f"#row-{second.pk} > a")).to_be_focused()
    page.keyboard.press("z")
    expect(page.locator("#toasts")).to_contain_text("Taken back: Closed")
    expect(page.locator(f"#row-{first.pk}.gone")).to_have_count(0)


def test_assigning_by_keyboard(cast, visit):
    conversation = cast.asks()
    page = visit("alice", f"/inbox/open/c/{conversation.pk}/")
    page.keyboard.press("a")
    expect(page.locator("dialog[open]")).to_contain_text("Bob Brandt")
    page.keyboard.press("2")
    page.keyboard.press("Control+Enter")
    expect(page.locator(f"#head-{conversation.pk}")).to_contain_text("Bob")
    assert Conversation.objects.get().assignee == cast.bob


def test_a_move_without_a_reason_says_so_in_the_dialog(cast, visit):
    conversation = cast.asks()
    page = visit("alice", f"/inbox/open/c/{conversation.pk}/")
    page.keyboard.press("m")
    page.keyboard.press("4")
    expect(page.locator("dialog[open] [value=pr]")).to_be_checked()
    page.fill("dialog[open] textarea", "   ")
    page.click("dialog[open] .primary")
    expect(page.locator("dialog[open] .bad")).to_have_text("Say why: whoever gets this sees your reason.")
    page.keyboard.press("Escape")
    expect(page.locator("dialog[open]")).to_have_count(0)


def test_what_was_written_survives_another_conversation_and_a_reload(cast, visit):
    first, second = cast.asks(ago=10), cast.asks(ago=20)
    page = visit("alice", f"/inbox/open/c/{first.pk}/")
    page.fill("[data-composer] textarea", "Half an ans")
    page.click(f"#row-{second.pk} > a")
    expect(page.locator("#thread")).to_have_attribute("data-id", str(second.pk))
    expect(page.locator("[data-composer] textarea")).to_have_value("")
    page.go_back()
    expect(page.locator("[data-composer] textarea")).to_have_value("Half an ans")
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_contain_text("Move department")
    page.keyboard.press("Escape")
    page.reload()
    expect(page.locator("[data-composer] textarea")).to_have_value("Half an ans")


def test_somebody_elses_answer_stops_the_reply_once(cast, visit):
    conversation = cast.asks()
    page = visit("alice", f"/inbox/open/c/{conversation.pk}/")
    replies.queue(conversation, by=cast.bob, text="Already on it.", click="9a1c2f0e-6f0e-4c43-8b35-7d3a5a3c0f11")
    page.fill("[data-composer] textarea", "We look into it.")
    page.click("[data-sends=reply]")
    expect(page.locator(".complaint[role=alert]")).to_contain_text("Bob Brandt answered meanwhile.")
    expect(page.locator("[data-composer] textarea")).to_have_value("We look into it.")
    page.click("[data-sends=reply]")
    expect(page.locator("#toasts")).to_contain_text("Sending to")
    assert Delivery.objects.count() == 2


def test_the_timeline_opens_its_past_without_jumping(cast, visit):
    for n in range(80):
        cast.asks(cast.dana[1], f"Earlier, number {n}.", ago=2000 - n)
    conversation = cast.asks(cast.dana[0], "The one at hand")
    page = visit("alice", f"/inbox/open/c/{conversation.pk}/")
    expect(page.locator(".msg.now")).to_be_in_viewport()
    box = page.locator("#timeline-scroll")
    first = page.locator("#thread .ev").first.get_attribute("id")
    # Whoever scrolls up gets there without asking.
    box.evaluate("box => box.scrollTop = 0")
    expect(page.locator("#thread .ev")).to_have_count(80)
    expect(page.locator(f"#{first}")).to_be_in_viewport()
    days = page.locator(".tl-day").evaluate_all("marks => marks.map(mark => mark.dataset.day)")
    assert len(days) == len(set(days))
    page.locator("#thread .ev a.t").first.click()
    expect(page.locator("#thread li.msg:not(.now)")).to_contain_text("Earlier, number 0.")
    page.keyboard.press("t")
    expect(page.locator("#thread .ev")).to_have_count(0)


def test_the_list_goes_on_when_its_end_comes_into_view(cast, visit):
    for n in range(70):
        cast.asks(ago=n + 1)
    page = visit("alice")
    expect(page.locator("#rows .row")).to_have_count(50)
    page.locator("#rows .more").scroll_into_view_if_needed()
    expect(page.locator("#rows .row")).to_have_count(70)


def test_search_keeps_the_open_conversation(cast, visit):
    found, opened = cast.asks(text="gearbox whines"), cast.asks()
    page = visit("alice", f"/inbox/open/c/{opened.pk}/")
    page.keyboard.press("/")
    page.keyboard.type("gearbox")
    page.keyboard.press("Enter")
    expect(page.locator("#rows .row")).to_have_count(1)
    expect(page.locator(f"#row-{found.pk}")).to_be_visible()
    expect(page.locator("#thread")).to_have_attribute("data-id", str(opened.pk))


def test_the_theme_is_remembered(cast, visit):
    page = visit("alice", color_scheme="light")
    page.click(".rail [data-theme-switch]")
    page.reload()
    assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "dark"


def test_the_sheet_of_keys_and_their_switch(cast, visit):
    cast.asks()
    page = visit("alice")
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_contain_text("Move department")
    page.click("#keys .switch")
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    assert focused(page) != f"row-{Conversation.objects.get().pk}"


def test_keys_lead_on_also_where_the_page_shows_no_button_for_them(cast, visit):
    conversation = cast.asks()
    cast.decided(conversation.messages.get())
    page = visit("alice", f"/inbox/open/c/{conversation.pk}/")
    page.keyboard.press("w")
    expect(page.locator("dialog[open]")).to_contain_text("does not start")
    page.keyboard.press("Escape")
    page.keyboard.type("gv")
    expect(page.locator("#views [aria-current]")).to_be_focused()
    page.keyboard.type("gs")
    expect(page).to_have_url(re.compile("/settings/me/$"))
    page.wait_for_load_state("load")
    page.keyboard.type("g1")
    expect(page).to_have_url(re.compile("/inbox/q/"))


def test_a_phone_shows_one_pane_at_a_time(cast, visit):
    conversation = cast.asks()
    page = visit("alice", viewport=PHONE)
    expect(page.locator("#list")).to_be_visible()
    expect(page.locator("#thread")).to_be_hidden()
    page.locator(f"#row-{conversation.pk} > a").tap()
    expect(page.locator("#thread")).to_be_visible()
    expect(page.locator("#list")).to_be_hidden()
    expect(page.locator(".rail")).to_be_hidden()
    page.get_by_role("button", name="More actions").tap()
    items = page.locator(".thread-head .menu:popover-open .item:visible")
    assert min(one.bounding_box()["height"] for one in items.all()) >= 44
    items.filter(has_text="Mark as unread").tap()
    expect(page.locator("#toasts")).to_contain_text("Marked as unread")
    expect(items).to_have_count(0)
    page.locator(".card-switch").tap()
    expect(page.locator("#card")).to_contain_text("Owners")
    page.locator("[data-closes=card]").tap()
    expect(page.locator("#thread")).to_be_visible()
    page.go_back()
    expect(page.locator("#list")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_everything_can_be_done_without_a_script(cast, visit):
    conversation = cast.asks(text="No script here")
    page = visit("alice", java_script_enabled=False)
    page.click(f"#row-{conversation.pk} > a")
    expect(page.locator("#thread")).to_contain_text("No script here")
    page.fill("[data-composer] textarea", "We look into it.")
    page.click("[data-sends=reply]")
    expect(page.locator(".msg.out")).to_contain_text("We look into it.")
    page.click("[value=note] + *, .tab:has([value=note])")
    page.fill("[data-composer] textarea", "For colleagues")
    page.click("[data-sends=note]")
    expect(page.locator(".msg.note")).to_contain_text("For colleagues")
    page.locator(f"#head-{conversation.pk} [href$='/move/']").first.click()
    page.check("[name=department][value=sales]")
    page.fill("[name=reason]", "Wants a new car.")
    page.click("dialog .primary")
    expect(page.locator(".ev.key")).to_contain_text("Wants a new car.")


def test_a_lost_stream_is_told_after_a_while(cast, visit):
    page = visit("alice", stream=True)  # of which this server has none
    expect(page.locator("#stream-lost")).to_be_hidden()
    expect(page.locator("#stream-lost")).to_be_visible(timeout=8_000)


def test_times_go_on_by_themselves(cast, visit):
    conversation = cast.asks(ago=119.9)
    page = visit("alice")
    expect(page.locator(f"#row-{conversation.pk} .sla")).to_have_class("sla over", timeout=25_000)
    expect(page.locator(f"#row-{conversation.pk} .sla")).to_contain_text("late")
    assert conversation.due_at - timezone.now() < timedelta(0)

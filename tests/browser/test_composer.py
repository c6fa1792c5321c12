"""Writing in a browser: drafts that survive, macros, colleagues and emoji at the caret, by keyboard alone."""

import re

from django.utils import timezone
from playwright.sync_api import expect

from connectors.models import Channel, Pull
from inbox.models import Conversation, Draft, Macro, Mention, Note
from people.sessions import Session
from tests.browser import conftest
from tests.inbox.cast import PASSWORD

BOX = "[data-composer] textarea[name=text]"
# What the server has not kept yet is kept by the tab.
UNSAVED = "Object.keys(sessionStorage).some((name) => name.startsWith('written:'))"


def kept(page):
    return page.locator("[data-kept] [data-said]")


def saved(page):
    """Waits until the server has all that was written."""
    while page.evaluate(UNSAVED):
        page.wait_for_timeout(100)


def test_writing_goes_on_behind_the_words_of_before_and_the_end_stays_in_view(cast, visit):
    case = cast.asks(ago=100)
    for n in range(20):
        cast.says(case, f"More and more, {n}. " * 10)
    Draft.objects.create(conversation=case, user=cast.alice, text="Hello", at=timezone.now())
    page = visit("alice", f"/inbox/open/c/{case.pk}/")
    last, scroll = page.locator("#thread .msg article").last, page.locator("#timeline-scroll")
    expect(last).to_be_in_viewport(ratio=1)
    page.keyboard.press("r")
    page.keyboard.type(" Dana\n\n\n\n\n")
    expect(page.locator(BOX)).to_have_value("Hello Dana\n\n\n\n\n")
    expect(last).to_be_in_viewport(ratio=1)
    # Whoever reads further up stays there.
    scroll.evaluate("box => box.scrollTop = 100")
    page.keyboard.type("\n\n\n")
    page.wait_for_timeout(200)
    assert scroll.evaluate("box => box.scrollTop") == 100


def test_a_low_window_shows_what_is_answered_above_a_long_answer(cast, visit):
    case = cast.asks(text="It broke down again. " * 8)
    page = visit("alice", f"/inbox/open/c/{case.pk}/", viewport={"width": 720, "height": 450})
    page.fill(BOX, "One more line\n" * 12)
    expect(page.locator("#thread .msg article").last).to_be_in_viewport(ratio=0.9)
    expect(page.locator("[data-sends=reply]")).to_be_in_viewport(ratio=1)


def test_an_answer_is_written_with_macros_colleagues_and_emoji(cast, visit):
    Macro.objects.create(
        name="Thanks and close",
        text="Thank you, {customer.first_name|there}.",
        actions={"close": True, "tags": ["thanked"]},
        changed_at=timezone.now(),
    )
    case = cast.asks(cast.dana[0])
    page = visit("alice", f"/inbox/open/c/{case.pk}/")
    page.keyboard.press("n")
    page.keyboard.type("Have a look, @car")
    expect(page.locator(".suggested [role=option]").first).to_contain_text("Carol Costa")
    page.keyboard.press("Enter")
    page.keyboard.type("please :lachen")
    expect(page.locator(".suggested .sign").first).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.locator(BOX)).to_have_value(re.compile(r"^Have a look, @Carol Costa please [^\x00-\x7f]+ $"))

    # What is for colleagues does not stand where words for the customer go.
    page.keyboard.press("Escape")
    page.keyboard.press("r")
    expect(page.locator(BOX)).to_have_value("")
    expect(page.locator(".tab.has-words")).to_contain_text("Note")
    page.keyboard.type("/thank")
    expect(page.locator(".suggested [aria-selected=true]")).to_contain_text("Thank you, Dana.")
    page.keyboard.press("Enter")
    expect(page.locator(BOX)).to_have_value("Thank you, Dana.")
    expect(page.locator("[data-macro-chips] .chip")).to_contain_text("tags thanked, closes")

    page.keyboard.press("Escape")
    page.keyboard.press("n")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".msg.note .mention")).to_have_text("@Carol Costa")
    assert Mention.objects.get().user == cast.carol
    assert Conversation.objects.get(pk=case.pk).state == "open"
    expect(page.locator(BOX)).to_have_value("Thank you, Dana.")

    # Emoji by mouse, and from there by keyboard.
    page.click("[data-emoji]")
    expect(page.locator(".emoji input")).to_be_focused()
    page.keyboard.type("thumbs up")
    expect(page.locator(".emoji .cells button").first).to_have_attribute("aria-label", "thumbs up")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator(BOX)).to_have_value(re.compile(r"Thank you, Dana\.👍"))


def test_an_account_that_drops_out_meanwhile_leaves_the_words_and_shows_who_can_answer(cast, visit):
    care = Channel.objects.create(network="sample", name="Our care", account="@us_care")
    Pull.objects.create(channel=care, state=Pull.State.OK)
    case = cast.asks(cast.dana[0])
    page = visit("alice", f"/inbox/open/c/{case.pk}/")
    page.locator("[data-account]").select_option(str(care.pk))
    page.fill(BOX, "On our way.")
    saved(page)
    Channel.objects.filter(pk=care.pk).update(is_active=False)
    page.focus(BOX)
    page.keyboard.press("Control+Enter")
    expect(page.locator(".complaint")).to_contain_text("The chosen account cannot answer here")
    expect(page.locator(".reach")).to_contain_text("Public reply as @us on X")
    expect(page.locator("[data-account]")).to_have_count(0)
    expect(page.locator(BOX)).to_have_value("On our way.")
    page.keyboard.press("Control+Enter")
    expect(page.locator(".msg.out")).to_contain_text("On our way.")


def test_another_account_is_chosen_by_its_key_and_kept_with_the_draft_as_macros_are(cast, visit):
    care = Channel.objects.create(network="sample", name="Our care", account="@us_care")
    Pull.objects.create(channel=care, state=Pull.State.OK)
    Macro.objects.create(name="Thanks", text="Thank you.", actions={"tags": ["thanked"]}, changed_at=timezone.now())
    case = cast.asks(cast.dana[0])
    page = visit("alice", f"/inbox/open/c/{case.pk}/")
    page.keyboard.press("n")
    # From wherever one writes: it is a reply that another account gives.
    page.keyboard.press("Control+Shift+F")
    chosen = page.locator("[data-account]")
    expect(chosen).to_be_focused()
    expect(chosen).to_have_value(str(cast.channel.pk))
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(chosen).to_have_value(str(care.pk))
    assert page.locator("[data-account] option:checked").inner_text() == "Public reply as @us_care on X"
    page.fill(BOX, "")
    page.focus(BOX)
    page.keyboard.type("/thank")
    expect(page.locator(".suggested [aria-selected=true]")).to_be_visible()
    page.keyboard.press("Enter")
    chip = page.locator("[data-macro-chips] .chip")
    expect(chip).to_contain_text("tags thanked")
    saved(page)
    draft = Draft.objects.get()
    assert (draft.text, draft.account, len(draft.macros)) == ("Thank you.", care.pk, 1)

    page.reload()
    expect(page.locator(BOX)).to_have_value("Thank you.")
    expect(chosen).to_have_value(str(care.pk))
    expect(chip).to_contain_text("tags thanked")
    page.focus(BOX)
    page.keyboard.press("Control+Enter")
    expect(page.locator(BOX)).to_have_value("")
    expect(page.locator(".msg.out")).to_contain_text("as @us_care")
    assert case.tags.get().name == "thanked"

    # What is left out stays so, and the palette knows the way too.
    page.focus(BOX)
    page.keyboard.type("/thank")
    expect(page.locator(".suggested [aria-selected=true]")).to_be_visible()
    page.keyboard.press("Enter")
    page.click("[data-macro-chips] .away")
    expect(page.locator(BOX)).to_be_focused()
    saved(page)
    page.reload()
    expect(page.locator(BOX)).to_have_value("Thank you.")
    expect(chip).to_have_count(0)
    assert Draft.objects.get().macros == []
    page.keyboard.press("Control+k")
    page.keyboard.type("another account")
    expect(page.locator("#palette-options [aria-selected=true]")).to_contain_text("Answer as another account")
    page.keyboard.press("Enter")
    expect(chosen).to_be_focused()


def test_words_survive_the_end_of_the_session_and_a_reload(cast, visit, monkeypatch):
    monkeypatch.setattr(conftest, "EXPECTED", (*conftest.EXPECTED, "status of 401"))
    case = cast.asks(cast.dana[0])
    page = visit("alice", f"/inbox/open/c/{case.pk}/")
    page.fill(BOX, "Kept by the server")
    expect(kept(page)).to_have_text("Saved")
    assert Draft.objects.get().text == "Kept by the server"
    Session.objects.all().delete()
    page.fill(BOX, "Kept by this tab")
    expect(kept(page)).to_contain_text("you are logged out")
    page.click("[data-login]")
    page.fill("[name=login]", "alice")
    page.fill("[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator(BOX)).to_have_value("Kept by this tab")
    expect(kept(page)).to_have_text(re.compile("^Saved"))
    assert Draft.objects.get().text == "Kept by this tab"
    page.click("[data-discard]")
    expect(page.locator(BOX)).to_have_value("")
    page.click("[data-back]")
    expect(page.locator(BOX)).to_have_value("Kept by this tab")


def test_two_windows_tell_one_another_and_a_long_text_is_answered_with_figures(cast, visit):
    case = cast.asks(cast.dana[0])
    page = visit("alice", f"/inbox/open/c/{case.pk}/")
    page.fill(BOX, "   ")
    page.click("[data-sends=reply]")
    complaint = page.locator("[data-composer] .complaint")
    expect(complaint).to_have_text("The reply is empty.")
    page.fill(BOX, "From the first window")
    expect(complaint).to_have_text("")
    expect(kept(page)).to_have_text("Saved")
    other = page.context.new_page()
    other.route("**/live/", lambda route: None)
    other.goto(page.url)
    expect(other.locator(BOX)).to_have_value("From the first window")
    other.fill(BOX, "From the second window")
    expect(page.locator(BOX)).to_have_value("From the second window")
    expect(kept(page)).to_have_text("Brought up to date from another window.")
    page.click("[data-back]")
    expect(other.locator(BOX)).to_have_value("From the first window")

    other.fill(BOX, "words " * 100_000)
    expect(kept(other)).to_have_text("600,000 characters, at most 20,000 fit. Shorten it.")
    other.click("[data-sends=reply]")
    expect(other.locator(BOX)).to_be_focused()
    assert not Note.objects.exists()
    assert Draft.objects.get().text == "From the first window"

"""Reviewing what was set aside, with the keyboard and without; marking spam; blocking."""

from playwright.sync_api import expect

from inbox.models import Conversation
from routing.models import Block


def states():
    return dict(Conversation.objects.values_list("identity__name", "state"))


def aside(cast, *names):
    for at, name in enumerate(names):
        one = cast.asks(cast.contact(name)[0], state="noise", ago=10 * (at + 1))
        cast.decided(one.messages.get(), "noise", confidence=0.6 + at / 10)


def test_several_are_brought_back_with_the_keyboard_and_put_back_again(cast, visit):
    aside(cast, "Ann", "Ben", "Cem")
    page = visit("mia", "/inbox/aside/")
    for key in ("j", "x", "j", "x"):
        page.keyboard.press(key)
    expect(page.locator("[data-picked]")).to_have_text("2 selected")
    page.keyboard.press("e")
    expect(page.locator("#toasts")).to_contain_text("2 back in their queues")
    expect(page.locator("#rows .row")).to_have_count(1)
    assert states() == {"Ann": "open", "Ben": "open", "Cem": "noise"}
    page.keyboard.press("z")
    expect(page.locator("#toasts")).to_contain_text("Taken back: 2 back in their queues")
    expect(page.locator("#rows .row")).to_have_count(3)
    assert set(states().values()) == {"noise"}


def test_one_is_brought_back_from_its_line(cast, visit):
    aside(cast, "Ann", "Ben")
    page = visit("mia", "/inbox/aside/")
    page.keyboard.press("j")
    page.keyboard.press("e")
    expect(page.locator("#toasts")).to_contain_text("Open again")
    assert states() == {"Ann": "open", "Ben": "noise"}


def test_the_least_sure_come_first(cast, visit):
    aside(cast, "Ann", "Ben", "Cem")
    page = visit("mia", "/inbox/aside/")
    expect(page.locator("#rows .row").first).to_contain_text("Looks like spam, 60% sure")
    page.click("text=Least sure first")
    expect(page).to_have_url(page.url.split("?")[0] + "?doubt=1")
    expect(page.locator("#rows .row b").first).to_have_text("Ann")


def test_spam_with_one_key_and_back(cast, visit):
    conversation = cast.asks(cast.contact("Ann")[0], text="Earn money from home")
    page = visit("alice", f"/inbox/open/c/{conversation.pk}/")
    page.keyboard.press("!")
    expect(page.locator("#toasts")).to_contain_text("Set aside as spam")
    assert states() == {"Ann": "noise"}
    page.keyboard.press("z")
    expect(page.locator("#toasts")).to_contain_text("Taken back: Set aside as spam")
    assert states() == {"Ann": "open"}


def test_a_person_is_blocked_from_the_menu(cast, visit):
    conversation = cast.asks(cast.contact("Ann")[0])
    page = visit("alice", f"/inbox/open/c/{conversation.pk}/")
    page.click(".thread-head [popovertarget^=more]")
    page.click(".menu a:has-text('Block')")
    page.fill("dialog textarea", "Sells followers.")
    page.click("dialog button:has-text('Block')")
    expect(page.locator("#toasts")).to_contain_text("Blocked: Ann")
    assert Block.objects.get().reason == "Sells followers."
    assert states() == {"Ann": "noise"}

"""Colleagues at the same conversation see each other, and a connection that comes and goes loses nothing."""

import pytest
from playwright.sync_api import expect

from inbox import live
from inbox.models import Delivery, Seen
from tests.browser import conftest
from tests.browser.test_live import Server


@pytest.fixture(autouse=True)
def provoked(monkeypatch):
    monkeypatch.setattr(conftest, "EXPECTED", (*conftest.EXPECTED, "ERR_INTERNET_DISCONNECTED", "Failed to fetch"))


@pytest.fixture
def server(process_env):
    server = Server(process_env)
    server.start()
    yield server
    if server.process.poll() is None:
        server.stop()


@pytest.fixture
def site(server):
    return server.url


@pytest.fixture
def watching(cast, visit):
    def watching(who, path="/inbox/"):
        page = visit(who, path, stream=True)
        page.locator("html[data-stream=open]").wait_for()
        return page

    return watching


def test_who_answers_is_seen_read_and_asked_about_before_an_answer_is_doubled(cast, watching):
    conversation = cast.asks(ago=5)
    path = f"/inbox/open/c/{conversation.pk}/"
    alice, bob, mia = watching("alice", path), watching("bob", path), watching("mia")
    bob.locator("[data-composer] textarea").press_sequentially("A truck is on its way.")
    expect(alice.locator("#presence-bar")).to_contain_text("Bob is replying")
    expect(mia.locator(f"#row-{conversation.pk} [title='Bob Brandt is replying']")).to_be_visible()
    expect(mia.locator(f"#row-{conversation.pk} [title='Alice Arnold is looking at this']")).to_be_visible()
    expect(bob.locator("#presence-bar")).to_be_hidden()
    alice.fill("[data-composer] textarea", "We are on it.")
    # The words are kept some seconds after they are written.
    alice.wait_for_timeout(2_500)
    alice.click("[data-sends=reply]")
    dialog = alice.locator("dialog[open]")
    expect(dialog).to_contain_text("Bob is replying. Send anyway?")
    expect(dialog).to_contain_text("A truck is on its way.")
    assert not Delivery.objects.exists()
    dialog.get_by_text("Do not send").click()
    expect(alice.locator("[data-composer] textarea")).to_have_value("We are on it.")
    alice.get_by_role("button", name="Take over").click()
    expect(bob.locator("#presence-bar")).to_contain_text("Alice answers this now. What you have written is kept.")
    expect(bob.locator("[data-composer] textarea")).to_have_value("A truck is on its way.")
    bob.close()
    expect(alice.locator("#presence-bar")).to_be_hidden()
    expect(mia.locator(f"#row-{conversation.pk} [title='Bob Brandt is replying']")).to_have_count(0)


def test_r22_a_connection_that_comes_and_goes_misses_nothing_and_says_so(cast, watching):
    conversation, other = cast.asks(ago=50), cast.asks(text="Another matter", ago=100)
    page = watching("alice", f"/inbox/open/c/{conversation.pk}/")
    for n in range(12):
        if n % 2:
            page.context.set_offline(True)
        cast.says(conversation, f"While it came and went, {n}.")
        live.changed(conversations=[conversation.pk])
        if n % 2:
            expect(page.locator("#stream-lost")).to_contain_text("You are offline")
            page.context.set_offline(False)
            expect(page.locator("#stream-lost")).to_be_hidden()
    for n in range(12):
        expect(page.get_by_text(f"While it came and went, {n}.")).to_have_count(1)
    page.context.set_offline(True)
    page.locator(f"#head-{conversation.pk} [data-key=e]").click()
    expect(page.locator("#toasts")).to_contain_text("Not now: there is no connection.")
    missed = cast.asks(text="Missed", ago=0)
    page.locator(f"#row-{other.pk} > a").click()
    expect(page.locator("#thread")).to_contain_text("This could not be loaded")
    page.context.set_offline(False)
    expect(page.locator("#stream-lost")).to_be_hidden()
    live.changed(conversations=[missed.pk])
    page.get_by_role("button", name="Try again").click()
    expect(page.locator("#thread")).to_contain_text("Another matter")
    expect(page.locator("[data-cover]")).to_have_count(0)
    page.mouse.move(900, 400)
    expect(page.locator(f"#row-{missed.pk}").or_(page.locator("#newpill:visible"))).to_be_visible()


def test_what_is_fetched_before_opens_at_once_is_up_to_date_and_seen_only_then(cast, watching):
    first, second = cast.asks(ago=5), cast.asks(text="My lamp is broken.", ago=10)
    page = watching("alice")
    with page.expect_response(lambda answer: answer.url.endswith(f"/c/{second.pk}/")):
        page.keyboard.press("j")
    assert not Seen.objects.filter(conversation__in=[first, second]).exists()
    page.keyboard.press("j")
    asked = []
    page.on("request", lambda request: request.url.endswith(f"/c/{second.pk}/") and asked.append(request.url))
    page.keyboard.press("o")
    expect(page.locator("#thread .msg")).to_contain_text("My lamp is broken.")
    assert asked == []
    expect(page.locator(f"#row-{second.pk}:not(.unread)")).to_be_visible()
    for _ in range(100):
        if Seen.objects.filter(conversation=second, user=cast.alice).exists():
            break
        page.wait_for_timeout(100)
    assert Seen.objects.filter(conversation=second, user=cast.alice).exists()

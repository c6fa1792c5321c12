"""Colleagues at the same conversation see each other, and a connection that comes and goes loses nothing."""

import re

import pytest
from playwright.sync_api import expect

from inbox import live, triage
from inbox.models import Delivery, Seen
from people.models import User
from tests.browser import conftest
from tests.browser.test_live import Server


@pytest.fixture(autouse=True)
def provoked(monkeypatch):
    provoked = "ERR_INTERNET_DISCONNECTED", "Failed to fetch", "status of 401"
    monkeypatch.setattr(conftest, "EXPECTED", conftest.EXPECTED + provoked)


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
    conversation = cast.asks(cast.contact("Wilhelmina Featherstonehaugh of Kirkcudbright")[0], ago=5)
    path = f"/inbox/open/c/{conversation.pk}/"
    alice, bob, mia = watching("alice", path), watching("bob", path), watching("mia")
    bob.locator("[data-composer] textarea").press_sequentially("A truck is on its way.")
    expect(alice.locator("#presence-bar")).to_contain_text("Bob is replying")
    expect(mia.locator(f"#row-{conversation.pk} [title='Bob Brandt is replying']")).to_be_visible()
    expect(mia.locator(f"#row-{conversation.pk} [title='Alice Arnold is looking at this']")).to_be_visible()
    expect(bob.locator("#presence-bar")).to_be_hidden()
    face = alice.locator(f"#head-{conversation.pk} [data-here] .av")
    end = "one => one.getBoundingClientRect().right"
    assert face.evaluate(end) <= alice.locator(f"#head-{conversation.pk} header > .grow").evaluate(end)
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


def test_send_anyway_sends_at_once_and_the_other_is_told_of_the_answer_alone(cast, watching):
    conversation = cast.asks(ago=5)
    alice, bob = (watching(who, f"/inbox/open/c/{conversation.pk}/") for who in ("alice", "bob"))
    with bob.expect_response(lambda answer: answer.url.endswith("/draft/")):
        bob.locator("[data-composer] textarea").press_sequentially("A truck is on its way.")
    expect(alice.locator("#presence-bar")).to_contain_text("Bob is replying")
    alice.fill("[data-composer] textarea", "We are on it.")
    alice.click("[data-sends=reply]")
    expect(alice.locator("dialog[open]")).to_contain_text("A truck is on its way.")
    alice.get_by_role("button", name="Send anyway").click()
    expect(alice.locator("#toasts")).to_contain_text("Sending to")
    assert Delivery.objects.count() == 1
    expect(bob.locator(f"#meanwhile-{conversation.pk}")).to_contain_text("Alice Arnold answered meanwhile.")
    expect(bob.locator("#presence-bar")).to_be_hidden()
    expect(bob.locator(f"#voice-{conversation.pk}")).to_be_empty()
    expect(bob.locator("[data-composer] textarea")).to_have_value("A truck is on its way.")


def test_the_card_tells_at_once_what_departments_share_whoever_does_it(cast, watching):
    conversation = cast.asks(ago=5)
    alice, bob = (watching(who, f"/inbox/open/c/{conversation.pk}/") for who in ("alice", "bob"))
    cards = [page.locator(f"#together-{conversation.pk}") for page in (alice, bob)]
    alice.get_by_role("link", name="Ask a department").click()
    dialog = alice.locator("dialog[open]")
    expect(dialog.locator("option")).to_have_text(["Choose a department", "Triage", "Sales", "PR", "Marketing"])
    dialog.locator("select").select_option("sales")
    dialog.locator("textarea").fill("Wants a new car.")
    dialog.get_by_role("button", name="Ask").click()
    for card in cards:
        expect(card).to_contain_text("Wants a new car.")
    alice.keyboard.press("z")
    for card in cards:
        expect(card).not_to_contain_text("Wants a new car.")
    triage.hand_over(conversation, to=cast.departments["sales"], by=cast.mia, reason="Theirs.")
    for card in cards:
        expect(card).to_contain_text("Moved 1 time")


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


def test_without_a_connection_a_page_and_its_words_stay_where_they_are(cast, watching):
    conversation = cast.asks()
    page = watching("alice", f"/inbox/open/c/{conversation.pk}/")
    box, toast = page.locator("[data-composer] textarea"), page.locator("#toasts .toast")
    box.fill("Half an answer")
    page.context.set_offline(True)
    # What it says is read on a ground of its own, not on what lies below.
    expect(page.locator("#stream-lost")).not_to_have_css("background-image", "none")
    page.locator("#views").get_by_role("link", name="Unassigned").click()
    expect(toast).to_contain_text("Not opened: there is no connection.")
    toast.locator("[data-dismiss]").click()
    box.press("Escape")
    page.keyboard.press("g")
    page.keyboard.press("b")
    expect(toast).to_be_visible()
    expect(box).to_have_value("Half an answer")
    page.context.set_offline(False)
    expect(page.locator("#stream-lost")).to_be_hidden()
    toast.get_by_role("link", name="Try again").click()
    expect(page).to_have_url(re.compile(r"/board/"))


def test_whoever_is_logged_out_while_they_write_is_told_by_the_bar_with_the_way_back(cast, watching):
    conversation = cast.asks()
    page = watching("alice", f"/inbox/open/c/{conversation.pk}/")
    page.locator("[data-composer] textarea").press_sequentially("Half an answer")
    User.objects.filter(pk=cast.alice.pk).update(is_active=False)
    bar = page.locator("#stream-lost")
    expect(bar).to_contain_text("You are logged out.", timeout=30_000)
    bar.get_by_role("link", name="Log in").click()
    expect(page).to_have_url(re.compile(r"/login/\?next=/inbox/open/c/"))


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

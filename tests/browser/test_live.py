"""The live stream: what others do and customers write shows up by itself, and nothing jumps."""

import contextlib
import re
import socket
import subprocess
import sys
import time

import pytest
from playwright.sync_api import expect

from inbox import live, notes, triage


class Server:
    """The server that production runs, on this test's database."""

    def __init__(self, env):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.env = {**env, "DEBUG": "1"}
        self.url = f"http://127.0.0.1:{self.port}"

    def start(self):
        program = [sys.executable, "-m", "uvicorn", "socialcrm.asgi:application", "--log-level", "error"]
        # An open stream would keep the server from ending.
        program += ["--timeout-graceful-shutdown", "1"]
        self.process = subprocess.Popen([*program, "--port", str(self.port)], env=self.env, stderr=subprocess.PIPE)
        for _ in range(100):
            assert self.process.poll() is None, self.process.stderr.read().decode()
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
                return
            time.sleep(0.2)
        raise AssertionError("The server did not start.")

    def stop(self):
        self.process.terminate()
        self.process.communicate(timeout=20)


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
    def watching(path="/inbox/"):
        page = visit("alice", path, stream=True)
        page.locator("html[data-stream=open]").wait_for()
        return page

    return watching


# A browser without a screen shows all of its tabs at once; these are told which of them is in front.
BEHIND = """
    let isBehind = true;
    Object.defineProperty(document, "hidden", { get: () => isBehind });
    addEventListener("put", ({ detail }) => {
        isBehind = detail === "behind";
        document.dispatchEvent(new Event("visibilitychange"));
    });
"""


@pytest.fixture
def tabs(watching):
    """Eight tabs of one browser, and what brings one of them to the front."""
    first = watching()
    first.context.add_init_script(BEHIND)
    pages = [first, *(first.context.new_page() for _ in range(7))]

    def front(page):
        for one in pages:
            one.evaluate(
                "to => dispatchEvent(new CustomEvent('put', { detail: to }))", "front" if one is page else "behind"
            )

    for page in pages:
        page.set_default_timeout(20_000)
        page.goto(first.url, wait_until="commit")
        page.locator("#rows").wait_for()
        front(page)
    return pages, front


def streams(pages):
    return [page.locator("html").get_attribute("data-stream") for page in pages]


def arrived(conversation):
    live.changed(conversations=[conversation.pk])


def test_new_conversations_slide_in_where_nobody_looks_and_wait_where_somebody_does(cast, watching):
    cast.asks(ago=10)
    page = watching()
    arrived(cast.asks(text="Nobody looks", ago=1))
    expect(page.locator("#rows .row").first).to_contain_text("Nobody looks")
    expect(page.locator("#list-count")).to_have_text("2")
    page.keyboard.press("j")
    first = page.locator("#rows .row").first
    stood = first.bounding_box()
    arrived(cast.asks(text="Somebody looks", ago=0))
    expect(page.locator("#newpill")).to_contain_text("1 new conversation")
    # Nothing moves, and the line that has the focus is seen whole.
    assert first.bounding_box() == stood
    assert page.locator("#newpill").bounding_box()["y"] >= stood["y"] + stood["height"]
    expect(page.locator("#rows .row").first).to_contain_text("Nobody looks")
    page.keyboard.press(".")
    expect(page.locator("#rows .row").first).to_contain_text("Somebody looks")
    expect(page.locator("#newpill")).to_be_hidden()


def test_what_a_colleague_does_shows_on_the_line_and_in_the_conversation(cast, watching):
    conversation = cast.asks()
    page = watching(f"/inbox/open/c/{conversation.pk}/")
    page.fill("[data-composer] textarea", "Half an answer")
    notes.add(conversation, by=cast.bob, text="I have called her.")
    expect(page.locator(".msg.note")).to_contain_text("I have called her.")
    triage.close(conversation, by=cast.bob)
    expect(page.locator(f"#row-{conversation.pk}")).to_contain_text("Bob Brandt closed this")
    expect(page.locator(f"#head-{conversation.pk}")).to_contain_text("Open again")
    expect(page.locator("[data-composer] textarea")).to_have_value("Half an answer")


def test_new_messages_leave_the_reader_where_they_are(cast, watching):
    conversation = cast.asks(ago=100)
    for n in range(30):
        cast.says(conversation, f"More and more, {n}. " * 10)
    page = watching(f"/inbox/open/c/{conversation.pk}/")
    box = page.locator("#timeline-scroll")
    cast.says(conversation, "At the end")
    arrived(conversation)
    expect(page.get_by_text("At the end")).to_be_in_viewport()
    box.evaluate("box => box.scrollTop = 100")
    cast.says(conversation, "Further down")
    arrived(conversation)
    expect(page.locator("#unseen")).to_contain_text("1 new message")
    assert box.evaluate("box => box.scrollTop") == 100
    page.click("#unseen")
    expect(page.get_by_text("Further down")).to_be_in_viewport()
    expect(page.locator("#unseen")).to_be_hidden()


def test_after_a_break_everything_is_caught_up_with(cast, watching, server):
    cast.asks(ago=10)
    page = watching()
    server.stop()
    missed = cast.asks(text="Missed", ago=0)
    expect(page.locator("#stream-lost")).to_be_visible(timeout=30_000)
    server.start()
    expect(page.locator(f"#row-{missed.pk}")).to_be_visible(timeout=30_000)
    expect(page.locator("#stream-lost")).to_be_hidden()


def test_whoever_leaves_in_the_moment_in_which_the_server_goes_stays_with_what_they_filled_in(cast, watching, server):
    page = watching("/settings/me/")
    page.fill("[name=name]", "Alice A. Arnold")
    server.stop()
    page.locator("html:not([data-stream])").wait_for()
    page.locator(".rail").get_by_role("link", name="Inbox").click()
    expect(page.locator("#toasts")).to_contain_text("Not opened: there is no connection.")
    page.click("#main form .primary")
    expect(page.locator("#toasts")).to_contain_text("The server does not answer.")
    expect(page.locator("[name=name]")).to_have_value("Alice A. Arnold")
    server.start()
    page.click("#main form .primary")
    expect(page.locator("#toasts")).to_contain_text("Saved")
    cast.alice.refresh_from_db()
    assert cast.alice.name == "Alice A. Arnold"


def test_eight_tabs_leave_the_one_in_front_its_pages_and_its_news(cast, tabs):
    cast.asks(ago=10)
    pages, front = tabs
    pages[-1].locator("html[data-stream=open]").wait_for()
    pages[-1].reload()
    front(pages[-1])
    arrived(cast.asks(text="Seen at once", ago=0))
    expect(pages[-1].locator("#rows .row").first).to_contain_text("Seen at once")
    for page in pages[:-1]:
        page.locator("html[data-stream=resting]").wait_for()


def test_a_tab_that_is_shown_again_has_missed_nothing(cast, tabs):
    cast.asks(ago=10)
    pages, front = tabs
    arrived(cast.asks(text="Meanwhile", ago=0))
    expect(pages[-1].locator("#rows .row").first).to_contain_text("Meanwhile")
    front(pages[0])
    expect(pages[0].locator("#rows .row").first).to_contain_text("Meanwhile")
    pages[-1].locator("html[data-stream=resting]").wait_for()
    arrived(cast.asks(text="Afterwards", ago=0))
    expect(pages[0].locator("#rows .row").first).to_contain_text("Afterwards")


def test_of_tabs_that_are_all_hidden_one_listens_and_all_of_them_hear(cast, tabs):
    pages, front = tabs
    front(None)
    pages[-1].close()
    rest = pages[:-1]
    pages[0].wait_for_timeout(2_500)
    assert sorted(streams(rest)) == ["open", *["resting"] * 6]
    cast.asks(assignee=cast.alice)
    arrived(cast.asks(assignee=cast.alice, ago=0))
    for page in rest:
        expect(page).to_have_title(re.compile(r"^\(2\) "), timeout=20_000)

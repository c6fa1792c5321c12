"""A film of the day: an agent has done with all of thirty conversations without touching the mouse."""

import pytest

from inbox.models import Contributor, Conversation, Event
from tests.browser.conftest import DESKTOP

FOCUSED = "document.activeElement?.closest('.row')?.id ?? ''"
PLACES = "[...document.querySelectorAll('#rows .row')].map((one) => one.id)"


class Hands:
    """Somebody at a keyboard, who looks at the screen before the next key."""

    def __init__(self, page, talks):
        self.page, self.talks = page, talks

    def press(self, *keys):
        for key in keys:
            self.page.keyboard.press(key)

    def write(self, text):
        self.page.keyboard.type(text)

    def to(self, n):
        """Go to the line of a conversation with j and k, however far it is."""
        row = f"row-{self.talks[n].pk}"
        for _ in range(80):
            at = self.page.evaluate(FOCUSED)
            if at == row:
                return
            places = self.page.evaluate(PLACES)
            assert row in places, (n, places)
            below = at not in places or places.index(row) > places.index(at)
            self.press("j" if below else "k")
        raise AssertionError(f"{row} could not be reached")

    def open(self, n):
        self.to(n)
        self.press("Enter")
        self.page.wait_for_selector(f"#thread[data-id='{self.talks[n].pk}']")

    def dialog(self, key, *, digit="", text=""):
        """A key that asks first, its answer, and what sends it."""
        self.press(key)
        self.page.wait_for_selector("#dialogs dialog[open]")
        if digit:
            self.press(digit)
        self.write(text)
        self.press("Control+Enter")
        self.page.wait_for_selector("#dialogs dialog[open]", state="detached")

    def gone(self, n):
        """The list says that a conversation is not there any more; with it comes the way back."""
        row = f"row-{self.talks[n].pk}"
        self.page.wait_for_function("id => document.getElementById(id)?.classList.contains('gone') ?? true", arg=row)

    def until(self, seen):
        """The server has written it."""
        for _ in range(150):
            if seen():
                return
            self.page.wait_for_timeout(100)
        raise AssertionError([(one.pk, one.state, one.department.slug) for one in self.now()])

    def now(self):
        return list(Conversation.objects.select_related("department").order_by("pk"))

    def one(self, n):
        return Conversation.objects.select_related("department").get(pk=self.talks[n].pk)

    def states(self, *numbers):
        return {self.one(n).state for n in numbers}


@pytest.fixture
def hands(cast, visit):
    # The newest stands first.
    talks = [cast.asks(text=f"Question number {n}", ago=n + 1) for n in range(30)]
    return Hands(visit("alice", viewport=DESKTOP), talks)


@pytest.mark.timeout(300)
def test_an_agent_does_thirty_conversations_by_keyboard(cast, hands):
    one_by_one(cast, hands)
    several_at_once(cast, hands)
    assert {talk.state for talk in hands.now() if talk.department.slug == "support"} <= {
        "open",
        "closed",
        "snoozed",
        "noise",
    }
    left = [n for n in range(30) if hands.states(n) == {"open"} and hands.one(n).department.slug == "support"]
    assert left == [1, 4, 7, 8, 11, 17, 18, 19, 20, 21, 22]


def one_by_one(cast, hands):
    hands.open(0)
    hands.press("r")
    hands.write("We are on it, Dana.")
    hands.press("Control+Shift+Enter")
    hands.until(lambda: hands.states(0) == {"closed"})
    assert hands.one(0).messages.filter(direction="out", text="We are on it, Dana.").exists()

    hands.press("Escape")
    hands.open(1)
    hands.press("n")
    hands.write("Knows the car well.")
    hands.press("Control+Enter")
    hands.until(lambda: Event.objects.filter(conversation=hands.talks[1], kind="note").exists())
    hands.press("Escape")
    hands.to(1)
    hands.press("A")
    hands.until(lambda: hands.one(1).assignee_id == cast.alice.pk)

    for n in (2, 3, 4):
        hands.to(n)
        hands.press("e")
        hands.gone(n)
    assert hands.states(2, 3, 4) == {"closed"}
    hands.press("z")
    hands.until(lambda: hands.states(4) == {"open"})
    # What comes back is opened again.
    hands.page.wait_for_selector(f"#thread[data-id='{hands.talks[4].pk}']")

    hands.to(5)
    hands.dialog("m", digit="2", text="Wants a new car.")
    hands.until(lambda: hands.one(5).department.slug == "sales")
    hands.to(6)
    hands.dialog("s", digit="2")
    hands.until(lambda: hands.states(6) == {"snoozed"})
    hands.open(7)
    hands.press("Escape")
    hands.dialog("l", text="brakes")
    hands.until(lambda: hands.one(7).tags.filter(name="brakes").exists())
    hands.to(8)
    hands.dialog("a", digit="2")
    hands.until(lambda: hands.one(8).assignee_id is not None)
    hands.open(9)
    hands.press("Escape", "!")
    hands.until(lambda: hands.states(9) == {"noise"})

    # What has no key at hand is in the palette.
    hands.to(10)
    hands.press("Control+k")
    hands.write("move to pr")
    hands.press("Enter")
    hands.page.wait_for_selector("#dialogs [value=pr]:checked")
    hands.write("A journalist.")
    hands.press("Control+Enter")
    hands.until(lambda: hands.one(10).department.slug == "pr")

    hands.open(11)
    hands.press("Escape")
    hands.press("p")
    hands.until(lambda: hands.one(11).priority == Conversation.Priority.URGENT)


def several_at_once(cast, hands):
    hands.to(12)
    hands.press("x")
    hands.to(16)
    hands.press("X", "e")
    hands.until(lambda: hands.states(*range(12, 17)) == {"closed"})

    for n in (17, 18, 19):
        hands.to(n)
        hands.press("x")
    hands.press("A")
    hands.until(lambda: {hands.one(n).assignee_id for n in (17, 18, 19)} == {cast.alice.pk})

    hands.to(20)
    hands.press("x")
    hands.to(22)
    hands.press("X")
    hands.dialog("s", digit="1")
    hands.until(lambda: hands.states(20, 21, 22) == {"snoozed"})
    hands.press("z")
    hands.until(lambda: hands.states(20, 21, 22) == {"open"})

    hands.to(23)
    hands.press("x")
    hands.to(29)
    hands.press("X")
    hands.dialog("m", digit="4", text="All about the article.")
    hands.until(lambda: {hands.one(n).department.slug for n in range(23, 30)} == {"pr"})
    assert not Contributor.objects.filter(conversation=hands.talks[2]).exists()

"""The registry of keys, and what people make of it."""

import json
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client
from django.utils.html import escape
from hypothesis import given
from hypothesis import strategies as st

from inbox import keyboard
from inbox.keyboard import BY_ID, REGISTRY, caps, conflict, is_choice, usable
from people.models import User
from tests.inbox.cast import Cast

TEMPLATES = Path(settings.BASE_DIR) / "templates"
MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 14_0)"
PAGE = "/settings/me/keyboard/"


@pytest.fixture
def cast(db):
    return Cast()


@pytest.fixture
def alice(cast):
    client = Client()
    client.force_login(cast.alice)
    return client


def mine(cast):
    return User.objects.get(pk=cast.alice.pk).keys


def for_script(page):
    found = re.search(r'<body [^>]*data-keys="([^"]*)"', page.content.decode())
    return json.loads(found[1].replace("&quot;", '"').replace("&#x27;", "'").replace("&amp;", "&"))


def test_no_two_actions_share_a_key():
    for one in REGISTRY:
        assert one.section == "people" or conflict(one.id, one.id, {}) is None, one.id


def test_no_action_needs_alt_and_a_letter():
    assert not [one.id for one in REGISTRY if re.search(r"Alt\+\w$", one.id)]


def test_every_key_of_a_template_is_in_the_registry():
    named = {key for path in TEMPLATES.rglob("*.html") for key in re.findall(r'data-key="([^"{]+)"', path.read_text())}
    # Within a list of its own: what is brought back from the things set aside.
    assert named - {"B"} <= {*BY_ID}


def test_caps_are_drawn_as_the_keyboard_has_them():
    assert caps("g i") == ["g", "i"]
    assert caps("Mod+Shift+Enter", is_mac=True) == ["⌘⇧↵"]
    assert caps("Mod+Shift+Enter", is_mac=False) == ["Ctrl ⇧ ↵"]
    assert caps("A") == ["⇧a"]


def test_a_page_shows_this_persons_keys_and_tells_its_script(alice, cast):
    conversation = cast.asks()
    alice.post(PAGE, {"action": "e", "keys": "y"})
    page = alice.get(f"/inbox/open/c/{conversation.pk}/")
    assert for_script(page) == {"on": True, "lead": ["g"], "map": {"e": "", "y": "e"}}
    closing = page.content.decode().split('data-key="e"')[1].split("</button>")[0]
    assert ">y</kbd>" in closing and ">e</kbd>" not in closing


def test_a_mac_is_told_of_its_own_key(alice, cast):
    conversation = cast.asks()
    url = f"/c/{conversation.pk}/assign/"
    assert "⌘↵" in alice.get(url, headers={"user-agent": MAC}).content.decode()
    assert "Ctrl ↵" in alice.get(url).content.decode()


def test_without_single_keys_no_hint_promises_one(alice, cast):
    conversation = cast.asks()
    alice.post("/settings/me/keyboard/switch/", {})
    assert not User.objects.get(pk=cast.alice.pk).keys_on
    page = alice.get(f"/inbox/open/c/{conversation.pk}/")
    assert for_script(page)["on"] is False
    closing = page.content.decode().split('data-key="e"')[1].split("</button>")[0]
    assert "<kbd" not in closing
    assert "Ctrl ↵" in alice.get(f"/c/{conversation.pk}/assign/").content.decode()
    alice.post("/settings/me/keyboard/switch/", {"on": "on"})
    assert User.objects.get(pk=cast.alice.pk).keys_on


def test_a_key_that_is_taken_is_refused_by_its_name(alice, cast):
    answer = alice.post(PAGE, {"action": "e", "keys": "m"})
    assert answer.status_code == 422
    assert escape("“m” stands for “Move department” already.") in answer.content.decode()
    assert mine(cast) == {}


@pytest.mark.parametrize("keys", ["g", "g i", "g 4", "j k", "?", "/", "Enter"])
def test_what_begins_another_shortcut_is_refused_too(alice, cast, keys):
    assert alice.post(PAGE, {"action": "e", "keys": keys}).status_code == 422
    assert mine(cast) == {}


@pytest.mark.parametrize("keys", ["Alt+e", "ab", "a b c", "\0", "x\ny\nz", "é" * 100_000])
def test_what_is_no_key_is_refused(alice, cast, keys):
    assert alice.post(PAGE, {"action": "e", "keys": keys}).status_code == 422
    assert mine(cast) == {}


def test_a_key_that_was_given_away_is_free(alice, cast):
    alice.post(PAGE, {"action": "m", "keys": "v"})
    assert alice.post(PAGE, {"action": "e", "keys": "m"}).status_code == 302
    assert mine(cast) == {"m": "v", "e": "m"}
    # Its old place is taken by now.
    assert alice.post(PAGE, {"action": "m", "keys": "m"}).status_code == 422


def test_an_action_can_do_without_a_key_and_get_its_own_back(alice, cast):
    alice.post(PAGE, {"action": "!", "keys": ""})
    assert mine(cast) == {"!": ""}
    assert for_script(alice.get(PAGE))["map"] == {"!": ""}
    alice.post(PAGE, {"action": "!", "do": "reset"})
    assert mine(cast) == {}


def test_all_keys_are_reset_at_once(alice, cast):
    alice.post(PAGE, {"action": "!", "keys": ""})
    alice.post(PAGE, {"action": "e", "keys": "g e"})
    assert for_script(alice.get(PAGE))["lead"] == ["g"]
    alice.post(PAGE, {"do": "reset"})
    assert mine(cast) == {}


@pytest.mark.parametrize("action", ["Mod+Enter", "nowhere", "\0", "m "])
def test_what_cannot_be_changed_is_refused(alice, cast, action):
    assert alice.post(PAGE, {"action": action, "keys": "y"}).status_code == 422
    assert mine(cast) == {}


def test_one_key_is_reset_only_while_nobody_else_has_it(alice, cast):
    alice.post(PAGE, {"action": "m", "keys": "v"})
    alice.post(PAGE, {"action": "e", "keys": "m"})
    assert alice.post(PAGE, {"action": "m", "do": "reset"}).status_code == 422
    assert mine(cast) == {"m": "v", "e": "m"}


def test_stored_keys_that_make_no_sense_any_more_do_no_harm(alice, cast):
    for keys in ({"gone": "y", "e": 7, "a": ["x"], "Mod+k": "v", "s": "a b c"}, ["e"], "e", None):
        User.objects.filter(pk=cast.alice.pk).update(keys=keys if keys is not None else {})
        assert alice.get("/inbox/").status_code == alice.get(PAGE).status_code == 200


def test_the_sheet_lists_every_action_with_its_keys(alice):
    alice.post(PAGE, {"action": "e", "keys": "y"})
    sheet = alice.get("/keys/", headers={"HX-Request": "true"}).content.decode()
    assert all(escape(str(one.name)) in sheet for one in REGISTRY if not one.of_managers)
    assert "<kbd>y</kbd>" in sheet and "<html" not in sheet


# What keys.js does without a button of the page; what there is only after a move, or with a second account.
BY_SCRIPT = {*"jkou[]xX*", "Mod+Enter", "Mod+Shift+Enter", "Escape", "S", "Mod+Shift+f"}


def offered(user, *sections):
    """The keys that this person's sheet lists in these sections."""
    with keyboard.of_person(user):
        lines = [one for section in keyboard.sheet() for one in section["lines"]]
    return {one["id"].replace("1…9", "1") for one in lines if BY_ID[one["id"]].section in sections}


@pytest.mark.parametrize("name", ["alice", "mia", "adam"])
def test_every_key_that_the_sheet_offers_finds_something(cast, name):
    user, client = cast.users[name], Client()
    client.force_login(user)
    conversation = cast.asks(assignee=cast.bob)
    cast.decided(conversation.messages.get())
    page = client.get(f"/inbox/open/c/{conversation.pk}/").content.decode()
    assert offered(user, "move", "go", "act", "write") - BY_SCRIPT - {*re.findall(r'data-key="([^"]+)"', page)} == set()
    for url in ("/contacts/", "/board/", "/search/", "/notifications/", "/settings/me/", "/inbox/history/"):
        page = client.get(url).content.decode()
        assert offered(user, "go") - {*re.findall(r'data-key="([^"]+)"', page)} == set(), url


def test_the_sheet_offers_nobody_what_only_others_have(cast):
    assert "Alt+↑" in offered(cast.mia, "people")
    assert "Alt+↑" not in offered(cast.alice, "people")


def test_a_queue_is_led_to_by_its_place_from_everywhere(alice):
    assert alice.get("/inbox/queue/1/")["Location"].startswith("/inbox/q/")
    assert alice.get("/inbox/queue/99/")["Location"] == "/inbox/"


_KEYS = st.text(alphabet="aegiyM 1\0é?", max_size=4)


@given(st.dictionaries(st.sampled_from([one.id for one in REGISTRY]), _KEYS, max_size=6), _KEYS)
def test_whatever_is_chosen_every_key_means_one_action(keys, wanted):
    chosen = {}
    for action, choice in keys.items():
        known = not BY_ID[action].is_fixed and is_choice(choice)
        if known and (not choice or conflict(action, choice, chosen) is None):
            chosen[action] = choice
    assert usable(chosen) == {action: keys for action, keys in chosen.items() if keys != action}
    by_key = [chosen.get(one.id, one.id) for one in REGISTRY if one.section != "people"]
    assert len([one for one in by_key if one]) == len({one for one in by_key if one})
    assert not is_choice(wanted) or len(wanted) <= 3
    assert keyboard.shown("e")

"""Who is blocked, and by what; pure."""

import pytest

from routing.blocks import Blocks, server_of
from routing.signals import Signals

ANN = Signals(
    "Look: https://www.shop.pills.example/x",
    network="mastodon",
    author_id="7",
    author_handle="@ann@social.spam.example",
    author_email="ann@mail.letters.example",
)


@pytest.mark.parametrize(
    "key",
    [
        ("person", "mastodon:7"),
        ("domain", "pills.example"),
        ("domain", "shop.pills.example"),
        ("domain", "letters.example"),
        ("server", "spam.example"),
        ("server", "social.spam.example"),
    ],
)
def test_a_block_holds_for_its_person_or_for_all_below_its_domain_or_server(key):
    assert Blocks({key: ""}).of(ANN) == {"kind": "block", "block": key[0], "value": key[1], "name": key[1]}


@pytest.mark.parametrize(
    "key",
    [
        ("person", "x:7"),
        ("domain", "ills.example"),
        ("domain", "example"),
        ("server", "pills.example"),
        ("domain", "spam.example"),
    ],
)
def test_what_is_only_like_a_block_is_read(key):
    assert Blocks({key: ""}).of(ANN) is None


def test_who_is_trusted_is_read_whatever_else_is_blocked():
    blocks = {("domain", "pills.example"): "", ("person", "mastodon:7"): "", ("trust", "mastodon:7"): "Ann"}
    assert Blocks(blocks).of(ANN) is None


def test_trusting_somebody_blocks_nobody():
    assert Blocks({("trust", "mastodon:7"): "Ann"}).of(ANN) is None
    assert Blocks({("trust", "mastodon:8"): "Ben", ("server", "spam.example"): ""}).of(ANN) is not None


@pytest.mark.parametrize("handle", ["", "@", "ann", "@ann", "@@", "a@"])
def test_a_handle_without_a_server_has_none(handle):
    assert server_of(handle) == ""

"""Long texts as several posts: nothing is lost, nothing too long, and no character is cut."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.channels.bluesky.graphemes import length as bluesky_length
from connectors.channels.mastodon.length import length as mastodon_length
from connectors.channels.x.length import weighted_length
from connectors.graphemes import clusters
from connectors.parting import Unsplittable, join, split

LENGTHS = {"x": weighted_length, "bluesky": bluesky_length, "mastodon": mastodon_length, "plain": len}
PIECES = st.sampled_from(
    [
        "word ",
        "a",
        " ",
        "\n\n",
        "Done. ",
        "Really? ",
        "👩‍👩‍👧 ",
        "🇩🇪",
        "é",
        "e\u0301",
        "漢字。",
        "مرحبا ",
        "👍🏽",
        "https://halden.example/a/long/path ",
    ]
)
TEXTS = st.one_of(st.text(max_size=400), st.lists(PIECES, min_size=1, max_size=150).map("".join))


@given(TEXTS, st.integers(min_value=24, max_value=300), st.sampled_from(sorted(LENGTHS)), st.booleans())
def test_the_parts_are_the_text_and_each_fits_and_none_is_empty_or_cut(text, limit, network, numbered):
    length = LENGTHS[network]
    try:
        parts = split(text, limit, length, numbered=numbered)
    except Unsplittable:
        return
    assert join(parts) == text.strip()
    assert all(length(one.text) <= limit for one in parts)
    assert all(one.text.strip() for one in parts) or not text.strip()
    assert [one for part in parts for one in clusters(part.words) + clusters(part.gap)] == clusters(text.strip())
    assert len({one.text for one in parts}) == len(parts)


def test_a_post_ends_where_a_sentence_does_if_one_ends_late_enough():
    first, second = split("The first is done. " + "The second one takes us a little longer.", 45, len)
    assert (first.text, second.text) == ("The first is done.", "The second one takes us a little longer.")


def test_a_post_otherwise_ends_between_two_words():
    assert [one.text for one in split("one two three four", 9, len)] == ["one two", "three", "four"]


def test_numbers_say_which_post_it_is_and_of_how_many():
    parts = split("alpha beta gamma delta epsilon", 16, len, numbered=True)
    assert [one.text for one in parts] == ["alpha beta 1/3", "gamma delta 2/3", "epsilon 3/3"]


def test_posts_that_would_say_the_same_are_numbered_for_networks_take_no_text_twice():
    assert [one.text for one in split("no no no no no no", 9, len)][:2] == ["no no 1/3", "no no 2/3"]


def test_a_text_that_fits_is_one_post_without_a_number():
    assert [one.text for one in split("  Short.  ", 280, len, numbered=True)] == ["Short."]


@pytest.mark.parametrize(("text", "limit", "why"), [("word " * 5000, 280, "many"), ("👩‍👩‍👧👩‍👩‍👧👩‍👩‍👧", 4, "narrow")])
def test_what_cannot_be_divided_says_why(text, limit, why):
    with pytest.raises(Unsplittable, match=why):
        split(text, limit, len)

"""Addresses of profiles in one form."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contacts.addresses import MOST, canonical, named_in, own


@pytest.mark.parametrize(
    ("written", "form"),
    [
        ("https://www.Twitter.com/Dana/?s=20#top", "x.com/dana"),
        ("http://mobile.twitter.com/dana", "x.com/dana"),
        ("x.com/dana", "x.com/dana"),
        ("https://instagram.com//dana_w/", "instagram.com/dana_w"),
        ("https://m.facebook.com/profile.php?id=42&ref=x", "facebook.com/profile.php/42"),
        ("https://town.example/users/dana", "town.example/@dana"),
        ("https://town.example/@Dana", "town.example/@dana"),
        ("https://reddit.com/u/dana", "reddit.com/user/dana"),
        ("https://dana.example:8443/", "dana.example"),
        ("https://m.example/", "m.example"),
        ("https://bsky.app/profile/dana.bsky.social", "bsky.app/profile/dana.bsky.social"),
        *((nothing, "") for nothing in ("", "dana", "javascript:alert(1)", "mailto:d@x.example", "https://[", "a b.c")),
        ("https://x.com/" + "a" * 300, ""),
        ("https://x.com/a\0b", ""),
    ],
)
def test_the_same_page_has_one_address(written, form):
    assert canonical(written) == form


def test_a_profile_names_addresses_in_its_words_and_in_its_fields():
    bio = "Cars. Photos (instagram.com/dana). https://dana.example/ and and/or 3.5/5, etc."
    assert named_in(bio, ["https://X.com/Dana", "https://x.com/dana/"]) == [
        "x.com/dana",
        "instagram.com/dana",
        "dana.example",
    ] + [one for one in named_in("3.5/5")]
    assert len(named_in(" ".join(f"x.com/{number}" for number in range(99)))) == MOST


def test_a_profile_is_found_by_its_address_and_by_its_handle():
    assert own("x", "@Dana", "https://twitter.com/dana") == ["x.com/dana"]
    assert own("bluesky", "dana.example", "https://bsky.app/profile/did:plc:1") == [
        "bsky.app/profile/did:plc:1",
        "bsky.app/profile/dana.example",
    ]
    assert own("mastodon", "dana@town.example", "") == ["town.example/@dana"]
    assert own("email", "dana@town.example", "") == own("x", "", "") == own("x", "a/b", "") == []


@given(st.text(max_size=80) | st.from_regex(r"https?://[a-z.]{1,20}(/[\w@%?=&.]{0,10}){0,4}", fullmatch=True))
def test_every_text_has_a_form_that_is_its_own_form(text):
    form = canonical(text)
    assert len(form) <= 200
    assert canonical(form) in (form, "")
    assert "\0" not in form


@given(st.text(max_size=200), st.lists(st.text(max_size=30), max_size=5))
def test_whatever_a_profile_says_names_a_bounded_number_of_addresses(bio, links):
    assert len(named_in(bio, links)) <= MOST
    assert all(0 < len(one) <= 200 for one in named_in(bio, links))

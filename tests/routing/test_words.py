import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.words import LOOKED_AT, grams, is_word_character, normal, tokens


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Isn't it GREAT?!", ["isn't", "it", "great", "?!"]),
        ("isn’t", ["isn't"]),
        ("@carol@mastodon.social see https://example.org/a?b", ["@", "see", "://"]),
        ("#NewPhone costs 1499 €", ["newphone", "costs", "0", "€"]),
        ("sooooo goooood", ["soo", "good"]),
        ("𝐅𝐑𝐄𝐄 ﬁsh", ["free", "fish"]),
        ("खराब है", ["खराब", "है"]),
        ("退款什么", ["退款", "款什", "什么"]),
        ("iPhone坏了", ["iphone", "坏了"]),
        ("nice 😍", ["nice", "😍"]),
        ("a\0b \ud800", ["a", "b"]),
        ("", []),
    ],
)
def test_a_text_becomes_normalised_words(text, expected):
    assert [normal(token) for token in tokens(text)] == expected


def test_only_the_beginning_of_a_text_is_looked_at():
    assert len(tokens("word " * LOOKED_AT)) <= LOOKED_AT / 5 + 1


def test_relatives_of_a_word_share_pieces():
    assert grams("refunded") & grams("refunds") >= {"<re", "refun", "fund"}


def test_handles_links_marks_and_emoji_have_no_pieces():
    assert [grams(word) for word in ("@", "://", "?", "😍")] == [set()] * 4


def test_a_vowel_sign_belongs_to_its_word():
    assert is_word_character("ा") and is_word_character("é") and not is_word_character("-")


@given(st.text())
def test_every_token_of_any_text_has_a_normal_form(text):
    assert all(normal(token) for token in tokens(text))

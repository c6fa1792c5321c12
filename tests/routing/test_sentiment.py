"""How messages are meant, as far as words tell."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.sentiment import LANGUAGES, sentiment

NEGATIVE = [
    ("This is the worst service I have ever had.", "en"),
    ("Still waiting for an answer, this is ridiculous", "en"),
    ("I was so happy with the car, but the workshop is a nightmare.", "en"),
    ("Not happy. The new pump is broken again.", "en"),
    ("Was für eine Frechheit, ich warte seit Wochen und keine Antwort.", "de"),
    ("Le service est vraiment nul, aucune réponse depuis un mois.", "fr"),
    ("El servicio es pésimo y nadie responde.", "es"),
]
POSITIVE = [
    ("Thank you so much, that was really helpful!", "en"),
    ("Vielen Dank, das war sehr freundlich.", "de"),
    ("Merci beaucoup, votre équipe est géniale", "fr"),
    ("Muchas gracias, el trato fue excelente", "es"),
]
NEITHER = [
    ("Can I charge it at home?", "en"),
    ("The delivery comes on Tuesday between 9 and 12.", "en"),
    ("It is not bad at all", "en"),
    ("Ich hätte gerne ein Angebot für einen Kombi.", "de"),
    ("", "en"),
    ("???", ""),
]


@pytest.mark.parametrize(("text", "language"), NEGATIVE)
def test_it_knows_what_is_clearly_negative(text, language):
    assert sentiment(text, language) == sentiment(text) == -1


@pytest.mark.parametrize(("text", "language"), POSITIVE)
def test_it_knows_what_is_clearly_positive(text, language):
    assert sentiment(text, language) == 1


@pytest.mark.parametrize(("text", "language"), NEITHER)
def test_it_says_nothing_where_nothing_is_clear(text, language):
    assert sentiment(text, language) == 0


def test_it_does_not_guess_in_a_language_that_it_does_not_know():
    assert sentiment("Tämä on huono juttu, bad die fail", "fi") == 0
    # German "bad" is a bath.
    assert sentiment("Das Bad ist neu und die Miss wohnt da", "de") == 0


def test_it_reads_the_language_as_networks_write_it():
    assert sentiment("worst service ever", "en-GB") == sentiment("worst service ever", "en_US") == -1
    assert sentiment("I hate that the worst of all is broken", "und") == -1


@given(st.text(max_size=400), st.sampled_from(["", "xx", *LANGUAGES]))
def test_it_has_an_answer_to_anything(text, language):
    assert sentiment(text, language) in (-1, 0, 1)


def test_a_very_long_text_is_read_in_time():
    assert sentiment("bad not " * 100_000, "en") in (-1, 0)

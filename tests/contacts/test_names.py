import pytest
from hypothesis import given
from hypothesis import strategies as st

from contacts.names import fold


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("Zoë  Ångström", "zoe angstrom"),
        ("Oluwaseun Adébáyọ̀-Williams", "oluwaseun adebayo-williams"),
        ("Сергій Коваленко", "сергіи коваленко"),
        ("STRASSE", "strasse"),
        ("Straße", "strasse"),
        ("ＦＵＬＬ　Ｗｉｄｔｈ", "full width"),
        ("Ελένη", "ελενη"),
        ("田中 美咲", "田中 美咲"),
        ("ひなた が", "ひなた が"),
        ("한지우", "한지우"),
        ("पल्लवी", "पल्लवी"),
        ("سارة", "سارة"),
        ("İSTANBUL", "istanbul"),
    ],
)
def test_a_name_is_folded_to_what_people_type(written, folded):
    assert fold(written) == folded


@given(st.text(max_size=60))
def test_folding_twice_is_folding_once(text):
    assert fold(fold(text)) == fold(text)


@given(st.text(max_size=60))
def test_case_and_spaces_do_not_matter(text):
    assert fold(f"  {text}  ") == fold(text)
    assert fold(text.casefold()) == fold(text)

"""Values of attributes: one form for each, whatever way they are written in, and a remedy for what is none."""

import datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contacts.canonical import canonical
from contacts.models import Attribute
from contacts.refused import Refused

KINDS = Attribute.Kind.values
CHOICES = ["Gold", "Silver", "Straße"]


@given(kind=st.sampled_from(KINDS), text=st.text(max_size=60))
def test_the_canonical_form_of_a_canonical_form_is_itself(kind, text):
    try:
        once = canonical(kind, text, CHOICES)
    except Refused as error:
        assert error.field == "value"
        assert str(error).endswith((".", "Straße"))
    else:
        assert canonical(kind, once, CHOICES) == once
        assert "\0" not in once


@given(number=st.decimals(allow_nan=False, allow_infinity=False, places=3, min_value=-(10**9), max_value=10**9))
def test_every_number_keeps_its_value(number):
    kept = canonical("number", f"{number:f}")
    assert Decimal(kept) == number
    assert "E" not in kept


@given(day=st.dates(min_value=datetime.date(1, 1, 1)))
def test_every_day_is_read_in_each_way_of_writing_it(day):
    iso = day.isoformat()
    assert canonical("date", iso) == iso
    assert canonical("date", f"{day.day}.{day.month}.{day.year:04d}") == iso
    assert canonical("date", f"{iso} 00:00:00") == iso


@pytest.mark.parametrize(
    ("kind", "written", "kept"),
    [
        ("number", "1.234.567,50", "1234567.5"),
        ("number", "1,234,567.50", "1234567.5"),
        ("number", "1 234,5", "1234.5"),
        ("number", "12'500", "12500"),
        ("number", "-0.0", "0"),
        ("number", "٤٢", "42"),
        ("number", "\u22123", "-3"),
        ("date", "3.5.2024", "2024-05-03"),
        ("date", "2024/5/3", "2024-05-03"),
        ("yes_no", "Ja", "yes"),
        ("yes_no", "FALSE", "no"),
        ("choice", "gold", "Gold"),
        ("choice", "STRASSE", "Straße"),
        ("link", "example.org/a b"[:13], "https://example.org/a"),
        ("link", "HTTP://wiki/page", "http://wiki/page"),
        ("link", "example.org:8080", "https://example.org:8080"),
        ("email", "mailto:Dana@Example.ORG", "dana@example.org"),
        ("phone", "+49 (841) 12-34", "+498411234"),
        ("phone", "0049 841/1234", "+498411234"),
        ("text", "  Line one\nLine two\0 ", "Line one\nLine two"),
        ("number", "   ", ""),
    ],
)
def test_it_reads_what_people_write(kind, written, kept):
    assert canonical(kind, written, CHOICES) == kept


@pytest.mark.parametrize(
    ("kind", "written", "remedy"),
    [
        ("number", "1,234", "Write 1234 or 1.234."),
        ("number", "twelve", "Write it like 1234.5."),
        ("number", "1.23.4", "Write it like 1234.5."),
        ("number", "9" * 31, "Write it like 1234.5."),
        ("date", "05/03/2024", "2024-05-03"),
        ("date", "30.2.2024", "Check the month and the day."),
        ("yes_no", "perhaps", "Write yes or no."),
        ("choice", "Bronze", "Gold, Silver, Straße"),
        ("link", "javascript:alert(1)", "begins with https://"),
        ("link", "https://user:secret@example.org/", "begins with https://"),
        ("link", "https://[::1", "begins with https://"),
        ("link", "word", "begins with https://"),
        ("email", "dana@", "name@example.org"),
        ("phone", "call me", "without an extension"),
        ("phone", "+49 841 1234 ext. 5", "without an extension"),
        ("text", "x" * 2001, "Shorten it to 2,000."),
    ],
)
def test_it_says_what_to_write_instead(kind, written, remedy):
    with pytest.raises(Refused) as refused:
        canonical(kind, written, CHOICES)
    assert remedy in str(refused.value)

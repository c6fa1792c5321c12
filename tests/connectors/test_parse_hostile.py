"""What is cleaned, and that nothing whatever gets past the parser that could not be stored."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.incoming import Rejected
from connectors.parse import decode, parse
from tests.connectors.items import FULL, NOW, author, read


@pytest.mark.parametrize(
    ("given", "clean"),
    [
        ("a\0b\x01c\x1fd\r\ne\tf", "abcd\ne\tf"),
        ("lone \ud83d surrogate \udc00", "lone \ufffd surrogate \ufffd"),
        ("fine: é 日本語 👩‍👩‍👧 \u2067abc", "fine: é 日本語 👩‍👩‍👧 \u2067abc"),
        ("\u202egnp.exe \u202dabc", "gnp.exe abc"),
        ("  spaces stay  ", "  spaces stay  "),
    ],
)
def test_text_is_cleaned_of_what_nobody_can_store_or_read(given: str, clean: str) -> None:
    assert read(text=given).text == clean


@pytest.mark.parametrize(
    ("given", "clean"),
    [
        ("  Dana \n\t Lee ", "Dana Lee"),
        ("Da\u200bna\ufeff\u2060 \u202eeeL\u202c\u2066", "Dana eeL"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("ann\0a\ud800", "anna\ufffd"),
        ("x" * 300, "x" * 200),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("ශ්\u200dරී", "ශ්\u200dරී"),
        ("Ann 👩\u200d💻", "Ann 👩\u200d💻"),
        ("ad\u200dmin\u200c", "admin"),
        ("\u3164", ""),
        (None, ""),
    ],
)
def test_names_are_one_line_without_anything_invisible(given: str, clean: str) -> None:
    assert author(name=given).author.name == clean
    assert author(handle=given).author.handle == clean


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ('{"a": NaN, "b": [Infinity, -Infinity]}', {"a": "NaN", "b": ["Infinity", "-Infinity"]}),
        ('{"a": 1e400000, "b": -1e400000}', {"a": "Infinity", "b": "-Infinity"}),
        ('{"a\\u0000b": "c\\u0000d", "\\ud800": "\\udfff"}', {"ab": "cd", "\ufffd": "\ufffd"}),
        (
            '{"a": "NaN and Infinity \\\\u0000 👍", "b": 1e300, "c": -0.0}',
            {"a": "NaN and Infinity \\u0000 👍", "b": 1e300, "c": -0.0},
        ),
    ],
)
def test_raw_holds_what_postgresql_takes(given: str, kept: Any) -> None:
    assert read(raw=json.loads(given)).raw == kept


@pytest.mark.parametrize("field", ["raw", "unknown", "mentions", "url"])
def test_nesting_has_an_end(field: str) -> None:
    deep: Any = []
    for _ in range(46):
        deep = [deep]
    assert read(**{field: {"a": deep}}).raw
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(Rejected, match="50 levels"):
        read(**{field: deep})


@pytest.mark.parametrize("field", ["external_id", "text", "kind", "author", "posted_at"])
def test_a_required_field_can_be_anything_and_the_reason_stays_short(field: str) -> None:
    deep: Any = {}
    for _ in range(10_000):
        deep = {"a": deep}
    for value in (deep, 10**5000, ["x" * 10**6], "x" * 10**6 + "\0"):
        try:
            read(**{field: value})
        except Rejected as error:
            assert len(str(error)) < 300


@pytest.mark.parametrize(
    "line", [b"", b"{", b"\xff{}", b"[1,]", b"nul", b"{}{}", b"[" * 100_000, "{'a': 1}", b'{"a": ' + b"9" * 5000 + b"}"]
)
def test_a_line_that_is_no_json_is_rejected(line: Any) -> None:
    with pytest.raises(Rejected, match="line: "):
        decode(line)


def test_a_line_may_begin_with_a_byte_order_mark() -> None:
    assert decode(b"\xef\xbb\xbf{}") == decode("\ufeff{}") == {}


def test_a_line_that_cannot_be_read_is_shown_as_it_was_written() -> None:
    with pytest.raises(Rejected, match="^line: 'Näme' is not JSON"):
        decode("Näme\n".encode())


texts = st.text(st.characters(codec=None), max_size=30) | st.sampled_from(
    ["\0", "\ud800", "NaN", "https://a.b", "2026-01-01T00:00Z"]
)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts | st.just(10**4000),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)
items = st.fixed_dictionaries(
    {},
    optional={name: values | st.just(FULL[name]) for name in FULL}
    | {
        "author": values
        | st.fixed_dictionaries({}, optional={name: values | st.just(FULL["author"][name]) for name in FULL["author"]})
    }
    | {"mentions": st.lists(values, max_size=3) | st.just(FULL["mentions"]), "mood": values},
)


def clean(value: Any) -> bool:
    if isinstance(value, str):
        value.encode()
        return "\0" not in value
    if isinstance(value, dict):
        return all(clean(key) and clean(inner) for key, inner in value.items())
    return all(map(clean, value)) if isinstance(value, list | tuple) else True


@settings(max_examples=500, deadline=None)
@given(values | items)
def test_s25_any_json_becomes_an_incoming_that_can_be_stored_or_is_rejected(value: Any) -> None:
    try:
        told = parse(value, network="x", now=NOW)
    except Rejected as error:
        str(error).encode()
        return
    json.dumps(told.raw, allow_nan=False)
    assert clean([told.raw, told.text, told.url, told.thread_id, told.external_id, told.author.name, told.author.bio])
    assert datetime(1990, 1, 1, tzinfo=UTC) <= told.posted_at <= NOW + timedelta(days=1)
    assert 0 < len(told.external_id) <= 500
    assert 0 < len(told.author.external_id) <= 500
    assert len(told.author.name) <= 200


@pytest.mark.django_db
@settings(max_examples=100, deadline=None)
@given(values)
def test_s24_postgresql_takes_every_payload(value: Any) -> None:
    try:
        told = read(raw={"a": value}, text=f"text {value!r}"[:1000] if not isinstance(value, int) else "text")
    except (Rejected, ValueError):
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::jsonb, %s::text", [json.dumps(told.raw), told.text])
        assert cursor.fetchone()[1] == told.text


def test_a_number_that_python_does_not_print_is_kept_in_another_form() -> None:
    assert read(raw={"a": 10**5000}).raw["a"].startswith("0x")

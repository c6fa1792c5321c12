"""Cases of twitter-text's conformance suite (validate.yml, weighted counts) and of its documentation."""

import pytest

from connectors.channels.x.length import weighted_length


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("", 0),
        ("Hello", 5),
        ("a" * 280, 280),
        ("é" * 280, 280),
        ("e\u0301" * 10, 10),  # composed before counting
        ("日本語", 6),
        ("故" * 140, 280),
        ("Привет, мир", 11),
        ("مرحبا", 5),
        ("नमस्ते", 6),
        ("“quotes” – dash…", 17),
        ("👍", 2),
        ("👩‍👩‍👧‍👦", 2),
        ("👍🏽👍🏽", 4),
        ("🇩🇪🇫🇷", 4),
        ("1️⃣", 2),
        ("🏴󠁧󠁢󠁥󠁮󠁧󠁿", 2),
        ("❤️", 2),
        ("http://test.com", 23),
        ("https://a.very.long.example.com/with/a/path/and?a=query&that=goes#on-and-on", 23),
        ("see http://test.com/ok, please", 23 + 12),
        ("test.com", 23),
        ("foo.co.uk", 23),
        ("foo.de", 6),
        ("foo.de/path", 23),
        ("e.g. this", 9),
        ("Mr.Smith", 8),
        ("file.txt", 8),
        ("name@test.com", 13),
        ("@test.com", 9),
        ("http://", 7),
        ("(https://test.com)", 25),
        ("https://test.com https://test.com", 47),
        ("日本語https://test.com", 29),
    ],
)
def test_a_text_is_as_long_as_x_says(text: str, length: int) -> None:
    assert weighted_length(text) == length


def test_hostile_text_is_counted_quickly() -> None:
    for text in ("a." * 25_000, "http://" * 7_000, "@" * 50_000, "-" * 50_000, "a" * 50_000, "👩‍" * 10_000):
        assert weighted_length(text) > 0

"""S24: whatever bytes do to the process that reads them, the one that asked lives and gets on."""

import time

import pytest

from connectors import isolation
from connectors.isolation import Unreadable

HANDLE = "tests.connectors.hostile:handle"


def outcomes(*items: str, seconds: float = 1) -> list[str]:
    found = isolation.each(HANDLE, [item.encode() for item in items], seconds=seconds)
    return [outcome.error or str(outcome.value[0]) for outcome in found]


def test_it_returns_what_the_function_makes_of_the_bytes_and_the_options() -> None:
    assert isolation.call(HANDLE, b"hello", limit=3) == ["hello", {"limit": 3}]


def test_s24_a_bomb_takes_none_of_its_neighbours_along() -> None:
    assert outcomes("a", "hang", "b", "2 GiB", "die", "crash", "recurse", "raise", "c", seconds=1) == [
        "a",
        "it took longer than 1 seconds",
        "b",
        "it needed more memory than it may",
        "the process that read it died (3)",
        "the process that read it died (-11)",
        "RecursionError: maximum recursion depth exceeded",
        "ValueError: no such thing",
        "c",
    ]


def test_s24_code_that_never_pauses_is_ended_as_well() -> None:
    assert outcomes("spin", "a", seconds=0.5) == ["it took longer than 0.5 seconds", "a"]


def test_an_answer_that_nobody_fetches_for_long_is_not_late() -> None:
    # Larger than a pipe holds, so that the child waits with it.
    found = isolation.each(HANDLE, [b"a" * 300_000, b"b" * 300_000], seconds=0.5)
    assert not next(found).error
    time.sleep(1.5)
    assert not next(found).error


def test_what_it_prints_is_no_answer() -> None:
    assert outcomes("print") == ["print"]


def test_an_answer_that_is_no_json_or_too_large_is_an_error() -> None:
    no_json, large, after = outcomes("no json", "large", "a", seconds=10)
    assert "not JSON serializable" in no_json
    assert "larger than" in large
    assert after == "a"


def test_s31_the_child_sees_nothing_of_our_environment() -> None:
    names = isolation.call(HANDLE, b"environment")
    assert not {"DATABASE_URL", "REDIS_URL", "HOME"} & set(names)


def test_a_single_one_that_cannot_be_read_is_told_as_an_error() -> None:
    with pytest.raises(Unreadable, match="no such thing"):
        isolation.call(HANDLE, b"raise")

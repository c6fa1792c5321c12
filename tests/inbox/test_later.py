"""The times at which a reply may leave later, by the clock of whoever writes it."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from inbox import later

ZONES = st.sampled_from(["Europe/Berlin", "America/Los_Angeles", "Asia/Kathmandu", "Pacific/Apia", "UTC"])
YEAR = st.datetimes(min_value=datetime(2026, 1, 1), max_value=datetime(2027, 1, 1), timezones=st.just(UTC))


@given(YEAR, ZONES)
def test_the_times_on_offer_are_to_come_in_order_and_in_the_morning_of_the_writers_clock(now, zone):
    with timezone.override(zone):
        found = later.choices(now)
        times = [choice.at for choice in found]
        assert times == sorted(set(times))
        assert times[0] > now
        local = {choice.name: timezone.localtime(choice.at) for choice in found}
        assert {(at.hour, at.minute) for name, at in local.items() if name != "today"} == {(9, 0)}
        assert "monday" not in local or local["monday"].weekday() == 0
        assert all(later.chosen(choice.name, "", now) == choice.at for choice in found)


def test_a_time_of_ones_own_is_read_by_ones_own_clock():
    now = datetime(2026, 3, 1, tzinfo=UTC)
    with timezone.override("Europe/Berlin"):
        assert later.chosen("at", "2026-07-01T09:00", now) == datetime(2026, 7, 1, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    "own", ["", "soon", "2026-02-28T09:00", "2028-01-01T09:00", "0001-01-01T00:00", "9999-12-31T23:59"]
)
def test_a_time_that_is_none_or_over_or_too_far_says_so(own):
    now = datetime(2026, 3, 1, tzinfo=UTC)
    with timezone.override("Pacific/Apia"), pytest.raises(ValueError, match=r"Say when|to come"):
        later.chosen("at", own, now)


def test_late_in_the_evening_nothing_is_offered_for_today():
    now = datetime(2026, 3, 4, 21, tzinfo=UTC)
    with timezone.override("UTC"):
        assert [choice.name for choice in later.choices(now)] == ["tomorrow", "monday"]
        assert "Later today" in later.choices(now - timedelta(hours=6))[0].words

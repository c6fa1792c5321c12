"""Open hours against a walk through every minute, in zones whose clocks do everything that clocks can do."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.hours import BadHours, Plan, Timetable, holidays_of, intervals, is_zone, minutes

MINUTE = timedelta(minutes=1)
# Where clocks change, and how: by an hour, by half of one, at midnight, and not at all.
CHANGES = [
    ("Europe/Berlin", date(2026, 3, 29)),
    ("Europe/Berlin", date(2026, 10, 25)),
    ("America/New_York", date(2026, 3, 8)),
    ("America/New_York", date(2026, 11, 1)),
    ("Australia/Lord_Howe", date(2026, 4, 5)),
    ("Australia/Lord_Howe", date(2026, 10, 4)),
    ("America/Havana", date(2026, 3, 8)),
    ("Asia/Kolkata", date(2026, 6, 1)),
    ("Pacific/Apia", date(2011, 12, 30)),
]
WORKDAYS = [[("09:00", "12:00"), ("13:00", "18:00")]] * 5 + [[], []]


def clock(minute):
    return f"{minute // 60:02d}:{minute % 60:02d}"


times = st.integers(0, 1439).map(clock)
days = st.lists(st.tuples(times, times), max_size=2)
plans = st.builds(
    lambda place, week, exceptions: (
        Plan(place[0], week, exceptions={place[1] + timedelta(days=k): v for k, v in exceptions.items()}),
        place[1],
    ),
    st.sampled_from(CHANGES),
    st.lists(days, min_size=7, max_size=7),
    st.dictionaries(st.integers(-2, 2), days, max_size=2),
)


def open_minutes(plan, first, last):
    """Every minute of UTC that is open: from the first whose local time has reached an opening until after the last
    whose local time is before the closing."""
    zone = ZoneInfo(plan.time_zone)
    start = datetime.combine(first - timedelta(days=3), time(), UTC)
    walk = [start + n * MINUTE for n in range(((last - first).days + 7) * 1440)]
    local = [at.astimezone(zone).replace(tzinfo=None, fold=0) for at in walk]
    found = set()
    for number in range((last - first).days + 1):
        day = first + timedelta(days=number)
        for begin, end in plan.hours_of(day):
            opens = datetime.combine(day, time()) + minutes(begin) * MINUTE
            closes = datetime.combine(day, time()) + minutes(end) * MINUTE
            closes += timedelta(days=1) if closes <= opens else timedelta(0)
            one = next(n for n, at in enumerate(local) if at >= opens)
            two = max(n for n, at in enumerate(local) if at < closes) + 1
            found.update(walk[one:two])
    return found


@settings(max_examples=60, deadline=None)
@given(plans)
def test_intervals_hold_the_minutes_that_a_walk_finds(drawn):
    plan, day = drawn
    first, last = day - timedelta(days=2), day + timedelta(days=2)
    found = intervals(plan, first, last)
    assert all(one[0] < one[1] for one in found)
    assert all(one[1] < two[0] for one, two in zip(found, found[1:], strict=False))
    minutes_found = {opens + n * MINUTE for opens, closes in found for n in range(int((closes - opens) / MINUTE))}
    assert minutes_found == open_minutes(plan, first, last)


@settings(max_examples=60, deadline=None)
@given(plans, st.integers(0, 5 * 1440), st.integers(1, 3000))
def test_so_many_open_minutes_later_is_where_a_walk_ends(drawn, start, wanted):
    plan, day = drawn
    first, last = day - timedelta(days=2), day + timedelta(days=2)
    walked = sorted(open_minutes(plan, first, last))
    at = datetime.combine(first, time(), UTC) + start * MINUTE
    following = [one for one in walked if one >= at]
    expected = following[wanted - 1] + MINUTE if wanted <= len(following) else None
    table = Timetable(intervals(plan, first, last))
    found = table.after(at, wanted * 60)
    assert found == expected
    if found:
        assert table.seconds(at, found) == wanted * 60
        back = table.after(found, -wanted * 60)
        assert back is not None
        assert table.seconds(back, found) == wanted * 60


@settings(max_examples=60, deadline=None)
@given(plans, st.integers(0, 5 * 1440), st.integers(0, 5 * 1440))
def test_open_seconds_between_two_instants_are_counted(drawn, one, two):
    plan, day = drawn
    first, last = day - timedelta(days=2), day + timedelta(days=2)
    start = datetime.combine(first, time(), UTC)
    a, b = start + one * MINUTE, start + two * MINUTE
    walked = open_minutes(plan, first, last)
    table = Timetable(intervals(plan, first, last))
    assert table.seconds(a, b) == -table.seconds(b, a)
    assert table.seconds(min(a, b), max(a, b)) == 60 * sum(min(a, b) <= at < max(a, b) for at in walked)
    assert table.is_open(a) == (a in walked)


def test_a_message_before_the_evening_is_due_on_the_next_working_morning():
    plan = Plan("Europe/Berlin", WORKDAYS)
    table = Timetable(intervals(plan, date(2026, 3, 1), date(2026, 4, 30)))
    zone = ZoneInfo("Europe/Berlin")
    friday = datetime(2026, 3, 27, 17, 55, tzinfo=zone)
    assert table.after(friday, 30 * 60) == datetime(2026, 3, 30, 9, 25, tzinfo=zone)


def test_the_last_second_of_a_day_is_still_that_day():
    plan = Plan("Europe/Berlin", WORKDAYS)
    table = Timetable(intervals(plan, date(2026, 3, 1), date(2026, 4, 30)))
    zone = ZoneInfo("Europe/Berlin")
    assert table.after(datetime(2026, 3, 27, 17, tzinfo=zone), 3600) == datetime(2026, 3, 27, 18, tzinfo=zone)


def test_public_holidays_are_closed_unless_one_says_otherwise():
    week = [[("09:00", "17:00")]] * 7
    closed = Plan("Europe/Berlin", week, "DE", "BE")
    assert closed.hours_of(date(2026, 12, 25)) == ()
    assert closed.hours_of(date(2026, 3, 8)) == ()  # Women's Day, in Berlin
    assert Plan("Europe/Berlin", week, "DE", "BY").hours_of(date(2026, 3, 8)) != ()
    own = Plan("Europe/Berlin", week, "DE", "BE", {date(2026, 12, 25): [("10:00", "12:00")]})
    assert own.hours_of(date(2026, 12, 25)) == [("10:00", "12:00")]


def test_hours_over_midnight_and_whole_days_are_one_interval():
    nights = Plan("UTC", [[("22:00", "06:00")]] * 7)
    assert len(intervals(nights, date(2026, 1, 1), date(2026, 1, 3))) == 3
    always = Plan("UTC", [[("00:00", "24:00")]] * 7)
    (one,) = intervals(always, date(2026, 1, 1), date(2026, 1, 3))
    assert one[1] - one[0] == timedelta(days=3)


def test_what_is_never_open_is_never_due():
    table = Timetable(intervals(Plan(), date(2026, 1, 1), date(2026, 12, 31)))
    now = datetime(2026, 5, 1, tzinfo=UTC)
    assert table.after(now, 60) is None
    assert table.seconds(now, now + timedelta(days=9)) == 0
    assert not table.is_open(now)


@pytest.mark.parametrize("wrong", ["9:00", "24:01", "25:00", "09:60", "", "nine", "09:00\n", "٠٩:٠٠"])
def test_no_time_of_the_day(wrong):
    with pytest.raises(BadHours, match="Write it like"):
        minutes(wrong)


def test_unknown_zones_and_countries_are_told():
    assert is_zone("Europe/Berlin")
    assert not is_zone("Europe/Atlantis")
    assert holidays_of("", "", [2026]) == []
    for country, part in [("XX", ""), ("DE", "XX")]:
        with pytest.raises(BadHours, match="not known"):
            holidays_of(country, part, [2026])

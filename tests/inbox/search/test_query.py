from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inbox.search import dates
from inbox.search.query import Operator, Query, Term, parse

NOW = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)  # a Sunday
SIGNS = st.text(alphabet=list("ab1 -\":*@#OR.日é😍\t\0\\'"), max_size=40)


@given(SIGNS | st.text(max_size=60))
def test_it_reads_whatever_is_typed_and_what_it_says_means_the_same(text):
    query = parse(text)
    assert parse(str(query)) == query
    parse(text, typing=True)


@pytest.mark.parametrize(
    ("text", "groups"),
    [
        ("late delivery", ((Term("late"),), (Term("delivery"),))),
        ('"late delivery"', ((Term("late delivery", is_phrase=True),),)),
        ('"never closed', ((Term("never closed", is_phrase=True),),)),
        ("deliv*", ((Term("deliv", prefix=True),),)),
        ("-refund", ((Term("refund", excluded=True),),)),
        ("cat OR dog fish", ((Term("cat"), Term("dog")), (Term("fish"),))),
        ("OR cat OR", ((Term("cat"),),)),
        ("cat OR -dog", ((Term("cat"),), (Term("dog", excluded=True),))),
        ("@dana 10:30 https://x.example/a:b", ((Term("@dana"),), (Term("10:30"),), (Term("https://x.example/a:b"),))),
        ('-- * : " "', ()),
    ],
)
def test_it_reads_words(text, groups):
    assert parse(text) == Query(groups)


@pytest.mark.parametrize(
    ("text", "operators"),
    [
        ("from:anna", (Operator("from", "anna"),)),
        ('FROM:"anna lindholm"', (Operator("from", "anna lindholm"),)),
        ("-is:open", (Operator("is", "open", excluded=True),)),
        ("city:new-york city:new-york", (Operator("city", "new-york"),)),
        ("from:", (Operator("from", ""),)),
    ],
)
def test_it_reads_operators(text, operators):
    assert parse(text) == Query(operators=operators)


def test_the_last_word_is_a_beginning_while_somebody_types():
    assert parse("late deliv", typing=True).groups == ((Term("late"),), (Term("deliv", prefix=True),))
    assert parse("late deliv ", typing=True).groups == ((Term("late"),), (Term("deliv"),))
    assert parse('late "deliv', typing=True).groups[1] == (Term("deliv", is_phrase=True),)


@pytest.mark.parametrize(
    ("text", "begins"),
    [
        ("2026-03-01", datetime(2026, 3, 1, tzinfo=UTC)),
        ("2026-3", datetime(2026, 3, 1, tzinfo=UTC)),
        ("2025", datetime(2025, 1, 1, tzinfo=UTC)),
        ("today", datetime(2026, 11, 22, tzinfo=UTC)),
        ("Yesterday", datetime(2026, 11, 21, tzinfo=UTC)),
        ("last week", datetime(2026, 11, 9, tzinfo=UTC)),
        ("last month", datetime(2026, 10, 1, tzinfo=UTC)),
        ("last year", datetime(2025, 1, 1, tzinfo=UTC)),
        ("7d", NOW - timedelta(days=7)),
        ("2 w", NOW - timedelta(weeks=2)),
        ("12h", NOW - timedelta(hours=12)),
        ("2026-02-30", None),
        ("0000", None),
        ("9999y", None),
        ("soon", None),
    ],
)
def test_it_reads_dates(text, begins):
    assert dates.begins(text, NOW) == begins


@given(st.text(max_size=20))
def test_no_date_breaks_it(text):
    dates.begins(text, NOW)

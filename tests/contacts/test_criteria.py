"""What a criterion may demand, and how it reads."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contacts.criteria import MEASURES, BadCriterion, Criterion, counted, parse, sentence

GOOD = [
    ({"measure": "answers", "at_least": 5, "days": 90}, "At least 5 helpful answers in 90 days."),
    ({"measure": "negative_posts", "at_least": 1, "days": 1}, "At least 1 negative public post in 1 day."),
    ({"measure": "messages", "at_least": 3}, "At least 3 messages."),
    ({"measure": "reach", "at_least": 10_000}, "At least 10,000 followers."),
    ({"measure": "influence", "at_least": 98}, "Listened to more than 98% of people."),
]
BAD: list[tuple[object, str]] = [
    (None, "measure"),
    ([], "measure"),
    ({"measure": "charm", "at_least": 3}, "measure"),
    ({"measure": ["reach"], "at_least": 3}, "measure"),
    ({"at_least": 3}, "measure"),
    ({"measure": "reach", "at_least": 3, "colour": 1}, "measure"),
    ({"measure": "reach"}, "at_least"),
    ({"measure": "reach", "at_least": 0}, "at_least"),
    ({"measure": "reach", "at_least": True}, "at_least"),
    ({"measure": "reach", "at_least": "5"}, "at_least"),
    ({"measure": "influence", "at_least": 100}, "at_least"),
    ({"measure": "answers", "at_least": 10**30, "days": 3}, "at_least"),
    ({"measure": "reach", "at_least": 5, "days": 30}, "days"),
    ({"measure": "answers", "at_least": 5, "days": 0}, "days"),
    ({"measure": "answers", "at_least": 5, "days": 10**6}, "days"),
]


@pytest.mark.parametrize(("data", "says"), GOOD)
def test_it_reads_as_a_sentence_and_is_stored_as_it_came(data, says):
    assert sentence(parse(data)) == says
    assert parse(data).as_json() == data


@pytest.mark.parametrize(("data", "field"), BAD)
def test_it_names_the_field_that_is_wrong(data, field):
    with pytest.raises(BadCriterion) as error:
        parse(data)
    assert error.value.field == field


json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)
near = st.fixed_dictionaries(
    {"measure": st.sampled_from(list(MEASURES)) | json}, optional={"at_least": json, "days": json}
)


@given(json | near)
def test_it_reads_anything_or_says_what_is_wrong(data):
    try:
        criterion = parse(data)
    except BadCriterion as error:
        assert str(error)
    else:
        assert parse(criterion.as_json()) == criterion
        assert sentence(criterion)


def test_a_reason_says_how_much_there_was():
    assert counted(Criterion("answers", 5, 90), 7) == "7 helpful answers in 90 days"
    assert counted(Criterion("influence", 90), 98.7) == "listened to more than 98% of people"

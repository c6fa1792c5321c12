"""Variables in canned texts, without a database."""

from hypothesis import given
from hypothesis import strategies as st

from inbox import variables

NAMES = st.sampled_from(sorted(variables.KNOWN))
PLAIN = st.text(st.characters(exclude_characters="{}"), max_size=30)
PARTS = st.lists(
    st.tuples(PLAIN, NAMES, st.none() | st.text(st.characters(exclude_characters="{}\n"), max_size=9)), max_size=6
)


def written(name, otherwise):
    return f"{{{name}}}" if otherwise is None else f"{{{name}|{otherwise}}}"


@given(parts=PARTS, values=st.dictionaries(NAMES, st.text(max_size=20)))
def test_each_variable_becomes_its_value_or_the_words_behind_the_bar(parts, values):
    text = "".join(plain + written(name, otherwise) for plain, name, otherwise in parts)
    wanted = "".join(plain + (values.get(name, "").strip() or otherwise or "") for plain, name, otherwise in parts)
    assert variables.unknown(text) == []
    assert variables.fill(text, values) == wanted


@given(text=st.text(max_size=200), values=st.dictionaries(NAMES, st.text(max_size=20)))
def test_any_text_can_be_looked_at_and_filled_in(text, values):
    variables.unknown(text)
    variables.fill(text, values)


def test_what_a_customer_is_called_is_not_filled_in_again():
    assert variables.fill("Hi {customer.name}", {"customer.name": "{my.name}", "my.name": "Alice"}) == "Hi {my.name}"


def test_unknown_ones_are_named_once_and_other_braces_are_words():
    text = "{ok?} {customer.firstname} {customer.firstname|you} {my.name} {} {1} {A}"
    assert variables.unknown(text) == ["customer.firstname"]
    assert variables.fill("{} {1} {A} {a b}", {}) == "{} {1} {A} {a b}"

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contacts.matching import handles, names
from contacts.matching.facts import Facts
from contacts.matching.keys import keys
from contacts.matching.score import THRESHOLD, score
from contacts.matching.typed import phone, typed
from contacts.reasons import SENTENCES, is_against, sentence, sentences

WORDS = st.sampled_from(
    ["Dana", "dana", "Whitlock", "Bob", "Robert", "O'Neil", "Müller", "Jr.", "李", "明", "Анна", "D.", "x"]
)
NAMES = st.lists(WORDS, max_size=5).map(" ".join) | st.text(max_size=40)
HANDLES = NAMES.map(lambda text: text.replace(" ", "_")) | st.text(max_size=40)
SHORT = st.text(max_size=12)
SETS = st.frozensets(st.sampled_from(["712345678", "551234471", "R-2291", "d@example.org", "x.com/dana"]), max_size=3)
FACTS = st.builds(
    Facts,
    network=st.sampled_from(["x", "mastodon", "crm", ""]),
    handle=HANDLES,
    name=NAMES,
    location=SHORT,
    birth_date=st.dates().map(str) | SHORT,
    street=SHORT,
    postal_code=SHORT,
    city=SHORT,
    number=SHORT,
    phones=SETS,
    emails=SETS,
    orders=SETS,
    addresses=SETS,
    links=SETS,
    records=st.frozensets(st.tuples(st.sampled_from("ab"), st.sampled_from("12")), max_size=2),
)


def probability(one, other, **counts):
    return score(Facts(**one), Facts(**other), counts).probability


@given(FACTS, FACTS)
def test_it_scores_the_same_whichever_comes_first(one, other):
    first, second = score(one, other), score(other, one)
    assert first.probability == second.probability
    assert 0 < first.probability < 1
    assert sorted((r["kind"], r["weight"]) for r in first.reasons) == sorted(
        (r["kind"], r["weight"]) for r in second.reasons
    )


@given(FACTS, FACTS)
def test_every_reason_has_a_sentence(one, other):
    found = score(one, other).reasons
    assert len(sentences(found)) == len(found)


@given(FACTS)
def test_the_same_facts_give_the_same_keys_and_none_is_too_long(facts):
    found = keys(facts)
    assert found == keys(facts)
    assert all(kind and value and len(kind) <= 12 and len(value) <= 200 for kind, value in found)


@given(st.text(max_size=300))
def test_names_and_handles_are_read_whatever_they_are(text):
    assert names.compare(names.parts(text), names.parts(text))[0] in (None, "same")
    assert handles.compare(text, text)[0] in (None, "same")
    assert 0 <= handles.made_of(text, names.parts(text)) <= 1


@pytest.mark.parametrize(
    ("one", "other", "level"),
    [
        ("Dana Whitlock", "Whitlock, Dr. Dana", "same"),
        ("Zoë Ångström", "zoe angstrom", "same"),
        ("John W. Mannion", "John Mannion", "same"),
        ("Bob Miller", "Robert Miller", "nickname"),
        ("Dana Whitlock", "Dana Withlock", "alike"),
        ("D. Whitlock", "Dana Whitlock", "part"),
        ("Dana", "Dana Whitlock", "part"),
        ("Dana Whitlock", "Dana Meyer", "differ"),
        ("李明", "Li Ming", None),
        ("", "Dana", None),
    ],
)
def test_names_are_compared_in_whatever_form_they_come(one, other, level):
    assert names.compare(names.parts(one), names.parts(other))[0] == level


@pytest.mark.parametrize(
    ("one", "other", "level"),
    [
        ("@pri_rag", "priya_rag", "alike"),
        ("https://ruby.social/@Dana_W", "dana-w", "same"),
        ("danaw.bsky.social", "danaw", "same"),
        ("danawhitlock", "danawhitlock99", "same"),
        ("RepDanaWhitlock", "danawhitlock", "same"),
        ("dana-whitlock-512a011a0", "danawhitlock", "same"),
        ("danaw", "flavorjones", "differ"),
        ("61571224837800", "61571224837800", None),
    ],
)
def test_handles_are_compared_without_what_networks_add(one, other, level):
    assert handles.compare(one, other)[0] == level


def test_what_few_share_says_more_than_what_many_share():
    one, other = {"network": "x", "name": "Zelda Quist"}, {"network": "mastodon", "name": "Zelda Quist"}
    rare = score(Facts(**one), Facts(**other), {("name", "quist zelda"): 2}).probability
    common = score(Facts(**one), Facts(**other), {("name", "quist zelda"): 40}).probability
    assert rare > THRESHOLD > common


def test_a_shared_phone_is_suggested_but_not_of_two_names():
    phones = frozenset({"712345678"})
    assert probability({"phones": phones}, {"phones": phones}) > THRESHOLD
    family = {"phones": phones, "name": "Dana Whitlock"}, {"phones": phones, "name": "Karl Whitlock-Ebner"}
    assert probability(*family) < probability({"phones": phones}, {"phones": phones})
    assert probability(*family) < THRESHOLD


def test_a_name_that_a_handle_is_made_of_is_recognised():
    assert probability({"name": "Quirin Halberstadt"}, {"handle": "quirin_halberstadt"}) > THRESHOLD
    assert probability({"name": "Quirin Halberstadt"}, {"handle": "sunflower"}) < 0.1


def test_duplicates_in_a_file_of_customers_are_recognised_in_spite_of_typing_errors():
    one = {"network": "crm", "name": "Elena Varga", "birth_date": "1980-04-17", "street": "Linden Street 12"}
    other = {"network": "crm", "name": "Elna Varga", "birth_date": "1980-04-71", "street": "12 Lindn Street"}
    found = score(Facts(**one, postal_code="4020"), Facts(**other, postal_code="4020"))
    assert found.probability > 0.9
    twin = other | {"birth_date": "1955-10-02", "street": "Mill Lane 4", "name": "Elena Marek"}
    assert probability(one | {"postal_code": "4020"}, twin | {"postal_code": "4020"}) < THRESHOLD


def test_a_reason_says_what_weighs_most_first_and_masks_what_is_personal():
    phones, emails = frozenset({"555124471"}), frozenset({"dana.whitlock@example.org"})
    found = score(
        Facts(phones=phones, emails=emails, name="Dana Whitlock"), Facts(phones=phones, emails=emails, name="Dana Marx")
    )
    words = sentences(found.reasons)
    assert set(words[:2]) == {"Same phone ending 4471", "Both gave the e-mail address d…@example.org"}
    assert words[2] == "Names differ: Dana Whitlock and Dana Marx"
    assert [is_against(one) for one in found.reasons] == [False, False, True]


def test_a_reason_that_nobody_declared_or_that_lacks_something_is_left_out():
    assert sentences([{"kind": "horoscope"}, {"kind": "phone"}, {}, {"kind": "order", "value": "R-1 {x}"}]) == [
        "Both wrote order R-1 {x}"
    ]
    assert sentence({"kind": "same_network"}) == str(SENTENCES["same_network"])


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Call me: +49 171 234 5678 or 0171/2345678", [("phone", "712345678")]),
        ("(555) 123-4471 please", [("phone", "551234471")]),
        ("tel. 0841 12345", [("phone", "84112345")]),
        ("my order R-2291 is late", [("order", "R-2291")]),
        ("order number: ab12345", [("order", "AB-12345")]),
        ("Order #48213", [("order", "48213")]),
        ("Bestellnummer 4711-22-9", [("order", "4711-22-9")]),
        ("meine Rechnung Nr. 998877", [("order", "998877")]),
        ("pedido nº 55667", [("order", "55667")]),
        ("заказ № 123456", [("order", "123456")]),
        ("write to Dana.W@Example.org", [("email", "dana.w@example.org")]),
        ("or to info@example.org, noreply@example.org", []),
        ("on 2026-11-22 at 10:30, 05.06.2023, 01/02/2024", []),
        ("paid $1,234,567.00 or 100 000 000 Euro", []),
        ("since 2019, I order in 2020", []),
        ("ISO-9001, RTX-4090, COVID-19 #4711471147", []),
        ("10.0.19045.3693 and 192.168.100.200", []),
        ("1-800-433-7300 or 0800 1234567", []),
        ("my order is 3 days late, case closed", []),
        ("0162431184663. 3 agents", []),
    ],
)
def test_it_finds_what_people_type_and_nothing_else(text, found):
    assert typed(text) == found


@given(st.text() | st.text(alphabet="+0123456789 ()-./@aorde#Rr\x00\u0660", max_size=400))
def test_reading_a_text_never_fails_and_finds_at_most_ten(text):
    found = typed(text)
    assert len(found) == len(set(found)) <= 10
    assert all(kind in ("phone", "email", "order") and 0 < len(value) <= 200 for kind, value in found)


@pytest.mark.parametrize(
    "piece", ["1 ", "a@", "a.", "order ", "(", "+1", "A-1", "9", "a@b.", "order#1", "0171 ", "tel 1", "é1"]
)
def test_a_hostile_text_takes_no_more_than_its_share_of_time(piece):
    def cost(length):
        text = (piece * length)[:length]
        started = time.process_time()
        for _ in range(3):
            typed(text)
        return time.process_time() - started

    cost(1_000)
    # Eight times the text: a square would take sixty-four times as long.
    assert cost(64_000) < 30 * max(cost(8_000), 0.001)


def test_a_phone_number_is_the_same_with_and_without_the_countrys_code():
    assert phone("+49 171 2345678") == phone("0049171 2345678") == phone("0171-2345678") == "712345678"
    assert phone("12345") == phone("0000000000") == ""

"""What somebody writes about over and over, compared with others."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inbox.topics import Usage, terms, topics, usage

OTHERS = usage(["the car is here", "the door and the car", "my invoice", "a new car"] * 200)


def test_it_finds_a_phrase_rather_than_its_words():
    found = topics(["Winter tyres?", "the winter tyres", "about winter tyres"] * 2, OTHERS)
    assert [topic.text.casefold() for topic in found] == ["winter tyres"]
    assert found[0].count == 6


def test_it_leaves_out_what_everybody_says():
    assert topics(["the car and the gearbox"] * 5, OTHERS, common={"the", "and"})[0].text == "gearbox"


def test_it_leaves_out_names_links_and_what_was_said_once():
    texts = ["@somebody see https://example.org/tyres", "@somebody www.example.org", "@somebody once"]
    assert topics(texts, OTHERS) == []


def test_it_writes_a_topic_as_the_person_mostly_does():
    assert topics(["Touring", "Touring", "touring", "Touring"], OTHERS)[0].text == "Touring"


WORDS = ("tyre", "#Tyre", "Ärger", "冬胎", "@x", "…", "a\0b", "42", "on the tyre")


# A busy machine takes its time to draw examples.
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.lists(st.sampled_from(WORDS), max_size=9), st.sampled_from(WORDS))
def test_it_never_tells_more_than_was_said(texts, also):
    for topic in topics([f"{text} {also}" for text in texts], Usage(0, {})):
        assert 3 <= topic.count <= len(texts)
        assert sum(topic.text.casefold() in terms(f"{text} {also}") for text in texts) == topic.count


@given(st.text(max_size=50))
def test_it_reads_any_text(text):
    assert all(terms(text).values())

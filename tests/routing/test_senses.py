"""What texts say: language, tone, wants, products, urgency."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.catalogue import Catalogue, Named
from routing.intents import INTENTS, LIKELY
from routing.languages import languages
from routing.senses import sense
from routing.signals import Senses, Signals

PRODUCTS = Catalogue(
    [
        Named("Halden", []),
        Named("Halden 500", ["H500"]),
        Named("C++", []),
        Named("ハルデン", []),
        Named("Nordwind", ["Nord-Wind"], is_rival=True),
    ]
)


def said(text, **fields) -> Senses:
    return sense([Signals(text, **fields)], products=PRODUCTS)[0]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Where can I charge my car on the way to Denver?", "en"),
        ("Wo kann ich mein Auto laden, wenn ich nach Kassel fahre?", "de"),
        ("¿Dónde puedo cargar mi coche camino de Sevilla?", "es"),
        ("bhai ye kya ho raha hai, mera order abhi tak nahi aaya", "hi"),
        ("車はどこで充電できますか", "ja"),
        ("Где я могу зарядить машину?", "ru"),
        ("@halden @max https://example.com #Winter Vielen Dank für eure schnelle Hilfe", "de"),
    ],
)
def test_it_tells_the_language(text, language):
    assert said(text).language == language


@pytest.mark.parametrize(
    "text", ["", "😍😍😍", "@halden", "https://example.com/auf-wiedersehen", "12345", "ok", "lol", "\0"]
)
def test_it_does_not_guess_a_language_from_next_to_nothing(text):
    assert said(text).language == ""


def test_a_networks_word_on_the_language_counts_where_the_text_leaves_it_open():
    assert said("super!", language="de-DE").language == "de"
    assert said("Wo kann ich mein Auto heute laden?", language="en").language == "de"
    assert said("😍", language="de").language == ""
    assert said("super!", language="klingon").language == ""


def test_own_and_rival_products_are_told_apart():
    found = said("Should I get the Halden 500 or a nord wind?")
    assert (found.products, found.rivals) == (("Halden 500",), ("Nordwind",))


@pytest.mark.parametrize(
    "text", ["my #Halden500", "@halden500 hi", "HALDEN  500!", "halden-500", "the h500", "ＨＡＬＤＥＮ ５００"]
)
def test_a_product_is_known_however_it_is_written(text):
    assert said(text).products == ("Halden 500",)


def test_the_longest_name_wins_and_each_counts_once():
    assert said("Halden 500, halden 500 and plain Halden").products == ("Halden 500", "Halden")


@pytest.mark.parametrize("text", ["haldens", "Haldenstraße", "see https://halden.example/500", "C major"])
def test_parts_of_words_and_links_name_no_product(text):
    assert said(text).products == ()


def test_names_with_marks_and_in_scripts_without_spaces_are_found():
    assert said("We write it in C++.").products == ("C++",)
    assert said("新しいハルデンが好きです").products == ("ハルデン",)


def test_five_hundred_names_are_looked_for_at_once():
    many = Catalogue([Named(f"Product {n}", [f"p{n}x"], is_rival=n % 2 == 1) for n in range(500)])
    found = many.find("Product 7 or p8x, never product 499")
    assert (found.products, found.rivals) == (("Product 8",), ("Product 7", "Product 499"))


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("How do I reset my password? Please help", "help"),
        ("Third time I ask, still waiting, this is a disgrace", "complaint"),
        ("I want to buy the new one, where can I get it?", "buying"),
        ("Was kostet der Kombi?", "price"),
        ("Cancel my subscription, I'm done with you", "churn"),
        ("I am a journalist and have a request for comment on the recall", "press"),
        ("My lawyer will send you a cease and desist", "legal"),
        ("Would you sponsor our rowing club? Media kit attached", "partnership"),
        ("Are you hiring? I sent my application last week", "job"),
        ("Please add a dark mode, feature request of mine", "idea"),
        ("Check out my channel and subscribe to my videos", "spam"),
    ],
)
def test_plain_words_tell_what_somebody_wants(text, intent):
    wanted = said(text).intents
    assert wanted[intent] >= LIKELY
    assert set(wanted) == set(INTENTS)


def test_a_statement_wants_nothing():
    assert not [name for name, share in said("The train left at nine.").intents.items() if share >= LIKELY]


@pytest.mark.parametrize(
    ("calmer", "more_urgent"),
    [
        ("The seat is worn.", "The seat is on fire."),
        ("My card is blue.", "My card was hacked."),
        ("Please call me.", "Please call me urgently."),
        ("The battery smokes.", "Die Batterie brennt, bitte sofort helfen!"),
        ("We are stranded at the station.", "We are stranded at the station, our child is in hospital."),
        ("This is urgent.", "This is urgent today!!!"),
    ],
)
def test_what_cannot_wait_is_more_urgent(calmer, more_urgent):
    assert said(calmer).urgency < said(more_urgent).urgency


def test_what_is_denied_is_not_urgent_and_who_writes_again_is_more_so():
    assert said("It is not urgent.").urgency == 0
    assert said("Hello?", earlier=("Hello.", "Anybody?")).urgency > said("Hello?").urgency


@given(st.lists(st.text(max_size=300), max_size=5), st.text(max_size=10))
def test_no_text_makes_it_raise(texts, language):
    found = sense([Signals(text, language=language) for text in texts], products=PRODUCTS)
    assert len(found) == len(texts)
    for one in found:
        assert one.sentiment in (-1, 0, 1)
        assert 0 <= one.urgency <= 1
        assert all(0 <= share <= 1 for share in one.intents.values())


@pytest.mark.parametrize("text", ["a" * 60_000, "stuck! " * 10_000, "\ud800 half a pair", "\0" * 1000, "🙂" * 20_000])
def test_long_and_broken_texts_are_read_too(text):
    assert said(text).language in ("", "en")


def test_hints_and_texts_go_together():
    assert languages(["", "Guten Morgen, wie geht es Ihnen heute?"]) == ["", "de"]

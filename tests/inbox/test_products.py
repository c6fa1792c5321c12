"""The lists of own and rival products, as managers keep them."""

import pytest
from django.test import Client
from django.urls import reverse

from routing import products
from routing.models import Product
from tests.inbox.cast import Cast


@pytest.fixture
def cast(db):
    return Cast()


@pytest.fixture
def mia(cast):
    client = Client()
    client.force_login(cast.mia)
    return client


def add(client, name, words="", **fields):
    return client.post(reverse("product_new"), {"name": name, "words": words, **fields})


def test_a_product_is_looked_for_from_then_on(mia):
    assert not products.catalogue()
    add(mia, "Halden 500", "H500\nHalden Fünfhundert")
    add(mia, "Nordwind", is_rival="1")
    found = products.catalogue().find("H500 or Nordwind?")
    assert (found.products, found.rivals) == (("Halden 500",), ("Nordwind",))


def test_a_list_is_pasted_at_once(mia):
    mia.post(reverse("product_paste"), {"text": "Halden 500: H500, Halden fünf\n\nHalden 600\n", "is_rival": ""})
    assert dict(Product.objects.values_list("name", "words")) == {
        "Halden 500": ["H500", "Halden fünf"],
        "Halden 600": [],
    }


def test_a_list_with_a_mistake_is_not_taken_in_half(mia):
    page = mia.post(reverse("product_paste"), {"text": "Halden 500: H500\nHalden 600: #h500\nHalden 700"})
    assert page.status_code == 422
    assert not Product.objects.exists()


@pytest.mark.parametrize("word", ["H500", "h 500", "#h500", "Ｈ５００", "halden-500"])
def test_one_spelling_belongs_to_one_product_alone(mia, word):
    add(mia, "Halden 500", "H500, h 500")
    page = add(mia, "Other", word)
    assert page.status_code == 422
    assert "is a spelling of Halden 500 already. Take it away there." in page.content.decode()


@pytest.mark.parametrize(
    ("name", "words", "why"),
    [
        ("", "", "Say what it is called."),
        ("!!!", "", "is too short to be found"),
        ("Car", "x" * 101, "is too long. Write at most 100 characters."),
        ("Car", "\n".join(f"word{n}" for n in range(60)), "Car has more than 50 spellings."),
        ("Car\0", "", "Null characters are not allowed."),
    ],
)
def test_what_cannot_be_looked_for_is_said_beside_the_field(mia, name, words, why):
    page = add(mia, name, words)
    assert page.status_code == 422
    assert why in page.content.decode()
    assert not Product.objects.exists()


def test_it_is_changed_and_taken_away(mia):
    add(mia, "Halden 500", "H500")
    product = Product.objects.get()
    mia.post(reverse("product", args=[product.pk]), {"name": "Halden 500", "words": "H5, H500", "is_rival": "1"})
    assert Product.objects.get().is_rival
    assert products.catalogue().find("my h5").rivals == ("Halden 500",)
    mia.post(reverse("product_remove", args=[product.pk]))
    assert not products.catalogue()


def test_the_page_says_how_often_each_was_named_lately(cast, mia):
    add(mia, "Halden 500")
    for _ in range(3):
        said = cast.asks(text="My Halden 500").messages.get()
        cast.decided(said, signals={"senses": {"products": ["Halden 500"], "rivals": []}})
    cast.decided(cast.asks(text="Hello").messages.get())
    assert '<td class="right num">3</td>' in mia.get(reverse("products")).content.decode()

"""The list of people."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from contacts.models import Role, RoleKind, Tag
from inbox import contact_list, merging
from tests.inbox.cast import Cast

HTMX = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture
def cast(db):
    return Cast()


@pytest.fixture
def alice(cast):
    client = Client()
    client.force_login(cast.alice)
    return client


def listed(client, query=""):
    response = client.get(f"/contacts/{query}")
    assert response.status_code == 200
    return names(response.content.decode())


def names(html):
    return re.findall(r'<b class="trunc" dir="auto">([^<]*)</b>', html)


def given(person, slug):
    kind = RoleKind.objects.get(slug=slug)
    Role.objects.create(contact_id=person, kind=kind, since=timezone.now() - timedelta(days=3), source="person")


def test_it_lists_whom_we_have_talked_with_or_know_from_records_by_name(cast, alice):
    cast.asks(cast.dana[0])
    cast.asks(cast.contact("Ängström")[0])
    cast.contact("Carl", "crm")
    cast.contact("Only Mentioned")
    assert listed(alice) == ["Ängström", "Carl", "Dana Whitlock"]
    assert listed(alice, "?everybody=1") == ["Ängström", "Carl", "Dana Whitlock", "Only Mentioned"]


def test_it_lists_a_merged_person_once(cast, alice):
    part = cast.contact("Danny W.")[0]
    cast.asks(part)
    cast.asks(cast.dana[0])
    merging.merge(part.contact_id, cast.dana[0].contact_id, at=timezone.now(), by=cast.alice)
    assert listed(alice) == ["Dana Whitlock"]


def test_it_narrows_down_by_role_network_and_tag_of_any_part(cast, alice):
    part, carl = cast.contact("Danny W.")[0], cast.contact("Carl", "email")[0]
    for one in (part, carl, cast.dana[0]):
        cast.asks(one)
    given(part.contact_id, "critic")
    given(carl.contact_id, "customer")
    Tag.objects.create(contact_id=part.contact_id, name="vip", at=timezone.now())
    merging.merge(part.contact_id, cast.dana[0].contact_id, at=timezone.now(), by=cast.alice)
    assert listed(alice, "?role=critic") == ["Dana Whitlock"]
    assert listed(alice, "?role=customer&network=email") == ["Carl"]
    assert listed(alice, "?tag=vip") == ["Dana Whitlock"]
    assert listed(alice, "?tag=vip&role=customer") == []
    assert listed(alice, "?network=email") == ["Carl", "Dana Whitlock"]


def test_it_jumps_to_a_letter(cast, alice):
    for name in ("Anna", "Boris", "Дмитрий"):
        cast.asks(cast.contact(name)[0])
    assert listed(alice, "?from=b") == ["Boris", "Дмитрий"]
    assert listed(alice, "?from=~") == ["Дмитрий"]
    assert listed(alice, "?from=nonsense") == ["Anna", "Boris", "Дмитрий"]


def test_it_goes_on_page_by_page(cast, alice):
    for number in range(120):
        cast.asks(cast.contact(f"Person {number:03}" if number % 2 else "The same name")[0])
    html = alice.get("/contacts/").content.decode()
    seen = names(html)
    while more := re.search(r'href="([^"]*after=[^"]*)"', html):
        html = alice.get(more[1].replace("&amp;", "&"), **HTMX).content.decode()
        seen += names(html)
    assert (len(seen), seen) == (120, sorted(seen))


def test_it_says_that_it_looks_further_where_few_among_many_are_asked_for(cast, alice, monkeypatch):
    monkeypatch.setattr(contact_list, "WALK", 10)
    monkeypatch.setattr(contact_list, "FEW", 0)
    for number in range(30):
        cast.contact(f"Person {number:03}")
    last = cast.contact("Zoe")[0]
    cast.asks(last)
    given(last.contact_id, "critic")
    html = alice.get("/contacts/?role=critic").content.decode()
    assert names(html) == []
    seen = []
    while more := re.search(r'href="([^"]*after=[^"]*)"', html):
        html = alice.get(more[1].replace("&amp;", "&"), **HTMX).content.decode()
        seen += names(html)
    assert seen == ["Zoe"]


@pytest.mark.parametrize("query", ["?after=x", "?after=1", "?after=-1,a", "?after=1,%00", f"?after={'9' * 30},a"])
def test_it_refuses_a_damaged_place(alice, query):
    assert alice.get(f"/contacts/{query}").status_code == 400


@pytest.mark.parametrize("query", ["?role=%00", "?tag=' OR 1=1", f"?network={'a' * 5000}", "?role=nothing&tag=%F0%9F"])
def test_it_answers_whatever_is_asked_for(alice, query):
    assert listed(alice, query) == []


def test_the_number_of_statements_does_not_depend_on_how_many_there_are(cast, alice):
    for query, most in (("", 8), ("?everybody=1", 8), ("?role=critic", 10), ("?network=x", 10)):
        url = f"/contacts/{query}"
        few = statements(alice, url)
        for _ in range(60):
            given(cast.asks().identity.contact_id, "critic")
        assert statements(alice, url) <= max(few, most) <= most


def statements(client, url):
    with CaptureQueriesContext(connection) as captured:
        assert client.get(url).status_code == 200
    return len(captured)


def test_it_shows_networks_roles_owners_and_the_last_words(cast, alice):
    cast.asks(cast.dana[0], "Older words", ago=600, assignee=cast.alice)
    cast.asks(cast.dana[2], "The last words", ago=5)
    given(cast.dana[0].contact_id, "critic")
    html = alice.get("/contacts/").content.decode()
    assert "The last words" in html
    assert "Older words" not in html
    assert all(text in html for text in ("Critic", 'title="Instagram"', 'title="E-mail"', "Alice Arnold"))

"""A person's page: who they are, their accounts, and one timeline to narrow down."""

import re
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from contacts import contacting, roles
from contacts.models import Identity, RoleKind
from inbox import events, merging, notes, triage
from inbox.models import Event
from tests.inbox.cast import Cast

HTMX = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture
def cast(db):
    # What other tests' people write about is nothing to compare with.
    cache.clear()
    return Cast()


@pytest.fixture
def dana(cast):
    return cast.dana[0].contact_id


@pytest.fixture
def alice(cast):
    client = Client()
    client.force_login(cast.alice)
    return client


def page(client, person, query="", **headers):
    response = client.get(reverse("contact", args=[person]) + query, **headers)
    assert response.status_code == 200
    return response.content.decode()


def told(html):
    """Ids of the events in the order in which they stand."""
    return [int(found) for found in re.findall(r'id="event-(\d+)"', html)]


def test_it_tells_what_was_said_on_all_accounts_newest_first(cast, dana, alice):
    cast.asks(cast.dana[1], "Lovely picture", department="marketing", ago=60 * 24 * 40)
    cast.asks(cast.dana[2], "Where is my invoice?", ago=600)
    cast.asks(cast.dana[0], "It does not start", ago=10)
    cast.asks(text="Somebody else's words")
    html = page(alice, dana)
    places = [html.index(text) for text in ("It does not start", "Where is my invoice?", "Lovely picture")]
    assert places == sorted(places)
    assert "Somebody else" not in html


def test_it_leads_from_each_line_to_its_conversation(cast, dana, alice):
    conversation = cast.asks(cast.dana[1], "Lovely picture", ago=60 * 24 * 40, state="closed")
    cast.asks(cast.dana[0], ago=10)
    assert f'href="/inbox/open/c/{conversation.pk}/"' in page(alice, dana)


def test_it_leads_to_the_newest_open_conversation_to_reply(cast, dana, alice):
    cast.asks(cast.dana[1], ago=1, state="closed")
    waiting = cast.asks(cast.dana[0], ago=500)
    assert re.search(rf'href="/inbox/open/c/{waiting.pk}/"[^>]*data-key="r"', page(alice, dana))


def test_it_offers_no_reply_to_whom_nobody_is_to_contact(cast, dana, alice):
    cast.asks(cast.dana[0])
    contacting.forbid(dana, reason="Asked us to stop.")
    html = page(alice, dana)
    assert "Asked us to stop." in html
    assert 'data-key="r"' not in html


def test_it_opens_a_line_in_place_and_folds_it_again(cast, dana, alice):
    conversation = cast.asks(cast.dana[1], "A long story. " * 60, ago=60 * 24 * 40)
    event = conversation.events.get()
    url = reverse("contact_event", args=[dana, event.pk])
    opened = alice.get(url, **HTMX).content.decode()
    assert opened.count("A long story.") == 60
    assert alice.get(url + "?closed=1", **HTMX).content.decode().count("A long story.") < 20


def test_it_does_not_open_what_happened_to_others(cast, dana, alice):
    event = cast.asks().events.get()
    assert alice.get(reverse("contact_event", args=[dana, event.pk])).status_code == 404


@pytest.mark.parametrize(
    ("query", "seen"),
    [
        ("?kind=messages", {"message", "instagram"}),
        ("?kind=notes", {"note"}),
        ("?kind=handovers", {"handover"}),
        ("?kind=deals", {"role_given"}),
        ("?network=instagram", {"instagram"}),
        ("?department=marketing", {"instagram"}),
        ("?q=start", {"message"}),
        ("?q=careful", {"note"}),
        ("?kind=messages&network=x&department=pr&q=start", {"message"}),
        ("?kind=notes&q=start", set()),
        ("?kind=deals&network=x", set()),
        ("?network=nowhere", set()),
        ("?kind=nothing&department=nowhere", {"message", "note", "handover", "role_given", "instagram", "merged"}),
    ],
)
def test_it_narrows_the_timeline_down(cast, dana, alice, query, seen):
    ids = story(cast, dana)
    assert set(told(page(alice, dana, query))) == {ids[name] for name in seen}


@pytest.mark.parametrize(
    ("q", "found"),
    [
        ("渋谷", {"asked"}),
        ("東京で", set()),
        ("🔥", {"asked"}),
        ("batter* -warm", {"asked"}),
        ('"warm battery"', {"noted"}),
        ("nothing OR three", {"told"}),
        ("role:critic", set()),
        ("-battery", {"told"}),
        ("(( -", set()),
    ],
)
def test_it_finds_words_in_the_timeline_as_search_does(cast, dana, alice, q, found):
    conversation = cast.asks(cast.dana[0], "The battery burns 🔥 in 東京の渋谷", ago=30)
    notes.add(conversation, by=cast.alice, text="A warm battery.")
    data = {"role": "Critic", "role_id": 1, "reason": "Three bad posts"}
    events.of_contact(dana, "role_given", by=cast.alice, at=timezone.now(), **data)
    names = {"message": "asked", "note": "noted", "role_given": "told"}
    ids = {names[kind]: pk for kind, pk in Event.objects.values_list("kind", "pk") if kind in names}
    assert set(told(page(alice, dana, "?" + urlencode({"q": q})))) == {ids[name] for name in found}


def story(cast, dana):
    """One event of each kind; their ids by name."""
    conversation = cast.asks(cast.dana[0], "It does not start", ago=30)
    picture = cast.asks(cast.dana[1], "Lovely picture", department="marketing", ago=60 * 24 * 40)
    notes.add(conversation, by=cast.alice, text="Careful here.")
    triage.hand_over(conversation, to=cast.departments["pr"], by=cast.mia, reason="Getting attention.")
    now = timezone.now()
    data = {"role": "Critic", "role_id": 1, "reason": "Three bad posts"}
    events.of_contact(dana, "role_given", by=cast.alice, at=now, **data)
    merging.merge(cast.contact("Danny W.")[0].contact_id, dana, at=now, by=cast.alice)
    mine = [
        *conversation.events.values_list("kind", "pk"),
        *Event.objects.filter(contact=dana).values_list("kind", "pk"),
    ]
    return dict(mine) | {"instagram": picture.events.get().pk}


def test_it_tells_what_concerns_the_person_in_the_inbox_too(cast, dana, alice):
    conversation = cast.asks(cast.dana[0], ago=30)
    events.of_contact(
        dana,
        "role_given",
        by=cast.alice,
        at=timezone.now() - timedelta(minutes=40),
        role="Critic",
        role_id=1,
        reason=".",
    )
    html = alice.get(reverse("conversation", args=["open", conversation.pk])).content.decode()
    assert "Became Critic" in html
    assert (
        "Became Critic"
        not in alice.get(reverse("conversation", args=["open", conversation.pk]) + "?tl=conversation").content.decode()
    )


def test_it_tells_what_was_said_of_a_part_after_a_merge_and_not_after_its_undoing(cast, dana, alice):
    danny = cast.contact("Danny W.")[0]
    cast.asks(danny, "Danny's words", ago=60)
    events.of_contact(
        danny.contact_id, "tagged", by=cast.alice, at=timezone.now() - timedelta(hours=2), tag="of the part"
    )
    merge = merging.merge(danny.contact_id, dana, at=timezone.now(), by=cast.alice)
    assert all(text in page(alice, dana) for text in ("Danny&#x27;s words", "of the part"))
    merging.unmerge(merge.pk, by=cast.alice, at=timezone.now())
    assert not any(text in page(alice, dana) for text in ("Danny&#x27;s words", "of the part"))


def test_it_goes_on_in_both_directions_without_leaving_anything_out(cast, dana, alice):
    conversation = cast.asks(cast.dana[0], ago=10_000)
    for number in range(120):
        cast.says(conversation, f"message {number}", at=timezone.now() - timedelta(minutes=9_000 - number))
    first = page(alice, dana)
    seen, html = told(first), first
    while earlier := re.search(r'hx-get="([^"]*[?&;]before=[^"]*)"[^>]*hx-target="closest li"', html):
        html = alice.get(earlier[1].replace("&amp;", "&"), **HTMX).content.decode()
        seen += told(html)
    assert len(seen) == len(set(seen)) == 121
    back = page(alice, dana, re.search(r'href="/contacts/\d+/(\?before=[^"]*)"', first)[1].replace("&amp;", "&"))
    later = re.search(r'hx-get="([^"]*[?&;]after=[^"]*)"[^>]*hx-target="closest li"', back)[1].replace("&amp;", "&")
    assert set(told(alice.get(later, **HTMX).content.decode())) == set(told(first))


def test_it_says_how_far_it_has_searched_and_goes_on(cast, dana, alice, monkeypatch):
    monkeypatch.setattr("inbox.person_events.DEPTH_OF_WORDS", 20)
    conversation = cast.asks(cast.dana[0], "The needle", ago=10_000)
    for number in range(60):
        cast.says(conversation, "hay", at=timezone.now() - timedelta(minutes=9_000 - number))
    html, seen = page(alice, dana, "?q=needle"), []
    assert "Searched back to" in html
    for _ in range(5):
        earlier = re.search(r'hx-get="([^"]*[?&;]before=[^"]*)"[^>]*hx-target="closest li"', html)
        if not earlier:
            break
        html = alice.get(earlier[1].replace("&amp;", "&"), **HTMX).content.decode()
        seen += told(html)
    assert len(seen) == 1


@pytest.mark.parametrize("query", ["?before=nonsense", "?after=2026-01-01,1", "?before=2026-01-01T00:00:00Z,x"])
def test_it_refuses_a_damaged_place(cast, dana, alice, query):
    assert alice.get(reverse("contact", args=[dana]) + query).status_code == 400


@pytest.mark.parametrize("q", ["%00", "a" * 5000, '"', "-", "' OR 1=1 --", "((", "&|!", "%F0%9F%98%80"])
def test_it_answers_whatever_is_searched_for(cast, dana, alice, q):
    cast.asks(cast.dana[0])
    assert alice.get(reverse("contact", args=[dana]) + f"?q={q}").status_code == 200


def test_it_leads_from_a_part_to_the_person(cast, dana, alice):
    part = cast.contact("Danny W.")[0].contact_id
    merging.merge(part, dana, at=timezone.now(), by=cast.alice)
    for name in ("contact", "contact_density", "contact_topics", "contact_ways"):
        response = alice.get(reverse(name, args=[part]))
        assert (response.status_code, response["Location"]) == (302, reverse(name, args=[dana]))


def test_it_shows_roles_and_since_when_they_are_a_customer(cast, dana, alice):
    kind = RoleKind.objects.get(slug="customer")
    since = timezone.now() - timedelta(days=400)
    roles.give(dana, kind, since=since, reason="Bought a car.", by=cast.alice, at=timezone.now())
    assert re.search(r"customer since \w+ \d{4}", page(alice, dana))


def test_it_shows_the_first_of_three_hundred_accounts(cast, dana, alice):
    now = timezone.now()
    Identity.objects.bulk_create(
        Identity(contact_id=dana, network="x", external_id=f"many-{n}", handle=f"dana{n}", seen_at=now, created_at=now)
        for n in range(300)
    )
    cast.asks(cast.dana[0])
    html = page(alice, dana)
    assert "291 more" in html
    assert html.count("dana2") <= 12


def test_the_number_of_statements_does_not_depend_on_how_much_there_is(cast, dana, alice):
    cast.asks(cast.dana[0])
    grow(cast, 3)
    page(alice, dana)
    few = {query: statements(alice, reverse("contact", args=[dana]) + query) for query in QUERIES}
    grow(cast, 120)
    many = {query: statements(alice, reverse("contact", args=[dana]) + query) for query in QUERIES}
    assert many == few
    assert max(many.values()) <= 24


QUERIES = ("", "?kind=notes", "?kind=deals", "?network=x", "?department=support", "?q=start")


def grow(cast, count):
    for number in range(count):
        cast.asks(cast.dana[number % 3], f"It does not start, number {number}", ago=number + 1)


def statements(client, url):
    with CaptureQueriesContext(connection) as captured:
        assert client.get(url).status_code == 200
    return len(captured)


def test_it_counts_what_was_said_week_by_week_and_by_department(cast, dana, alice):
    cast.asks(cast.dana[0], ago=10)
    cast.asks(cast.dana[1], department="marketing", ago=60 * 24 * 30)
    cast.asks(cast.dana[1], department="marketing", ago=60 * 24 * 30 * 30)
    html = alice.get(reverse("contact_density", args=[dana])).content.decode()
    assert "2 interactions, 18 months" in html
    assert re.search(r"Support</span><span class=\"num\">1<", html)
    assert re.search(r"Marketing</span><span class=\"num\">1<", html)


def test_it_says_where_it_stopped_counting(cast, dana, alice, monkeypatch):
    monkeypatch.setattr("inbox.density._MOST", 5)
    conversation = cast.asks(cast.dana[0], ago=60 * 24 * 30)
    for number in range(20):
        cast.says(conversation, "again", at=timezone.now() - timedelta(days=20 - number))
    html = alice.get(reverse("contact_density", args=[dana])).content.decode()
    assert "More than 6 interactions" in html


def test_a_bar_leads_to_its_week_on_the_timeline(cast, dana, alice):
    old = cast.asks(cast.dana[1], "An old story", ago=60 * 24 * 60)
    grow(cast, 60)
    html = alice.get(reverse("contact_density", args=[dana])).content.decode()
    first = re.findall(r'<a href="([^"]*)" tabindex="-1"', html)[0].replace("&amp;", "&")
    assert told(alice.get(first).content.decode()) == [old.events.get().pk]


def test_it_counts_new_messages_for_an_open_page(cast, dana, alice):
    cast.asks(cast.dana[0], ago=10)
    after = re.search(r'hx-get="(/contacts/\d+/news/[^"]*)"', page(alice, dana))[1].replace("&amp;", "&")
    assert "new message" not in alice.get(after, **HTMX).content.decode()
    cast.asks(cast.dana[1], ago=1)
    assert "1 new message" in alice.get(after, **HTMX).content.decode()


def test_it_says_what_they_write_about_over_and_over(cast, dana, alice):
    for number in range(30):
        cast.asks(text=f"The car and the door and the light and {number}")
    for text in ("Winter tyres again", "winter tyres, please", "My winter tyres and the #torque", "a #torque") * 2:
        cast.asks(cast.dana[0], text)
    html = alice.get(reverse("contact_topics", args=[dana])).content.decode()
    assert "inter tyres</bdi>" in html
    assert "#torque</bdi>" in html
    assert "the</bdi>" not in html


def test_it_says_where_they_answer_and_how_fast(cast, dana, alice):
    conversation = cast.asks(cast.dana[2], "Hello", ago=600)
    now = timezone.now()
    for turn in range(3):
        cast.says(conversation, "And?", direction="out", author=cast.alice, at=now - timedelta(minutes=300 - 60 * turn))
        cast.says(conversation, "Yes.", at=now - timedelta(minutes=280 - 60 * turn))
    cast.says(conversation, "Still there?", direction="out", author=cast.alice, at=now - timedelta(minutes=5))
    assert "answers in 20m, 3 of 4" in alice.get(reverse("contact_ways", args=[dana])).content.decode()

"""The orders of a list: who waits longest, whose reply is due first, and then whoever waits for nothing."""

import re

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inbox import lists, named_lists, sidebar
from inbox.filters import Filters
from inbox.lists import Scope
from inbox.models import Conversation
from inbox.orders import Place
from tests.inbox.cast import Cast


@pytest.fixture
def cast(db):
    return Cast()


@pytest.fixture
def client(cast):
    client = Client()
    client.force_login(cast.mia)
    return client


def rows(page):
    return [int(one) for one in re.findall(r'id="row-(\d+)"', page)]


def walk(client, url):
    """All rows of a list, page by page, as a browser loads them."""
    page = client.get(url).content.decode()
    found = rows(page)
    while more := following(page):
        page = client.get(more, headers={"HX-Request": "true"}).content.decode()
        found += rows(page)
    return found


def following(page):
    """The address of the next page of a list, if there is one."""
    more = re.search(r'class="more"><a class="link" href="([^"]+)"', page)
    return more and more[1].replace("&amp;", "&")


@pytest.mark.parametrize("view", ["open", "q/support", "unassigned", "mine"])
@pytest.mark.parametrize(("order", "column"), [("waiting", "waiting_since"), ("due", "due_at")])
def test_the_oldest_comes_first_and_after_all_who_wait_the_rest_newest_first(cast, client, view, order, column):
    made = [cast.asks(ago=(n * 37) % 130, assignee=cast.mia if view == "mine" else None) for n in range(130)]
    Conversation.objects.filter(pk__in=[one.pk for one in made[::2]]).update(**{column: None})
    waiting = [one for one in Conversation.objects.all() if getattr(one, column)]
    rest = [one for one in Conversation.objects.all() if not getattr(one, column)]
    expected = sorted(waiting, key=lambda one: (getattr(one, column), one.pk))
    expected += sorted(rest, key=lambda one: (one.last_message_at, one.pk), reverse=True)
    assert walk(client, f"/inbox/{view}/?order={order}") == [one.pk for one in expected]


@pytest.mark.parametrize("home", ["", "priority=high", "none=1"])
def test_lines_of_later_pages_lead_where_those_of_the_first_do(cast, client, home):
    for n in range(60):
        cast.asks(ago=n, priority=2)
    url = "/inbox/open/"
    if home:
        client.post("/inbox/open/save/?priority=high", {"name": "Kept"})
        url = "/inbox/v/kept/" + ("?none=1" if home == "none=1" else "")
    first = client.get(url).content.decode()
    later = client.get(following(first), headers={"HX-Request": "true"}).content.decode()
    (query,) = set(re.findall(r'href="[^"]*/c/\d+/([^"]*)"', first))
    assert rows(later) and set(re.findall(r'href="[^"]*/c/\d+/([^"]*)"', later)) == {query}


def test_a_list_goes_on_as_it_began_whatever_its_reader_chose_meanwhile(cast, client):
    made = [cast.asks(ago=n).pk for n in range(60)]
    more = following(client.get("/inbox/").content.decode())
    client.post("/inbox/order/", {"order": "waiting"})
    assert rows(client.get(more, headers={"HX-Request": "true"}).content.decode()) == made[50:]


def test_the_heading_of_those_who_wait_for_nothing_stands_once(cast, client):
    made = [cast.asks(ago=n) for n in range(60)]
    Conversation.objects.filter(pk__in=[one.pk for one in made[:55]]).update(waiting_since=None)
    first = client.get("/inbox/?order=waiting").content.decode()
    assert first.count("Nobody waits here") == 1
    more = following(first)
    assert "Nobody waits here" not in client.get(more, headers={"HX-Request": "true"}).content.decode()


def test_what_somebody_chose_is_kept_for_all_their_lists_and_their_place(cast, client):
    old, new = cast.asks(ago=100), cast.asks(ago=1)
    assert rows(client.get("/inbox/").content.decode()) == [new.pk, old.pk]
    answer = client.post("/inbox/order/", {"order": "waiting"}, headers={"referer": "http://x/inbox/q/support/?late=1"})
    assert (answer.status_code, answer["Location"]) == (302, "/inbox/q/support/?late=1")
    assert rows(client.get("/inbox/").content.decode()) == [old.pk, new.pk]
    assert rows(client.get("/inbox/?order=newest").content.decode()) == [new.pk, old.pk]
    other = Client()
    other.force_login(cast.alice)
    assert rows(other.get("/inbox/").content.decode()) == [new.pk, old.pk]


@pytest.mark.parametrize("wrong", ["", "oldest", "new\0est"])
def test_an_order_that_there_is_not_is_refused_and_changes_nothing(cast, client, wrong):
    answer = client.post("/inbox/order/", {"order": wrong}, headers={"HX-Request": "true"})
    assert answer.status_code == 422
    cast.mia.refresh_from_db()
    assert cast.mia.list_order == "newest"
    assert client.get("/inbox/", {"order": wrong}).status_code == 200


def test_a_damaged_address_of_the_page_before_does_not_stop_the_order(cast, client):
    answer = client.post("/inbox/order/", {"order": "waiting"}, headers={"referer": "http://[x/inbox/?late=1"})
    assert (answer.status_code, answer["Location"]) == (302, "/inbox/open/")
    cast.mia.refresh_from_db()
    assert cast.mia.list_order == "waiting"


def test_closed_conversations_stay_newest_first(cast, client):
    old, new = cast.asks(ago=100, state="closed"), cast.asks(ago=1, state="closed")
    assert rows(client.get("/inbox/closed/?order=waiting").content.decode()) == [new.pk, old.pk]


@pytest.mark.parametrize(
    "damaged", ["rest,", "rest,2026,1", "rest,2026-01-01T00:00:00,1", "x,2026-01-01T00:00:00Z,1", "rest,rest,1"]
)
def test_a_damaged_place_is_told(client, damaged):
    answer = client.get("/inbox/", {"before": damaged, "order": "due"})
    assert answer.status_code == (200 if damaged == "rest," else 400)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.datetimes(timezones=st.just(__import__("datetime").UTC)), st.integers(0, 10**17), st.booleans())
def test_a_place_survives_its_address(at, number, is_rest):
    place = Place(lists.Cursor(at, number), is_rest)
    assert Place.parse(str(place)) == place


def test_a_page_costs_as_many_statements_as_one_newest_first(cast, django_assert_num_queries):
    for n in range(120):
        cast.asks(ago=n)
    side = sidebar.load(cast.mia, cast.asks().created_at)
    scope = Scope(cast.mia, named_lists.find("open", side), side, cast.asks().created_at, Filters(order="due"))
    with django_assert_num_queries(1):
        lists.page(scope, None)


def test_how_urgent_it_is_stands_in_the_line_and_can_be_said(cast, client):
    conversation = cast.asks()
    assert "Priority: Urgent" not in client.get("/inbox/").content.decode()
    answer = client.post(f"/c/{conversation.pk}/priority/", {"to": "3"}, headers={"HX-Request": "true"})
    assert "Priority: Urgent" in answer.content.decode()
    assert "Priority: Urgent" in client.get("/inbox/").content.decode()


@pytest.mark.parametrize("wrong", ["", "4", "-1", "urgent", "\0", "9" * 400])
def test_a_priority_that_there_is_not_is_refused(cast, client, wrong):
    conversation = cast.asks()
    answer = client.post(f"/c/{conversation.pk}/priority/", {"to": wrong}, headers={"HX-Request": "true"})
    assert answer.status_code == 422

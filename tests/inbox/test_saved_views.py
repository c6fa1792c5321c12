"""Saved views: a list with its filters under a name, for oneself or for everybody."""

import re
import threading

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.utils import timezone

from inbox import saving
from inbox.models import SavedView
from inbox.saving import MOST
from tests.inbox.cast import Cast


@pytest.fixture
def cast(db):
    cache.clear()
    return Cast()


def client_of(user):
    client = Client()
    client.force_login(user)
    return client


def rows(page):
    return [int(one) for one in re.findall(r'id="row-(\d+)"', page)]


def page_of(client, url):
    response = client.get(url)
    assert response.status_code == 200, (url, response.status_code)
    return response.content.decode()


def saved(by, name="Urgent", **values):
    fields = {"base": "open", "query": "priority=urgent", "is_shared": False} | values
    return saving.save(name=name, by=by, **fields)


def test_a_list_is_saved_with_its_filters_and_found_in_the_sidebar(cast):
    client = client_of(cast.alice)
    urgent, _ = cast.asks(priority=3), cast.asks()
    answer = client.post("/inbox/q/support/save/?priority=urgent&order=due", {"name": "Urgent & mine"})
    assert answer["Location"] == "/inbox/v/urgent-mine/"
    made = SavedView.objects.get()
    assert (made.base, made.query, made.by, made.is_shared) == (
        "q/support",
        "order=due&priority=urgent",
        cast.alice,
        False,
    )
    page = page_of(client, "/inbox/v/urgent-mine/")
    assert rows(page) == [urgent.pk]
    assert "Urgent &amp; mine" in page
    assert f'href="/inbox/v/urgent-mine/c/{urgent.pk}/"' in page
    assert "urgent-mine" not in page_of(client_of(cast.bob), "/inbox/")
    assert client_of(cast.bob).get("/inbox/v/urgent-mine/").status_code == 404


def test_one_that_is_shared_is_there_for_everybody_but_changed_only_by_its_owner_and_managers(cast):
    view = saved(cast.alice, is_shared=True)
    bob, mia = client_of(cast.bob), client_of(cast.mia)
    assert "/inbox/v/urgent/" in page_of(bob, "/inbox/")
    assert bob.get("/inbox/views/urgent/edit/").status_code == 403
    assert bob.post("/inbox/views/urgent/edit/", {"name": "Mine now"}).status_code == 403
    assert bob.post("/inbox/views/urgent/delete/").status_code == 403
    assert mia.post("/inbox/views/urgent/edit/", {"name": "Most urgent"}).status_code == 302
    view.refresh_from_db()
    # What a manager changes stays shared, and stays Alice's.
    assert (view.name, view.is_shared, view.by) == ("Most urgent", True, cast.alice)
    assert mia.post("/inbox/views/urgent/delete/").status_code == 302
    assert not SavedView.objects.exists()


def test_what_somebody_keeps_for_themselves_is_not_even_there_for_managers(cast):
    saved(cast.alice)
    mia = client_of(cast.mia)
    for url in ("/inbox/v/urgent/", "/inbox/views/urgent/edit/", "/inbox/views/urgent/delete/"):
        assert mia.get(url).status_code == 404
    assert mia.post("/inbox/views/urgent/delete/").status_code == 404
    assert SavedView.objects.exists()


def test_its_filters_can_be_changed_for_a_look_and_then_kept(cast):
    view, client = saved(cast.alice), client_of(cast.alice)
    urgent, plain = cast.asks(priority=3, ago=2), cast.asks(ago=1)
    assert rows(page_of(client, "/inbox/v/urgent/")) == [urgent.pk]
    assert rows(page_of(client, "/inbox/v/urgent/?none=1")) == [plain.pk, urgent.pk]
    page = page_of(client, "/inbox/v/urgent/?who=nobody")
    assert rows(page) == [plain.pk, urgent.pk]
    assert "Save changes" in page
    client.post("/inbox/views/urgent/edit/?who=nobody", {"name": "Nobody's"})
    view.refresh_from_db()
    assert (view.name, view.query) == ("Nobody's", "priority=urgent")
    client.post(
        "/inbox/views/urgent/edit/",
        {"name": "Nobody's", "renews": "on"},
        headers={"referer": "http://testserver/inbox/v/urgent/?who=nobody"},
    )
    view.refresh_from_db()
    assert view.query == "who=nobody"


def test_an_order_that_is_chosen_in_it_holds_there_and_nowhere_else(cast):
    saved(cast.alice)
    client = client_of(cast.alice)
    old, new = cast.asks(priority=3, ago=50), cast.asks(priority=3, ago=2)
    behind = {"referer": "http://testserver/inbox/v/urgent/"}
    answer = client.post("/inbox/order/", {"order": "waiting"}, headers=behind)
    assert rows(page_of(client, answer["Location"])) == [old.pk, new.pk]
    assert rows(page_of(client, "/inbox/v/urgent/")) == [new.pk, old.pk]


def test_counts_are_asked_for_apart_and_shown_for_a_minute(cast):
    saved(cast.alice)
    saved(cast.alice, "Unread", query="unread=1")
    for _ in range(3):
        cast.asks(priority=3)
    client = client_of(cast.alice)
    assert "/inbox/views/counts/" in page_of(client, "/inbox/")
    told = page_of(client, "/inbox/views/counts/")
    assert len(re.findall(r'class="n" title="[^"]*">3<', told)) == 2
    shown = page_of(client, "/inbox/v/urgent/")
    assert 'id="list-count">3<' in shown
    assert "/inbox/views/counts/" not in shown


def test_names_of_all_kinds_are_answered(cast):
    client = client_of(cast.alice)
    for name, slug in (("Größe", "groe"), ("田中", "view"), ("田中", "view-2"), ("--", "view-3")):
        assert client.post("/inbox/open/save/", {"name": name}).status_code == 302, name
        assert SavedView.objects.latest("pk").slug.startswith(slug)
    for name, why in (("", "Give the view a name."), ("x" * 1000, "this one has 1000"), ("a\0b", "Null characters")):
        answer = client.post("/inbox/open/save/", {"name": name})
        assert answer.status_code == 422
        assert why in answer.content.decode()


def test_nobody_has_more_views_than_can_be_chosen_from(cast):
    now = timezone.now()
    SavedView.objects.bulk_create(
        SavedView(slug=f"v{n}", name=f"V {n}", by=cast.alice, created_at=now) for n in range(MOST)
    )
    answer = client_of(cast.alice).post("/inbox/open/save/", {"name": "One more"})
    assert answer.status_code == 422
    assert "Delete one of them first." in answer.content.decode()


def test_a_view_of_a_queue_that_was_closed_says_so(cast):
    saved(cast.alice, base="q/gone", is_shared=True)
    client = client_of(cast.alice)
    assert "This queue is gone" in page_of(client, "/inbox/v/urgent/")
    assert client.get("/inbox/views/counts/").status_code == 200
    assert client.get("/inbox/views/urgent/edit/").status_code == 200


def test_what_was_deleted_while_somebody_had_it_open_does_not_stop_their_work(cast):
    one = cast.asks()
    headers = {"HX-Request": "true", "HX-Current-URL": "http://testserver/inbox/v/was-there/"}
    assert client_of(cast.alice).post(f"/c/{one.pk}/close/", headers=headers).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_two_who_choose_the_same_name_at_once_both_get_a_view():
    cast, made = Cast(), []
    start = threading.Barrier(2)

    def save(user):
        start.wait()
        made.append(saved(user, "Same").slug)
        connection.close()

    threads = [threading.Thread(target=save, args=[user]) for user in (cast.alice, cast.bob)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted(made) == ["same", "same-2"]

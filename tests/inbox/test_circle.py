"""Whom a person talks with: told by persons, in few statements, and never without a table."""

import json
import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from contacts import neighbours
from contacts.models import Contact, Relationship
from inbox import circle
from tests.inbox.cast import Cast


@pytest.fixture
def cast(db):
    return Cast()


def talks(source, target, count=1, kind="mentioned", days=1):
    at = timezone.now() - timedelta(days=days)
    Relationship.objects.create(source=source, target=target, kind=kind, count=count, first_at=at, last_at=at)


def page(cast, pk, query="", **headers):
    client = Client()
    client.force_login(cast.alice)
    return client.get(f"/contacts/{pk}/graph/{query}", headers=headers)


def drawn(response):
    found = re.search(r'<script type="application/json">(.*?)</script>', response.content.decode(), re.DOTALL)
    return json.loads(found[1])


def test_it_tells_neighbours_by_persons_whatever_accounts_they_used(cast):
    first, second, mail = cast.dana
    one, two = cast.contact("Eve Example", "x", "instagram")
    talks(first, one, 3)
    talks(second, two, 4, "answered")
    talks(two, mail, 2, "shared")
    talks(first, second, 50)
    found = neighbours.circle(first.contact_id, since=timezone.now() - timedelta(days=9))
    assert [(one.name, one.going, one.coming) for one in found.neighbours] == [("Eve Example", 7, 2)]
    assert (found.total, found.is_part) == (1, False)


def test_it_counts_a_message_once_that_mentions_and_answers(cast):
    (eve,) = cast.contact("Eve Example")
    talks(cast.dana[0], eve, 3, "mentioned")
    talks(cast.dana[0], eve, 3, "replied_to")
    talks(cast.dana[0], eve, 2, "answered")
    (only,) = neighbours.circle(cast.dana[0].contact_id, since=timezone.now() - timedelta(days=9)).neighbours
    assert only.going == 3


def test_it_shows_the_strongest_and_says_how_many_more_there_are(cast):
    for n in range(14):
        talks(cast.dana[0], cast.contact(f"Friend {n:02}")[0], n + 1)
    drawing = drawn(page(cast, cast.dana[0].contact_id, **{"HX-Request": "true"}))
    assert [one["name"] for one in drawing["people"]] == [f"Friend {n:02}" for n in range(13, 3, -1)]
    brief = page(cast, cast.dana[0].contact_id, **{"HX-Request": "true"}).content.decode()
    assert "and 4 more" in brief
    assert "<html" not in brief
    whole = page(cast, cast.dana[0].contact_id)
    assert len(drawn(whole)["people"]) == 14
    assert "more</p>" not in whole.content.decode()


def test_it_joins_neighbours_who_talk_with_one_another_but_not_with_us(cast):
    (eve,), (fay,), (us,) = cast.contact("Eve"), cast.contact("Fay"), cast.contact("Our account")
    Contact.objects.filter(pk=us.contact_id).update(is_us=True)
    for one in (eve, fay, us):
        talks(cast.dana[0], one)
    talks(eve, fay, 2)
    talks(fay, eve, 3)
    talks(eve, us, 9)
    drawing = drawn(page(cast, cast.dana[0].contact_id))
    place = {one["name"]: at for at, one in enumerate(drawing["people"])}
    ((first, second, count),) = drawing["between"]
    assert ({first, second}, count) == ({place["Eve"], place["Fay"]}, 5)
    assert [one["name"] for one in drawing["people"] if one["us"]] == ["Our account"]


def test_it_is_narrowed_by_kind_and_time_and_leaves_out_what_it_does_not_know(cast):
    (eve,), (fay,) = cast.contact("Eve"), cast.contact("Fay")
    talks(cast.dana[0], eve, kind="answered", days=100)
    talks(cast.dana[0], fay, kind="mentioned", days=10)
    names = lambda query: [one["name"] for one in drawn(page(cast, cast.dana[0].contact_id, query))["people"]]  # noqa: E731
    assert names("?kind=answered") == ["Eve"]
    assert names("?days=30") == ["Fay"]
    assert sorted(names("?kind=%00&days=-1")) == ["Eve", "Fay"]
    assert "Nobody fits" in page(cast, cast.dana[0].contact_id, "?kind=shared").content.decode()


def test_names_cannot_leave_the_data_of_the_drawing(cast):
    (eve,) = cast.contact("</script><script>alert(1)</script>")
    talks(cast.dana[0], eve)
    response = page(cast, cast.dana[0].contact_id)
    assert b"<script>alert" not in response.content
    assert drawn(response)["people"][0]["name"] == "</script><script>alert(1)</script>"


def test_who_talks_with_nobody_is_told_in_words(cast):
    content = page(cast, cast.dana[0].contact_id, **{"HX-Request": "true"}).content.decode()
    assert "Dana talks with nobody that we know of." in content


def test_a_part_leads_to_its_person_and_nobody_to_nothing(cast):
    (eve,) = cast.contact("Eve")
    Contact.objects.filter(pk=eve.contact_id).update(root=cast.dana[0].contact_id)
    assert page(cast, eve.contact_id)["Location"] == f"/contacts/{cast.dana[0].contact_id}/graph/"
    assert page(cast, 10**9).status_code == 404
    assert page(cast, 10**25).status_code == 404


def test_it_takes_the_same_statements_for_two_neighbours_and_for_sixty(cast):
    counts = []
    for more in (2, 58):
        for n in range(more):
            talks(cast.dana[0], cast.contact(f"{more} {n}")[0])
        with CaptureQueriesContext(connection) as statements:
            circle.context(Contact.objects.get(pk=cast.dana[0].contact_id), circle.Narrowed(), timezone.now())
        counts.append(len(statements))
    assert counts == [3, 3]

"""Adding, changing and closing departments, through the pages."""

import pytest
from django.test import Client
from django.urls import reverse

from inbox import departments
from inbox.models import Conversation, Event
from people.models import Department
from routing import versions
from routing.models import Service
from tests.inbox.cast import Cast


@pytest.fixture
def cast(db):
    return Cast()


@pytest.fixture
def mia(cast):
    client = Client()
    client.force_login(cast.mia)
    return client


def said(name="HR", **others):
    return {"name": name, "about": "Jobs", "mark": "hexagon", "reply_minutes": "60", "starter": "hr", **others}


def close(client, slug, to):
    return client.post(reverse("department_close", args=[slug]), {"to": to}, follow=True).content.decode()


def test_a_department_is_added_last_and_begins_with_what_the_router_knows_of_it(mia):
    page = mia.post(reverse("department_new"), said(), follow=True).content.decode()
    assert "Department added: HR" in page
    added = Department.objects.order_by("position").last()
    assert (added.slug, added.about, added.reply_minutes) == ("hr", "Jobs", 60)
    assert Service.objects.get(department=added).starter == "hr"
    assert mia.get(reverse("view", args=["q/hr"])).status_code == 200


@pytest.mark.parametrize("name", ["Support", "Noise", "triage", ""])
def test_a_name_that_is_taken_or_empty_is_refused_beside_its_field(mia, name):
    before = Department.objects.count()
    answer = mia.post(reverse("department_new"), said(name))
    assert answer.status_code == 422
    assert 'id="fact-name_error"' in answer.content.decode()
    assert Department.objects.count() == before


@pytest.mark.parametrize("wrong", [{"reply_minutes": "0"}, {"mark": "circle"}, {"starter": "../x"}, {"name": "a\0b"}])
def test_what_cannot_be_is_refused(mia, wrong):
    assert mia.post(reverse("department_new"), said(**wrong)).status_code == 422


def test_a_new_name_leaves_the_short_name_that_rules_use(mia):
    mia.post(reverse("department", args=["pr"]), said("Press", mark="pr", starter=""))
    press = Department.objects.get(slug="pr")
    assert (press.name, press.reply_minutes) == ("Press", 60)


def test_departments_change_places(mia):
    order = list(Department.objects.order_by("position", "pk").values_list("slug", flat=True))
    mia.post(reverse("department_move", args=[order[2]]))
    assert list(Department.objects.order_by("position", "pk").values_list("slug", flat=True))[1:3] == [
        order[2],
        order[1],
    ]


def test_a_department_that_rules_name_stays_and_the_page_says_which(mia, cast):
    named = {"name": "Journalists", "on": True, "conditions": {}, "actions": {"owner": "sales", "contributors": ["pr"]}}
    versions.publish([named], {}, by=cast.mia, reason="")
    assert "Rule “Journalists”, in force" in close(mia, "pr", "support")
    assert Department.objects.filter(slug="pr").exists()
    versions.publish([], {}, by=cast.mia, reason="")
    assert "PR is closed" in close(mia, "pr", "support")
    assert not Department.objects.filter(slug="pr").exists()


@pytest.mark.parametrize("field", ["contact_owner", "department"])
def test_a_rule_that_asks_for_a_department_names_it_too(mia, cast, field):
    asks = {"all": [{"any": [{"field": field, "op": "in", "value": ["marketing"]}]}]}
    versions.publish([{"name": "Theirs", "on": False, "conditions": asks, "actions": {}}], {}, by=None, reason="")
    assert "Rule “Theirs”" in close(mia, "marketing", "support")


def test_the_conversations_of_a_closed_department_go_to_its_successor(mia, cast, monkeypatch):
    monkeypatch.setattr(departments, "AT_ONCE", 2)
    support = Department.objects.get(slug="support")
    asked = [cast.asks(cast.dana[0], text) for text in ("One", "Two", "Three", "Four", "Five")]
    mine = Conversation.objects.filter(department=support).count()
    Conversation.objects.filter(pk=asked[0].pk).update(state="closed", due_at=None)
    page = close(mia, "support", "sales")
    assert f"Support is closed. {mine} conversation" in page
    ids = {one.pk for one in asked}
    assert Conversation.objects.filter(pk__in=ids, department__slug="sales").count() == len(ids) == 5
    told = Event.objects.filter(kind="handover", conversation__in=ids)
    assert {one.conversation_id for one in told} == ids - {asked[0].pk}
    assert {one.data["reason"] for one in told} == {"Support was closed."}


def test_triage_cannot_be_closed(mia):
    assert "Triage stays" in close(mia, "triage", "support")


def test_the_successor_is_another_department(mia):
    assert "There is no such department" in close(mia, "pr", "pr")


def test_whoever_hands_over_reads_what_a_department_takes_care_of(mia, cast):
    Department.objects.filter(slug="pr").update(about="Journalists and public questions")
    asked = cast.asks(cast.dana[0])
    assert "Journalists and public questions" in mia.get(reverse("move", args=[asked.pk])).content.decode()

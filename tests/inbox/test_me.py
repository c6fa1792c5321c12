"""One's own settings: language, time zone and the rest hold on every page, and for nobody else."""

from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from inbox.presentation import clock, full
from people.models import User, Workspace
from tests.inbox.cast import Cast

PAGE = "/settings/me/"


@pytest.fixture
def cast(db):
    return Cast()


@pytest.fixture
def alice(cast):
    client = Client()
    client.force_login(cast.alice)
    return client


def said(**changes):
    return {"name": "Alice Adler", "email": "alice@example.com", "language": "", "time_zone": "", **changes}


def again(cast):
    return User.objects.get(pk=cast.alice.pk)


def test_somebody_says_who_they_are(alice, cast):
    assert alice.post(PAGE, said(name="  Alice \n von  Adler ", is_compact="on")).status_code == 302
    me = again(cast)
    assert (me.name, me.email, me.is_compact) == ("Alice von Adler", "alice@example.com", True)
    assert 'data-density="compact"' in alice.get("/inbox/").content.decode()


def test_a_role_cannot_be_chosen_along(alice, cast):
    alice.post(PAGE, said(role="admin", is_active="", capacity="999", username="root"))
    me = again(cast)
    assert (me.role, me.username, me.capacity) == (cast.alice.role, cast.alice.username, cast.alice.capacity)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"name": " "}, "Write your name"),
        ({"name": "x" * 151}, "150"),
        ({"name": "\0"}, "Null characters"),
        ({"email": "nobody"}, "This is no e-mail address."),
        ({"language": "tlh"}, "SocialCRM does not speak this language yet."),
        ({"time_zone": "Mars/Olympus"}, "There is no such time zone."),
        ({"time_zone": "../../etc/passwd"}, "There is no such time zone."),
    ],
)
def test_what_cannot_be_meant_is_said_beside_its_field(alice, cast, wrong, says):
    before = again(cast)
    answer = alice.post(PAGE, said(**wrong))
    assert answer.status_code == 422 and says in answer.content.decode()
    # The frame goes on to show who they are.
    assert again(cast).name == before.name and f"{before.name}, account menu" in answer.content.decode()


def test_the_chosen_language_wins_over_the_browsers(alice, cast):
    page = alice.get("/inbox/", headers={"accept-language": "de"})
    assert page.headers["Content-Language"] == "de" and '<html lang="de" dir="ltr">' in page.content.decode()
    alice.post(PAGE, said(language="en"))
    page = alice.get("/inbox/", headers={"accept-language": "de"})
    assert page.headers["Content-Language"] == "en" and '<html lang="en"' in page.content.decode()
    assert "Accept-Language" in page.headers["Vary"] and "Cookie" in page.headers["Vary"]


def test_the_companys_language_holds_for_who_chose_none(alice, cast):
    Workspace.objects.create(pk=1, language="de", time_zone="Asia/Tokyo")
    assert alice.get("/inbox/").headers["Content-Language"] == "de"
    alice.post(PAGE, said(language="en"))
    assert alice.get("/inbox/").headers["Content-Language"] == "en"


def test_an_error_page_speaks_the_same_language(alice, cast):
    alice.post(PAGE, said(language="de"))
    assert alice.get("/nowhere/").headers["Content-Language"] == "de"
    assert alice.get("/settings/channels/").headers["Content-Language"] == "de"


def test_times_are_told_in_ones_own_time_zone(alice, cast):
    conversation = cast.asks()
    conversation.messages.update(posted_at=datetime(2026, 3, 1, 22, 30, tzinfo=UTC))
    type(conversation).objects.filter(pk=conversation.pk).update(
        last_message_at=datetime(2026, 3, 1, 22, 30, tzinfo=UTC)
    )
    assert "1 March 2026, 22:30 UTC" in alice.get("/inbox/").content.decode()
    Workspace.objects.create(pk=1, time_zone="Europe/Berlin")
    assert "1 March 2026, 23:30 CET" in alice.get("/inbox/").content.decode()
    alice.post(PAGE, said(time_zone="Asia/Tokyo"))
    assert "2 March 2026, 07:30 JST" in alice.get("/inbox/").content.decode()


def test_a_time_zone_that_is_gone_is_left_aside(alice, cast):
    User.objects.filter(pk=cast.alice.pk).update(time_zone="Mars/Olympus", language="tlh", keys={"x": 1})
    assert alice.get("/inbox/").status_code == alice.get(PAGE).status_code == 200


def test_nothing_of_it_stays_for_the_next_request(alice, cast):
    alice.post(PAGE, said(language="de", time_zone="Asia/Tokyo"))
    alice.get("/inbox/")
    assert timezone.get_current_timezone_name() == "UTC"
    assert Client().get("/login/").headers["Content-Language"] == "en"


def test_it_costs_no_statement(alice, cast):
    with CaptureQueriesContext(connection) as before:
        alice.get(PAGE)
    Workspace.objects.create(pk=1, language="de", time_zone="Asia/Tokyo")
    with CaptureQueriesContext(connection) as after:
        alice.get(PAGE)
    assert len(after) == len(before)


def test_a_moment_has_another_hour_elsewhere():
    at = datetime(2026, 7, 1, 12, 0, tzinfo=UTC)
    with timezone.override("America/New_York"), translation.override("en"):
        assert clock(at) == "08:00"
        assert full(at) == "1 July 2026, 08:00 EDT"

"""Links by which somebody becomes a colleague or chooses a new password, through the pages."""

import re
import threading
from datetime import timedelta

import pytest
from django.core import mail
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from people import invitations
from people.models import AccountChange, Invitation, Session, User
from tests.inbox.cast import Cast

PASSWORD = "moss-green-touring-5"
JOINING = {"name": "Nora Nilsen", "username": "nora", "password": PASSWORD, "again": PASSWORD}


@pytest.fixture(autouse=True)
def nobody_has_tried_yet():
    cache.clear()


@pytest.fixture
def cast(db):
    return Cast()


@pytest.fixture
def adam(cast):
    client = Client()
    client.force_login(cast.adam)
    return client


def link_in(answer):
    return re.search(r"http://testserver(/join/[\w-]+/)", answer.content.decode()).group(1)


def invite(adam, cast, **said):
    told = {"name": "Nora", "email": "nora@halden.example", "role": "manager", **said}
    return adam.post(reverse("person_invite"), {**told, "departments": [cast.departments["support"].pk]})


def test_who_is_invited_chooses_a_name_and_a_password_and_works_here_at_once(cast, adam):
    link = link_in(invite(adam, cast))
    token = link.split("/")[2]
    assert not Invitation.objects.filter(token_hash__contains=token).exists()
    nora = Client()
    assert "Adam Abt invites you" in nora.get(link).content.decode()
    answer = nora.post(link, JOINING)
    assert (answer.status_code, answer["Location"]) == (302, "/inbox/")
    assert nora.get(reverse("inbox")).status_code == 200
    user = User.objects.get(username="nora")
    assert (user.name, user.role, user.email) == ("Nora Nilsen", "manager", "nora@halden.example")
    assert [one.slug for one in user.departments.all()] == ["support"]
    said = adam.get(reverse("person_account", args=[user.pk])).content.decode()
    assert "Invited as Manager" in said
    assert "Accepted the invitation" in said
    # Once, and nobody is told why not.
    assert Client().get(link).status_code == 404
    assert Client().post(link, JOINING | {"username": "nora2"}).status_code == 404


@pytest.mark.parametrize("what", ["withdrawn", "old", "renewed", "never"])
def test_a_link_that_does_not_work_looks_the_same_whatever_the_reason(cast, adam, what):
    link = link_in(invite(adam, cast))
    one = Invitation.objects.get()
    if what == "withdrawn":
        adam.post(reverse("invitation_withdraw", args=[one.pk]))
    elif what == "old":
        Invitation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
        assert "The link is too old" in adam.get(reverse("people")).content.decode()
    elif what == "renewed":
        assert Client().get(link_in(adam.post(reverse("invitation_renew", args=[one.pk])))).status_code == 200
    else:
        link = "/join/x/"
    expected = Client().get("/join/nothing-of-the-kind/").content
    for answer in (Client().get(link), Client().post(link, JOINING)):
        assert (answer.status_code, answer.content) == (404, expected)
    assert not User.objects.filter(username="nora").exists()


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"username": "ALICE"}, "is taken"),
        ({"username": "two words"}, "Letters, digits"),
        ({"username": "n\0"}, "Null characters"),
        ({"username": ""}, "Choose a user name"),
        ({"username": "n" * 151}, "150"),
        ({"password": "short", "again": "short"}, "too weak"),
        ({"again": "another one entirely"}, "another password than above"),
        ({"password": "p\0" * 8, "again": "p\0" * 8}, "Null characters"),
        ({"name": ""}, "Write your name"),
    ],
)
def test_what_cannot_be_is_said_beside_its_field_and_the_link_goes_on_working(cast, adam, wrong, says):
    link = link_in(invite(adam, cast))
    answer = Client().post(link, JOINING | wrong)
    assert answer.status_code == 422
    assert says in answer.content.decode()
    assert Client().post(link, JOINING).status_code == 302


def test_nobody_is_invited_twice_with_one_address(cast, adam):
    User.objects.filter(pk=cast.bob.pk).update(email="bob@halden.example")
    assert "Bob Brandt works here already" in invite(adam, cast, email="BOB@halden.example").content.decode()
    invite(adam, cast)
    again = invite(adam, cast)
    assert again.status_code == 422
    assert "invited already" in again.content.decode()


def test_an_invitation_goes_out_by_e_mail_where_e_mails_leave_and_says_so_where_they_do_not(cast, adam, settings):
    assert "Hand this link over yourself" in invite(adam, cast, email="").content.decode()
    assert mail.outbox == []
    settings.EMAIL_URL = "smtp://mail.halden.example"
    link = link_in(invite(adam, cast, email="n@halden.example"))
    (sent,) = mail.outbox
    assert (sent.to, link in sent.body) == (["n@halden.example"], True)
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    answer = invite(adam, cast, email="o@halden.example").content.decode()
    assert "did not leave" in answer
    assert "/join/" in answer


def test_a_new_password_logs_everybody_out_who_came_in_with_the_old_one(cast, adam):
    bob, name = Client(), reverse("person_reset", args=[cast.bob.pk])
    bob.force_login(cast.bob)
    first, link = link_in(adam.post(name)), link_in(adam.post(name))
    assert Client().get(first).status_code == 404
    answer = Client().post(link, {"password": PASSWORD, "again": PASSWORD})
    assert "Your password is set" in answer.content.decode()
    assert bob.get(reverse("inbox")).status_code == 302
    assert Client().post("/login/", {"login": "bob", "password": PASSWORD})["Location"] == "/inbox/"
    assert Client().get(link).status_code == 404
    kinds = AccountChange.objects.filter(user=cast.bob).order_by("pk").values_list("kind", "by__username")
    assert list(kinds) == [("link", "adam"), ("link", "adam"), ("password", "bob")]


def test_a_link_for_a_password_dies_with_the_log_in_and_is_none_for_a_new_colleague(cast, adam):
    link = link_in(adam.post(reverse("person_reset", args=[cast.bob.pk])))
    assert Client().post(link, JOINING | {"again": "no"}).status_code == 422
    adam.post(reverse("person_switch", args=[cast.bob.pk]))
    assert Client().post(link, {"password": PASSWORD, "again": PASSWORD}).status_code == 404
    assert adam.post(reverse("person_reset", args=[cast.bob.pk])).status_code == 302
    assert not Invitation.objects.exists()


def test_whoever_is_logged_in_already_is_told_to_log_out_first(cast, adam):
    link = link_in(invite(adam, cast))
    answer = adam.post(link, JOINING)
    assert "You are logged in as Adam Abt" in answer.content.decode()
    assert not User.objects.filter(username="nora").exists()


def test_links_are_not_tried_out_without_end(cast):
    assert {Client().get(f"/join/{n}/").status_code for n in range(20)} == {404}
    assert Client().get("/join/20/").status_code == 429


@pytest.mark.django_db(transaction=True)
def test_of_two_who_use_a_link_at_the_same_time_one_comes_too_late(transactional_db):
    cast = Cast()
    _, token = invitations.make(name="Nora", email="", role="agent", departments=[], by=cast.adam)
    outcomes, ready = [], threading.Barrier(2)

    def accept(username):
        ready.wait()
        try:
            outcomes.append(invitations.accept(token, username=username, name="", password=PASSWORD).username)
        except invitations.LinkGone:
            outcomes.append("gone")
        finally:
            connection.close()

    both = [threading.Thread(target=accept, args=[name]) for name in ("nora", "olaf")]
    [one.start() for one in both]
    [one.join() for one in both]
    assert "gone" in outcomes
    assert User.objects.filter(username__in=["nora", "olaf"]).count() == 1
    assert Session.objects.count() == 0

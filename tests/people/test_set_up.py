"""The first admin's set-up, the name of the company, and by what e-mails leave."""

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import Client
from django.urls import reverse

from connectors.models import Channel
from people import company, departments
from people.models import Department, User, Workspace
from socialcrm.mail import settings_of
from tests.inbox.cast import PASSWORD


@pytest.fixture
def admin(db):
    departments.ensure(Department)
    User.objects.create_user("admin", PASSWORD, name="Admin", role="admin")
    client = Client()
    client.post("/login/?next=/", {"login": "admin", "password": PASSWORD, "next": "/"})
    return client


def page(client, name="welcome"):
    return client.get(reverse(name)).content.decode()


def entered(next="/"):
    return Client().post("/login/", {"login": "admin", "password": PASSWORD, "next": next})["Location"]


def test_the_first_admin_of_an_empty_workspace_begins_with_its_set_up_and_others_do_not(admin):
    assert entered() == reverse("welcome")
    assert entered("/contacts/") == "/contacts/"
    User.objects.create_user("alice", PASSWORD, name="Alice")
    answer = Client().post("/login/", {"login": "alice", "password": PASSWORD, "next": "/"})
    assert answer["Location"] == "/"
    page(admin)
    # Seen once, it is a card.
    assert entered() == "/"
    assert "Go on with the set-up" in page(admin, "inbox")


def test_a_sample_needs_no_set_up(admin):
    User.objects.create_user("sam", is_sample=True)
    assert entered() == "/"


def test_what_is_done_is_read_off_the_workspace(admin):
    assert "0 of 4 steps done" in page(admin)
    answer = admin.post(reverse("company") + "?back=welcome", {"name": "Halden Motors", "time_zone": "Europe/Oslo"})
    assert answer["Location"] == reverse("welcome")
    assert "1 of 4 steps done" in page(admin)
    assert "<title>Set-up · Halden Motors</title>" in page(admin)
    Department.objects.filter(slug="pr").update(name="Press")
    headers = {"HX-Request": "true", "HX-Current-URL": "http://testserver/welcome/"}
    made = admin.post(reverse("person_invite"), {"name": "Nora", "role": "agent"}, headers=headers)
    assert f'href="{reverse("welcome")}"' in made.content.decode()
    assert "3 of 4 steps done" in page(admin)
    channel = Channel.objects.create(network="email", name="Post", account="post@halden.example")
    assert "Everything is set up" in page(admin)
    channel.delete()
    assert "3 of 4 steps done" in page(admin)


def test_steps_can_be_left_out_and_taken_up_again_and_the_whole_put_away(admin):
    for step in ("company", "departments", "people", "channel"):
        admin.post(reverse("welcome_skip"), {"step": step})
    assert "Everything is set up" in page(admin)
    admin.post(reverse("welcome_skip"), {"step": "people", "again": "1"})
    assert "Everything is set up" not in page(admin)
    for wrong in ("", "nothing", "x\0", "x" * 10_000):
        assert admin.post(reverse("welcome_skip"), {"step": wrong}).status_code == 404
    admin.post(reverse("welcome_put_away"))
    first = Workspace.objects.get().toured_at
    admin.post(reverse("welcome_put_away"))
    assert Workspace.objects.get().toured_at == first
    assert "Go on with the set-up" not in page(admin, "inbox")


def test_the_name_from_the_environment_wins_and_the_page_says_so(admin, settings):
    company.change(name="Halden Motors")
    settings.WORKSPACE_NAME = "Halden Group"
    assert "Halden Group</title>" in page(admin)
    assert "WORKSPACE_NAME says so" in page(admin, "company")
    admin.post(reverse("company"), {"name": "Another", "time_zone": "Europe/Oslo"})
    assert (company.load().name, company.load().time_zone) == ("Halden Motors", "Europe/Oslo")


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"name": ""}, "Write the name"),
        ({"name": "x" * 81}, "80"),
        ({"name": "x\0"}, "Null characters"),
        ({"time_zone": "Mars/Olympus"}, "no such time zone"),
        ({"language": "tlh"}, "does not speak"),
    ],
)
def test_what_cannot_be_is_refused_beside_its_field(admin, wrong, says):
    answer = admin.post(reverse("company"), {"name": "Halden", **wrong})
    assert answer.status_code == 422
    assert says in answer.content.decode()


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtp://a%40b.example:p%2Fw@mail.example", ("mail.example", 587, "a@b.example", "p/w", True, False)),
        ("smtps://mail.example:2465", ("mail.example", 2465, "", "", False, True)),
        ("smtp://localhost:25?tls=off", ("localhost", 25, "", "", False, False)),
    ],
)
def test_the_mail_server_is_read_off_one_address(url, expected):
    backend, found = settings_of(url)
    assert backend.endswith("smtp.EmailBackend")
    assert tuple(found[name] for name in ("host", "port", "user", "password", "starttls", "tls")) == expected


@pytest.mark.parametrize("url", ["mail.example", "http://mail.example", "smtp://", "smtp://u:secret@h:x"])
def test_a_malformed_address_names_the_variable_and_no_password(url):
    with pytest.raises(ImproperlyConfigured, match="EMAIL_URL") as refused:
        settings_of(url)
    assert "secret" not in str(refused.value)


def test_nothing_leaves_where_no_server_is_named():
    assert settings_of("")[0].endswith("dummy.EmailBackend")

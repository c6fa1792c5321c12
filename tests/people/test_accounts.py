"""Log-ins: where people are logged in, the second factor, who may be switched off, and what is kept of it."""

import re
import threading
import time
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from contacts.refused import Refused
from inbox import colleagues
from inbox.models import Conversation, Draft
from people import company
from people.models import AccountChange, Session, User
from tests.inbox.cast import PASSWORD, Cast

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605 Version/19.0 Mobile/15E148 Safari/604"


@pytest.fixture(autouse=True)
def nobody_has_tried_yet():
    cache.clear()


@pytest.fixture
def cast(db):
    return Cast()


def logged_in(name, agent=FIREFOX):
    client = Client(headers={"User-Agent": agent})
    client.post("/login/", {"login": name, "password": PASSWORD})
    return client


def is_in(client):
    return client.get(reverse("inbox")).status_code == 200


def code_of(secret, ahead=0):
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + ahead))


def with_factor(name):
    """Somebody who sets their second factor up through its pages. Returns their browser and what the app holds."""
    client = logged_in(name)
    asked = client.get(reverse("mfa_activate_totp"))
    assert asked["Location"].startswith(reverse("account_reauthenticate"))
    client.post(asked["Location"], {"password": PASSWORD})
    page = client.get(reverse("mfa_activate_totp")).content.decode()
    secret = re.search(r'class="totp-key"[^>]*>(\w+)<', page).group(1)
    answer = client.post(reverse("mfa_activate_totp"), {"code": code_of(secret)})
    assert answer["Location"] == reverse("mfa_view_recovery_codes")
    return client, secret


def test_everybody_sees_where_they_are_logged_in_and_ends_it_one_by_one_or_everywhere_else(cast):
    here, phone, third = logged_in("alice"), logged_in("alice", IPHONE), logged_in("alice", "curl/8\0")
    bob = logged_in("bob")
    page = here.get(reverse("security")).content.decode()
    assert page.count("Firefox on Linux") == 1 + page.count('vh"> Firefox on Linux')
    assert "Safari on iPhone" in page
    assert "Unknown browser" in page
    assert all(one.session_key not in page for one in Session.objects.all())
    of_phone = Session.objects.get(agent=IPHONE).uuid
    assert bob.post(reverse("session_end", args=[of_phone])).status_code == 302
    assert is_in(phone)
    here.post(reverse("session_end", args=[of_phone]))
    assert (is_in(phone), is_in(third), is_in(here)) == (False, True, True)
    here.post(reverse("sessions_end"))
    assert (is_in(third), is_in(here), is_in(bob)) == (False, True, True)


def test_the_browser_that_asks_is_not_ended_by_its_own_button(cast):
    alice = logged_in("alice")
    alice.post(reverse("session_end", args=[Session.objects.get(user=cast.alice).uuid]))
    assert is_in(alice)


def test_a_changed_password_logs_out_everywhere_else(cast):
    here, there = logged_in("alice"), logged_in("alice", IPHONE)
    new = "moss-green-touring-5"
    answer = here.post("/password/", {"oldpassword": PASSWORD, "password1": new, "password2": new})
    assert answer["Location"] == reverse("security")
    assert (is_in(here), is_in(there)) == (True, False)
    assert Session.objects.filter(user=cast.alice).count() == 1


def test_it_is_noted_now_and_then_that_a_browser_was_there(cast, django_assert_num_queries):
    alice = logged_in("alice")
    before = timezone.now() - timedelta(minutes=6)
    Session.objects.update(seen_at=before)
    alice.get("/password/")
    noted = Session.objects.get().seen_at
    assert noted > before
    alice.get("/password/")
    assert Session.objects.get().seen_at == noted


def test_who_is_switched_off_is_out_and_what_they_have_is_free_and_can_come_back(cast):
    adam, bob = logged_in("adam"), logged_in("bob")
    theirs = [cast.asks(assignee=cast.bob), cast.asks(assignee=cast.bob, state="snoozed")]
    Draft.objects.create(conversation=theirs[0], user=cast.bob, text="Half an answer", at=timezone.now())
    address = reverse("person_switch", args=[cast.bob.pk])
    assert "2 conversations go back to their queues" in adam.get(address).content.decode()
    adam.post(address, {"on": "False"})
    adam.post(address, {"on": "False"})
    assert not is_in(bob)
    assert not is_in(logged_in("bob"))
    assert not Session.objects.filter(user=cast.bob).exists()
    assert not Conversation.objects.exclude(assignee=None).exists()
    assert Draft.objects.get().text == "Half an answer"
    adam.post(address, {"on": "True"})
    assert is_in(logged_in("bob"))
    said = adam.get(reverse("person_account", args=[cast.bob.pk])).content.decode()
    assert said.index("Log-in switched on again") < said.index("Log-in switched off")
    assert said.count("Adam Abt") >= 2
    kinds = AccountChange.objects.filter(user=cast.bob).values_list("kind", flat=True)
    assert sorted(kinds) == ["off", "on"]


def test_what_admins_change_of_a_colleague_is_kept_with_their_name(cast):
    adam = logged_in("adam")
    told = {"name": "Robert Brandt", "email": "r@halden.example", "capacity": "5", "role": "manager", "is_active": "on"}
    adam.post(reverse("person", args=[cast.bob.pk]), {**told, "departments": [cast.departments["sales"].pk]})
    bob = User.objects.get(pk=cast.bob.pk)
    assert (bob.name, bob.email, bob.role) == ("Robert Brandt", "r@halden.example", "manager")
    said = adam.get(reverse("person_account", args=[bob.pk])).content.decode()
    assert "Role changed from Agent to Manager" in said
    assert "Name changed from Bob Brandt to Robert Brandt" in said
    assert "Departments: Sales" in said
    assert AccountChange.objects.filter(user=bob, by=cast.adam).count() == 4


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("how", ["demoted", "switched off"])
def test_of_two_last_admins_who_shut_each_other_out_at_once_one_stays(transactional_db, how):
    cast = Cast()
    eve = User.objects.create_user("eve", PASSWORD, name="Eve", role="admin")
    refused, ready = [], threading.Barrier(2)

    def shut_out(whom, by):
        ready.wait()
        said = {"capacity": 5, "languages": [], "skills": [], "departments": [], "role": "agent", "is_active": True}
        try:
            colleagues.change(whom, said, by=by) if how == "demoted" else colleagues.switch(whom, on=False, by=by)
        except Refused as error:
            refused.append(str(error))
        finally:
            connection.close()

    both = [threading.Thread(target=shut_out, args=pair) for pair in ((eve, cast.adam), (cast.adam, eve))]
    [one.start() for one in both]
    [one.join() for one in both]
    assert refused == ["You are no admin any more."]
    assert User.objects.filter(role="admin", is_active=True).count() == 1


def test_a_log_in_with_a_second_factor_asks_for_a_code_which_works_once(cast):
    _, secret = with_factor("alice")
    browser = Client()
    answer = browser.post("/login/", {"login": "alice", "password": PASSWORD})
    assert answer["Location"] == reverse("mfa_authenticate")
    before = browser.session.session_key
    assert not is_in(browser)
    for wrong in ("000000", "", "\0", "x" * 10_000):
        assert browser.post(reverse("mfa_authenticate"), {"code": wrong}).status_code == 200
    assert not is_in(browser)
    code = code_of(secret, ahead=1)
    assert browser.post(reverse("mfa_authenticate"), {"code": code})["Location"] == "/inbox/"
    assert is_in(browser)
    assert browser.session.session_key != before
    other = Client()
    other.post("/login/", {"login": "alice", "password": PASSWORD})
    assert other.post(reverse("mfa_authenticate"), {"code": code}).status_code == 200
    assert not is_in(other)


def test_codes_are_not_guessed_without_end(cast):
    _, secret = with_factor("alice")
    browser = Client()
    browser.post("/login/", {"login": "alice", "password": PASSWORD})
    for _ in range(5):
        browser.post(reverse("mfa_authenticate"), {"code": "000000"})
    browser.post(reverse("mfa_authenticate"), {"code": code_of(secret, ahead=1)})
    assert not is_in(browser)


def test_a_recovery_code_logs_in_once(cast):
    client, _ = with_factor("alice")
    codes = client.get(reverse("mfa_download_recovery_codes")).content.decode().split()
    assert len(codes) == 10
    for expected in (True, False):
        browser = Client()
        browser.post("/login/", {"login": "alice", "password": PASSWORD})
        browser.post(reverse("mfa_authenticate"), {"code": codes[0]})
        assert is_in(browser) is expected
    assert codes[0] not in client.get(reverse("mfa_view_recovery_codes")).content.decode()


def test_secrets_lie_sealed_and_are_sealed_anew_under_a_new_key(cast, settings):
    _, secret = with_factor("alice")
    kept = [str(one.data) for one in Authenticator.objects.order_by("pk")]
    assert len(kept) == 2
    assert all(secret not in one for one in kept)
    settings.CREDENTIAL_KEYS = ["newer:" + "A" * 43 + "=", *settings.CREDENTIAL_KEYS]
    call_command("rotate_credentials")
    settings.CREDENTIAL_KEYS = settings.CREDENTIAL_KEYS[:1]
    browser = Client()
    browser.post("/login/", {"login": "alice", "password": PASSWORD})
    browser.post(reverse("mfa_authenticate"), {"code": code_of(secret, ahead=1)})
    assert is_in(browser)
    settings.CREDENTIAL_KEYS = ["other:" + "B" * 43 + "="]
    lost = Client()
    lost.post("/login/", {"login": "alice", "password": PASSWORD})
    answer = lost.post(reverse("mfa_authenticate"), {"code": code_of(secret)})
    assert answer.status_code == 503
    assert "cannot be checked" in answer.content.decode()


def test_a_secret_lies_sealed_in_the_session_too_until_its_first_code_comes(cast, settings):
    client = logged_in("alice")
    client.post(client.get(reverse("mfa_activate_totp"))["Location"], {"password": PASSWORD})

    def secret():
        page = client.post(reverse("mfa_activate_totp"), {"code": "000000"}).content.decode()
        return re.search(r'class="totp-key"[^>]*>(\w+)<', page).group(1)

    client.get(reverse("mfa_activate_totp"))
    first = secret()
    # A wrong code changes nothing, and the telephone need not read it again.
    assert secret() == first
    kept = str(dict(client.session.items()))
    assert "totp" in kept and first not in kept
    settings.CREDENTIAL_KEYS = ["other:" + "B" * 43 + "="]
    assert client.post(reverse("mfa_activate_totp"), {"code": code_of(first)}).status_code == 200
    assert not Authenticator.objects.exists()
    assert client.post(reverse("mfa_activate_totp"), {"code": code_of(secret())}).status_code == 302
    assert is_in(client) and "totp.secret" not in str(dict(client.session.items()))


def test_an_admin_takes_a_lost_second_factor_away_and_that_is_kept(cast):
    alice, _ = with_factor("alice")
    adam, address = logged_in("adam"), reverse("person_take_factor", args=[cast.alice.pk])
    adam.post(address)
    assert "has no second factor" in adam.post(address, follow=True).content.decode()
    assert not is_in(alice)
    assert is_in(logged_in("alice"))
    kinds = AccountChange.objects.filter(user=cast.alice).order_by("pk").values_list("kind", "by__username")
    assert list(kinds) == [("factor_on", "alice"), ("factor_reset", "adam")]


def test_where_everybody_needs_a_second_factor_nobody_works_without_one(cast):
    adam, secret = with_factor("adam")
    alice = logged_in("alice")
    answer = logged_in("mia").post(reverse("company"), {"name": "Halden", "needs_second_factor": "on"})
    assert answer.status_code == 403
    adam.post(reverse("company"), {"name": "Halden", "needs_second_factor": "on"})
    assert company.load().needs_second_factor
    assert is_in(adam)
    answer = alice.get(reverse("inbox"))
    assert (answer.status_code, answer["Location"]) == (302, reverse("security"))
    part = alice.get(reverse("inbox"), headers={"HX-Request": "true"})
    assert (part.status_code, part["HX-Redirect"]) == (401, reverse("security"))
    page = alice.get(reverse("security")).content.decode()
    assert "asks everybody for a second factor" in page and 'data-live=""' in page
    alice, secret = with_factor("alice")
    assert is_in(alice)
    assert "so it stays" in alice.get(reverse("mfa_deactivate_totp")).content.decode()
    alice.post(reverse("mfa_deactivate_totp"))
    assert Authenticator.objects.filter(user=cast.alice, type="totp").exists()


def test_who_asks_a_second_factor_of_everybody_has_one(cast):
    answer = logged_in("adam").post(reverse("company"), {"name": "Halden", "needs_second_factor": "on"})
    assert answer.status_code == 422
    assert "Set up your own second factor first" in answer.content.decode()


def test_a_second_factor_can_be_taken_away_by_its_owner_who_enters_the_password(cast):
    alice, _ = with_factor("alice")
    alice.post(reverse("mfa_deactivate_totp"))
    assert not Authenticator.objects.exists()
    assert AccountChange.objects.filter(kind="factor_off", by=cast.alice).exists()
    assert is_in(logged_in("alice"))


def test_who_takes_their_second_factor_away_is_logged_out_everywhere_else(cast):
    alice, secret = with_factor("alice")
    company.change(needs_second_factor=True)
    away = logged_in("alice", IPHONE)
    away.post(reverse("mfa_authenticate"), {"code": code_of(secret, 1)})
    assert is_in(away)
    company.change(needs_second_factor=False)
    alice.post(reverse("mfa_deactivate_totp"))
    company.change(needs_second_factor=True)
    assert not is_in(away)
    assert alice.get(reverse("inbox"))["Location"] == reverse("security")

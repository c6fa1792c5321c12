"""Logging in, and what every answer carries."""

import pytest
import redis
from django.core.cache import cache
from django.urls import NoReverseMatch, reverse

from people.models import User
from socialcrm.headers import CONTENT_SECURITY_POLICY

pytestmark = pytest.mark.django_db
PASSWORD = "correct horse battery"


@pytest.fixture(autouse=True)
def nobody_has_tried_yet():
    cache.clear()


@pytest.fixture
def alice():
    return User.objects.create_user("alice", PASSWORD, name="Alice")


def attempt(client, password, username="alice"):
    return client.post("/login/", {"login": username, "password": password})


def test_every_page_asks_for_a_log_in(client):
    answer = client.get("/inbox/")
    assert (answer.status_code, answer["Location"]) == (302, "/login/?next=/inbox/")


def test_s6_logging_in_gives_a_new_session(client, alice):
    client.get("/login/")
    session = client.session
    session["before"] = True
    session.save()
    answer = attempt(client, PASSWORD)
    assert (answer.status_code, answer["Location"]) == (302, "/inbox/")
    assert client.session.session_key != session.session_key
    assert client.session["_auth_user_id"] == str(alice.pk)


def test_s8_guessing_ends_after_five_tries(client, alice):
    for _ in range(5):
        assert attempt(client, "wrong").status_code == 200
    assert "_auth_user_id" not in client.session
    attempt(client, PASSWORD)
    assert "_auth_user_id" not in client.session


def test_s9_an_unknown_name_is_answered_like_a_wrong_password(client, alice):
    def errors(name):
        return attempt(client, "wrong", name).context["form"].errors

    assert errors("alice") == errors("nobody-of-that-name")


def test_s5_a_deactivated_colleague_cannot_log_in(client, alice):
    User.objects.filter(pk=alice.pk).update(is_active=False)
    attempt(client, PASSWORD)
    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize("name", ["account_signup", "account_reset_password", "account_email"])
def test_nobody_signs_up_or_comes_in_by_mail(name):
    with pytest.raises(NoReverseMatch):
        reverse(name)


def test_s29_logging_out_needs_a_post(client, alice):
    client.force_login(alice)
    client.get("/logout/")
    assert "_auth_user_id" in client.session
    client.post("/logout/")
    assert "_auth_user_id" not in client.session


def test_nobody_logs_in_while_attempts_cannot_be_counted(client, alice, monkeypatch):
    def refuse(*_, **__):
        raise redis.ConnectionError("refused")

    monkeypatch.setattr("django.core.cache.backends.redis.RedisCacheClient.get", refuse)
    monkeypatch.setattr("django.core.cache.backends.redis.RedisCacheClient.add", refuse)
    assert attempt(client, PASSWORD).status_code == 503


@pytest.mark.parametrize("path", ["/login/", "/healthz", "/nowhere/", "/inbox/"])
def test_s21_s35_every_answer_carries_the_policies(client, path):
    answer = client.get(path)
    assert answer["Content-Security-Policy"] == CONTENT_SECURITY_POLICY
    assert "camera=()" in answer["Permissions-Policy"]
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Referrer-Policy"] == "same-origin"
    assert answer["X-Frame-Options"] == "DENY"


def test_s35_what_a_colleague_sees_is_kept_by_nobody(client, alice):
    client.force_login(alice)
    for path in ("/password/", "/nowhere/"):
        assert client.get(path)["Cache-Control"] == "no-store, private"


@pytest.mark.parametrize(("path", "status"), [("/nowhere/", 404), ("/healthz", 405)])
def test_errors_say_so(client, alice, path, status):
    client.force_login(alice)
    assert client.post(path).status_code == status


def test_a_broken_page_is_answered_plainly(client, alice, monkeypatch):
    def broken(*_, **__):
        raise RuntimeError("secret detail")

    monkeypatch.setattr("allauth.account.views.PasswordChangeView.get", broken)
    client.force_login(alice)
    client.raise_request_exception = False
    answer = client.get("/password/")
    assert answer.status_code == 500
    assert "Something broke on our side" in answer.content.decode()
    assert "secret detail" not in answer.content.decode()


def test_after_a_log_in_a_page_that_swapped_a_part_is_a_whole_page_again(client):
    headers = {"HX-Request": "true", "HX-Current-URL": "http://testserver/inbox/mine/?unread=1"}
    for answer in (client.get("/inbox/mine/changes/", headers=headers), client.post("/c/1/close/", headers=headers)):
        assert (answer.status_code, answer.content) == (401, b"")
        assert answer["HX-Redirect"] == "/login/?next=/inbox/mine/%3Funread%3D1"


def test_after_a_log_in_an_action_leads_to_the_page_that_it_came_from(client):
    answer = client.post("/c/1/close/", headers={"Referer": "http://testserver/inbox/open/c/1/"})
    assert (answer.status_code, answer["Location"]) == (302, "/login/?next=/inbox/open/c/1/")


@pytest.mark.parametrize("page", ["", "https://evil.example/inbox/", "//evil.example/", "javascript:alert(1)"])
def test_a_log_in_leads_to_no_foreign_page(client, page):
    answer = client.post("/c/1/close/", headers={"HX-Request": "true", "HX-Current-URL": page})
    assert answer["HX-Redirect"] == "/login/?next=/inbox/"

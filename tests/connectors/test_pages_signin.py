"""S33: signing in at a network, and everybody who comes back without having been sent."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from connectors import connect, credentials, signin
from connectors.models import Channel, Credential, Pull
from connectors.registry import CLASSES
from tests.connectors.chirp import Chirp
from tests.connectors.test_pages_connect import HTMX, NEW, filled, text_of
from tests.inbox.cast import Cast
from tests.servers.chirp import serving

CALLBACK = "/settings/channels/callback/"


@pytest.fixture
def server(settings, monkeypatch):
    settings.OUTBOUND_ALLOW = ["127.0.0.0/8"]
    monkeypatch.setitem(CLASSES, "chirp", "tests.connectors.chirp.Chirp")
    with serving() as running:
        yield running


@pytest.fixture
def cast(db):
    return Cast()


def client_of(user):
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def adam(cast):
    return client_of(cast.adam)


def leave(client, server, url=NEW, **changes):
    """Presses “Sign in”; returns the network's page that the browser is sent to."""
    body = filled(server, do="sign-in") | {"field_token": ""} | changes
    answer = client.post(url, body, headers=HTMX)
    return answer["HX-Redirect"]


def the_channel():
    return Channel.objects.get(network="chirp")


def is_untouched():
    """Nobody is connected, and no code was traded."""
    channel = the_channel()
    return not channel.is_active and channel.connected_at is None and "access_token" not in credentials.load(channel)


def test_signing_in_connects_the_channel_and_subscribes(server, adam):
    page = leave(adam, server)
    assert page.startswith(f"{server.url}/authorize?")
    assert "code_challenge_method=S256" in page
    assert f"scope={'%3A'.join(Chirp.scopes[0].split(':'))}" in page
    assert is_untouched()
    answer = adam.get(CALLBACK, server.allow(page))
    channel = the_channel()
    kept = credentials.load(channel)
    assert (channel.is_active, channel.account, channel.connected_at is None) == (True, "@halden", False)
    assert kept["access_token"].startswith("oauth-canary")
    assert kept["client_id"] == "our-app"
    assert Pull.objects.get(channel=channel).next_at is not None
    assert server.hooks == [f"http://testserver/webhooks/{channel.uuid}/"]
    assert kept["hook_secret"] in answer.content.decode()
    assert kept["access_token"] not in answer.content.decode()
    assert f'data-address="/settings/channels/{channel.pk}/"' in answer.content.decode()


def test_without_scripts_a_page_leads_on_to_the_network(server, adam):
    answer = adam.post(NEW, filled(server, do="sign-in", field_token=""))
    assert f'href="{server.url}/authorize?' in answer.content.decode()


def test_a_draft_is_shown_can_be_continued_under_its_name_and_removed(server, adam):
    leave(adam, server)
    channel = the_channel()
    assert "Not finished" in text_of(adam.get("/settings/channels/"))
    assert "Finish connecting" in text_of(adam.get(f"/settings/channels/{channel.pk}/"))
    page = leave(adam, server)
    assert the_channel() == channel
    page = leave(adam, server, f"/settings/channels/{channel.pk}/")
    adam.get(CALLBACK, server.allow(page))
    assert the_channel().is_active
    adam.post(f"/settings/channels/{channel.pk}/remove/")
    assert the_channel() == channel
    leave(adam, server, name="Another")
    other = Channel.objects.get(name="Another")
    adam.post(f"/settings/channels/{other.pk}/remove/")
    assert not Channel.objects.filter(name="Another").exists()
    assert not Credential.objects.filter(channel_id=other.pk).exists()


def test_pressing_twice_begins_one_channel(server, adam, monkeypatch):
    """The second press was looked at before the first one was stored."""
    prepared = []
    prepare = connect.prepare

    def slow(**entered):
        candidate = prepare(**entered)
        if not prepared:
            prepared.append(candidate)
            leave(adam, server)
        return candidate

    monkeypatch.setattr(connect, "prepare", slow)
    answer = adam.post(NEW, filled(server, do="sign-in") | {"field_token": ""}, headers=HTMX)
    assert answer.status_code == 422
    assert "called" in text_of(answer)
    assert Channel.objects.filter(network="chirp").count() == 1


def test_nothing_secret_lies_open_in_the_session(server, adam):
    leave(adam, server, field_token="typed-canary-0123456789")
    kept = str(dict(adam.session.items()))
    assert "app-secret-canary" not in kept
    assert "typed-canary" not in kept
    assert credentials.load(the_channel())["client_secret"] not in kept


@pytest.mark.parametrize(
    "change",
    [
        {"state": "foreign"},
        {"state": ""},
        {"state": None},
        {"state": b"\xed\xa0\xbd"},
        {"state": "é"},
    ],
    ids=["foreign", "empty", "missing", "surrogate", "not ascii"],
)
def test_s33_another_state_is_refused_and_uses_up_nothing(server, adam, change):
    page = leave(adam, server)
    back = server.allow(page)
    query = {name: value for name, value in (back | change).items() if value is not None}
    answer = adam.get(CALLBACK, query, follow=True)
    assert "sign-in" in text_of(answer)
    assert is_untouched()
    assert not any(path == "/token" for _, path, _ in server.requests)
    adam.get(CALLBACK, back)
    assert the_channel().is_active


def test_s33_a_state_of_another_session_or_another_person_is_refused(server, adam, cast):
    back = server.allow(leave(adam, server))
    elsewhere = client_of(cast.adam)
    elsewhere.get(CALLBACK, back)
    assert is_untouched()
    other = cast.users["mia"]
    other.role = "admin"
    other.save()
    mia = client_of(other)
    session = mia.session
    session[signin.KEY] = dict(adam.session[signin.KEY])
    session.save()
    mia.get(CALLBACK, back)
    assert is_untouched()


def test_s33_an_answer_that_comes_twice_is_taken_once(server, adam):
    back = server.allow(leave(adam, server))
    adam.get(CALLBACK, back)
    before = Credential.objects.get(channel=the_channel()).sealed
    traded = [path for _, path, _ in server.requests].count("/token")
    answer = adam.get(CALLBACK, back, follow=True)
    assert "was not started here, or it is over" in text_of(answer)
    assert [path for _, path, _ in server.requests].count("/token") == traded
    assert Credential.objects.get(channel=the_channel()).sealed == before


def test_s33_a_code_of_another_sign_in_is_refused_by_its_verifier(server, adam):
    first = server.allow(leave(adam, server))
    second = server.allow(leave(adam, server))
    answer = adam.get(CALLBACK, {"state": second["state"], "code": first["code"]}, follow=True)
    assert "Chirp says: invalid_grant" in text_of(answer)
    assert is_untouched()


def test_s33_the_state_of_one_channel_does_not_connect_another(server, adam):
    first = server.allow(leave(adam, server))
    leave(adam, server, name="Another")
    adam.get(CALLBACK, first)
    assert not Channel.objects.filter(network="chirp", is_active=True).exists()


def test_s33_ten_minutes_are_enough(server, adam):
    back = server.allow(leave(adam, server))
    session = adam.session
    session[signin.KEY] |= {"until": (timezone.now() - timedelta(seconds=1)).timestamp()}
    session.save()
    answer = adam.get(CALLBACK, back, follow=True)
    assert "more than ten minutes" in text_of(answer)
    assert is_untouched()


def test_s33_coming_back_for_a_channel_that_was_removed_connects_nothing(server, adam):
    back = server.allow(leave(adam, server))
    the_channel().delete()
    answer = adam.get(CALLBACK, back, follow=True)
    assert "removed meanwhile" in text_of(answer)
    assert not Channel.objects.filter(network="chirp").exists()


def test_s33_only_admins_come_back(server, adam, cast):
    back = server.allow(leave(adam, server))
    cast.adam.role = "agent"
    cast.adam.save()
    assert adam.get(CALLBACK, back).status_code == 403
    assert is_untouched()


def test_s33_nobody_is_led_elsewhere(server, adam):
    back = server.allow(leave(adam, server))
    for name in ("next", "redirect", "redirect_uri", "url", "back"):
        answer = adam.get(CALLBACK, {"state": "x", "code": "y", name: "https://evil.example/"})
        assert answer["Location"] == "/settings/channels/"
    server.faults.add("status", "/hooks")
    answer = adam.get(CALLBACK, back | {"next": "https://evil.example/"})
    assert "evil.example" not in answer.content.decode() + str(answer.headers)


def test_a_no_is_told_in_the_networks_words_and_only_to_who_was_sent(server, adam):
    spoof = {"error": "access_denied", "error_description": "Call 0900 1234 now"}
    assert "0900" not in text_of(adam.get(CALLBACK, spoof, follow=True))
    state = server.allow(leave(adam, server))["state"]
    answer = adam.get(
        CALLBACK, {"state": state, "error": "access_denied", "error_description": "You said <b>no</b>."}, follow=True
    )
    assert "Chirp says: You said &lt;b&gt;no&lt;/b&gt;." in text_of(answer)
    assert is_untouched()


def test_a_callback_without_a_code_and_what_the_network_does_not_take(server, adam):
    state = server.allow(leave(adam, server))["state"]
    assert "sent no code" in text_of(adam.get(CALLBACK, {"state": state}, follow=True))
    state = server.allow(leave(adam, server))["state"]
    answer = adam.get(CALLBACK, {"state": state, "code": "invented"}, follow=True)
    assert "Chirp says: invalid_grant" in text_of(answer)
    assert is_untouched()


def test_signing_in_again_repairs_a_channel_whose_credentials_work_until_then(server, adam):
    adam.get(CALLBACK, server.allow(leave(adam, server)))
    channel = the_channel()
    before = credentials.load(channel)
    Pull.objects.filter(channel=channel).update(state="broken", cursor={"seen": 7})
    page = leave(adam, server, f"/settings/channels/{channel.pk}/", field_words="other words")
    assert credentials.load(channel) == before
    assert the_channel().settings["words"] == "halden"
    assert the_channel().is_active
    adam.get(CALLBACK, server.allow(page))
    pull = Pull.objects.get(channel=channel)
    assert (pull.state, pull.cursor, the_channel().settings["words"]) == ("new", {"seen": 7}, "other words")
    assert credentials.load(channel)["hook_secret"] == before["hook_secret"]


def test_signing_in_with_another_account_does_not_take_a_channel_over(server, adam):
    adam.get(CALLBACK, server.allow(leave(adam, server)))
    channel = the_channel()
    before = credentials.load(channel)
    page = leave(adam, server, f"/settings/channels/{channel.pk}/")
    answer = adam.get(CALLBACK, server.allow(page, handle="@private"), follow=True)
    assert "You signed in as @private. This channel is @halden." in text_of(answer)
    assert credentials.load(channel) == before


def test_the_address_comes_from_the_configuration_where_it_is_set(server, adam, settings):
    settings.SITE_URL = "https://inbox.halden.example"
    assert "redirect_uri=https%3A%2F%2Finbox.halden.example%2Fsettings%2Fchannels%2Fcallback%2F" in leave(adam, server)

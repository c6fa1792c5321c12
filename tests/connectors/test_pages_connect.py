"""Connecting through the form: guide, test, save; what is shown once, and what never comes out again."""

import re
from typing import Any

import pytest
from django.test import Client

from connectors import credentials
from connectors.models import Calls, Channel, Credential, Pull
from connectors.registry import CLASSES
from tests.inbox.cast import Cast
from tests.servers.chirp import serving

NEW = "/settings/channels/new/chirp/"
HTMX = {"HX-Request": "true", "HX-Request-Type": "partial"}
GOOD = "good-token-of-twenty-plus"


@pytest.fixture
def server(settings, monkeypatch):
    settings.OUTBOUND_ALLOW = ["127.0.0.0/8"]
    monkeypatch.setitem(CLASSES, "chirp", "tests.connectors.chirp.Chirp")
    with serving() as running:
        yield running


@pytest.fixture
def adam(db):
    client = Client()
    client.force_login(Cast().adam)
    return client


def filled(server, **changes: Any):
    return {
        "name": "Halden chirps",
        "base_url": server.url,
        "field_place": "us",
        "field_words": "halden",
        "field_most": "20",
        "field_token": GOOD,
        "do": "save",
    } | changes


def connected(server, adam, **changes):
    adam.post(NEW, filled(server, **changes))
    return Channel.objects.get(network="chirp")


def text_of(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def test_the_gallery_leads_to_every_network_that_has_a_guide(server, adam):
    page = adam.get("/settings/channels/").content.decode()
    assert f'href="{NEW}"' in page
    assert "/settings/channels/new/sample/" not in page
    assert adam.get("/settings/channels/new/sample/").status_code == 404
    assert adam.get("/settings/channels/new/friendster/").status_code == 404


def test_the_guide_shows_steps_addresses_to_copy_permissions_and_cost(server, adam, settings):
    settings.SITE_URL = "https://inbox.halden.example/"
    page = adam.get(NEW).content.decode()
    assert "https://inbox.halden.example/settings/channels/callback/</code>" in page
    assert "once the channel is saved" in page
    assert "read:mentions" in page
    assert "Nothing." in page
    assert 'href="/settings/channels/docs/configuration.md"' in page


def test_the_form_has_an_input_for_each_field_with_its_default_and_help(server, adam):
    page = adam.get(NEW).content.decode()
    assert re.search(r'<option value="eu" selected>', page)
    assert re.search(r'<textarea name="field_words"', page)
    assert re.search(r'<input name="field_most"[^>]*value="50"[^>]*inputmode="numeric"', page)
    assert re.search(r'<input type="checkbox" name="field_direct" value="1"', page)
    assert re.search(r'<input type="password" name="field_token"', page)
    assert "We make it when you save" in page
    assert "From your account&#x27;s page." in page


def test_it_tests_every_step_with_its_time_and_stores_nothing(server, adam):
    page = adam.post(NEW, filled(server, do="test"), headers=HTMX)
    assert page.status_code == 200
    assert re.search(r"Token accepted .*\d+ ms .*Can read mentions .*\d+ ms", text_of(page))
    assert "data-passed" in page.content.decode()
    assert not Channel.objects.filter(network="chirp").exists()


def test_a_step_that_fails_is_told_in_the_networks_words_with_a_remedy_and_the_later_ones_are_tried(server, adam):
    server.faults.add("status", "/account", status=403, error="Scope read:me is missing.")
    page = adam.post(NEW, filled(server, do="test"), headers=HTMX)
    assert page.status_code == 422
    assert "1 of 2 failed" in text_of(page)
    assert "Scope read:me is missing. Make a new token." in text_of(page)
    assert "data-passed" not in page.content.decode()


def test_saving_tests_by_itself_and_stores_nothing_that_does_not_work(server, adam):
    page = adam.post(NEW, filled(server, field_token="wrong-canary-token-0123456789"))
    assert page.status_code == 422
    assert "Chirp says: The token was revoked. Make a new token." in text_of(page)
    assert 'value="Halden chirps"' in page.content.decode()
    assert ">halden</textarea>" in page.content.decode()
    assert "wrong-canary" not in page.content.decode()
    assert not Channel.objects.filter(network="chirp").exists()


def test_saving_stores_subscribes_and_shows_what_has_to_be_copied_this_one_time(server, adam):
    page = adam.post(NEW, filled(server, field_direct="1"))
    channel = Channel.objects.get(network="chirp")
    secret = credentials.load(channel)["hook_secret"]
    assert channel.settings == {"place": "us", "words": "halden", "most": "20", "direct": "1", "hook_id": "hook-1"}
    assert (channel.account, channel.is_active) == ("@halden", True)
    assert channel.connected_at is not None
    assert server.hooks == [f"http://testserver/webhooks/{channel.uuid}/"]
    assert Calls.objects.get(channel=channel).subscribed_at is not None
    assert secret in page.content.decode()
    assert secret not in adam.get(f"/settings/channels/{channel.pk}/").content.decode()
    assert Pull.objects.get(channel=channel).next_at is not None


def test_with_htmx_the_saved_channel_takes_the_place_of_the_form_and_has_its_own_address(server, adam):
    page = adam.post(NEW, filled(server), headers=HTMX)
    channel = Channel.objects.get(network="chirp")
    assert (page["HX-Retarget"], page["HX-Push-Url"]) == ("#main", f"/settings/channels/{channel.pk}/")
    assert credentials.load(channel)["hook_secret"] in page.content.decode()
    assert "Halden chirps is saved" in text_of(page)


def test_webhooks_that_cannot_be_set_up_are_said_and_the_channel_works_without(server, adam):
    server.faults.add("status", "/hooks", error="Your plan has no webhooks.", status=403)
    page = adam.post(NEW, filled(server))
    channel = Channel.objects.get(network="chirp")
    assert "Your plan has no webhooks." in text_of(page)
    assert channel.is_active
    server.faults.clear()
    adam.post(f"/settings/channels/{channel.pk}/subscription/")
    channel.refresh_from_db()
    assert channel.settings["hook_id"] == "hook-1"


def test_a_secret_is_shown_by_date_giver_and_the_end_of_what_is_long(server, adam):
    channel = connected(server, adam)
    page = adam.get(f"/settings/channels/{channel.pk}/").content.decode()
    assert re.search(r"Stored\. Ends in <b[^>]*>plus</b>", page)
    assert "by Adam Abt. Nobody can read it again." in page
    assert GOOD not in page
    server.tokens["short-jqx"] = "@halden"
    adam.post(f"/settings/channels/{channel.pk}/", filled(server, field_token="short-jqx"))
    page = adam.get(f"/settings/channels/{channel.pk}/").content.decode()
    assert "Ends in" not in page
    assert "jqx" not in page


def test_a_change_keeps_the_secrets_that_are_not_given_and_what_the_network_noted(server, adam):
    channel = connected(server, adam)
    before = Credential.objects.get(channel=channel)
    adam.post(f"/settings/channels/{channel.pk}/", filled(server, field_token="", field_words=""))
    channel.refresh_from_db()
    assert channel.settings == {"place": "us", "most": "20", "hook_id": "hook-2"}
    assert Credential.objects.get(channel=channel).sealed == before.sealed


def test_another_label_asks_nobody(server, adam):
    channel = connected(server, adam)
    server.requests.clear()
    adam.post(f"/settings/channels/{channel.pk}/", filled(server, name="Halden sings", field_token=""))
    channel.refresh_from_db()
    assert channel.name == "Halden sings"
    assert server.requests == []


def test_s32_another_address_asks_for_the_secrets_again(server, adam):
    channel = connected(server, adam)
    with serving() as elsewhere:
        page = adam.post(f"/settings/channels/{channel.pk}/", filled(elsewhere, field_token=""))
        assert "Give the secrets again" in text_of(page)
        assert elsewhere.requests == []


def test_repairing_a_broken_channel_keeps_its_cursor_and_its_history(server, adam):
    channel = connected(server, adam)
    Pull.objects.filter(channel=channel).update(state="broken", error="Revoked", cursor={"seen": 7}, next_at=None)
    server.tokens["brand-new-token-of-chirp"] = "@halden"
    adam.post(f"/settings/channels/{channel.pk}/", filled(server, field_token="brand-new-token-of-chirp"))
    pull = Pull.objects.get(channel=channel)
    assert (pull.state, pull.error, pull.cursor) == ("new", "", {"seen": 7})
    assert pull.next_at is not None


def test_a_secret_that_somebody_else_has_made_is_taken_and_not_shown_back(server, adam):
    page = adam.post(NEW, filled(server, field_hook_secret="made-by-the-other-system-0123"))
    assert credentials.load(Channel.objects.get(network="chirp"))["hook_secret"] == "made-by-the-other-system-0123"
    assert "made-by-the-other-system" not in page.content.decode()


def test_new_values_replace_the_old_ones_and_are_shown_once(server, adam):
    channel = connected(server, adam)
    old = credentials.load(channel)
    page = adam.post(f"/settings/channels/{channel.pk}/values/").content.decode()
    new = credentials.load(channel)
    assert new["hook_secret"] != old["hook_secret"]
    assert new["token"] == old["token"]
    assert new["hook_secret"] in page
    assert new["hook_secret"] not in adam.get(f"/settings/channels/{channel.pk}/").content.decode()


def test_s4_only_the_fields_of_the_form_are_read(server, adam):
    more = {
        "is_active": "0",
        "is_sample": "1",
        "uuid": "00000000-0000-0000-0000-000000000000",
        "account": "@evil",
        "network": "x",
        "connected_at": "",
        "id": "1",
        "settings": '{"hook_id": "evil"}',
        "field_hook_id": "evil",
        "field_access_token": "evil",
    }
    channel = connected(server, adam, **more)
    assert (channel.is_active, channel.is_sample, channel.account, channel.network) == (True, False, "@halden", "chirp")
    assert str(channel.uuid) != more["uuid"]
    assert channel.settings["hook_id"] == "hook-1"
    assert "access_token" not in credentials.load(channel)


def test_s31_secrets_are_on_no_page_and_in_no_answer(server, adam):
    channel = connected(server, adam)
    for name in ("", "ledger/", "receipts/", "disconnect/"):
        assert GOOD not in adam.get(f"/settings/channels/{channel.pk}/{name}").content.decode()
    for changes in (
        {"name": ""},
        {"field_most": "many"},
        {"base_url": "nonsense"},
        {"do": "test"},
        {"do": "test", "base_url": "http://127.0.0.1:1"},
        {"do": "sign-in", "base_url": "http://127.0.0.1:1"},
    ):
        for headers in ({}, HTMX):
            for url in (NEW, f"/settings/channels/{channel.pk}/"):
                answer = adam.post(
                    url, filled(server, field_token="canary-0123456789-canary", **changes), headers=headers
                )
                assert "canary" not in answer.content.decode() + str(answer.headers)


def test_what_is_wrong_is_said_at_its_field(server, adam):
    page = adam.post(NEW, filled(server, name=" ", field_most="many", field_place="mars", base_url="ftp://x"))
    shown = page.content.decode()
    assert page.status_code == 422
    assert re.search(r'id="error-name">Give the channel a name\.', shown)
    assert re.search(r'id="error-most">Write a whole number\.', shown)
    assert re.search(r'id="error-place">“mars” is no choice', shown)
    assert re.search(r'id="error-base_url">Write an address', shown)
    assert server.requests == []


def test_a_network_that_is_silent_ends_in_words(server, adam, monkeypatch):
    monkeypatch.setattr("connectors.trial.SECONDS", 0.5)
    page = adam.post(NEW, filled(server, do="test", base_url="http://10.255.255.1"), headers=HTMX)
    assert page.status_code == 422
    assert "Chirp cannot be reached" in text_of(page)


def test_a_name_with_a_nul_character_is_taken_without_it(server, adam):
    adam.post(NEW, filled(server, name="Halden\0 chirps", field_words="hal\0den", base_url=f"{server.url}\0"))
    assert Channel.objects.get(network="chirp").name == "Halden chirps"

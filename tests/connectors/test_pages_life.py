"""What can be done with a channel that is there: pull, pause, resume, disconnect, connect again; and by command."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from connectors import credentials
from connectors.models import Channel, Credential, Pull, Watch
from connectors.registry import CLASSES
from inbox.models import Message
from tests.connectors.test_pages_connect import GOOD, HTMX, connected, filled, text_of
from tests.inbox.cast import Cast
from tests.servers.chirp import serving


@pytest.fixture
def server(settings, monkeypatch):
    settings.OUTBOUND_ALLOW = ["127.0.0.0/8"]
    monkeypatch.setitem(CLASSES, "chirp", "tests.connectors.chirp.Chirp")
    with serving() as running:
        yield running


@pytest.fixture
def cast(db):
    return Cast()


@pytest.fixture
def adam(cast):
    client = Client()
    client.force_login(cast.adam)
    return client


@pytest.fixture
def channel(server, adam):
    return connected(server, adam)


def state_of(adam, channel):
    page = adam.get("/settings/channels/").content.decode()
    row = page.split(f'id="channel-row-{channel.pk}"')[1].split("</tr>")[0]
    return text_of(type("A", (), {"content": row.encode()})).split(channel.name)[1].split()[0]


def test_pulling_now_makes_it_due(channel, adam):
    Pull.objects.filter(channel=channel).update(next_at="2100-01-01T00:00Z")
    adam.post(f"/settings/channels/{channel.pk}/pull/")
    assert Pull.objects.get(channel=channel).next_at.year < 2100
    Pull.objects.filter(channel=channel).update(next_at="2100-01-01T00:00Z")
    adam.post("/settings/channels/pull/")
    assert Pull.objects.get(channel=channel).next_at.year < 2100


def test_pausing_keeps_everything_and_resuming_goes_on(channel, adam):
    before = credentials.load(channel)
    adam.post(f"/settings/channels/{channel.pk}/pause/")
    assert state_of(adam, channel) == "Paused"
    assert not Channel.objects.due("2100-01-01T00:00Z").filter(pk=channel.pk).exists()
    adam.post(f"/settings/channels/{channel.pk}/", filled_again(adam, channel))
    assert state_of(adam, channel) == "Paused"
    adam.post(f"/settings/channels/{channel.pk}/resume/")
    assert Channel.objects.get(pk=channel.pk).is_active
    assert credentials.load(channel) == before


def test_no_next_pull_is_promised_of_a_paused_channel_nor_a_lasting_access_of_a_disconnected_one(channel, adam):
    Pull.objects.filter(channel=channel).update(next_at="2100-01-01T00:00Z", calls_left=299, calls_most=300)
    Watch.objects.update_or_create(channel=channel, defaults={"checked_at": timezone.now(), "expires_at": None})
    address = f"/settings/channels/{channel.pk}/"
    assert all(words in text_of(adam.get(address)) for words in ("Next pull", "Calls left", "no expiry"))
    adam.post(f"{address}pause/")
    assert "Next pull" not in text_of(adam.get(address))
    adam.post(f"{address}disconnect/")
    page = text_of(adam.get(address))
    assert not [words for words in ("Next pull", "Calls left", "no expiry") if words in page]


def filled_again(adam, channel):
    return {"name": channel.name, "base_url": channel.base_url, "field_place": "eu", "do": "save"}


def test_s33_disconnecting_asks_first_revokes_and_deletes_the_secrets_and_keeps_the_history(
    channel, server, adam, cast
):
    cast.channel = channel
    cast.asks(text="Where is my order?")
    dialog = adam.get(f"/settings/channels/{channel.pk}/disconnect/", headers=HTMX).content.decode()
    assert "<dialog" in dialog
    assert Credential.objects.filter(channel=channel).exists()
    adam.post(f"/settings/channels/{channel.pk}/disconnect/")
    assert server.revoked == [GOOD]
    assert not Credential.objects.filter(channel=channel).exists()
    assert state_of(adam, channel) == "Disconnected"
    assert Message.objects.filter(channel=channel).count() == 1
    assert not Channel.objects.due("2100-01-01T00:00Z").filter(pk=channel.pk).exists()


def test_a_network_that_does_not_answer_keeps_no_secret_here(channel, server, adam):
    server.faults.add("status", "/revoke", error="Try tomorrow.")
    answer = adam.post(f"/settings/channels/{channel.pk}/disconnect/", follow=True)
    assert "did not take our access back: Try tomorrow." in text_of(answer)
    assert not Credential.objects.filter(channel=channel).exists()


def test_a_disconnected_channel_can_be_connected_again_with_its_history(channel, server, adam):
    Pull.objects.filter(channel=channel).update(cursor={"seen": 7})
    adam.post(f"/settings/channels/{channel.pk}/disconnect/")
    adam.post(f"/settings/channels/{channel.pk}/resume/")
    assert not Channel.objects.get(pk=channel.pk).is_active
    server.tokens["the-newest-token-of-them"] = "@halden"
    page = adam.post(f"/settings/channels/{channel.pk}/", filled(server, field_token="the-newest-token-of-them"))
    assert page.status_code == 200
    again = Channel.objects.get(pk=channel.pk)
    assert (again.is_active, again.pull.cursor, again.uuid) == (True, {"seen": 7}, channel.uuid)


def test_a_worker_that_is_pulling_may_not_write_after_the_channel_is_disconnected(channel, adam):
    before = Pull.objects.get(channel=channel).fence
    adam.post(f"/settings/channels/{channel.pk}/disconnect/")
    assert Pull.objects.get(channel=channel).fence == before + 1


def test_s33_one_command_revokes_all(channel, server):
    out = StringIO()
    call_command("revoke_credentials", "--all", stdout=out)
    assert "Halden chirps: revoked and deleted." in out.getvalue()
    assert not Credential.objects.exists()
    assert server.revoked == [GOOD]
    assert not Channel.objects.get(pk=channel.pk).is_active


def test_the_command_deletes_also_what_it_cannot_revoke_and_says_so_by_its_status(channel, server):
    server.faults.add("status", "/revoke", error="Try tomorrow.")
    out = StringIO()
    with pytest.raises(CommandError, match="1 of 1"):
        call_command("revoke_credentials", "Halden chirps", stdout=out, stderr=out)
    assert "Halden chirps: deleted here. Chirp did not take it back: Try tomorrow." in out.getvalue()
    assert not Credential.objects.exists()


def test_the_command_wants_to_know_which(channel):
    with pytest.raises(CommandError, match="--all"):
        call_command("revoke_credentials")
    with pytest.raises(CommandError, match="No channel is called Nobody"):
        call_command("revoke_credentials", "Nobody")
    assert Credential.objects.exists()


def test_the_list_by_command_says_how_each_channel_is(channel, adam):
    adam.post(f"/settings/channels/{channel.pk}/disconnect/")
    out = StringIO()
    call_command("channels", "--json", stdout=out)
    row = next(one for one in json.loads(out.getvalue()) if one["name"] == "Halden chirps")
    assert (row["connected_at"], row["expires_at"], row["subscribed_at"], row["uuid"]) == (
        None,
        None,
        None,
        str(channel.uuid),
    )
    assert GOOD not in out.getvalue()


def test_the_command_line_shows_what_has_to_be_copied_and_subscribes(server, db, settings, monkeypatch):
    settings.SITE_URL = "https://inbox.halden.example"
    monkeypatch.setattr("sys.stdin", StringIO(json.dumps({"token": GOOD})))
    out = StringIO()
    arguments = ["--base-url", server.url, "--settings", '{"place": "eu"}', "--credentials", "-"]
    call_command("connect_channel", "chirp", "Halden chirps", *arguments, stdout=out)
    made = Channel.objects.get(network="chirp")
    assert f"shown this one time: {credentials.load(made)['hook_secret']}\n" in out.getvalue()
    assert f"Webhooks go to https://inbox.halden.example/webhooks/{made.uuid}/\n" in out.getvalue()
    assert out.getvalue().endswith("Chirp sends them there.\n")
    assert GOOD not in out.getvalue()
    out = StringIO()
    call_command("connect_channel", "chirp", "Halden chirps", "--settings", '{"place": "us"}', stdout=out)
    assert "shown this one time" not in out.getvalue()


@pytest.mark.django_db
def test_webhooks_that_a_network_does_not_send_are_said_by_the_command_and_the_channel_works_without(
    server, settings, monkeypatch
):
    arguments = ["--base-url", server.url, "--settings", '{"place": "eu"}', "--credentials", "-"]

    def connect(name):
        monkeypatch.setattr("sys.stdin", StringIO(json.dumps({"token": GOOD})))
        out = StringIO()
        call_command("connect_channel", "chirp", name, *arguments, stdout=out)
        assert Channel.objects.get(name=name).is_active
        return out.getvalue()

    server.faults.add("status", "/hooks", error="Your plan has no webhooks.", status=403)
    settings.SITE_URL = "https://inbox.halden.example"
    assert connect("One").splitlines()[-1].startswith("Chirp does not send them: Your plan has no webhooks.")
    server.faults.clear()
    # Nobody could call an address of which only the path is known.
    settings.SITE_URL = ""
    assert connect("Two").splitlines()[-1].startswith("Chirp is not asked to send them: set SITE_URL")
    assert server.hooks == []

import json
import subprocess
import sys
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any, ClassVar

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from connectors import credentials
from connectors.channels.imported import Imported
from connectors.connect import Incorrect, change, connect, prepare, prepare_change
from connectors.models import Channel, Credential, Pull
from connectors.protocol import ConnectorError, Field
from connectors.registry import CLASSES, CONNECTORS, account_of, connector_for
from tests.connectors.conftest import ALL_KEYS, BEARER
from tests.servers.x import Server, serving

pytestmark = pytest.mark.django_db


def made(server: Server, **changes: Any) -> Channel:
    given: dict[str, Any] = {
        "network": "x",
        "name": "Halden on X",
        "base_url": server.url,
        "settings": {"username": "halden"},
        "credentials": BEARER,
    }
    return connect(**(given | changes))


def nothing_is_stored() -> bool:
    return not (Channel.objects.exists() or Credential.objects.exists() or Pull.objects.exists())


def test_a_channel_is_tried_and_stored_with_its_secrets_sealed_and_is_due_at_once(server: Server) -> None:
    channel = Channel.objects.get(pk=made(server).pk)
    assert (channel.account, channel.settings) == ("@halden", {"username": "halden"})
    assert b"bearer-secret" not in bytes(channel.credential.sealed)
    assert credentials.load(channel) == BEARER
    assert channel.pull.state == "new"
    assert channel.pull.next_at is not None
    assert list(connector_for(channel).fetch({}))
    assert "bearer-secret" not in repr(account_of(channel))


def test_wrong_credentials_are_told_in_the_networks_words_and_nothing_is_stored(server: Server) -> None:
    with pytest.raises(ConnectorError, match="Unauthorized"):
        made(server, credentials={"bearer_token": "wrong"})
    assert nothing_is_stored()


@pytest.mark.parametrize(
    ("changes", "field", "why"),
    [
        ({"network": "friendster"}, "network", "Known: x, "),
        ({"name": " \u200b "}, "name", "name"),
        ({"settings": {"user": "halden"}}, "user", "There are: username, user_id, query, "),
        ({"settings": {"username": ["halden"]}}, "username", "text"),
        ({"settings": {"bearer_token": "x"}}, "bearer_token", "secret"),
        ({"credentials": {}}, "bearer_token", "required"),
        ({"credentials": {"bearer_token": "  "}}, "bearer_token", "required"),
        ({"credentials": {"bearer_token": None}}, "bearer_token", "text"),
        ({"credentials": BEARER | {"password": "x"}}, "password", "There are: username"),
        ({"base_url": "ftp://127.0.0.1"}, "base_url", "https://"),
        ({"base_url": "https://user:secret@127.0.0.1"}, "base_url", "@"),
        ({"base_url": "https://a.example/?q"}, "base_url", "?"),
        ({"base_url": "nonsense"}, "base_url", "https://"),
        ({"base_url": "https://" + "a" * 600}, "base_url", "https://"),
    ],
    ids=str,
)
def test_what_cannot_be_right_is_named_by_field_before_anybody_is_asked(
    changes: dict[str, Any], field: str, why: str, server: Server
) -> None:
    with pytest.raises(Incorrect) as caught:
        made(server, **changes)
    assert why in caught.value.errors[field]
    assert server.requests == []
    assert nothing_is_stored()


def test_plain_http_is_for_listed_servers_only(server: Server, settings: Any) -> None:
    settings.OUTBOUND_ALLOW = []
    with pytest.raises(Incorrect, match="OUTBOUND_ALLOW"):
        made(server)


def test_a_name_is_given_once(server: Server) -> None:
    made(server)
    with pytest.raises(Incorrect, match="called Halden on X already"):
        made(server)


def test_settings_may_stand_among_the_credentials(server: Server) -> None:
    channel = made(server, settings={}, credentials=BEARER | {"username": "halden", "query": "Touring"})
    assert channel.settings == {"username": "halden", "query": "Touring"}
    assert credentials.load(channel) == BEARER


def test_what_is_required_and_has_a_default_need_not_be_entered(db: None) -> None:
    settings = {"address": "support@halden.example", "imap_host": "imap.halden.example"}
    candidate = prepare(network="email", name="Mail", settings=settings, credentials={"password": "secret"})
    assert candidate.channel.settings["login"] == "password"


def test_settings_change_without_the_secrets_and_secrets_are_added_to_those_that_are_there(server: Server) -> None:
    channel = made(server)
    change(channel, settings={"username": "halden", "query": "Touring"})
    channel.refresh_from_db()
    assert channel.settings["query"] == "Touring"
    change(channel, credentials={name: value for name, value in ALL_KEYS.items() if name != "bearer_token"})
    assert credentials.load(channel) == ALL_KEYS
    assert channel.settings["query"] == "Touring"


def test_a_change_that_the_network_refuses_leaves_everything_as_it_was(server: Server) -> None:
    channel = made(server)
    with pytest.raises(ConnectorError):
        change(channel, settings={"username": "nobody"}, credentials={"bearer_token": "wrong"})
    channel = Channel.objects.get()
    assert (channel.settings, credentials.load(channel)) == ({"username": "halden"}, BEARER)


def test_s32_another_address_asks_for_the_secrets_again_and_is_not_sent_the_old_ones(server: Server) -> None:
    channel = made(server, credentials=ALL_KEYS)
    with serving() as elsewhere:
        with pytest.raises(Incorrect, match="sent to another address"):
            change(channel, base_url=elsewhere.url)
        with pytest.raises(Incorrect, match="Bearer token is required"):
            change(channel, base_url=elsewhere.url, credentials={"api_key": "new"})
        assert elsewhere.requests == []
        change(channel, base_url=elsewhere.url, credentials=BEARER)
        assert credentials.load(Channel.objects.get()) == BEARER
        assert len(elsewhere.requests) == 1


@pytest.mark.parametrize(
    "network", [name for name, kind in CONNECTORS.items() if any(f.secret and not f.generated for f in kind.fields)]
)
def test_s32_holds_for_every_network_with_secrets(network: str, loopback: None) -> None:
    channel = Channel.objects.create(network=network, name=network)
    credentials.store(channel, {field.name: "secret" for field in CONNECTORS[network].fields if field.secret})
    with pytest.raises(Incorrect, match="Give the secrets again"):
        change(channel, base_url="https://collector.example")


def test_s32_a_secret_of_our_making_is_made_anew_for_another_address(db: None) -> None:
    channel = connect(network="webhook", name="Help desk")
    before = credentials.load(channel)
    change(channel, base_url="https://collector.example")
    assert credentials.load(channel)["secret"] != before["secret"]


def test_lost_keys_are_no_obstacle_to_giving_the_secrets_anew(server: Server) -> None:
    channel = made(server)
    Credential.objects.update(key_id="lost")
    with pytest.raises(ConnectorError, match="cannot be read"):
        change(channel, settings={"username": "halden"})
    change(channel, credentials=BEARER)
    assert credentials.load(channel) == BEARER


def test_a_channel_is_connected_and_listed_from_the_command_line(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secrets = tmp_path / "x.json"
    secrets.write_text(json.dumps(BEARER))
    out = StringIO()
    arguments = ["--base-url", server.url, "--settings", '{"username": "halden"}']
    call_command("connect_channel", "x", "Halden", *arguments, "--credentials", str(secrets), stdout=out)
    monkeypatch.setattr("sys.stdin", StringIO(json.dumps(ALL_KEYS)))
    call_command("connect_channel", "x", "Halden", "--credentials", "-", stdout=out)
    address = f"Webhooks go to /webhooks/{Channel.objects.get().uuid}/\n"
    address += (
        "X is not asked to send them: set SITE_URL to how this server is called from outside, and connect again.\n"
    )
    assert out.getvalue() == f"Connected Halden (X @halden).\n{address}Changed Halden (X @halden).\n{address}"
    Pull.objects.update(state="broken", error="Unauthorized", remedy="Make new keys.")
    listing = StringIO()
    call_command("channels", "--json", stdout=listing)
    (row,) = json.loads(listing.getvalue())
    assert (row["name"], row["account"], row["state"], row["error"]) == ("Halden", "@halden", "broken", "Unauthorized")
    assert "secret" not in listing.getvalue()
    call_command("channels", stdout=listing)
    assert "Halden  x @halden  broken\n    Unauthorized Make new keys.\n" in listing.getvalue()


@pytest.mark.django_db(transaction=True)
def test_the_option_settings_is_ours_although_django_has_one_of_that_name(
    server: Server, process_env: dict[str, str]
) -> None:
    for option in (["--settings", '{"username": "halden"}'], ['--settings={"username": "halden", "query": "Touring"}']):
        done = subprocess.run(
            [sys.executable, "manage.py", "connect_channel", "x", "H", "--base-url", server.url, *option]
            + ["--credentials", "-"],
            input=json.dumps(BEARER),
            env={**process_env, "OUTBOUND_ALLOW": "127.0.0.0/8"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
    assert Channel.objects.get().settings == {"username": "halden", "query": "Touring"}


def test_an_import_channel_needs_no_credentials_and_is_never_due() -> None:
    call_command("connect_channel", "import", "Old helpdesk", stdout=StringIO())
    assert Pull.objects.get().next_at is None


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["x", "Halden", "--credentials", "/nowhere/x.json"], "cannot be read"),
        (["x", "Halden", "--credentials", "BROKEN"], "--credentials is not JSON"),
        (["x", "Halden", "--credentials", "LIST"], "JSON object"),
        (["x", "Halden", "--settings", "{", "--credentials", "GOOD"], "--settings is not JSON"),
        (["x", "Halden"], "bearer_token: Bearer token is required."),
        (["friendster", "Halden"], "not known"),
        (["x", "Halden", "--settings", '{"username": "nobody"}', "--credentials", "GOOD"], "Could not find user"),
        (["x", "Halden", "--settings", '{"username": "halden"}', "--credentials", "WRONG"], "Unauthorized (HTTP 401)"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_the_command_says_what_is_wrong_shows_no_secret_and_stores_nothing(
    arguments: list[str], said: str, server: Server, tmp_path: Path
) -> None:
    files = {"BROKEN": '{"bearer_token": "hidden', "LIST": '["hidden"]', "GOOD": json.dumps(BEARER)}
    files["WRONG"] = '{"bearer_token": "hidden"}'
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    arguments = [str(tmp_path / one) if one in files else one for one in arguments]
    with pytest.raises(CommandError) as caught:
        call_command("connect_channel", *arguments, "--base-url", server.url, stdout=StringIO())
    assert said in str(caught.value)
    assert "hidden" not in str(caught.value)
    assert nothing_is_stored()


def test_a_network_of_another_version_needs_repair() -> None:
    channel = Channel.objects.create(network="friendster", name="old")
    with pytest.raises(ConnectorError, match="no connector for") as caught:
        connector_for(channel)
    assert caught.value.permanent
    with pytest.raises(Incorrect):
        change(channel)


class Renewing(Imported):
    """A network whose refresh tokens are good once, and which finds nobody afterwards."""

    fields = (Field(name="word", label="Word", required=False), Field(name="token", label="Token", secret=True))
    redeemed: ClassVar[list[str]] = []

    def session_until(self) -> datetime | None:
        return datetime.fromisoformat(self.account.credentials["until"])

    def renew(self) -> dict[str, str]:
        self.redeemed.append(self.account.credentials["refresh"])
        return {"refresh": f"refresh-{len(self.redeemed)}", "until": (timezone.now() + timedelta(hours=2)).isoformat()}

    def verify(self) -> str:
        raise ConnectorError("Nobody is called that.")


def test_r18_a_session_that_is_renewed_while_a_change_is_tried_is_kept_also_when_the_change_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(CLASSES, "renewing", f"{__name__}.Renewing")
    channel = Channel.objects.create(network="renewing", name="renewing")
    credentials.store(channel, {"token": "t", "refresh": "refresh-0", "until": "2020-01-01T00:00:00+00:00"})
    for _ in range(2):
        with pytest.raises(ConnectorError, match="Nobody"):
            change(channel, settings={"word": "touring"})
    assert Renewing.redeemed == ["refresh-0"]
    assert credentials.load(channel)["refresh"] == "refresh-1"


def test_a_session_goes_with_the_secrets_that_it_was_made_with(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(CLASSES, "renewing", f"{__name__}.Renewing")
    channel = Channel.objects.create(network="renewing", name="renewing")
    credentials.store(channel, {"token": "old", "refresh": "of-the-old"})
    assert prepare_change(channel, credentials={"token": "new"}).secrets == {"token": "new"}
    assert prepare_change(channel, settings={"word": "touring"}).secrets == {"token": "old", "refresh": "of-the-old"}

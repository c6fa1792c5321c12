import base64
import signal
import subprocess
import sys
import time
from io import StringIO
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command

from connectors import credentials
from connectors.credentials import CredentialsUnreadable
from connectors.models import Channel, Credential

OLD = "old:" + base64.b64encode(bytes(range(32))).decode()
NEW = "new:" + base64.b64encode(bytes(range(1, 33))).decode()
SECRETS = {"bearer_token": "canary-secret-ünï", "api_key": "k"}

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def old_key(settings: Any) -> None:
    settings.CREDENTIAL_KEYS = [OLD]


@pytest.fixture
def channel() -> Channel:
    return Channel.objects.create(network="x", name="Halden on X")


def many(count: int) -> None:
    channels = Channel.objects.bulk_create(Channel(network="x", name=f"channel {n}") for n in range(count))
    plain = b'{"bearer_token": "canary-secret"}'
    key = bytes(range(32))
    Credential.objects.bulk_create(
        Credential(channel=c, key_id="old", sealed=credentials._seal(key, plain, c.pk)) for c in channels
    )


def test_s30_what_was_stored_comes_out_again_and_is_not_readable_in_the_row(channel: Channel) -> None:
    credentials.store(channel, SECRETS)
    assert credentials.load(channel) == SECRETS
    row = Credential.objects.get()
    assert row.key_id == "old"
    assert b"canary" not in bytes(row.sealed)


def test_s30_storing_again_replaces_and_never_seals_alike(channel: Channel) -> None:
    credentials.store(channel, SECRETS)
    first = bytes(Credential.objects.get().sealed)
    credentials.store(channel, SECRETS)
    assert bytes(Credential.objects.get().sealed) != first


def test_a_channel_without_credentials_has_none(channel: Channel) -> None:
    assert credentials.load(channel) == {}


def test_s30_a_sealed_text_that_was_moved_to_another_row_does_not_open(channel: Channel) -> None:
    other = Channel.objects.create(network="x", name="other")
    credentials.store(channel, SECRETS)
    Credential.objects.update(channel=other)
    with pytest.raises(CredentialsUnreadable) as caught:
        credentials.load(other)
    assert caught.value.permanent
    assert "connect the channel again" in caught.value.remedy
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize("key", [NEW, "old:" + NEW.partition(":")[2]], ids=["missing", "another under its name"])
def test_s30_a_wrong_key_raises_and_says_what_to_do(key: str, channel: Channel, settings: Any) -> None:
    credentials.store(channel, SECRETS)
    settings.CREDENTIAL_KEYS = [key]
    with pytest.raises(CredentialsUnreadable, match="old"):
        credentials.load(channel)


@pytest.mark.parametrize("position", [0, 11, 12, 40, -1])
def test_s30_one_changed_bit_raises(position: int, channel: Channel) -> None:
    credentials.store(channel, SECRETS)
    row = Credential.objects.get()
    sealed = bytearray(row.sealed)
    sealed[position] ^= 1
    Credential.objects.update(sealed=bytes(sealed))
    with pytest.raises(CredentialsUnreadable):
        credentials.load(channel)


@pytest.mark.parametrize("sealed", [b"", b"short", b"x" * 12, b"canary-secret-in-the-clear"])
def test_s30_what_was_never_sealed_raises(sealed: bytes, channel: Channel) -> None:
    Credential.objects.create(channel=channel, key_id="old", sealed=sealed)
    with pytest.raises(CredentialsUnreadable) as caught:
        credentials.load(channel)
    assert "canary" not in str(caught.value) + caught.value.remedy


@pytest.mark.parametrize(
    "keys", [[], ["x"], ["id:"], ["id:not base64"], ["id:AAAA"], [":" + OLD[4:]], [OLD, OLD], ["i" * 51 + OLD[3:]]]
)
def test_a_broken_keyring_is_named_without_showing_a_key(keys: list[str], channel: Channel, settings: Any) -> None:
    settings.CREDENTIAL_KEYS = keys
    with pytest.raises(ImproperlyConfigured, match="CREDENTIAL_KEYS") as caught:
        credentials.store(channel, SECRETS)
    assert OLD[4:] not in str(caught.value)


def test_s30_after_a_rotation_the_old_key_can_be_removed(settings: Any) -> None:
    many(25)
    settings.CREDENTIAL_KEYS = [NEW, OLD]
    assert [step.sealed for step in credentials.rotate(batch=10)] == [10, 20, 25]
    assert list(credentials.rotate()) == []
    settings.CREDENTIAL_KEYS = [NEW]
    assert all(credentials.load(c) == {"bearer_token": "canary-secret"} for c in Channel.objects.all())


def test_a_rotation_passes_over_what_no_key_opens_and_says_so(channel: Channel, settings: Any) -> None:
    many(3)
    Credential.objects.create(channel=channel, key_id="lost", sealed=b"x" * 50)
    settings.CREDENTIAL_KEYS = [NEW, OLD]
    out = StringIO()
    with pytest.raises(CommandError, match=rf"these channels: {channel.pk}\."):
        call_command("rotate_credentials", "--batch", "1", stdout=out)
    assert "Done: 3 sealed anew, 1 unreadable." in out.getvalue()
    assert Credential.objects.filter(key_id="new").count() == 3


@pytest.mark.django_db(transaction=True)
def test_s30_ten_thousand_rows_are_rotated_although_the_command_is_killed(process_env: dict[str, str]) -> None:
    many(10_000)
    environment = {**process_env, "CREDENTIAL_KEYS": f"{NEW},{OLD}"}
    command = [sys.executable, "manage.py", "rotate_credentials", "--batch", "100"]
    running = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)  # noqa: S603
    while Credential.objects.filter(key_id="new").count() < 1000:
        assert running.poll() is None
        time.sleep(0.01)
    # Under load: somebody stores new credentials meanwhile, still with the old keyring.
    last = Channel.objects.latest("pk")
    credentials.store(last, {"bearer_token": "fresh"})
    running.send_signal(signal.SIGKILL)
    running.wait()
    done = Credential.objects.filter(key_id="new").count()
    assert 1000 <= done < 10_000
    again = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)  # noqa: S603
    assert f"Done: {10_000 - done} sealed anew, 0 unreadable." in again.stdout
    rows = Credential.objects.all()
    keys = {"new": bytes(range(1, 33))}
    opened = {credentials._open(keys, row) for row in rows}
    assert opened == {b'{"bearer_token": "canary-secret"}', b'{"bearer_token": "fresh"}'}


def test_s31_secrets_are_in_no_representation(channel: Channel) -> None:
    credentials.store(channel, SECRETS)
    assert "canary" not in repr(Credential.objects.get()) + str(Credential.objects.get()) + repr(channel)

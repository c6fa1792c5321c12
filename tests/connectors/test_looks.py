"""The word that a list has for each channel."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from connectors.looks import look_of
from connectors.models import Calls, Channel, Pull, Watch

pytestmark = pytest.mark.django_db
NOW = timezone.now()


def channel(network: str = "x", *, state: str = "ok", pulled: bool = True, **fields: Any) -> Channel:
    made = Channel.objects.create(network=network, name="Halden", **{"connected_at": NOW} | fields)
    if pulled:
        Pull.objects.create(channel=made, state=state, pulled_at=NOW, next_at=NOW + timedelta(minutes=1))
    return made


@pytest.mark.parametrize(
    ("fields", "word", "kind"),
    [
        ({}, "Working", "good"),
        ({"state": "new"}, "Not pulled yet", ""),
        ({"state": "waiting"}, "Waiting for the network", ""),
        ({"state": "retrying"}, "Trying again", ""),
        ({"state": "broken"}, "Needs repair", "bad"),
        ({"is_active": False}, "Paused", ""),
        ({"is_active": False, "connected_at": None}, "Disconnected", ""),
        ({"is_active": False, "connected_at": None, "pulled": False}, "Not finished", "warn"),
        ({"network": "import"}, "Filled by hand", ""),
        ({"network": "webhook"}, "Nothing delivered yet", ""),
        ({"network": "friendster"}, "Working", "good"),
    ],
    ids=str,
)
def test_every_state_has_its_word(fields: dict[str, Any], word: str, kind: str) -> None:
    look = look_of(channel(**fields), NOW)
    assert (look.word, look.kind) == (word, kind)


def test_what_matters_more_than_the_last_pull_is_said_instead_of_it() -> None:
    made = channel()
    watch = Watch.objects.create(channel=made, expires_at=NOW + timedelta(days=5))
    assert look_of(made, NOW)[::2] == ("Expires soon", "warn")
    watch.expires_at = NOW + timedelta(days=50)
    watch.silent_since, watch.usual = NOW - timedelta(hours=5), 40
    assert look_of(made, NOW)[::2] == ("Too quiet", "warn")
    assert look_of(made, NOW + timedelta(hours=2))[::2] == ("Not pulled", "bad")
    made.pull.state = "broken"
    assert look_of(made, NOW).word == "Needs repair"


def test_a_webhook_that_was_heard_works() -> None:
    made = channel("webhook")
    calls = Calls.objects.create(channel=made, heard_at=NOW)
    assert look_of(made, NOW).word == "Working"
    calls.refused_at, calls.refused_reason = NOW + timedelta(seconds=1), "The signature is wrong."
    assert look_of(made, NOW + timedelta(seconds=2))[::2] == ("Webhooks refused", "warn")

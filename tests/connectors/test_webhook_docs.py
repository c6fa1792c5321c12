"""The examples of docs/webhook.md, run as they stand there."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from connectors import mapping
from connectors.models import Receipt
from inbox.drain import drain
from inbox.models import Message
from tests.connectors.test_webhook_conformance import MAPPING, SECRET
from tests.inbox.hooked import hooked

PAGE = (Path(__file__).parents[2] / "docs" / "webhook.md").read_text()


def examples(language):
    return re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)


def filled_in(example, address):
    """With the channel's own address and secret."""
    example = re.sub(r"(ADDRESS ?= ?\"?)https://[^\s\"]+", rf"\g<1>{address}", example)
    return re.sub(r"(SECRET ?= ?\"?)the-secret-of-the-channel", rf"\g<1>{SECRET}", example)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("language", "command", "external_id"),
    [("sh", ["bash", "-e", "-c"], "ticket-4711-1"), ("python", [sys.executable, "-c"], "ticket-4712-1")],
)
def test_the_example_delivers_a_message(live_server, language, command, external_id):
    channel = hooked()
    (example,) = examples(language)
    code = filled_in(example, f"{live_server.url}/webhooks/{channel.uuid}/")

    ran = subprocess.run([*command, code], capture_output=True, text=True, timeout=60)

    assert (ran.returncode, ran.stderr) == (0, "")
    assert Receipt.objects.get().state == "pending"
    drain()
    assert Message.objects.get().external_id == external_id


def test_the_mapping_of_the_page_works():
    drawn = json.loads(examples("json")[0])
    assert mapping.load(json.dumps(drawn)) == {name: rule for name, rule in MAPPING.items() if name in drawn}


def test_the_page_names_every_field():
    fields = PAGE.split("- Fields: ")[1].split(".\n\n")[0]
    assert set(re.findall(r"`([\w.]+)`", fields)) == set(mapping.FIELDS)

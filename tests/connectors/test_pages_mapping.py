"""Drawing the mapping of a generic channel on what it has received."""

import json

import pytest
from django.test import Client
from django.utils import timezone

from connectors.models import Channel, Pull, Receipt
from inbox.drain import drain
from inbox.models import Message
from tests.connectors.test_pages_connect import HTMX, text_of
from tests.inbox.cast import Cast

DELIVERY = {
    "event": "review.created",
    "data": {
        "id": 4711,
        "user": {"id": "u-7", "name": "Dana <b>Whitlock</b>"},
        "body": "The brakes squeal.",
        "at": "2026-02-12T09:16:00Z",
        "stars": 2,
    },
}
RULES = {
    "path:external_id": "data.id",
    "path:author.external_id": "data.user.id",
    "path:author.name": "data.user.name",
    "path:text": "data.body",
    "path:posted_at": "data.at",
    "path:kind": "=",
    "value:kind": "review",
}


@pytest.fixture
def adam(db):
    client = Client()
    client.force_login(Cast().adam)
    return client


@pytest.fixture
def channel(adam):
    made = Channel.objects.create(network="webhook", name="Reviews", connected_at=timezone.now())
    Pull.objects.create(channel=made)
    return made


def delivered(channel, payload=DELIVERY, **fields):
    values = {
        "source": "webhook",
        "state": "rejected",
        "reason": "external_id: missing.",
        "received_at": timezone.now(),
    }
    return Receipt.objects.create(channel=channel, payload=payload, key=json.dumps(payload)[:60], **(values | fields))


def url(channel):
    return f"/settings/channels/{channel.pk}/mapping/"


def test_without_a_delivery_it_says_what_to_do(channel, adam):
    assert "Let the other system send one message." in text_of(adam.get(url(channel)))


def test_every_value_of_the_delivery_is_shown_with_its_place(channel, adam):
    delivered(channel)
    page = adam.get(url(channel))
    assert "data.user.name Dana &lt;b&gt;Whitlock&lt;/b&gt;" in text_of(page)
    assert "data.stars 2" in text_of(page)
    assert "Draw the mapping" in text_of(adam.get(f"/settings/channels/{channel.pk}/"))


def test_the_preview_shows_the_message_and_stores_nothing(channel, adam):
    sample = delivered(channel)
    page = adam.post(url(channel), RULES | {"sample": sample.pk}, headers=HTMX)
    assert "Dana &lt;b&gt;Whitlock&lt;/b&gt; review" in text_of(page)
    assert "The brakes squeal." in text_of(page)
    channel.refresh_from_db()
    assert channel.settings == {}


def test_what_is_wrong_is_said_at_its_field(channel, adam):
    delivered(channel)
    wrong = RULES | {"path:posted_at": "data.body", "path:author.external_id": "", "do": "save"}
    page = adam.post(url(channel), wrong, headers=HTMX)
    assert page.status_code == 422
    assert '"#error-author-external_id" hx-swap="textContent swapEmpty:true">Choose where' in page.content.decode()
    page = adam.post(url(channel), RULES | {"path:posted_at": "data.body"}, headers=HTMX)
    assert "is no time" in page.content.decode().split('"#error-posted_at"')[1].split("</hx-partial>")[0]
    channel.refresh_from_db()
    assert channel.settings == {}


def test_saving_takes_in_what_had_to_wait(channel, adam):
    delivered(channel)
    answer = adam.post(url(channel), RULES | {"do": "save"}, follow=True)
    assert "1 delivery is taken in now" in text_of(answer)
    channel.refresh_from_db()
    assert json.loads(channel.settings["mapping"])["kind"] == {"value": "review"}
    drain()
    message = Message.objects.get(channel=channel)
    assert (message.external_id, message.text, message.kind) == ("4711", "The brakes squeal.", "review")
    shown = adam.get(url(channel)).content.decode()
    assert '<option value="data.user.id" selected>' in shown


def test_several_messages_in_one_delivery(channel, adam):
    delivered(channel, {"items": [DELIVERY["data"], DELIVERY["data"] | {"id": 4712, "body": "And again."}]})
    rules = {name: path.removeprefix("data.") for name, path in RULES.items()} | {"items": "items"}
    page = text_of(adam.post(url(channel), rules, headers=HTMX))
    assert "The brakes squeal." in page
    assert "And again." in page


@pytest.mark.parametrize("payload", [[], {}, "text", 7, False, [[[]]], {"a": [None]}, {"items": {}}], ids=str)
def test_any_delivery_can_be_looked_at(channel, adam, payload):
    delivered(channel, payload)
    assert adam.get(url(channel)).status_code == 200
    assert adam.post(url(channel), RULES | {"items": "items"}, headers=HTMX).status_code == 200


def test_odd_choices_are_refused_or_mean_nothing(channel, adam):
    delivered(channel)
    for odd in ("][", "a..b", "x" * 600, "\ud83d".encode("utf-8", "surrogatepass")):
        assert adam.post(url(channel), RULES | {"path:text": odd, "do": "save"}).status_code in (302, 422)
    assert adam.get(url(channel) + "?sample=nonsense").status_code == 200


def test_a_broken_mapping_is_drawn_anew(channel, adam):
    channel.settings = {"mapping": "{"}
    channel.save()
    delivered(channel)
    assert adam.get(url(channel)).status_code == 200

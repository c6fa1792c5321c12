"""Webhooks from the request to the inbox."""

import io
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from connectors import credentials, ledger, webhooks
from connectors.models import Calls, Channel, Receipt
from connectors.protocol import ConnectorError
from contacts.models import Contact, Identity
from inbox import marks
from inbox.drain import drain
from inbox.imports import import_lines
from inbox.models import Conversation, Message
from tests.connectors.test_webhook_conformance import sign
from tests.inbox.hooked import hooked, message, post


@pytest.fixture
def channel(db):
    return hooked()


@pytest.fixture(autouse=True)
def forgetful(monkeypatch):
    """Each test begins without refusals that wait to be written."""
    monkeypatch.setattr(webhooks, "_refusals", webhooks._Refusals())


def counts():
    return ledger.summary()[0]


def test_a_delivery_is_kept_before_it_is_answered_and_taken_in_later(channel):
    response = post(channel, message("m"))

    assert response.status_code == 200
    receipt = Receipt.objects.get()
    assert (receipt.state, receipt.source, receipt.payload["external_id"]) == ("pending", "webhook", "m")
    assert (counts()["received"], counts()["pending"]) == (1, 1)
    assert not Message.objects.exists()

    drain()

    assert Message.objects.get().external_id == "m"
    assert (counts()["received"], counts()["pending"], counts()["stored"]) == (1, 0, 1)
    assert Calls.objects.get().heard_at == receipt.received_at


def test_an_answer_sets_no_cookie_and_asks_for_no_log_in_or_token(channel):
    response = post(channel, message())
    assert not response.cookies
    assert response["Content-Type"].startswith("text/plain")


def test_a_delivery_costs_few_statements_and_writes_its_own_row_alone(channel):
    with CaptureQueriesContext(connection) as captured:
        post(channel, message())
    assert len([one for one in captured if not one["sql"].startswith(("SAVEPOINT", "RELEASE"))]) <= 3
    assert not [one for one in captured if "ledger" in one["sql"] or "calls" in one["sql"]]


def test_s13_a_replay_has_no_effect(channel):
    body = json.dumps(message("m")).encode()
    headers = sign(body)
    assert {post(channel, body, headers).status_code for _ in range(100)} == {200}
    drain()
    assert post(channel, body, headers).status_code == 200
    drain()

    assert Message.objects.count() == 1
    assert Receipt.objects.count() == 1
    assert (counts()["stored"], counts()["duplicate"], counts()["received"]) == (1, 100, 101)


@pytest.mark.parametrize("headers", [{}, {"x-socialcrm-signature": "t=1,v1=00"}, sign(b"another body")])
def test_s12_what_the_network_did_not_send_is_refused_counted_and_not_kept(channel, headers):
    response = post(channel, message(), headers)

    assert response.status_code == 403
    assert not Receipt.objects.exists()
    calls = Calls.objects.get()
    assert (calls.refused, calls.heard_at) == (1, None)
    assert calls.refused_reason.endswith(".")
    assert calls.refused_at


def test_s12_without_a_secret_everything_is_refused(channel):
    credentials.store(channel, {})
    assert post(channel, message()).status_code == 403


def test_s12_refusals_are_written_once_a_second_however_many_there_are(channel):
    with CaptureQueriesContext(connection) as captured:
        for _ in range(50):
            assert post(channel, message(), {}).status_code == 403
    assert len([one for one in captured if "connectors_calls" in one["sql"]]) <= 2

    webhooks._refusals._written.clear()
    post(channel, message(), {})
    assert Calls.objects.get().refused == 51


def test_addresses_that_take_nothing_look_alike(channel):
    paused = hooked("Paused")
    Channel.objects.filter(pk=paused.pk).update(is_active=False)
    imported = Channel.objects.create(network="import", name="Old")
    gone = Channel(uuid=uuid4())
    strange = Channel.objects.create(network="telex", name="Telex")
    answers = {
        (one.status_code, one.content) for one in [post(c, message()) for c in (paused, imported, gone, strange)]
    }
    assert answers == {(404, b"There is no webhook here.")}
    assert Client().get(f"/webhooks/{gone.uuid}/").status_code == 404


def test_the_address_can_be_checked_only_where_the_network_checks_it(channel):
    assert Client().get(f"/webhooks/{channel.uuid}/").status_code == 403
    assert Client().put(f"/webhooks/{channel.uuid}/").status_code == 405


@pytest.mark.parametrize("length", ["", "-1", "0x10", "5242881", "9" * 5000, "²"])
def test_s19_a_body_that_is_too_large_or_of_unknown_size_is_not_read(channel, length, monkeypatch):
    monkeypatch.setattr("django.http.HttpRequest.read", lambda *_: pytest.fail("It was read."))
    assert post(channel, message(), CONTENT_LENGTH=length).status_code == 413
    assert not Receipt.objects.exists()


def test_s19_a_body_of_five_mebibytes_is_taken(channel):
    body = json.dumps(message(filler="x" * (webhooks.MAX_BODY - 600))).encode().ljust(webhooks.MAX_BODY)
    assert len(body) == webhooks.MAX_BODY
    assert post(channel, body).status_code == 200
    drain()
    assert Message.objects.count() == 1


@pytest.mark.parametrize("body", [b"no json", b"\x00\xff", b"[" * 100_000, b'{"external_id": 1'])
def test_a_genuine_body_that_is_no_json_is_kept_as_rejected(channel, body):
    assert post(channel, body).status_code == 200
    receipt = Receipt.objects.get()
    assert receipt.state == "rejected"
    assert receipt.reason.startswith("body: ")
    assert (counts()["rejected"], counts()["received"]) == (1, 1)


def test_what_no_database_can_hold_is_kept_without_it(channel):
    told = message("m", text="Nul \x00 and \ud800 surrogate", odd=[1e400, 10**5000 % 10**4000, "\x00"])
    assert post(channel, told).status_code == 200
    drain()
    assert Message.objects.get().text == "Nul  and � surrogate"


def test_r3_while_the_database_is_away_nothing_is_acknowledged(channel, monkeypatch):
    def away(*_):
        raise OperationalError("connection refused")

    monkeypatch.setattr("connectors.webhooks._called", away)
    response = post(channel, message())
    assert (response.status_code, response["Retry-After"]) == (503, "5")


def test_while_the_secrets_cannot_be_read_the_network_is_asked_to_come_again(channel, settings):
    body = json.dumps(message()).encode()
    settings.CREDENTIAL_KEYS = ["other:" + "A" * 43 + "="]
    assert post(channel, body).status_code == 503


def test_what_an_admin_sees_of_a_refusal_holds_no_secret(channel):
    post(channel, message(), {"x-socialcrm-signature": "t=1,v1=\x00<script>"})
    assert "secret" not in Calls.objects.get().refused_reason


@pytest.mark.django_db(transaction=True)
def test_r4_the_same_event_from_many_sides_at_once_makes_one_of_each():
    """The same body, other bodies with the same message, and albums of ten, while several workers take them in."""
    channel = hooked()
    album = [message(f"album-{number}", thread_id="album") for number in range(10)]
    bodies = [json.dumps(message("m", copy=copy % 5)).encode() for copy in range(50)]
    bodies += [json.dumps([*album, {"copy": copy}][:10]).encode().ljust(5000 + copy) for copy in range(4)]

    def knock(part):
        try:
            return [post(channel, body).status_code for body in part]
        finally:
            connection.close()

    def work(_):
        try:
            return drain()
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as threads:
        knocking = [threads.submit(knock, bodies) for _ in range(6)]
        working = [threads.submit(work, None) for _ in range(8)]
        answers = [status for one in knocking for status in one.result()]
        for one in working:
            one.result()
    drain()

    assert set(answers) == {200}
    assert set(Message.objects.values_list("external_id", flat=True)) == {"m", *(one["external_id"] for one in album)}
    assert Identity.objects.count() == 1
    assert Conversation.objects.count() == 2
    row = counts()
    assert (row["stored"], row["pending"], row["rejected"], row["quarantined"]) == (11, 0, 0, 0)
    # 5 bodies with the message, 4 with the album; whatever came again is a duplicate.
    assert row["received"] == 5 + 4 * 10 + (len(answers) - 9)


def test_lost_webhooks_are_what_polling_finds_although_the_network_should_have_called(channel):
    """Counted by ingest for a pull; a delivery never counts, nor what is so new that the call may be on its way."""
    from connectors.incoming import Author, Incoming
    from inbox.ingest import ingest

    now = timezone.now()

    def said(name, minutes, **fields):
        at = now - timedelta(minutes=minutes)
        author = Author(external_id="a")
        return Incoming(network="webhook", external_id=name, author=author, posted_at=at, text="Hi", **fields)

    page = [said("old", 90), said("lost", 30), said("new", 1), said("found", 30, kind="post")]
    ingest(channel, page, called_since=now - timedelta(hours=1))
    ingest(channel, [said("lost", 30)], called_since=now - timedelta(hours=1))
    assert (counts()["stored"], counts()["lost"], counts()["received"]) == (4, 1, 5)


def people():
    return [(one.network, one.external_id, one.name) for one in Identity.objects.order_by("pk")]


def test_the_same_id_in_two_systems_is_two_people(channel):
    """Ids as short as 1 are common in help desks."""
    shop = hooked("Shop")
    post(channel, message(author={"external_id": "1", "name": "Dana"}))
    post(shop, message(author={"external_id": "1", "name": "Bo"}))
    drain()
    assert people() == [(f"webhook-{channel.pk}", "1", "Dana"), (f"webhook-{shop.pk}", "1", "Bo")]
    assert Contact.objects.count() == 2


@pytest.mark.parametrize(
    ("network", "shape"), [("webhook-7", "webhook"), ("x", "x"), ("helpdesk", "other"), ("my-shop", "other")]
)
def test_a_system_of_its_own_is_drawn_as_a_webhook_or_as_something_else(network, shape):
    assert f"#n-{shape}" in marks.network(network)


def test_channels_of_one_system_share_its_people(db):
    for name in ("Tickets", "Chats"):
        post(hooked(name, system="Helpdesk"), message(author={"external_id": "1", "name": "Dana"}))
    drain()
    assert people() == [("helpdesk", "1", "Dana")]


def test_a_short_name_that_is_none_is_not_stored(db):
    with pytest.raises(ConnectorError, match="no short name"):
        hooked("Shop", system="Our shop, the second")


def test_a_file_that_is_imported_into_the_channel_tells_of_the_same_people(channel):
    told = message(author={"external_id": "1", "name": "Dana"})
    post(channel, told)
    drain()
    import_lines(channel, io.BytesIO(json.dumps(told | {"external_id": "older"}).encode()))
    assert Message.objects.count() == 2
    assert people() == [(f"webhook-{channel.pk}", "1", "Dana")]


def test_a_message_that_names_its_network_belongs_there(channel):
    post(channel, message(network="trustpilot", author={"external_id": "1", "name": "Dana"}))
    drain()
    assert people() == [("trustpilot", "1", "Dana")]

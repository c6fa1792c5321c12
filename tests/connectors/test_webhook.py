"""What the generic webhook does beyond what every network promises."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connectors import signatures
from connectors.channels.generic import Generic
from connectors.incoming import Rejected
from connectors.protocol import ConnectorError, Forged, Hook, Outgoing
from tests.connectors.bench import original_of
from tests.connectors.test_webhook_conformance import MAPPING, SECRET, account, outlet, payload
from tests.servers.outlet import Outlet

__all__ = ["outlet"]

NOW = datetime(2025, 6, 1, 12, tzinfo=UTC)


def hook(body: bytes, headers: dict[str, str], at: datetime = NOW) -> Hook:
    return Hook(method="POST", query={}, headers=headers, body=body, received_at=at)


def replying(url: str) -> tuple[Generic, Any]:
    connector = Generic(account(url))
    item = connector.read(payload("message"), NOW).items[0]
    return connector, Outgoing(text="Done.", original=original_of(item), client_key="key-1", queued_at=NOW)


def test_s12_the_published_example_of_standard_webhooks_is_let_in() -> None:
    """From the specification's reference implementation."""
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    headers = {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }
    at = datetime.fromtimestamp(1614265330, UTC)
    signatures.check(secret, hook(b'{"test": 2432232314}', headers, at))
    with pytest.raises(Forged):
        signatures.check(secret, hook(b'{"test": 2432232315}', headers, at))


def test_s12_one_of_several_signatures_is_enough_while_a_secret_is_changed() -> None:
    body = b"{}"
    old = signatures.make("old" * 10, body, NOW).partition("v1=")[2]
    header = signatures.make(SECRET, body, NOW).replace("v1=", f"v1={old},v1=")
    signatures.check(SECRET, hook(body, {"x-socialcrm-signature": header}))


@pytest.mark.parametrize("seconds", [-301, 301])
def test_s12_a_signature_lasts_five_minutes(seconds: int) -> None:
    headers = {"x-socialcrm-signature": signatures.make(SECRET, b"{}", NOW)}
    signatures.check(SECRET, hook(b"{}", headers, NOW + timedelta(seconds=seconds * 299 // 301)))
    with pytest.raises(Forged, match="five minutes"):
        signatures.check(SECRET, hook(b"{}", headers, NOW + timedelta(seconds=seconds)))


@pytest.mark.parametrize("form", ["one", "list", "lines", "lines with spaces"])
def test_messages_come_alone_in_a_list_or_on_lines(form: str) -> None:
    several = [payload("message") | {"external_id": str(number)} for number in range(1 if form == "one" else 3)]
    lines = [json.dumps(one).encode() for one in several]
    body = {
        "one": lines[0],
        "list": json.dumps(several, indent=2).encode(),
        "lines": b"\n".join(lines),
        "lines with spaces": b"\xef\xbb\xbf" + b"\r\n\r\n".join(lines) + b"\n",
    }[form]
    connector = Generic(account())
    items = connector.read(connector.unpack(body), NOW).items
    assert [item.external_id for item in items] == [one["external_id"] for one in several]
    assert items[0].raw["priority"] == "high"


def test_a_line_that_is_broken_keeps_none_of_the_others_out() -> None:
    connector = Generic(account())
    good = json.dumps(payload("message")).encode()
    contents = connector.read(connector.unpack(good + b"\n{broken\n"), NOW)
    assert len(contents.items) == 1
    (bad,) = contents.malformed
    assert bad.payload == {"unparsed": "{broken"}
    assert "is not JSON" in bad.reason


def test_an_item_that_is_broken_is_kept_as_a_delivery_of_its_own() -> None:
    """So that it can be read again when the mapping has been corrected."""
    told = payload("foreign")
    del told["data"]["reviews"][0]["id"]
    contents = Generic(account(mapping=json.dumps(MAPPING))).read(told, NOW)
    (bad,) = contents.malformed
    assert "external_id: 'id' leads to nothing" in bad.reason
    corrected = Generic(account(mapping=json.dumps(MAPPING | {"external_id": "created"})))
    assert [item.external_id for item in corrected.read(bad.payload, NOW).items] == ["1747900000123"]


def test_what_arrives_before_there_is_a_mapping_is_kept_whole_and_can_be_read_later() -> None:
    told = payload("foreign")
    with pytest.raises(Rejected):
        Generic(account()).read(told, NOW)
    assert len(Generic(account(mapping=json.dumps(MAPPING))).read(told, NOW).items) == 2


def test_of_a_delivery_in_which_nothing_can_be_read_the_first_reason_is_told() -> None:
    with pytest.raises(Rejected, match="^external_id: "):
        Generic(account()).read([{"text": "Hi"}, payload("message") | {"posted_at": "soon"}], NOW)


def test_a_delivery_with_too_many_messages_is_rejected_at_once() -> None:
    connector = Generic(account())
    with pytest.raises(Rejected, match="too many"):
        connector.read([payload("message")] * 1001, NOW)
    with pytest.raises(Rejected):
        connector.unpack(b"{}\n" * 1001)


def test_it_cannot_be_answered_without_an_address_and_says_so() -> None:
    connector, outgoing = replying("")
    able = connector.capability(outgoing.original)
    assert (able.can_reply, "address for replies" in able.reason) == (False, True)
    with pytest.raises(ConnectorError):
        connector.reply(outgoing)


def test_a_reply_says_what_it_answers_and_comes_twice_under_the_same_key(outlet: Outlet) -> None:
    connector, outgoing = replying(outlet.url)
    sent = connector.reply(outgoing)
    assert connector.reply(outgoing) == sent
    (taken,) = outlet.replies.values()
    assert taken["in_reply_to"] == "ticket-4711-1"
    assert taken["thread_id"] == "ticket-4711"
    assert taken["author"] == {"external_id": "customer-92", "handle": "dana"}
    assert sent.url == "https://forum.example/replies/1"


@pytest.mark.parametrize(
    ("status", "permanent", "unknown"), [(400, True, False), (404, True, False), (302, True, False), (503, False, True)]
)
def test_what_the_other_system_answers_decides_what_becomes_of_a_reply(
    outlet: Outlet, status: int, permanent: bool, unknown: bool
) -> None:
    connector, outgoing = replying(outlet.url)
    outlet.faults.add("status", status=status, words="The thread is closed.")
    with pytest.raises(ConnectorError, match=f"answered {status}.*The thread is closed") as caught:
        connector.reply(outgoing)
    assert (caught.value.permanent, caught.value.unknown) == (permanent, unknown)
    assert caught.value.remedy


def test_r16_a_limit_is_waited_for(outlet: Outlet) -> None:
    connector, outgoing = replying(outlet.url)
    outlet.faults.add("status", status=429, headers={"Retry-After": "120"})
    with pytest.raises(ConnectorError) as caught:
        connector.reply(outgoing)
    assert caught.value.retry_at is not None
    assert timedelta(seconds=90) < caught.value.retry_at - datetime.now(UTC) < timedelta(seconds=130)


def test_nothing_leaves_to_what_is_no_address_or_cannot_be_reached(outlet: Outlet) -> None:
    for url in ("ftp://example.com/", "http://[", "replies", "http://127.0.0.1:1/"):
        connector, outgoing = replying(url)
        with pytest.raises(ConnectorError) as caught:
            connector.reply(outgoing)
        assert not caught.value.unknown


def test_the_test_of_the_connection_posts_a_signed_test(outlet: Outlet) -> None:
    connector = Generic(account(outlet.url, mapping=json.dumps(MAPPING)))
    assert connector.verify() == "127.0.0.1"
    assert outlet.tests == 1
    assert outlet.replies == {}


def test_a_mapping_that_cannot_work_fails_the_test_of_the_connection() -> None:
    with pytest.raises(ConnectorError, match="author.external_id"):
        Generic(account(mapping='{"external_id": "id"}')).verify()

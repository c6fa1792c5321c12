"""The generic webhook, put to the test as every network."""

import base64
import hmac
import itertools
import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from connectors import signatures
from connectors.channels.generic import Generic
from connectors.protocol import Account
from tests.connectors.bench import Bench
from tests.connectors.conformance import Conformance
from tests.servers import outlet as stand_in

SECRET = "a-signing-secret-of-thirty-letters"
PAYLOADS = Path(__file__).with_name("payloads") / "webhook"
MAPPING = {
    "items": "data.reviews",
    "external_id": "id",
    "author.external_id": "reviewer.id",
    "author.name": 'reviewer["display.name"]',
    "author.avatar_url": "reviewer.photo",
    "text": "body.text",
    "posted_at": "created",
    "kind": {"value": "review"},
    "attachments": "images",
}


def payload(name: str) -> Any:
    return json.loads((PAYLOADS / f"{name}.json").read_text())


def sign(body: bytes) -> dict[str, str]:
    return {signatures.HEADER.lower(): signatures.make(SECRET, body, datetime.now(UTC))}


def account(url: str = "", **settings: Any) -> Account:
    return Account(
        network="webhook",
        name="Help desk",
        base_url="",
        settings={"reply_url": url} | settings,
        credentials={"secret": SECRET},
    )


@pytest.fixture
def outlet(settings: Any) -> Iterator[stand_in.Outlet]:
    settings.OUTBOUND_ALLOW = ["127.0.0.0/8"]
    with stand_in.serving(SECRET) as running:
        yield running


class TestGeneric(Conformance):
    kind = Generic

    @pytest.fixture
    def bench(self, outlet: stand_in.Outlet) -> Bench:
        numbers = itertools.count(1)

        def delivery() -> tuple[bytes, set[str]]:
            ids = {f"ticket-{next(numbers)}" for _ in range(3)}
            return json.dumps([payload("message") | {"external_id": one} for one in sorted(ids)]).encode(), ids

        return Bench(
            account=account(outlet.url),
            expected=set(),
            refuse=lambda: outlet.faults.add("status", status=401),
            break_down=lambda: outlet.faults.add("status", status=503),
            lose_answer=lambda: outlet.faults.add("drop_after_processing", count=1),
            replies=lambda: len(outlet.replies),
            delivery=delivery,
            sign=sign,
            signs_time=True,
        )


def sign_standard(body: bytes) -> dict[str, str]:
    """As its libraries do, with a secret in its own spelling."""
    now = str(int(time.time()))
    signed = f"msg_1.{now}.".encode() + body
    signature = base64.b64encode(hmac.digest(SECRET.encode(), signed, "sha256")).decode()
    return {"webhook-id": "msg_1", "webhook-timestamp": now, "webhook-signature": f"v1,{signature}"}


class TestGenericWithMapping(Conformance):
    """The same with JSON of another system's, drawn field by field, and signed as standardwebhooks.com has it."""

    kind = Generic

    @pytest.fixture
    def bench(self) -> Bench:
        numbers = itertools.count(1)

        def delivery() -> tuple[bytes, set[str]]:
            told = payload("foreign")
            for review in told["data"]["reviews"]:
                review["id"] = next(numbers)
            return json.dumps(told).encode(), {str(one["id"]) for one in told["data"]["reviews"]}

        return Bench(
            account=account(mapping=json.dumps(MAPPING)),
            expected=set(),
            delivery=delivery,
            sign=sign_standard,
            signs_time=True,
        )

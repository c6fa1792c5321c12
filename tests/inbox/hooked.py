"""A channel that is called by its network: the generic webhook, which signs as docs/webhook.md says."""

import itertools
import json

from django.test import Client

from connectors import connect
from people import departments
from people.models import Department
from tests.connectors.test_webhook_conformance import SECRET, payload, sign

_numbers = itertools.count(1)


def hooked(name="Help desk", **settings):
    departments.ensure(Department)
    return connect.connect(network="webhook", name=name, settings=settings, credentials={"secret": SECRET})


def message(external_id=None, **fields):
    return payload("message") | {"external_id": external_id or f"m-{next(_numbers)}"} | fields


def post(channel, told, headers=None, client=None, **extra):
    """Deliver; `told` may be the raw body."""
    body = told if isinstance(told, bytes) else json.dumps(told).encode()
    given = sign(body) if headers is None else headers
    client = client or Client(enforce_csrf_checks=True, raise_request_exception=False)
    meta = {f"HTTP_{name.upper().replace('-', '_')}": value for name, value in given.items()}
    address = f"/webhooks/{channel.uuid}/"
    return client.post(address, body, content_type="application/json", **meta, **extra)

"""R18: one renewal at a time where the network takes a refresh token only once; and a lost answer is not silent."""

import json
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.utils import timezone

from connectors import credentials, registry
from connectors.models import Channel, Pull
from connectors.protocol import Connector, ConnectorError
from connectors.sessions import ready
from inbox.pull import pull
from socialcrm import crash

WORKERS = 16
# What a worker does in a process of its own.
PULL = """
import sys, django
django.setup()
from connectors import registry
from connectors.models import Channel
from inbox.pull import pull
registry.CLASSES["once"] = "tests.connectors.test_sessions.Once"
pull(Channel.objects.get(name=sys.argv[1]))
"""
REUSED = "invalid_grant: the refresh token was used before"


class Once(Connector):
    """A network that gives a new refresh token with each session, and ends everything when an old one comes again.

    It lives in the file that `base_url` names, as a network outlives our workers.
    """

    network = "once"
    label = "Once"
    _lock = threading.Lock()

    def verify(self):
        return "@once"

    def fetch(self, cursor):
        yield from ()

    def reply(self, outgoing):
        raise ConnectorError("No.")

    def find(self, outgoing):
        return None

    def capability(self, original):
        raise NotImplementedError

    def session_until(self):
        return timezone.datetime.fromisoformat(self.account.credentials["until"])

    def renew(self):
        with self._lock:
            state = json.loads(Path(self.account.base_url).read_text())
            state["calls"] += 1
            given = self.account.credentials["refresh_token"]
            taken = given == state["token"]
            state["token"] = f"token-{state['calls']}" if taken else "revoked"
            Path(self.account.base_url).write_text(json.dumps(state))
        if not taken:
            raise ConnectorError(REUSED, remedy="Connect the account anew.", permanent=True)
        return {"refresh_token": state["token"], "until": (timezone.now() + timedelta(hours=1)).isoformat()}


@pytest.fixture
def channel(transactional_db, tmp_path, monkeypatch):
    registry.CLASSES["once"] = "tests.connectors.test_sessions.Once"
    network = tmp_path / "network"
    network.write_text(json.dumps({"token": "token-0", "calls": 0}))
    made = Channel.objects.create(network="once", name="Once", base_url=str(network), connected_at=timezone.now())
    Pull.objects.create(channel=made, next_at=timezone.now())
    credentials.store(made, {"refresh_token": "token-0", "until": timezone.now().isoformat()})
    yield made
    del registry.CLASSES["once"]


def state_of(channel):
    return json.loads(Path(channel.base_url).read_text())


def test_r18_sixteen_workers_renew_a_session_once(channel):
    start = threading.Barrier(WORKERS)

    def work(_):
        try:
            start.wait(30)
            return ready(channel).account.credentials["refresh_token"]
        finally:
            connection.close()

    with ThreadPoolExecutor(WORKERS) as pool:
        tokens = list(pool.map(work, range(WORKERS)))

    assert state_of(channel)["calls"] == 1
    assert set(tokens) == {"token-1"}
    assert credentials.load(channel)["refresh_token"] == "token-1"


def test_r18_a_worker_that_dies_with_the_answer_ends_as_connect_anew_and_never_silently(channel, process_env):
    assert "sessions.renewed" in crash.declared()
    worker = subprocess.run(
        [sys.executable, "-c", PULL, channel.name],
        env={**process_env, "CRASH_AT": "sessions.renewed"},
        timeout=60,
    )
    assert worker.returncode == 137
    assert state_of(channel)["calls"] == 1

    pull(channel)

    state = Pull.objects.get()
    assert (state.state, state.error, state.remedy) == ("broken", REUSED, "Connect the account anew.")


def test_a_session_that_lasts_is_left_alone(channel):
    credentials.store(channel, {"refresh_token": "token-0", "until": (timezone.now() + timedelta(hours=1)).isoformat()})
    ready(channel)
    assert state_of(channel)["calls"] == 0

"""R3: a web server or worker that is killed in the middle loses no delivery that was acknowledged, and doubles none."""

import json
import random
import socket
import subprocess
import sys
import threading
import time
from contextlib import contextmanager

import pytest
from django.utils import timezone

from connectors import ledger, webhooks
from connectors.models import Receipt
from connectors.protocol import Hook
from inbox import drain  # noqa: F401 - declares its places
from inbox.models import Event, Message
from socialcrm import crash
from tests.connectors.test_webhook_conformance import sign
from tests.inbox.hooked import hooked, message
from tests.platform.installation import until

SENDERS = 4
KILLS = 25
WAITING = 600
PLACES = ["drain.claimed", "drain.read", "ingest.before_messages", "ingest.before_ledger", "ingest.before_commit"]
PLACES += ["ingest.after_commit"]


@contextmanager
def program(env):
    """A function that gives an order and returns what became of it, and the port at which servers listen."""
    command = [sys.executable, "-m", "tests.chaos.served"]
    with subprocess.Popen(command, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        port = int(process.stdout.readline())

        def order(do, **particulars):
            process.stdin.write(json.dumps({"do": do, **particulars}) + "\n")
            process.stdin.flush()
            return json.loads(process.stdout.readline())

        yield order, port
        process.stdin.close()
        process.wait(30)


class Sender(threading.Thread):
    """A network that delivers one message after the other, each again until it is acknowledged."""

    def __init__(self, port, channel, name, over):
        super().__init__(daemon=True)
        self.port, self.path, self.prefix, self.over = port, f"/webhooks/{channel.uuid}/", name, over
        self.acknowledged, self.broken, self.answers = [], 0, 0

    def run(self):
        number, stream = 0, None
        while not self.over.is_set():
            body = json.dumps(message(f"{self.prefix}-{number}")).encode()
            head = "".join(f"{name}: {value}\r\n" for name, value in sign(body).items())
            request = f"POST {self.path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n{head}\r\n"
            try:
                stream = stream or socket.create_connection(("127.0.0.1", self.port), 20).makefile("rwb")
                stream.write(request.encode() + body)
                stream.flush()
                status = self.answer(stream)
            except (OSError, ValueError):
                self.broken, stream = self.broken + 1, None
                continue
            self.answers += status == 200
            if status == 200:
                self.acknowledged.append(f"{self.prefix}-{number}")
                number += 1

    def answer(self, stream):
        """The status; ValueError when the connection broke before the answer was complete."""
        line = stream.readline()
        if not line.startswith(b"HTTP/1.1 "):
            raise ValueError("cut off")
        length = 0
        while (header := stream.readline().strip()) != b"":
            if header.lower().startswith(b"content-length:"):
                length = int(header.split(b":")[1])
        if len(stream.read(length)) < length:
            raise ValueError("cut off")
        return int(line.split()[1])


def deliver_while_servers_die(order, port, channel, kills, **particulars):
    """Servers are killed after some answers each, under load; returns the senders, who have all stopped."""
    over, chooser = threading.Event(), random.Random(3)
    senders = [Sender(port, channel, f"s{number}", over) for number in range(SENDERS)]
    for sender in senders:
        sender.start()
    for _ in range(kills):
        order("serve", **particulars)
        enough = sum(sender.answers for sender in senders) + chooser.randrange(1, 30)
        until(lambda enough=enough: sum(sender.answers for sender in senders) >= enough, 30)
        time.sleep(chooser.uniform(0, 0.02))
        order("kill")
    # A last server answers those who still wait.
    over.set()
    order("serve", **particulars)
    for sender in senders:
        sender.join(30)
    order("kill")
    return senders


def check(channel, wanted):
    """Exactly these are in the inbox, each once, and the ledger adds up. Raises AssertionError otherwise."""
    stored = list(Message.objects.filter(channel=channel).values_list("external_id", flat=True))
    assert wanted <= set(stored)
    assert len(stored) == len(set(stored)) == Event.objects.filter(kind="message").count()
    assert set(Receipt.objects.values_list("state", flat=True)) == {"done"}
    (counts,) = ledger.summary()
    assert counts["stored"] == len(stored)
    assert counts["received"] == counts["stored"] + counts["duplicate"]
    return counts


def test_r3_servers_that_are_killed_under_load_lose_nothing_that_they_acknowledged(process_env):
    channel = hooked()
    with program(process_env) as (order, port):
        senders = deliver_while_servers_die(order, port, channel, KILLS)
        assert order("drain")["status"] == 0

    acknowledged = {one for sender in senders for one in sender.acknowledged}
    counts = check(channel, acknowledged)
    # What was kept without an answer reaching its sender was sent again, and is counted.
    assert counts["received"] >= sum(sender.answers for sender in senders)
    assert len(acknowledged) > KILLS
    assert sum(sender.broken for sender in senders) >= KILLS / 2


def test_r3_the_check_finds_a_server_that_answers_too_early(process_env):
    channel = hooked()
    with program(process_env) as (order, port):
        senders = deliver_while_servers_die(order, port, channel, 8, bug="answers first")
        order("drain")

    with pytest.raises(AssertionError):
        check(channel, {one for sender in senders for one in sender.acknowledged})


def test_r3_while_the_database_is_away_nothing_is_acknowledged(process_env):
    channel = hooked()
    away = process_env | {"DATABASE_URL": "postgresql://nobody:none@127.0.0.1:9/none"}
    with program(away) as (order, port):
        order("serve")
        body = json.dumps(message()).encode()
        head = "".join(f"{name}: {value}\r\n" for name, value in sign(body).items())
        with socket.create_connection(("127.0.0.1", port), 30) as connection:
            request = f"POST /webhooks/{channel.uuid}/ HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n"
            connection.sendall(f"{request}{head}\r\n".encode() + body)
            answer = connection.makefile("rb").readline()
        order("kill")
    assert answer.split()[1] == b"503"


def keep(channel, number=WAITING):
    """Deliveries that wait to be taken in; returns the ids of their messages."""
    ids = {f"d{one}" for one in range(number)}
    for one in ids:
        body = json.dumps(message(one)).encode()
        now = timezone.now()
        webhooks.take(channel.uuid, Hook(method="POST", query={}, headers=sign(body), body=body, received_at=now))
    return ids


def test_r1_workers_that_are_killed_while_they_take_in_deliveries_lose_nothing_and_double_nothing(process_env):
    channel = hooked()
    ids = keep(channel)
    chooser = random.Random(4)
    landed = 0
    with program(process_env) as (order, _):
        for number in range(KILLS):
            before = Message.objects.count()
            # Now and then a longer life, so that work is done also where the machine is slow.
            killed = order("drain", kill_after=1.0 if number % 8 == 7 else chooser.uniform(0.05, 0.3))["killed"]
            landed += killed and before < len(ids)
        assert order("drain")["status"] == 0

    counts = check(channel, ids)
    assert counts["stored"] == len(ids)
    assert landed >= 5


@pytest.mark.parametrize("place", PLACES)
def test_r1_a_death_at_each_place_loses_nothing(process_env, place):
    channel = hooked()
    ids = keep(channel, 20)
    with program(process_env) as (order, _):
        died = [order("drain", crash_at=place)["status"] for _ in range(2)]
        assert order("drain")["status"] == 0

    assert died[0] == 137
    assert check(channel, ids)["stored"] == len(ids)


def test_r2_every_place_on_the_way_of_a_delivery_is_tried():
    names = {name for name in crash.declared() if name.split(".")[0] in ("drain", "ingest")}
    assert names == set(PLACES)


def test_r1_the_check_finds_a_worker_that_marks_deliveries_too_early(process_env):
    channel = hooked()
    ids = keep(channel, 20)
    with program(process_env) as (order, _):
        order("drain", crash_at="ingest.before_messages", bug="done first")
        order("drain")

    with pytest.raises(AssertionError):
        check(channel, ids)

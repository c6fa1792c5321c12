"""A company: its people, its commands, its inbox, and the networks around it."""

import subprocess
import sys

import requests
from django.test import Client

from connectors.models import Channel
from inbox.drain import drain
from inbox.models import Message
from people.models import Department, Membership, User
from tests.journeys.networks import Delivery, Network


class Company:
    """Its inbox, its people, and the networks around it."""

    def __init__(self, networks: list[Network], env: dict[str, str], site: str) -> None:
        self.networks, self.env, self.site = networks, env, site
        self.adam, self.alice = _colleague("adam", "admin"), _colleague("alice", "agent")

    def __getitem__(self, network: str) -> Network:
        return next(one for one in self.networks if one.network == network)

    def manage(self, *words: str, given: str = "", code: int = 0) -> str:
        """Run a command; its words, if it ends with `code`."""
        command = [sys.executable, "manage.py", *words]
        ended = subprocess.run(
            command, env=self.env, input=given, capture_output=True, text=True, timeout=60, check=False
        )
        assert ended.returncode == code, (words, ended.stdout, ended.stderr)
        return ended.stdout + ended.stderr

    def channel(self, one: Network) -> Channel:
        """The channel of a network."""
        return Channel.objects.get(network=one.network)

    def page_of(self, one: Network) -> str:
        """Where its settings are."""
        return f"/settings/channels/{self.channel(one).pk}/"

    def deliver(self, one: Network, delivery: Delivery) -> int:
        """A network posts to our webhook; a worker takes it in. Returns the answer's status."""
        address = f"{self.site}/webhooks/{self.channel(one).uuid}/"
        headers = {"Content-Type": "application/json", **delivery.headers}
        answer = requests.post(address, data=delivery.body, headers=headers, timeout=10)
        drain()
        return answer.status_code

    def texts(self, one: Network) -> list[str]:
        """What Dana says on a network, as it stands in the inbox."""
        found = Message.objects.filter(channel__network=one.network, direction="in", deleted_at=None).order_by("pk")
        return [text.removeprefix("@halden ").removeprefix("@brand ") for text in found.values_list("text", flat=True)]


def _colleague(name: str, role: str) -> Client:
    user = User.objects.create_user(name, name=name.title(), role=role)
    Membership.objects.bulk_create(Membership(user=user, department=one) for one in Department.objects.all())
    client = Client()
    client.force_login(user)
    return client

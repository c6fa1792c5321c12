"""The whole data set, table after table."""

import time
from collections.abc import Callable

from bench.large.conversations import People, fill_conversations
from bench.large.facts import fill_facts
from bench.large.load import quickly, run
from bench.large.people import NETWORKS, fill_people, fill_relationships
from bench.large.sizes import Sizes
from inbox.imports import channel_named
from people.models import Department, User

_COLLEAGUES = 20


def fill(sizes: Sizes, say: Callable[[str], object] = lambda words: None) -> None:
    """Fill an empty, migrated database. Tells `say` how far it is. About ten minutes for five million messages."""
    started = time.monotonic()

    def told(words: str) -> None:
        say(f"{time.monotonic() - started:6.0f} s  {words}")

    people = _company()
    with quickly():
        fill_people(sizes)
        told(f"{sizes.people:,} people with {sizes.identities:,} identities")
        fill_relationships(sizes)
        told(f"{sizes.relationships:,} relationships")
        fill_conversations(sizes, people)
        told(f"{sizes.messages:,} messages")
        fill_facts()
        _read()
        told("facts; now indexes")
    told("done")


def _company() -> People:
    """A manager called bench, agents, and two channels for every network."""
    for number in range(_COLLEAGUES):
        name, role = ("bench", User.Role.MANAGER) if number == 0 else (f"agent{number}", User.Role.AGENT)
        User.objects.get_or_create(username=name, defaults={"name": f"Colleague {number}", "role": role})
    channels = {
        network: [channel_named(f"{network} {number}").pk for number in (1, 2)] for network in sorted(set(NETWORKS))
    }
    departments = [one.pk for one in Department.objects.order_by("position", "id")]
    colleagues = [one.pk for one in User.objects.order_by("id")[:_COLLEAGUES]]
    return People(channels, departments, colleagues)


def _read() -> None:
    """The manager has read what is older than a day."""
    run(
        "INSERT INTO inbox_seen (user_id, conversation_id, at)"
        " SELECT u.id, c.id, c.last_message_at FROM inbox_conversation c, people_user u WHERE u.username = 'bench'"
        " AND c.last_message_at < (SELECT max(last_message_at) - interval '1 day' FROM inbox_conversation)"
        " ORDER BY c.last_message_at DESC LIMIT 100000"
    )

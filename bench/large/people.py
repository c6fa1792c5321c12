"""Contacts, their identities, the merges that made some of them one, and whom they talk with."""

from collections.abc import Iterator

import numpy as np

from bench.large.load import copy, escaped, run
from bench.large.names import names
from bench.large.sizes import LONG, MANY, MIDDLING, Sizes
from contacts.names import fold

# An identity's network follows from its id, so that conversations need not look it up.
NETWORKS = ("x", "instagram", "facebook", "mastodon", "email", "x", "bluesky", "email", "instagram", "x")


def network_of(identity: int) -> str:
    """The network of an identity."""
    return NETWORKS[identity * 7919 % 1009 % len(NETWORKS)]


def fill_people(sizes: Sizes) -> None:
    """Contacts, identities and merges. Person n has the contact n and the identity n."""
    at = sizes.until.isoformat()
    called = names(sizes.people, seed=3)
    persons = _persons(sizes)
    copy("contacts_contact", "id, name, sort_key, root_id, created_at", _contacts(sizes, called, persons, at))
    copy(
        "contacts_identity",
        "id, contact_id, home_id, network, external_id, handle, name, url, avatar_url, bio, followers, verified, email,"
        " search_key, seen_at, matched_at, created_at",
        _identities(sizes, called, persons, at),
    )
    run(
        "INSERT INTO contacts_merge (part_id, into_id, origin, evidence, at)"
        " SELECT id, root_id, CASE WHEN id % 2 = 0 THEN 'evidence' ELSE 'person' END,"
        """ '[{"kind": "email"}]', created_at FROM contacts_contact WHERE root_id IS NOT NULL ORDER BY id""",
    )
    run("UPDATE contacts_contact SET named_by_id = (SELECT min(id) FROM people_user) WHERE id % 500 = 7")
    run(
        "UPDATE contacts_contact SET do_not_contact = true, do_not_contact_reason = 'Asked us to stop.'"
        " WHERE id % 1000 = 11 AND root_id IS NULL"
    )
    for table in ("contacts_contact", "contacts_identity"):
        run(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))")  # noqa: S608


def _persons(sizes: Sizes) -> list[int]:
    """Whose the identities beyond the first ones are, in the order of their ids."""
    further = sizes.identities - sizes.people
    found = np.random.default_rng(5).integers(MIDDLING + 1, sizes.people + 1, further)
    found[: sizes.accounts_of_one - 1] = MANY
    found[sizes.accounts_of_one - 1 : sizes.accounts_of_one + 1] = LONG
    found[sizes.accounts_of_one + 1 : sizes.accounts_of_one + 4] = MIDDLING
    return [int(one) for one in found]


def _contacts(sizes: Sizes, called: list[str], persons: list[int], at: str) -> Iterator[str]:
    for number, name in enumerate(called, start=1):
        yield f"{number}\t{name}\t{fold(name)[:200]}\t\\N\t{at}\n"
    for number in range(sizes.parts):
        name = called[persons[number] - 1]
        yield f"{sizes.people + 1 + number}\t{name}\t{fold(name)[:200]}\t{persons[number]}\t{at}\n"


def _identities(sizes: Sizes, called: list[str], persons: list[int], at: str) -> Iterator[str]:
    followers = (np.random.default_rng(6).pareto(0.9, sizes.identities) * 40).astype(int).clip(0, 50_000_000).tolist()
    for number in range(1, sizes.identities + 1):
        further = number - sizes.people - 1
        person = number if further < 0 else persons[further]
        home = str(number) if 0 <= further < sizes.parts else "\\N"
        name, network = called[person - 1], network_of(number)
        plain = fold(name).replace(" ", "_" if number % 3 else "")
        handle, email, external = f"{plain}{number % 9973}"[:200], "", f"p{number}"
        if network == "email":
            handle, email = "", f"{plain.replace('_', '.')}.{number}@mail{number % 40}.example"
            external = email
        key = escaped(fold(f"{name} {handle} {email}")[:500])
        yield (
            f"{number}\t{person}\t{home}\t{network}\t{external}\t{handle}\t{name}\t"
            f"{f'https://{network}.example/{handle}' if handle else ''}\t\t"
            f"{'Writes about ' + handle if number % 4 == 0 else ''}\t{followers[number - 1]}\t"
            f"{'t' if number % 50 == 0 else 'f'}\t{email}\t{key}\t{at}\t{at}\t{at}\n"
        )


def fill_relationships(sizes: Sizes) -> None:
    """Edges of a graph in which some are talked to by many: few hubs, most with a handful of neighbours."""
    chance = np.random.default_rng(8)
    drawn = int(sizes.relationships * 1.2)
    source = (chance.random(drawn) ** 1.5 * sizes.identities).astype(np.int64) + 1
    target = (chance.random(drawn) ** 3 * sizes.identities).astype(np.int64) + 1
    # Person 1's accounts have neighbours, too, as have the first identities of the others.
    target[:200] = LONG
    kind = chance.integers(0, 4, drawn)
    edges = np.unique((source * 10_000_000 + target)[source != target] * 4 + kind[source != target])
    edges = chance.permutation(edges)[: sizes.relationships]
    kinds = ("mentioned", "replied_to", "answered", "shared")
    first, last = sizes.since.isoformat(), sizes.until.isoformat()
    lines = (
        f"{edge // 4 // 10_000_000}\t{edge // 4 % 10_000_000}\t{kinds[edge % 4]}\t{edge % 7 + 1}\t{first}\t{last}\n"
        for edge in edges.tolist()
    )
    copy("contacts_relationship", "source_id, target_id, kind, count, first_at, last_at", lines)

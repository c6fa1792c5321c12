"""What managers and admins have laid down, as the engine uses it: rules, thresholds, blocks, the list of products.

All of it is one statement for a page of messages, and what has not changed does not travel again.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import Any

from django.db import connection

from routing.blocks import Blocks, Key, keys
from routing.catalogue import Catalogue, Named
from routing.rulebook import Rulebook, RuleSpec
from routing.signals import Signals


@dataclass(frozen=True)
class Published:
    """The rules in force and the thresholds, with the id and number of their version.

    `written`: all rules as their version keeps them; `rules`: those that are on, for the engine; `champion`: the
    version of the model that decides, empty for the shipped one; `products`: what to look for in texts.
    """

    ruleset: int | None = None
    number: int | None = None
    written: tuple[dict[str, Any], ...] = ()
    rules: tuple[RuleSpec, ...] = ()
    thresholds: Mapping[str, float] = field(default_factory=dict)
    champion: str = ""
    published_at: datetime | None = None
    products: Catalogue = field(default_factory=Catalogue)

    @cached_property
    def book(self) -> Rulebook:
        """The rules, ready for messages. Prepared once a process for each version."""
        return Rulebook(self.rules)


@dataclass(frozen=True, slots=True)
class InForce:
    """What counts for some messages: the rules, and the blocks that concern them."""

    published: Published
    blocks: Blocks

    @property
    def products(self) -> Catalogue:
        """What to look for in texts."""
        return self.published.products


@dataclass(frozen=True, slots=True)
class _Held:
    """What this process has read last, and the digest of the list of products."""

    published: Published = field(default_factory=Published)
    digest: str | None = None


_held = _Held()

# A published version is never changed, so it is known by its id and time; the list of products by its digest.
_READ = """
    SELECT r.id, r.number, r.published_at, r.thresholds::text,
           CASE WHEN r.id = %(ruleset)s AND r.published_at = %(at)s THEN NULL ELSE r.rules::text END,
           (SELECT version FROM routing_trainedmodel WHERE state = 'champion'),
           p.digest, CASE WHEN p.digest = %(digest)s THEN NULL ELSE p.list END,
           (SELECT json_agg(json_build_array(b.kind, b.value, b.label))::text
            FROM unnest(%(kinds)s::text[], %(values)s::text[]) AS asked(kind, value)
            JOIN routing_block b ON b.kind = asked.kind AND b.value = asked.value AND b.lifted_at IS NULL)
    FROM (
        SELECT l.list, md5(l.list) AS digest FROM (
            SELECT coalesce(json_agg(json_build_array(name, words, is_rival) ORDER BY id), '[]')::text AS list
            FROM routing_product
        ) AS l
    ) AS p
    LEFT JOIN routing_ruleset r ON r.state = 'published'
"""


def published() -> Published:
    """The rules in force, in the managers' order: one statement, however many there are."""
    return in_force(()).published


def in_force(batch: Sequence[Signals]) -> InForce:
    """All that counts for some messages: one statement, however many there are."""
    asked: list[Key] = sorted({(kind, value.replace("\0", "")) for one in batch for kind, value in keys(one)})
    held = _held
    values = {
        "ruleset": held.published.ruleset,
        "at": held.published.published_at,
        "digest": held.digest,
        "kinds": [kind for kind, _ in asked],
        "values": [value for _, value in asked],
    }
    with connection.cursor() as cursor:
        cursor.execute(_READ, values)
        *version, digest, products, blocks = cursor.fetchone()
    catalogue = held.published.products
    if products is not None:
        catalogue = Catalogue([Named(name, tuple(words), rival) for name, words, rival in json.loads(products)])
    found = _version(held.published, catalogue, *version)
    _remember(_Held(found, digest))
    labels = {(kind, value): label for kind, value, label in json.loads(blocks or "[]")}
    return InForce(found, Blocks(labels))


def _remember(found: _Held) -> None:
    global _held  # noqa: PLW0603 - one a process, as the model
    _held = found


def _version(
    held: Published,
    products: Catalogue,
    pk: int | None,
    number: int,
    at: datetime,
    thresholds: str,
    rules: str | None,
    champion: str | None,
) -> Published:
    beside: dict[str, Any] = {"champion": champion or "", "products": products}
    if pk is None:
        return Published(**beside)
    if rules is not None:
        written = tuple(json.loads(rules))
        return Published(pk, number, written, specs(written), json.loads(thresholds), published_at=at, **beside)
    if held.champion == beside["champion"] and held.products is products:
        return held
    renewed = replace(held, **beside)
    renewed.__dict__["book"] = held.book
    return renewed


def specs(rules: Iterable[Mapping[str, Any]]) -> tuple[RuleSpec, ...]:
    """Those of a version's rules that are on, as the engine takes them."""
    return tuple(spec(rule) for rule in rules if rule.get("on", True))


def spec(rule: Mapping[str, Any]) -> RuleSpec:
    """One rule as the engine takes it."""
    actions = rule["actions"]
    return RuleSpec(
        id=rule["id"],
        name=rule["name"],
        conditions=rule["conditions"],
        department=actions.get("owner") or "",
        contributors=tuple(actions.get("contributors", ())),
        assignee=actions.get("assignee"),
        priority=actions.get("priority") or "",
        tags=tuple(actions.get("tags", ())),
        role=actions.get("role") or "",
        spam=bool(actions.get("spam")),
        go_on=bool(actions.get("go_on")),
    )

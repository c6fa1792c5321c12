"""How right suggestions are on sets of accounts and records whose persons are known, beside a plain baseline.

The sets are read where they lie and are no part of the product: pairs of handles (handle_pairs.csv), accounts of public
persons (us_legislators_social.csv), records of invented persons with typing errors (febrl_dataset*.csv).
"""

import csv
import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from itertools import combinations
from pathlib import Path
from typing import Any, NamedTuple

from django.db import connection

from bench import matching_baseline as baseline
from connectors.incoming import Author
from contacts import match
from contacts.matching.facts import RECORD, Facts
from contacts.matching.score import THRESHOLD, score
from contacts.models import Attribute, AttributeValue, Claim, Contact, Identity, Suggestion
from contacts.resolve import resolve

_NOW = datetime(2026, 1, 1, tzinfo=UTC)
_NETWORKS = {"twitter": "x"}
_PAGE = 500

Row = Mapping[str, str]
Pair = tuple[int, int]


class Rightness(NamedTuple):
    """Of what was said to be one person: the share that is, the share of all that are which was said, and their
    harmonic mean."""

    precision: float
    recall: float
    f1: float

    def __str__(self) -> str:
        return f"{self.precision:.3f} {self.recall:.3f} {self.f1:.3f}"


def rightness(said: set[Any], true: set[Any]) -> Rightness:
    """Precision, recall and F1 of a set of pairs."""
    right = len(said & true)
    precision, recall = right / len(said) if said else 1.0, right / len(true) if true else 1.0
    return Rightness(precision, recall, 2 * precision * recall / (precision + recall) if right else 0.0)


def figures(folder: Path) -> dict[str, Any]:
    """Precision, recall and F1 on the sets that are in the folder; ours, then the baseline's."""
    if not baseline.is_there:
        baseline.say_so()
    found: dict[str, Any] = {}
    if (pairs := folder / "handle_pairs.csv").exists():
        found |= _handle_pairs(_rows(pairs))
    if (people := folder / "us_legislators_social.csv").exists():
        found |= _accounts(_rows(people))
    for path in sorted(folder.glob("febrl_dataset*.csv")):
        found |= _records(path.stem, _rows(path))
    if not found:
        raise FileNotFoundError(f"{folder} holds none of the sets: handle_pairs.csv, febrl_dataset1.csv …")
    return found


def clear() -> None:
    """Leave no account behind."""
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE contacts_contact, contacts_identity CASCADE")


def _rows(path: Path) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _handle_pairs(rows: Sequence[Row]) -> dict[str, Any]:
    """Pairs as they are given, with both names, with one, with none; thresholds of the baseline from the dev split."""
    found: dict[str, Any] = {}
    splits = {row["split"] for row in rows}
    parts = {_split(row, splits) for row in rows}
    for shown in ("both names", "one name", "no names"):
        cuts = baseline.handle_cut([row for row in rows if _split(row, splits) == "dev"], shown)
        for source in sorted({row["source"] for row in rows}):
            for part in sorted(parts):
                some = [row for row in rows if row["source"] == source and _split(row, splits) == part]
                true = {number for number, row in enumerate(some) if row["same_person"] == "1"}
                ours = {number for number, row in enumerate(some) if _is_one(row, shown)}
                name = f"{source} handles, {shown}, {part}"
                found[name] = str(rightness(ours, true))
                if cuts is not None:
                    found[f"{name}: baseline"] = str(rightness(baseline.handles(some, shown, cuts), true))
    return found


def _split(row: Row, splits: set[str]) -> str:
    """The file's own split; where it has only one, three people of ten are held back."""
    if len(splits) > 1:
        return row["split"]
    return "held back" if hashlib.sha256(row["name_a"].encode()).digest()[0] < 77 else "dev"


def _is_one(row: Row, shown: str) -> bool:
    one = Facts(network=row["network_a"], handle=row["handle_a"], name=row["name_a"] if shown != "no names" else "")
    other = Facts(network=row["network_b"], handle=row["handle_b"], name=row["name_b"] if shown == "both names" else "")
    return score(one, other).probability >= THRESHOLD


def _accounts(rows: Sequence[Row]) -> dict[str, Any]:
    """All accounts of the set through the job; then what an import of the people makes of them by itself."""
    clear()
    whose: dict[int, str] = {}
    shown: Mapping[str, Callable[[Row], str]] = {
        # As networks differ: the name in full, as they are called, without a name at all.
        "twitter": lambda row: row["official_full"],
        "facebook": lambda row: f"{row['first']} {row['last']}",
        "youtube": lambda row: f"{row['nickname'] or row['first']} {row['last']}",
        "instagram": lambda row: "",
    }
    authors = {
        (_NETWORKS.get(network, network), f"{network}-{row[network]}"): (row, Author(
            external_id=f"{network}-{row[network]}", handle=row[network], name=name(row)
        ))
        for row in rows
        for network, name in shown.items()
        if row[network]
    }  # fmt: skip
    ids = resolve({key: (author, _NOW) for key, (_, author) in authors.items()}, trust_email=False, now=_NOW).identities
    whose = {ids[key]: row["person_id"] for key, (row, _) in authors.items()}
    true = _true(whose)
    match.match_all(seconds=600)
    table = [(pk, *authors_row(row, author)) for (key, (row, author)) in authors.items() for pk in (ids[key],)]
    found = {"legislators' accounts through the job": str(rightness(_suggested(), true))}
    if baseline.is_there:
        found["legislators' accounts: baseline"] = str(rightness(baseline.accounts(table, true), true))
    return found | _claimed(rows, authors)


def authors_row(row: Row, author: Author) -> tuple[str, str]:
    """Name and handle of an account."""
    return author.name, author.handle


def _claimed(rows: Sequence[Row], authors: Mapping[tuple[str, str], tuple[Row, Author]]) -> dict[str, Any]:
    """What links by itself: the people as records that say their accounts' handles, then the accounts."""
    clear()
    contacts = Contact.objects.bulk_create(Contact(name=row["official_full"], created_at=_NOW) for row in rows)
    by_person = {row["person_id"]: contact for row, contact in zip(rows, contacts, strict=True)}
    Claim.objects.bulk_create(
        Claim(contact=by_person[row["person_id"]], network=key[0], handle=author.handle.casefold().lstrip("@"))
        for key, (row, author) in authors.items()
    )
    done = resolve({key: (author, _NOW) for key, (_, author) in authors.items()}, trust_email=False, now=_NOW)
    now_with = dict(Identity.objects.values_list("pk", "contact_id"))
    linked = {key: now_with[pk] for key, pk in done.identities.items()}
    roots = {contact.pk: person for person, contact in by_person.items()}
    said = {key for key in linked if linked[key] in roots}
    right = {key for key in said if roots[linked[key]] == authors[key][0]["person_id"]}
    return {
        "accounts linked by themselves": len(said),
        "of these rightly": round(len(right) / len(said), 4) if said else "none",
    }


def _records(name: str, rows: Sequence[Row]) -> dict[str, Any]:
    """Records of a file of customers through the job."""
    clear()
    slugs = ("birth_date", "street", "postal_code", "city")
    attributes = {
        slug: Attribute.objects.get_or_create(slug=slug, defaults={"name": slug, "kind": "text"})[0] for slug in slugs
    }
    contacts = Contact.objects.bulk_create(Contact(name=_name(row), created_at=_NOW) for row in rows)
    made = Identity.objects.bulk_create(
        Identity(
            contact=contact, network=RECORD, external_id=f"{name}:{n}", name=_name(row), seen_at=_NOW, created_at=_NOW
        )
        for n, (row, contact) in enumerate(zip(rows, contacts, strict=True))
    )
    AttributeValue.objects.bulk_create(
        AttributeValue(contact=contact, attribute=attributes[slug], value=value, source="import", at=_NOW)
        for row, contact in zip(rows, contacts, strict=True)
        for slug, value in zip(slugs, _values(row), strict=True)
        if value
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE contacts_identity, contacts_attributevalue")
    match.match_all(seconds=600)
    whose = {one.pk: row["rec_id"].split("-")[1] for one, row in zip(made, rows, strict=True)}
    true, place = _true(whose), {one.pk: n for n, one in enumerate(made)}
    found = {f"{name} through the job": str(rightness(_suggested(), true))}
    if baseline.is_there:
        at = {(place[one], place[other]) for one, other in true}
        found[f"{name}: baseline"] = str(rightness(baseline.records(rows, at), at))
    return found


def _name(row: Row) -> str:
    return f"{row['given_name']} {row['surname']}".strip()


def _values(row: Row) -> Iterator[str]:
    yield row["date_of_birth"]
    yield f"{row['street_number']} {row['address_1']}".strip()
    yield row["postcode"]
    yield row["suburb"]


def _true(whose: Mapping[int, str]) -> set[Pair]:
    by_person: dict[str, list[int]] = {}
    for pk, person in whose.items():
        by_person.setdefault(person, []).append(pk)
    return {pair for ids in by_person.values() for pair in _pairs(ids)}


def _pairs(ids: Iterable[int]) -> Iterator[Pair]:
    yield from combinations(sorted(ids), 2)


def _suggested() -> set[Pair]:
    return set(Suggestion.objects.values_list("first_id", "second_id"))

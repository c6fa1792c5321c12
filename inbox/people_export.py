"""All people as a table or as JSON Lines, streamed: so that their accounts stand on the records of a company's CRM."""

import csv
import json
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from datetime import datetime
from typing import Any

from django.db.models import Max

from contacts.crm import steps
from contacts.crm.people import Chosen, Person, pages
from contacts.crm.safe import cell
from contacts.models import Attribute
from contacts.networks import networks as known
from inbox.models import Conversation

FORMATS = {"csv": "text/csv; charset=utf-8", "jsonl": "application/x-ndjson"}
_BETWEEN = "; "


def lines(form: str, chosen: Chosen) -> Iterator[str]:
    """The export in pieces, one for each page of people. `form`: a key of `FORMATS`."""
    return _table(chosen) if form == "csv" else _json_lines(chosen)


def _json_lines(chosen: Chosen) -> Iterator[str]:
    for page in pages(chosen):
        last = _last(page)
        yield "".join(json.dumps(_as_json(one, last.get(one.id)), ensure_ascii=False) + "\n" for one in page)


def _as_json(one: Person, last: datetime | None) -> dict[str, Any]:
    return {
        "id": one.id,
        "name": one.name,
        "external_ids": _keys(one),
        "emails": _emails(one),
        "identities": [
            {
                "network": account.network,
                "external_id": account.external_id,
                "handle": account.handle,
                "name": account.name,
                "url": account.url,
            }
            for account in one.identities
        ],
        "roles": [{"role": role.kind.slug, "since": role.since.isoformat()} for role in one.roles],
        "tags": one.tags,
        "owners": [_owner(owner) for owner in one.owners],
        "attributes": one.values,
        "do_not_contact": one.do_not_contact,
        "last_message_at": last.isoformat() if last else None,
    }


def _table(chosen: Chosen) -> Iterator[str]:
    systems = steps.systems()
    networks = [one for one in known() if one not in ("crm", "email")]
    slugs = list(Attribute.objects.order_by("position", "pk").values_list("slug", flat=True))
    said = ("roles", "roles_since", "tags", "owners", "do_not_contact")
    accounts = [f"{network} {part}" for network in networks for part in ("id", "handle", "url")]
    keys = [f"crm:{system}" for system in systems]
    values = [f"attribute:{slug}" for slug in slugs]
    yield "\ufeff" + _csv([["socialcrm_id", "name", *keys, "email", *accounts, *said, *values, "last_message_at"]])
    for page in pages(chosen):
        last = _last(page)
        yield _csv(_row(one, last.get(one.id), systems, networks, slugs) for one in page)


def _row(
    one: Person, last: datetime | None, systems: Sequence[str], networks: Sequence[str], slugs: Sequence[str]
) -> list[object]:
    keys = _keys(one)
    on = defaultdict[str, list[Any]](list)
    for account in one.identities:
        on[account.network].append(account)
    accounts = [
        _BETWEEN.join(filter(None, (getattr(account, part) for account in on[network])))
        for network in networks
        for part in ("external_id", "handle", "url")
    ]
    return [
        one.id,
        one.name,
        *(_BETWEEN.join(keys.get(system, ())) for system in systems),
        _BETWEEN.join(_emails(one)),
        *accounts,
        _BETWEEN.join(role.kind.slug for role in one.roles),
        _BETWEEN.join(role.since.date().isoformat() for role in one.roles),
        _BETWEEN.join(one.tags),
        _BETWEEN.join(map(_owner, one.owners)),
        "yes" if one.do_not_contact else "",
        *(one.values.get(slug, "") for slug in slugs),
        last.isoformat() if last else "",
    ]


def _csv(rows: Any) -> str:
    text = _Text()
    csv.writer(text).writerows([cell(value) for value in row] for row in rows)
    return "".join(text.parts)


class _Text:
    """What csv.writer writes to."""

    def __init__(self) -> None:
        self.parts: list[str] = []

    def write(self, part: str) -> None:
        """Keep it."""
        self.parts.append(part)


def _keys(one: Person) -> dict[str, list[str]]:
    """The records that a person is in systems: ids by system."""
    keys: dict[str, list[str]] = {}
    for account in one.identities:
        if account.network == "crm":
            system, _colon, key = account.external_id.partition(":")
            keys.setdefault(system, []).append(key)
    return keys


def _emails(one: Person) -> list[str]:
    addresses = [account.email for account in one.identities]
    return list(dict.fromkeys(filter(None, addresses)))


def _owner(owner: Any) -> str:
    return f"{owner.department.slug}:{owner.user.username if owner.user else ''}"


def _last(page: Collection[Person]) -> dict[int, datetime]:
    """When the last message of each person was written, by them or to them. One statement."""
    theirs = Conversation.objects.filter(identity__contact__in=[one.id for one in page])
    found = theirs.order_by().values_list("identity__contact").annotate(Max("last_message_at"))
    return {person: at for person, at in found if at is not None}

"""The card beside a timeline: who the contact is, who of us is responsible, and why a conversation is where it is."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.contrib.postgres.aggregates import ArrayAgg
from django.db import connection
from django.db.models import BooleanField, ExpressionWrapper, OuterRef, Q, Subquery
from django.db.models.expressions import RawSQL

from contacts.models import Identity
from inbox import marks
from inbox.facts.brief import known
from inbox.models import Contributor, Conversation
from inbox.presentation import address, network_name
from inbox.rows import mate
from inbox.timeline import Among
from people.statements import Statement

if TYPE_CHECKING:
    from collections.abc import Mapping

    from inbox.speech import Marked

Part = dict[str, Any]
# Accounts shown, and open conversations of an account that are asked for their owners.
SHOWN, _OPEN = 12, 20

# A contact may have hundreds of thousands of events: each account's first stands at the end of its index.
_SINCE = """
    SELECT min(first.at) FROM contacts_identity one CROSS JOIN LATERAL (
        SELECT at FROM inbox_event WHERE identity_id = one.id ORDER BY at LIMIT 1
    ) first WHERE one.contact_id = %s
"""
_OPEN_ONES = """
    SELECT newest.id FROM contacts_identity one CROSS JOIN LATERAL (
        SELECT id FROM inbox_conversation WHERE identity_id = one.id AND state IN ('open', 'snoozed')
        ORDER BY last_message_at DESC LIMIT %s
    ) newest WHERE one.contact_id = %s
    UNION SELECT %s
"""


def identities(conversation: Conversation) -> Part:
    """The contact's accounts, the one that wrote here first; since when, and what, we know of them. One statement."""
    rows = _ACCOUNTS(person=conversation.identity.contact_id, here=conversation.identity_id)
    return {
        "shown": [_identity(one) for one in rows[:SHOWN]],
        "count": len(rows),
        "more": len(rows) > SHOWN,
        "since": rows[0]["since"] if rows else None,
        "known": rows[0]["known"] if rows else "[null, null, null]",
    }


def _accounts(person: int, here: int) -> Any:
    writes_here = ExpressionWrapper(Q(pk=here), output_field=BooleanField())
    since = RawSQL(_SINCE, [person])  # noqa: S611 - the constant above
    columns = {"since": since, "known": known(person)}
    found = Identity.objects.filter(contact=person).annotate(**columns).order_by(writes_here.desc(), "id")
    names = ("since", "known", "network", "handle", "name", "external_id", "url", "followers", "verified", "email")
    return found.values(*names)[: SHOWN + 1]


def since(person: int) -> datetime | None:
    """Since when we know a person. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(_SINCE, [person])
        found: datetime | None = cursor.fetchone()[0]
    return found


def owners(conversation: Conversation, departments: "Mapping[int, Marked]") -> list[Part]:
    """The departments that have something open with this contact, this conversation's first. One statement."""
    return working(conversation.identity.contact_id, departments, conversation.pk)


def working(person: int, departments: "Mapping[int, Marked]", here: int = 0) -> list[Part]:
    """The departments that have something open with a person, that of the conversation `here` first. One statement."""
    owning: dict[int, Part] = {}
    helping: dict[int, Part] = {}
    for row in sorted(_WORKING(person=person, here=here), key=lambda one: one["id"] != here):
        part = owning.setdefault(row["department_id"], _owner(departments[row["department_id"]], row["id"]))
        part["mate"] = part["mate"] or mate(row["assignee_id"], row["assignee__name"] or row["assignee__username"])
        for department in row["helping"] or ():
            helping.setdefault(department, _owner(departments[department], row["id"]) | {"helps": True})
    return [*owning.values(), *(part for department, part in helping.items() if department not in owning)]


def _working(person: int, here: int) -> Any:
    taking_part = Contributor.objects.filter(conversation=OuterRef("pk")).order_by().values("conversation")
    ids = Subquery(taking_part.annotate(ids=ArrayAgg("department_id")).values("ids"))
    found = Conversation.objects.filter(Among(_OPEN_ONES, [_OPEN, person, here]))
    return (
        found.annotate(helping=ids)
        .order_by("-last_message_at")
        .values("id", "department_id", "assignee_id", "assignee__name", "assignee__username", "helping")
    )


def _owner(department: "Marked", conversation: int) -> Part:
    return {
        "conversation": conversation,
        "name": department.name,
        "mark": department.mark,
        "mate": None,
        "helps": False,
    }


def _identity(one: Part) -> Part:
    return {
        "network": marks.network(one["network"]),
        "network_name": network_name(one["network"]),
        "handle": one["handle"] or one["email"] or one["name"] or one["external_id"],
        "verified": one["verified"],
        "url": one["url"] if address(one["url"]) else "",
        "followers": compact(one["followers"]) if one["followers"] else "",
    }


def compact(number: int) -> str:
    """A large number in few characters: 940, 3.4k, 48k, 1.2M."""
    for size, letter in ((1_000_000, "M"), (1_000, "k")):
        if number >= size:
            scaled = number / size
            return (f"{scaled:.1f}".removesuffix(".0") if scaled < 10 else f"{scaled:.0f}") + letter
    return str(number)


_ACCOUNTS, _WORKING = Statement(_accounts), Statement(_working)

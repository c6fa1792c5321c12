"""The card beside a timeline: who the contact is, who of us is responsible, and why a conversation is where it is."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.contrib.postgres.aggregates import ArrayAgg
from django.contrib.postgres.expressions import ArraySubquery
from django.db import connection
from django.db.models import BooleanField, ExpressionWrapper, OuterRef, Q, Subquery
from django.db.models.expressions import RawSQL
from django.db.models.functions import JSONObject
from django.utils.formats import number_format
from django.utils.translation import gettext_lazy as _

from contacts.models import Contact, Identity
from inbox import marks, why
from inbox.facts.brief import known
from inbox.models import Contributor, Conversation
from inbox.presentation import address, network_name
from inbox.rows import mate
from inbox.timeline import Among
from people.statements import Statement

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from inbox.speech import Marked

Part = dict[str, Any]
# Accounts shown, and open conversations of an account that are asked for their owners.
SHOWN, _OPEN = 12, 20
_THOUSANDS, _MILLIONS = _("%(n)sk"), _("%(n)sM")
_OWNING = ("id", "department_id", "assignee_id", "assignee__name", "assignee__username", "helping")

_FIRST_ACCOUNTS = "SELECT id FROM contacts_identity WHERE contact_id = %s ORDER BY (id = %s) DESC, id LIMIT %s"
# A contact may have hundreds of thousands of events: each account's first stands at the end of its index.
_SINCE = """
    SELECT min(first.at) FROM contacts_identity one CROSS JOIN LATERAL (
        SELECT at FROM inbox_event WHERE identity_id = one.id ORDER BY at LIMIT 1
    ) first WHERE one.contact_id = %s
"""
# Of what is open, per department the newest that somebody has and the newest that nobody has, and whatever others help
# with: a person may have a thousand conversations open.
_OPEN_ONES = """
    WITH open AS MATERIALIZED (
        SELECT newest.* FROM contacts_identity one CROSS JOIN LATERAL (
            SELECT id, department_id, assignee_id IS NULL AS is_free, last_message_at FROM inbox_conversation
            WHERE identity_id = one.id AND state IN ('open', 'snoozed') ORDER BY last_message_at DESC LIMIT %s
        ) newest WHERE one.contact_id = %s
    )
    (SELECT DISTINCT ON (department_id, is_free) id FROM open ORDER BY department_id, is_free, last_message_at DESC)
    UNION SELECT conversation_id FROM inbox_contributor WHERE conversation_id = ANY(ARRAY(SELECT id FROM open))
    UNION SELECT %s
"""


def read(conversation: Conversation) -> Part:
    """What the card says of a contact and of why the conversation is where it is, in columns that `identities`,
    `owners`, `brief` and `why.explain` tell. One statement."""
    identity = conversation.identity
    found: list[Part] = _CARD(
        why.deeds(conversation), person=identity.contact_id, identity=identity.pk, here=conversation.pk
    )
    return found[0]


def _card(kinds: tuple[str, ...], person: int, identity: int, here: int) -> Any:
    columns = {
        "accounts": _accounts(person, identity),
        "since": RawSQL(_SINCE, [person]),  # noqa: S611 - the constant above
        "known": known(person),
        "working": ArraySubquery(_working(person, here).values(json=JSONObject(**{name: name for name in _OWNING}))),
        "decisions": why.decisions(here),
        "move": why.move(kinds, here),
    }
    return Contact.objects.filter(pk=person).annotate(**columns).values(*columns)


def identities(card: Part) -> Part:
    """The contact's accounts, the one that wrote here first, and since when we know them."""
    rows = card["accounts"]
    return {
        "shown": [_identity(one) for one in rows[:SHOWN]],
        "count": len(rows),
        "more": len(rows) > SHOWN,
        "since": card["since"],
    }


def _accounts(person: int, here: int) -> ArraySubquery:
    writes_here = ExpressionWrapper(Q(pk=here), output_field=BooleanField())
    names = ("network", "handle", "name", "external_id", "url", "followers", "verified", "email")
    # Told of those that are shown alone: in one step, all of a person's accounts would be put into words to be sorted.
    found = Identity.objects.filter(Among(_FIRST_ACCOUNTS, [person, here, SHOWN + 1]))
    found = found.order_by(writes_here.desc(), "id")
    return ArraySubquery(found.values(json=JSONObject(**{name: name for name in names})))


def since(person: int) -> datetime | None:
    """Since when we know a person. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(_SINCE, [person])
        found: datetime | None = cursor.fetchone()[0]
    return found


def working(person: int, departments: "Mapping[int, Marked]") -> list[Part]:
    """The departments that have something open with a person. One statement."""
    return owners(_WORKING(person=person, here=0), departments)


def owners(rows: "Iterable[Part]", departments: "Mapping[int, Marked]", here: int = 0) -> list[Part]:
    """The departments of open conversations, that of the one `here` first."""
    owning: dict[int, Part] = {}
    helping: dict[int, Part] = {}
    for row in sorted(rows, key=lambda one: one["id"] != here):
        part = owning.setdefault(row["department_id"], _owner(departments[row["department_id"]], row["id"]))
        part["mate"] = part["mate"] or mate(row["assignee_id"], row["assignee__name"] or row["assignee__username"])
        for department in row["helping"] or ():
            helping.setdefault(department, _owner(departments[department], row["id"]) | {"helps": True})
    return [*owning.values(), *(part for department, part in helping.items() if department not in owning)]


def _working(person: int, here: int) -> Any:
    taking_part = Contributor.objects.filter(conversation=OuterRef("pk")).order_by().values("conversation")
    ids = Subquery(taking_part.annotate(ids=ArrayAgg("department_id")).values("ids"))
    found = Conversation.objects.filter(Among(_OPEN_ONES, [_OPEN, person, here]))
    return found.annotate(helping=ids).order_by("-last_message_at").values(*_OWNING)


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
    """A large number in few characters, as its reader writes it: 940, 3.4k, 48k, 1.2M."""
    for size, words in ((1_000_000, _MILLIONS), (1_000, _THOUSANDS)):
        if number >= size:
            scaled = round(number / size, 1 if number < 10 * size else None)
            digits = 1 if scaled % 1 else 0
            return str(words) % {"n": number_format(scaled, digits, force_grouping=True)}
    return str(number)


_CARD, _WORKING = Statement(_card), Statement(_working)

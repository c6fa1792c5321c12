"""What hangs on contacts as such: roles, deals, pinned notes, owners, tags, attributes, and how much was said with
their accounts. For whoever merges or separates persons and wants to see before what goes where."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext, ngettext

from contacts.models import Attribute, AttributeValue, Deal, Owner, Pin, Role, Tag
from contacts.values import Shown, effective
from inbox import marks, rows
from inbox.facts import wording
from inbox.presentation import short_date
from people.shares import grouped

Part = dict[str, Any]
# Counting ends here; what is more is said to be more.
MOST = 10_000
# Of each kind; a person may have any number of deals.
_SHOWN = 50
LISTS = ("roles", "deals", "pins", "owners", "tags")

# Each account by itself from its index, so that nobody walks a whole table for somebody who has said much.
_COUNT = """(SELECT count(*) FROM (
    SELECT 1 FROM unnest(%(ids)s::bigint[]) AS one(id) CROSS JOIN LATERAL (
        SELECT 1 FROM {} WHERE identity_id = one.id {} LIMIT %(most)s
    ) found LIMIT %(most)s
) capped)"""
_COUNTED = (
    ("inbox_message", ""),
    ("inbox_conversation", ""),
    ("inbox_event", "AND kind <> 'message' AND kind = 'note'"),  # the first condition names the index
    ("inbox_event", "AND at >= %(since)s AND kind = 'message'"),
)
_VOLUME = "SELECT " + ", ".join(_COUNT.format(*one) for one in _COUNTED)


@dataclass(frozen=True, slots=True)
class Volume:
    """How much was said with some accounts, counted up to `MOST`; `since`: messages from a given time on."""

    messages: int = 0
    conversations: int = 0
    notes: int = 0
    since: int = 0

    @property
    def sentence(self) -> str:
        """ "1,204 messages in 12 conversations, 3 internal notes"."""
        said = gettext("%(messages)s in %(conversations)s") % {
            "messages": counted(self.messages, ngettext("%(n)s message", "%(n)s messages", self.messages)),
            "conversations": counted(
                self.conversations, ngettext("%(n)s conversation", "%(n)s conversations", self.conversations)
            ),
        }
        if not self.notes:
            return said
        notes = ngettext("%(n)s internal note", "%(n)s internal notes", self.notes)
        return gettext("%(said)s, %(notes)s") % {"said": said, "notes": counted(self.notes, notes)}

    @property
    def new(self) -> str:
        """ "3 messages", of those since a given time."""
        return counted(self.since, ngettext("%(n)s message", "%(n)s messages", self.since))


def counted(number: int, words: str) -> str:
    """A number in words, or that it is more than was counted."""
    shown = grouped(min(number, MOST))
    return words % {"n": f"{shown}+" if number > MOST else shown}


def volume(identities: Collection[int], since: datetime | None = None) -> Volume:
    """How much was said with these identities. One statement, bounded."""
    if not identities:
        return Volume()
    since = since or timezone.now()
    with connection.cursor() as cursor:
        cursor.execute(_VOLUME, {"ids": list(identities), "most": MOST + 1, "since": since})
        return Volume(*cursor.fetchone())


@dataclass(slots=True)
class Belongings:
    """Lines, each with the contact that it was said of (`contact`) and when (`at`); of attributes the rows."""

    roles: list[Part] = field(default_factory=list)
    deals: list[Part] = field(default_factory=list)
    pins: list[Part] = field(default_factory=list)
    owners: list[Part] = field(default_factory=list)
    tags: list[Part] = field(default_factory=list)
    values: list[AttributeValue] = field(default_factory=list)

    def of(self, contacts: Collection[int]) -> "Belongings":
        """Those of some contacts only."""
        kept = {name: [one for one in getattr(self, name) if one["contact"] in contacts] for name in LISTS}
        return Belongings(**kept, values=[one for one in self.values if one.contact_id in contacts])

    def attributes(self) -> list[Shown]:
        """What shows of each attribute that anything was said of."""
        return [one for one in effective(defined(self.values), self.values) if one.value or one.others]

    @property
    def is_empty(self) -> bool:
        """Whether nothing at all hangs there."""
        return not self.values and not any(getattr(self, name) for name in LISTS)


def of(contacts: Collection[int], now: datetime) -> Belongings:
    """What hangs on these contacts now. Six statements."""
    return Belongings(
        roles=_roles(contacts, now),
        deals=_deals(contacts, now),
        pins=_pins(contacts),
        owners=_owners(contacts),
        tags=_tags(contacts),
        values=latest(contacts),
    )


def _roles(contacts: Collection[int], now: datetime) -> list[Part]:
    found = Role.objects.filter(contact__in=contacts, until=None).order_by("kind__position", "kind_id", "since")
    names = ("contact_id", "kind_id", "kind__name", "kind__icon", "kind__tone", "since")
    return [
        {
            "contact": row["contact_id"],
            "at": row["since"],
            "key": row["kind_id"],
            "text": row["kind__name"],
            "icon": row["kind__icon"],
            "tone": row["kind__tone"],
            "detail": gettext("since %(day)s") % {"day": short_date(row["since"], now)},
        }
        for row in found.values(*names)[:_SHOWN]
    ]


def _deals(contacts: Collection[int], now: datetime) -> list[Part]:
    found = Deal.objects.filter(contact__in=contacts).order_by(
        F("closed_at").desc(nulls_first=True), "-opened_at", "id"
    )
    return [
        {
            "contact": deal.contact_id,
            "at": deal.opened_at,
            "text": deal.title,
            "amount": wording.money(deal.amount, deal.currency),
            "detail": f"{deal.get_stage_display()} · {short_date(deal.closed_at or deal.opened_at, now)}",
        }
        for deal in found[:_SHOWN]
    ]


def _pins(contacts: Collection[int]) -> list[Part]:
    found = Pin.objects.filter(contact__in=contacts).order_by("-at", "-id")
    return [{"contact": pin.contact_id, "at": pin.at, "text": pin.text} for pin in found[:_SHOWN]]


def _owners(contacts: Collection[int]) -> list[Part]:
    """Of each department the latest word first."""
    found = Owner.objects.filter(contact__in=contacts).order_by("department__position", "department_id", "-at")
    names = ("contact_id", "at", "department_id", "department__name", "department__mark", "user_id", "user__name")
    return [
        {
            "contact": row["contact_id"],
            "at": row["at"],
            "key": row["department_id"],
            "text": row["department__name"],
            "mark": marks.department(row["department__mark"], row["department__name"]),
            "mate": rows.mate(row["user_id"], row["user__name"]),
        }
        for row in found.values(*names)[:_SHOWN]
    ]


def _tags(contacts: Collection[int]) -> list[Part]:
    found = Tag.objects.filter(contact__in=contacts).order_by("name", "at")
    return [{"contact": tag.contact_id, "at": tag.at, "key": tag.name, "text": tag.name} for tag in found[:_SHOWN]]


def latest(contacts: Collection[int]) -> list[AttributeValue]:
    """The latest word of every speaker on each attribute of each contact. One statement."""
    return list(
        AttributeValue.objects.filter(contact__in=contacts)
        .order_by("contact_id", "attribute_id", "source", "source_import__system", "-at", "-id")
        .distinct("contact_id", "attribute_id", "source", "source_import__system")
        .select_related("attribute", "by", "source_import")
        .defer("source_import__content")
    )


def defined(values: Collection[AttributeValue]) -> list[Attribute]:
    """The attributes that these values are of, in their order."""
    found = {one.attribute_id: one.attribute for one in values}.values()
    return sorted(found, key=lambda one: (one.position, one.pk))


def told(one: AttributeValue, now: datetime) -> Part:
    """A value with who said it."""
    return {"contact": one.contact_id, "at": one.at, "text": one.value, "who": _who(one, now)}


def _who(one: AttributeValue, now: datetime) -> str:
    day = short_date(one.at, now)
    if one.by:
        return gettext("%(name)s, %(day)s") % {"name": one.by, "day": day}
    if one.source_import:
        return gettext("import from %(system)s, %(day)s") % {"system": one.source_import.system, "day": day}
    return day

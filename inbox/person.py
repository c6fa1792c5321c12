"""A person as their page shows them: who they are, where they write, and what may be done."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db.models import QuerySet
from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext

from contacts.models import Contact, Identity, Role
from inbox import marks
from inbox.models import Conversation
from inbox.presentation import address, face, month_name, network_name
from inbox.reading import first_name
from inbox.timeline import Among

if TYPE_CHECKING:
    from people.models import User

Part = dict[str, Any]
# Accounts that are shown at once.
SHOWN = 12
_CONVERSATION = """
    SELECT newest.id FROM contacts_identity one CROSS JOIN LATERAL (
        (SELECT id FROM inbox_conversation WHERE identity_id = one.id ORDER BY last_message_at DESC LIMIT 1)
        UNION ALL
        (SELECT id FROM inbox_conversation WHERE identity_id = one.id AND state = 'open'
         ORDER BY last_message_at DESC LIMIT 1)
    ) newest WHERE one.contact_id = %s
"""


class Moved(Exception):
    """The contact is part of another one; that one's page shows it."""

    def __init__(self, to: int) -> None:
        super().__init__(f"part of {to}")
        self.to = to


def find(pk: int) -> Contact:
    """The person with this id. One statement; raises Http404, or Moved for one that a merge made part of another."""
    found = Contact.objects.filter(pk=pk).first()
    if found is None:
        raise Http404
    if found.root_id:
        raise Moved(found.root_id)
    return found


def identities(person: int) -> list[Part]:
    """The person's accounts, those with a picture first. One statement."""
    rows = Identity.objects.filter(contact=person).order_by("network", "id")
    names = ("id", "network", "handle", "name", "external_id", "email", "url", "avatar_url", "followers", "verified")
    return list(rows.values(*names, "location", "bio")[:1000])


def current_conversation(person: int, user: "User") -> Part | None:
    """The newest open conversation, else the newest one: where an answer is written. One statement."""
    seen: QuerySet[Conversation] = Conversation.objects.visible_to(user).filter(Among(_CONVERSATION, [person]))
    rows: list[Any] = list(seen.values("id", "state", "last_message_at"))
    return max(rows, key=lambda one: (one["state"] == "open", one["last_message_at"], one["id"]), default=None)


def roles(person: int) -> list[Part]:
    """What the person is to the company now. One statement."""
    now = Role.objects.filter(contact__in=Contact.objects.of(person), until=None).select_related("kind")
    found: dict[int, Part] = {}
    for role in now.order_by("kind__position", "kind_id", "since"):
        # Both parts of a merged person may be the same: told once, since the earlier.
        kind = role.kind
        found.setdefault(
            kind.pk,
            {"slug": kind.slug, "name": kind.name, "tone": kind.tone, "icon": kind.icon, "since": role.since},
        )
    return list(found.values())


def hero(contact: Contact, accounts: list[Part], roles_now: list[Part], since: datetime | None) -> Part:
    """What stands at the head of the page."""
    name = contact.name or next((one["name"] or one["handle"] or one["external_id"] for one in accounts), "?")
    pictured = next((one for one in accounts if one["avatar_url"]), None)
    customer = next((role["since"] for role in roles_now if role["slug"] == "customer"), None)
    return {
        "id": contact.pk,
        "url": reverse("contact", args=[contact.pk]),
        "name": name,
        "first": first_name(name),
        "face": marks.customer(
            name, contact.pk, "s64", "", face(pictured["id"], pictured["avatar_url"]) if pictured else ""
        ),
        "roles": roles_now,
        "facts": " · ".join(_facts(accounts, customer, since)),
        "identities": [_identity(one) for one in accounts[:SHOWN]],
        "more": max(0, len(accounts) - SHOWN),
        "networks": sorted({(one["network"], network_name(one["network"])) for one in accounts}),
        "do_not_contact": contact.do_not_contact,
        "do_not_contact_reason": contact.do_not_contact_reason,
    }


def _facts(accounts: list[Part], customer: datetime | None, since: datetime | None) -> list[str]:
    """Where they are, and how long they have been with us."""
    told = [location] if (location := next((one["location"] for one in accounts if one["location"]), "")) else []
    if customer:
        told.append(gettext("customer since %(month)s") % {"month": month_name(customer)})
    elif since:
        told.append(gettext("in touch since %(month)s") % {"month": month_name(since)})
    return told


def _identity(one: Part) -> Part:
    return {
        "id": one["id"],
        "network": marks.network(one["network"]),
        "network_name": network_name(one["network"]),
        "handle": one["handle"] or one["email"] or one["name"] or one["external_id"],
        "link": one["url"] if address(one["url"]) else "",
        "verified": one["verified"],
    }

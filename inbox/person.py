"""A person as their page shows them: who they are, where they write, and what may be done."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.conf.locale import LANG_INFO
from django.db.models import QuerySet
from django.http import Http404
from django.urls import reverse
from django.utils.translation import get_language_info, gettext

from contacts.contacting import why_not
from contacts.models import Contact, Identity
from inbox import marks
from inbox.models import Conversation
from inbox.persons import ACCOUNT
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


def find(pk: int) -> Any:
    """The person with this id, and why they are not to be contacted (`forbidden`). One statement.

    Raises Http404, or Moved for one that a merge made part of another.
    """
    found = Contact.objects.annotate(forbidden=why_not("pk")).filter(pk=pk).first()
    if found is None or found.is_erased:
        raise Http404
    if found.root_id:
        raise Moved(found.root_id)
    return found


def identities(person: int) -> list[Part]:
    """The person's accounts, by network. One statement."""
    rows = Identity.objects.filter(contact=person).order_by("network", "id")
    return list(rows.values(*ACCOUNT, "location", "bio")[:1000])


def current_conversation(person: int, user: "User") -> Part | None:
    """The newest open conversation, else the newest one: where an answer is written. One statement."""
    seen: QuerySet[Conversation] = Conversation.objects.visible_to(user).filter(Among(_CONVERSATION, [person]))
    rows: list[Any] = list(seen.values("id", "state", "last_message_at"))
    return max(rows, key=lambda one: (one["state"] == "open", one["last_message_at"], one["id"]), default=None)


def hero(contact: Contact, accounts: list[Part], told: Sequence[str] = ()) -> Part:
    """What stands at the head of the page; `told`: what is said of them in a line."""
    name = contact.name or next((one["name"] or one["handle"] or one["external_id"] for one in accounts), "?")
    pictured = next((one for one in accounts if one["avatar_url"]), None)
    return {
        "id": contact.pk,
        "url": reverse("contact", args=[contact.pk]),
        "name": name,
        "first": first_name(name),
        "face": marks.customer(
            name, contact.pk, "s64", "", face(pictured["id"], pictured["avatar_url"]) if pictured else ""
        ),
        "told": " · ".join(told),
        "identities": [_identity(one) for one in accounts[:SHOWN]],
        "more": max(0, len(accounts) - SHOWN),
        "networks": sorted({(one["network"], network_name(one["network"])) for one in accounts}),
    }


def line(
    accounts: list[Part], languages: Sequence[str], customer: datetime | None, since: datetime | None
) -> list[str]:
    """Where they are, what they speak, and how long they have been with us."""
    told = [location] if (location := next((one["location"] for one in accounts if one["location"]), "")) else []
    if languages:
        told.append(", ".join(languages))
    if customer:
        told.append(gettext("customer since %(month)s") % {"month": month_name(customer)})
    elif since:
        told.append(gettext("in touch since %(month)s") % {"month": month_name(since)})
    return told


def languages(events: Iterable[Part]) -> list[str]:
    """The languages that they mostly write, by what is known of these messages."""
    said = Counter(
        one["message__language"].partition("-")[0].lower()
        for one in events
        if one["message__language"] and one["message__direction"] == "in"
    )
    often = [code for code, count in said.most_common(3) if count * 10 >= said.total()]
    return [str(get_language_info(code)["name_translated"]) for code in often if code in LANG_INFO]


def _identity(one: Part) -> Part:
    return {
        "id": one["id"],
        "network": marks.network(one["network"]),
        "network_name": network_name(one["network"]),
        "handle": one["handle"] or one["email"] or one["name"] or one["external_id"],
        "link": one["url"] if address(one["url"]) else "",
        "verified": one["verified"],
    }

"""Macros: canned replies and notes with variables, and what happens to the conversation when one is used."""

from collections.abc import Collection, Mapping
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from contacts.refused import Refused
from inbox import replies, variables
from inbox.models import Conversation, Macro
from inbox.presentation import network_name
from people.models import Department, User

MOST = 1_000
"""Macros that a company may have."""

# Those that are offered at once in a composer: the ones that are used most.
_OFFERED = 300


def visible_to(user: User) -> QuerySet[Macro]:
    """Everybody's, and those of one's departments; managers have all."""
    if user.is_manager:
        return Macro.objects.all()
    return Macro.objects.filter(Q(department=None) | Q(department__in=user.departments.values("pk")))


def usable(user: User, conversation: Conversation) -> QuerySet[Macro]:
    """What somebody can use in a conversation: everybody's, their departments', and its owner's. Most used first."""
    theirs = visible_to(user)
    if user.is_manager:
        mine = user.departments.values("pk")
        owner = Department.objects.filter(conversations=conversation.pk)
        theirs = theirs.filter(Q(department=None) | Q(department__in=owner) | Q(department__in=mine))
    return theirs.select_related("department").order_by("-used", "name", "pk")


def offered(user: User, conversation: Any, *, company: str, account: int | None = None) -> list[dict[str, Any]]:
    """What a composer offers, with its texts filled in. `conversation` is as `reading.find` returns it; `account` is
    the one that is chosen in the composer to answer."""
    values = values_for(user, conversation, company=company, account=account)
    may_act = conversation.may_act
    found = usable(user, conversation)
    if not may_act:
        found = found.filter(is_note=True)
    return [
        {
            "id": one.pk,
            "name": one.name,
            "text": variables.fill(one.text, values),
            "mode": "note" if one.is_note else "reply",
            "about": one.department.name if one.department else _("Everybody"),
            "does": does(one.actions) if may_act else [],
        }
        for one in found[:_OFFERED]
    ]


def values_for(user: User, conversation: Any, *, company: str, account: int | None = None) -> dict[str, str]:
    """What variables stand for, in a conversation and for a writer."""
    identity, mine = conversation.identity, str(user)
    name = identity.contact.name or identity.name
    speaks = replies.chosen(replies.senders(conversation), conversation, account)
    return {
        "customer.name": name,
        "customer.first_name": _first(name),
        "customer.handle": identity.handle,
        "my.name": mine,
        "my.first_name": _first(mine),
        "department": conversation.department.name,
        "company": company,
        "network": network_name(identity.network),
        "account": (speaks.channel if speaks else conversation.channel).account,
        "conversation.number": f"#{conversation.pk}",
    }


def does(actions: Mapping[str, Any]) -> list[str]:
    """What a macro does beside its words, in words."""
    told = []
    if tags := actions.get("tags"):
        told.append(_("tags %(tags)s") % {"tags": ", ".join(tags)})
    if "priority" in actions:
        label = dict(Conversation.Priority.choices).get(actions["priority"], "")
        told.append(_("priority %(priority)s") % {"priority": str(label).lower()})
    if to := actions.get("move"):
        told.append(_("moves to %(department)s") % {"department": to["name"]})
    if who := actions.get("assign"):
        words = {"me": _("assigns you"), "nobody": _("assigns nobody")}
        told.append(words.get(who["who"]) or _("assigns %(name)s") % {"name": who.get("name", "")})
    if until := actions.get("snooze"):
        told.append(_("snoozes for %(hours)d h") % {"hours": until})
    if actions.get("close"):
        told.append(_("closes"))
    return told


def save(macro: Macro, *, by: User) -> Macro:
    """Keep a macro, new or changed. Raises Refused on variables that nobody could fill in, one that does nothing, a
    name that is taken, and too many."""
    macro.name, macro.text = macro.name.strip(), macro.text.replace("\0", "").replace("\r\n", "\n").strip()
    if names := variables.unknown(macro.text):
        listed = ", ".join(f"{{{name}}}" for name in names)
        raise Refused(_("Nobody can fill in %(names)s. Choose from those below.") % {"names": listed}, field="text")
    if not macro.text and not macro.actions:
        raise Refused(_("Write a text, or choose what happens."), field="text")
    if not macro.pk and Macro.objects.count() >= MOST:
        raise Refused(_("There are %(n)d macros already. Delete one first.") % {"n": MOST})
    macro.by, macro.changed_at = by, timezone.now()
    try:
        with transaction.atomic():
            macro.save()
    except IntegrityError as error:
        raise Refused(_("There is a macro of this name already."), field="name") from error
    return macro


def used(macros: Collection[Macro]) -> None:
    """Count that they were used."""
    Macro.objects.filter(pk__in=[one.pk for one in macros]).update(used=F("used") + 1, used_at=timezone.now())


def _first(name: str) -> str:
    words = name.split()
    return words[0] if len(words) > 1 and not words[0].islower() and len(words[0]) > 1 else name


def owners(user: User) -> QuerySet[Department]:
    """The departments that a macro can belong to."""
    return Department.objects.order_by("position", "pk") if user.is_manager else user.departments.order_by("position")

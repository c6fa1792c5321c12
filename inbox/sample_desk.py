"""What the sample puts at hand: macros, saved lists, and on the desk of whoever tries it what colleagues put there."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from contacts.refused import Refused
from inbox import drafts, macros, notes, saving, triage
from inbox.models import Conversation, Macro, Mention, SavedView
from inbox.sample_company import DISPATCHER, DOMAIN, Cast
from people.models import Department, User


@dataclass(frozen=True, slots=True, kw_only=True)
class Canned:
    """A macro: `by` a colleague, of a department or everybody's, with how often it was used already."""

    name: str
    by: str
    used: int
    department: str = ""
    text: str = ""
    is_note: bool = False
    actions: Mapping[str, Any] = field(default_factory=dict)


MACROS = (
    Canned(
        name="We are on it",
        by="klara",
        used=64,
        text="Hello {customer.first_name|there}, thank you for telling us. I am looking into it and come back to you"
        " today, with an answer or with what is still missing. {my.first_name}",
    ),
    Canned(
        name="Which car is it?",
        by="tomasz",
        department="support",
        used=41,
        text="Hello {customer.first_name|there}, two things and I can look it up: the last six digits of the VIN, and"
        " the software version (Settings, About). Please send them by direct message, not in public."
        " {my.first_name}, {company}",
    ),
    Canned(
        name="Test drive",
        by="amara",
        department="sales",
        used=27,
        text="Gladly, {customer.first_name|hello}. Which town, and would this Saturday suit you? You need a driving"
        " licence and an hour, nothing else. {my.first_name}",
    ),
    Canned(
        name="Thank you for the picture",
        by="leila",
        department="marketing",
        used=19,
        text="What a picture, {customer.first_name|thank you}! May we show it on our own account, with your name"
        " ({customer.handle}) under it? A yes is enough. {my.first_name}",
    ),
    Canned(
        name="Stranded: tow truck is on its way",
        by="jonas",
        department="support",
        used=12,
        text="{customer.first_name|Hello}, a tow truck is on its way to you. Please stay behind the barrier, and tell"
        " me if anybody is cold. {my.first_name}",
        actions={"tags": ["stranded"], "priority": int(Conversation.Priority.URGENT), "assign": {"who": "me"}},
    ),
    Canned(
        name="Kind words: thank and close",
        by="nadia",
        used=33,
        text="Thank you, {customer.first_name|that is kind}. I have passed it on to those who did it. {my.first_name}",
        actions={"tags": ["praise"], "close": True},
    ),
)
# name, base, query, by a colleague for everybody; without one, of whoever tries the sample.
VIEWS = (
    ("Unhappy for an hour", "open", "waiting=60&tone=negative", DISPATCHER),
    ("Nobody's yet", "open", "who=nobody&waiting=60", ""),
)

# What is asked for, and what has been begun. The messages are named by their external ids.
_ASKED, _BEGUN = "li-0009", "x-0036"
_QUESTION = (
    "@{guest} he was on a board once and reads what we sign. Rafael promised him the numbers in writing: would you"
    " send them? I gave it to you. @Rafael has them."
)
_REPLY = (
    "Mr Sjöström, as promised, and before the call: 61 reports, five cars taken apart so far, the same chafed sensor"
    " lead in three of them. The brakes themselves work. What it will cost:"
)
_PROPOSAL = "@{guest} this is the comment that the papers will quote on Friday. My draft is in it, please look it over."
_STATEMENT = (
    "We have the same 61 reports and read every one. In three of five cars it is a sensor lead, not the brake. All"
    " owners hear from us by"
)


def lay_out(cast: Cast) -> None:
    """Give the company its macros, and the list that everybody has.

    A macro of the same name stays as it is: of the sample that was here before, somebody has made one of their own.
    """
    now = timezone.now()
    departments = {one.slug: one for one in Department.objects.all()}
    for canned in MACROS:
        macro = Macro(
            name=canned.name,
            text=canned.text,
            department=departments[canned.department] if canned.department else None,
            is_note=canned.is_note,
            actions=dict(canned.actions),
            used=canned.used,
            used_at=now - timedelta(hours=canned.used % 7 + 1),
        )
        with suppress(Refused):
            macros.save(macro, by=cast[canned.by].user)
    for name, base, query, by in VIEWS:
        if by:
            saving.save(name=name, base=base, query=query, is_shared=True, by=cast[by].user)


@transaction.atomic
def greet() -> bool:
    """Let colleagues call upon whoever tries the sample, and give them something to do, once.

    That is the only person here; where there are more, it is a company at work, and nobody's desk is touched.
    """
    guests = User.objects.filter(is_sample=False, is_active=True)[:2]
    conversations = Conversation.objects.filter(channel__is_sample=True).select_related("department")
    asked = conversations.filter(messages__external_id=_ASKED).first()
    begun = conversations.filter(messages__external_id=_BEGUN).first()
    if len(guests) != 1 or asked is None or begun is None:
        return False
    guest = guests[0]
    if Mention.objects.filter(user=guest, conversation=asked).exists():
        return False
    dispatcher, rafael = (User.objects.get(username=f"{name}@{DOMAIN}") for name in (DISPATCHER, "rafael"))
    drafts.save(begun, by=rafael, text=_STATEMENT)
    notes.add(begun, by=rafael, text=_PROPOSAL.format(guest=guest.username))
    triage.assign(asked, to=guest, by=dispatcher)
    notes.add(asked, by=dispatcher, text=_QUESTION.format(guest=guest.username))
    drafts.save(asked, by=guest, text=_REPLY)
    for name, base, query, by in VIEWS:
        if not by:
            saving.save(name=name, base=base, query=query, is_shared=False, by=guest)
    return True


def left_as_made() -> tuple[QuerySet[Macro], QuerySet[SavedView]]:
    """The macros and saved views of the sample; what somebody has changed since is theirs."""
    same = Q(pk=None)
    for name, base, query, by in VIEWS:
        same |= Q(name=name, base=base, query=query, is_shared=bool(by))
    names = [one.name for one in MACROS]
    return Macro.objects.filter(by__is_sample=True, name__in=names), SavedView.objects.filter(same)

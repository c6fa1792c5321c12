"""Deals with their events."""

from datetime import datetime
from decimal import Decimal

from django.db import transaction

from contacts import deals
from contacts.models import Deal
from inbox.facts.telling import show, tell
from inbox.facts.wording import money
from people.models import Department, User


@transaction.atomic
def open_deal(
    contact_id: int,
    *,
    title: str,
    amount: Decimal | None,
    currency: str,
    stage: str,
    department: Department | None,
    by: User,
    at: datetime,
) -> Deal:
    """As `contacts.deals.open_deal`, on the timeline."""
    deal = deals.open_deal(
        contact_id, title=title, amount=amount, currency=currency, stage=stage, department=department, by=by, at=at
    )
    told = {"deal": deal.pk, "title": deal.title, "amount": money(deal.amount, deal.currency)}
    tell(contact_id, "deal_opened", by=by, at=at, **told)
    return deal


@transaction.atomic
def edit(deal_id: int, *, title: str, amount: Decimal | None, currency: str, department: Department | None) -> Deal:
    """As `contacts.deals.edit`."""
    deal = deals.edit(deal_id, title=title, amount=amount, currency=currency, department=department)
    show(deal.contact_id)
    return deal


@transaction.atomic
def move(deal_id: int, *, to: str, seen: str, by: User, at: datetime) -> tuple[Deal, str]:
    """As `contacts.deals.move`, on the timeline where the deal really moved."""
    deal, before = deals.move(deal_id, to=to, at=at, seen=seen)
    if before != deal.stage:
        labels = {"from": str(Deal.Stage(before).label), "to": deal.get_stage_display()}
        tell(deal.contact_id, "deal_moved", by=by, at=at, deal=deal.pk, title=deal.title, **labels)
    return deal, before

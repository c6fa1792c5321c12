"""Deals: what a person may buy, moved through stages until it is won or lost."""

from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import BooleanField, ExpressionWrapper, Q, QuerySet
from django.utils.translation import gettext as _

from contacts.currencies import CODES
from contacts.models import Contact, Deal
from contacts.person import lock_person
from contacts.refused import Refused
from people.models import Department, User

Stage = Deal.Stage
# The way of a deal; lost can come after any of them.
WAY = (Stage.NEW, Stage.QUALIFIED, Stage.OFFER, Stage.NEGOTIATION, Stage.WON)
CLOSED = (Stage.WON, Stage.LOST)
_LARGEST = Decimal(10) ** 12


@transaction.atomic
def open_deal(
    contact_id: int,
    *,
    title: str,
    amount: Decimal | None,
    currency: str,
    by: User,
    at: datetime,
    department: Department | None = None,
    stage: str = Stage.NEW,
) -> Deal:
    """A deal with a contact. Raises Refused for an amount without a currency and the like, and while the very same
    deal is open: who clicks twice opens one."""
    person = lock_person(contact_id)
    title, amount, currency = _checked(title, amount, currency)
    same = Deal.objects.filter(title=title, amount=amount, currency=currency, department=department, closed_at=None)
    if stage not in CLOSED and same.filter(contact__in=Contact.objects.of(person)).exists():
        raise Refused(_("This deal is open already. Give another one a title of its own."), field="title")
    return Deal.objects.create(
        contact_id=contact_id,
        title=title,
        amount=amount,
        currency=currency,
        stage=_stage(stage),
        department=department,
        by=by,
        opened_at=at,
        closed_at=at if stage in CLOSED else None,
    )


@transaction.atomic
def edit(
    deal_id: int, *, title: str, amount: Decimal | None, currency: str, department: Department | None = None
) -> Deal:
    """Another title, amount or department; the stage is moved by `move`."""
    deal = _locked(deal_id)
    deal.title, deal.amount, deal.currency = _checked(title, amount, currency)
    deal.department = department
    deal.save(update_fields=["title", "amount", "currency", "department"])
    return deal


@transaction.atomic
def move(deal_id: int, *, to: str, at: datetime, seen: str = "") -> tuple[Deal, str]:
    """Move a deal to another stage; returns it with the stage before, which is `to` where nothing had to be done.

    `seen`: the stage that the mover had before them. Raises Refused when somebody else has moved it meanwhile.
    """
    deal = _locked(deal_id)
    before = deal.stage
    if before == _stage(to):
        return deal, before
    if seen and seen != before:
        named = {"title": deal.title, "stage": deal.get_stage_display()}
        raise Refused(_("Somebody moved %(title)s to %(stage)s meanwhile. Look again.") % named, field="stage")
    deal.stage = to
    deal.closed_at = at if to in CLOSED else None
    deal.save(update_fields=["stage", "closed_at"])
    return deal, before


def of_person(person: int) -> QuerySet[Deal]:
    """All deals with a person, open ones first, then the newest; with who opened them."""
    mine = Deal.objects.filter(contact__in=Contact.objects.of(person)).select_related("by", "department")
    is_over = ExpressionWrapper(Q(closed_at__isnull=False), output_field=BooleanField())
    return mine.annotate(is_over=is_over).order_by("is_over", "-opened_at", "-pk")


def _locked(deal_id: int) -> Deal:
    deal = Deal.objects.select_for_update(of=("self",)).select_related("department").filter(pk=deal_id).first()
    if deal is None:
        raise Refused(_("This deal is not there any more."))
    return deal


def _checked(title: str, amount: Decimal | None, currency: str) -> tuple[str, Decimal | None, str]:
    title, currency = " ".join(title.replace("\0", "").split()), currency.strip().upper()
    if not title:
        raise Refused(_("Say what the deal is about."), field="title")
    if len(title) > 200:
        raise Refused(_("The title is longer than 200 characters. Shorten it."), field="title")
    if amount is None:
        return title, None, ""
    if amount < 0 or amount >= _LARGEST:
        raise Refused(_("The amount must lie between 0 and 999,999,999,999."), field="amount")
    if currency not in CODES:
        named = {"code": currency[:10] or "?"}
        raise Refused(_("There is no currency “%(code)s”. Write its three letters: EUR.") % named, field="currency")
    return title, amount.quantize(Decimal("0.01")), currency


def _stage(stage: str) -> str:
    if stage not in Stage.values:
        raise Refused(_("There is no such stage. Choose one of the list."), field="stage")
    return stage

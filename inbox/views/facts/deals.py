"""Deals with a person."""

from typing import Any

from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from contacts.models import Deal
from inbox.facts import deals
from inbox.facts.forms import DealForm
from inbox.facts.wording import money
from inbox.views.facts.frame import About, Dialog, done, fill, of_person, refusing
from inbox.views.frame import Request
from people.models import Membership

_CHANGED = ("deals",)


@require_http_methods(["GET", "HEAD", "POST"])
@of_person
def add(request: Request, about: About) -> HttpResponse:
    """GET: asks what it is about. POST: the deal is open."""
    mine = Membership.objects.filter(user=request.user).values_list("department", flat=True).first()
    last = Deal.objects.exclude(currency="").order_by("-pk").values_list("currency", flat=True).first()
    start = {"department": mine, "currency": last or "EUR", "stage": Deal.Stage.NEW}
    form = DealForm(request.POST if request.method == "POST" else None, initial=start)

    def act(said: dict[str, Any]) -> HttpResponse:
        del said["seen"]
        deal = deals.open_deal(about.contact, by=request.user, at=timezone.now(), **said)
        return done(request, about, gettext("Deal opened: %(title)s") % {"title": deal.title}, _CHANGED)

    return fill(request, about, form, act, Dialog(gettext("Open a deal"), gettext("Open the deal")))


@require_http_methods(["GET", "HEAD", "POST"])
def deal(request: Request, pk: int) -> HttpResponse:
    """GET: the deal to be changed. POST: its words, its amount and its stage are what was chosen."""
    found = get_object_or_404(Deal.objects.select_related("department"), pk=pk)
    about = About.of(request, found.contact_id)
    amount = f"{found.amount.normalize():f}" if found.amount is not None else ""
    start: dict[str, Any] = {"title": found.title, "amount": amount, "currency": found.currency or "EUR"}
    start |= {"stage": found.stage, "department": found.department_id, "seen": found.stage}
    form = DealForm(request.POST if request.method == "POST" else None, initial=start)

    def act(said: dict[str, Any]) -> HttpResponse:
        stage, seen = said.pop("stage"), said.pop("seen")
        with transaction.atomic():
            moved, before = deals.move(pk, to=stage, seen=seen, by=request.user, at=timezone.now())
            deals.edit(pk, **said)
        named = {"title": moved.title, "stage": moved.get_stage_display()}
        if moved.stage == before:
            return done(request, about, gettext("Saved"), _CHANGED)
        return done(request, about, gettext("%(title)s: %(stage)s") % named, _CHANGED)

    hint = money(found.amount, found.currency)
    dialog = Dialog(found.title, gettext("Save"), hint=hint)
    return refusing(request, about, lambda: fill(request, about, form, act, dialog))

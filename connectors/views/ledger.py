"""The ledger: what arrived and what became of it, by day and hour; and what is not in the inbox, with its payload."""

import json
from datetime import UTC, datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, render
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_safe

from connectors import days
from connectors.models import Channel, Receipt
from people.access import Request, for_admins

_RECEIPTS = 50
_SHOWN = 20_000


@require_safe
@for_admins
def ledger(request: Request, pk: int | None = None) -> HttpResponse:
    """All channels, or one of them: days, newest first; the one that `day` names in its channels or hours."""
    channel = get_object_or_404(Channel, pk=pk) if pk is not None else None
    opened, before = days.day_of(request.GET.get("day")), days.day_of(request.GET.get("before"))
    context = days.fortnight(channel=channel, before=before, opened=opened)
    context |= {"nav": "settings", "at": "ledger", "channel": channel, "opened": opened, "before": before}
    return render(request, "connectors/ledger.html", context)


@require_safe
@for_admins
def receipts(request: Request, pk: int) -> HttpResponse:
    """What of a channel is not in the inbox, newest first: the payload, where it stood, and why."""
    channel = get_object_or_404(Channel, pk=pk)
    asked = Asked(request.GET)
    found = list(asked.narrow(Receipt.objects.filter(channel=channel)).order_by("-received_at", "-pk")[: _RECEIPTS + 1])
    more = f"{found[_RECEIPTS - 1].received_at.isoformat()},{found[_RECEIPTS - 1].pk}" if len(found) > _RECEIPTS else ""
    context = {"nav": "settings", "at": "ledger", "channel": channel, "asked": asked, "more": more}
    shown = [_receipt(one) for one in found[:_RECEIPTS]]
    return render(request, "connectors/receipts.html", context | {"receipts": shown})


class Asked:
    """Which receipts somebody wants to see; whatever makes no sense was not asked for."""

    def __init__(self, query: QueryDict) -> None:
        state = query.get("state", "")
        self.state = state if state in days.TROUBLED else ""
        self.since, self.until = _moment(query.get("since")), _moment(query.get("until"))
        at, _, pk = query.get("after", "").partition(",")
        moment = _moment(at)
        self.after = (moment, int(pk)) if moment and pk.isascii() and pk.isdecimal() and len(pk) < 19 else None

    def narrow(self, found: "QuerySet[Receipt]") -> "QuerySet[Receipt]":
        """Those of `found`."""
        found = found.filter(state__in=[self.state] if self.state else days.TROUBLED)
        if self.since:
            found = found.filter(received_at__gte=self.since)
        if self.until:
            found = found.filter(received_at__lt=self.until)
        if self.after:
            at, pk = self.after
            found = found.filter(Q(received_at__lt=at) | Q(received_at=at, pk__lt=pk))
        return found


def _moment(text: str | None) -> datetime | None:
    try:
        moment = parse_datetime((text or "").replace(" ", "+"))
    except ValueError:
        return None
    if moment is None or not 2000 <= moment.year <= 2200:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _receipt(receipt: Receipt) -> dict[str, Any]:
    payload = json.dumps(receipt.payload, ensure_ascii=False, indent=2)
    return {
        "id": receipt.pk,
        "state": receipt.get_state_display(),
        "kind": {"rejected": "warn", "quarantined": "bad"}.get(receipt.state, ""),
        "source": receipt.get_source_display(),
        "position": receipt.position,
        "reason": receipt.reason,
        "errors": receipt.errors,
        "at": receipt.received_at,
        "payload": payload if len(payload) <= _SHOWN else payload[:_SHOWN] + "\n…",
    }

"""The channels' settings: how each one is, what it brought, and what it could not take in. For admins."""

import json
from typing import Any

from django.db.models import Exists, OuterRef
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy
from django.views.decorators.http import require_safe

from connectors import ledger, registry
from connectors.models import OUTCOMES, Channel, Credential, Pull, Receipt
from connectors.protocol import Connector
from connectors.views.frame import for_admins

_RECEIPTS = 50
# Icon and colour of a state; the word stands beside them.
_LOOKS = {
    Pull.State.NEW: ("clock", ""),
    Pull.State.OK: ("check", "good"),
    Pull.State.WAITING: ("clock", "warn"),
    Pull.State.RETRYING: ("refresh-cw", "warn"),
    Pull.State.BROKEN: ("circle-x", "bad"),
}
_OUTCOME_NAMES = {
    "stored": gettext_lazy("stored"),
    "edited": gettext_lazy("edited"),
    "deleted": gettext_lazy("deleted"),
    "duplicate": gettext_lazy("seen before"),
    "rejected": gettext_lazy("rejected"),
    "quarantined": gettext_lazy("quarantined"),
    "pending": gettext_lazy("waiting"),
}


@require_safe
@for_admins
def channels(request: HttpRequest) -> HttpResponse:
    """All channels: state, last pull, calls left, and the ledger's numbers."""
    return render(request, "connectors/channels.html", _all() | {"nav": "settings"})


@require_safe
@for_admins
def channel(request: HttpRequest, pk: int) -> HttpResponse:
    """The same, with one channel beside it: its error in the network's words, its ledger, what it could not take in."""
    context = _all()
    chosen = next((one for one in context["channels"] if one["id"] == pk), None)
    if chosen is None:
        raise Http404
    troubled = Receipt.objects.filter(channel=pk, state__in=[Receipt.State.REJECTED, Receipt.State.QUARANTINED])
    receipts = [_receipt(one) for one in troubled.order_by("-received_at")[:_RECEIPTS]]
    return render(
        request, "connectors/channels.html", context | {"nav": "settings", "chosen": chosen, "receipts": receipts}
    )


def _all() -> dict[str, Any]:
    """Two statements."""
    sums = ledger.by_channel()
    rows = Channel.objects.select_related("pull").order_by("name")
    rows = rows.annotate(has_secrets=Exists(Credential.objects.filter(channel=OuterRef("pk"))))
    found = [_channel(one, sums.get(one.pk, {})) for one in rows]
    kinds = [one["kind"] for one in found]
    return {
        "channels": found,
        "healthy": kinds.count("good"),
        "slow": kinds.count("warn"),
        "broken": kinds.count("bad"),
        "networks": [
            _network(name, kind)
            for name, kind in registry.CONNECTORS.items()
            if any(field.secret for field in kind.fields)
        ],
    }


def _network(name: str, kind: type[Connector]) -> dict[str, Any]:
    """How a network is connected: the command, and the credentials that it reads."""
    secrets = json.dumps({field.name: field.label for field in kind.fields}, ensure_ascii=False, indent=2)
    return {"network": name, "label": kind.label, "credentials": secrets, "fields": kind.fields}


def _channel(channel: Any, sums: dict[str, Any]) -> dict[str, Any]:
    pull = getattr(channel, "pull", None)
    state = Pull.State(pull.state) if pull else Pull.State.NEW
    icon, kind = _LOOKS[state] if channel.is_active else ("lock", "")
    outcomes = [{"name": _OUTCOME_NAMES[name], "n": sums.get(name, 0), "key": name} for name in OUTCOMES]
    now = timezone.now()
    return {
        "id": channel.pk,
        "name": channel.name,
        "network": channel.network,
        "account": channel.account,
        "base_url": channel.base_url,
        "is_sample": channel.is_sample,
        "is_active": channel.is_active,
        "has_secrets": channel.has_secrets,
        "state": state.label if channel.is_active else gettext("Switched off"),
        "icon": icon,
        "kind": kind,
        "pull": pull,
        "error": pull.error if pull else "",
        "remedy": pull.remedy if pull else "",
        "calls": f"{pull.calls_left:,}" if pull and pull.calls_left is not None else "",
        "resets": pull.calls_reset_at if pull and pull.calls_reset_at and pull.calls_reset_at > now else None,
        "outcomes": outcomes,
        "received": sum(one["n"] for one in outcomes),
        "troubled": sums.get("rejected", 0) + sums.get("quarantined", 0),
    }


def _receipt(receipt: Receipt) -> dict[str, Any]:
    payload = json.dumps(receipt.payload, ensure_ascii=False, indent=2)
    return {
        "id": receipt.pk,
        "state": receipt.get_state_display(),
        "is_rejected": receipt.state == Receipt.State.REJECTED,
        "source": receipt.get_source_display(),
        "position": receipt.position,
        "reason": receipt.reason,
        "at": receipt.received_at,
        "payload": payload if len(payload) <= 20_000 else payload[:20_000] + "\n…",
    }

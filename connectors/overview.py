"""What the pages show of channels: how each one is, in words, and what it brought. The number of statements does not
depend on the number of channels."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext, gettext_lazy

from connectors import ledger
from connectors.looks import is_draft, look_of
from connectors.models import OUTCOMES, Channel, Credential, Ledger, Pull
from connectors.registry import CONNECTORS
from connectors.sentences import told
from connectors.signs import interval

OUTCOME_NAMES = {
    "stored": gettext_lazy("stored"),
    "edited": gettext_lazy("edited"),
    "deleted": gettext_lazy("deleted"),
    "duplicate": gettext_lazy("seen before"),
    "rejected": gettext_lazy("rejected"),
    "quarantined": gettext_lazy("quarantined"),
    "pending": gettext_lazy("waiting"),
}
# Ahead of the end of a token: from when it is worth a word, and from when it is urgent.
SOON_DAYS, URGENT_DAYS = 14, 1


def rows() -> list[dict[str, Any]]:
    """Every channel, by name. Three statements."""
    now = timezone.now()
    sums, lags = ledger.by_channel(), _lags(now)
    found = Channel.objects.select_related("pull", "watch", "calls").order_by("name")
    found = found.annotate(has_secrets=Exists(Credential.objects.filter(channel=OuterRef("pk"))))
    return [row(one, sums.get(one.pk, {}), now) | {"lag": lags.get(one.pk, "")} for one in found]


def _lags(now: datetime) -> dict[int, str]:
    """From posting to arrival, for channels that brought news in the last two days."""
    recent = Ledger.objects.filter(hour__gte=now - timedelta(days=2), lag__isnull=False)
    newest = recent.order_by("channel_id", "-hour").distinct("channel_id").values_list("channel_id", "lag")
    return {channel_id: length(lag) for channel_id, lag in newest if lag is not None}


def length(span: timedelta) -> str:
    """“52 s”, “14 min”, “3 h”."""
    seconds = max(0, int(span.total_seconds()))
    if seconds < 100:
        return gettext("%(n)s s") % {"n": seconds}
    if seconds < 5_400:
        return gettext("%(n)s min") % {"n": seconds // 60}
    return gettext("%(n)s h") % {"n": seconds // 3600}


def row(channel: Any, sums: Mapping[str, int], now: datetime) -> dict[str, Any]:
    """One channel."""
    pull, watch, calls = (getattr(channel, name, None) for name in ("pull", "watch", "calls"))
    kind = CONNECTORS.get(channel.network)
    is_pulled = interval(channel) > 0
    look = look_of(channel, now)
    last = (pull.pulled_at if pull else None) if is_pulled else (calls.heard_at if calls else None)
    outcomes = [{"name": OUTCOME_NAMES[name], "n": sums.get(name, 0), "key": name} for name in OUTCOMES]
    return {
        "id": channel.pk,
        "name": channel.name,
        "network": channel.network,
        "label": kind.label if kind else channel.network,
        "account": channel.account,
        "base_url": channel.base_url,
        "is_sample": channel.is_sample,
        "is_active": channel.is_active,
        "is_draft": is_draft(channel),
        "is_disconnected": channel.is_disconnected and not is_draft(channel),
        "can_change": kind is not None and kind.guide is not None,
        "has_secrets": channel.has_secrets,
        "state": look.word,
        "icon": look.icon,
        "kind": look.kind,
        "pull": pull,
        "pulls": bool(pull and pull.next_at),
        "calls": calls,
        "error": told(pull.error) if pull and channel.is_active else "",
        "remedy": told(pull.remedy) if pull and channel.is_active else "",
        "is_pulled": is_pulled,
        "last": last,
        "ago": ago(last, now) if last else "",
        **_limit(None if channel.is_disconnected else pull, now),
        "expires": _expiry(watch.expires_at, now) if watch and watch.expires_at and channel.is_active else None,
        "lasts": bool(watch and watch.checked_at and not watch.expires_at and not channel.is_disconnected),
        "outcomes": outcomes,
        "received": sum(one["n"] for one in outcomes),
        "troubled": sums.get("rejected", 0) + sums.get("quarantined", 0),
        "pending": sums.get("pending", 0),
        "lost": sums.get("lost", 0),
    }


def _limit(pull: Pull | None, now: datetime) -> dict[str, Any]:
    """How many calls the network still allows, and as a share of all where that is known."""
    if pull is None or pull.calls_left is None:
        return {"calls_left": None}
    resets = pull.calls_reset_at if pull.calls_reset_at and pull.calls_reset_at > now else None
    # Once the window is over, everything is allowed again.
    left = pull.calls_left if resets or not pull.calls_reset_at else max(pull.calls_left, pull.calls_most or 0)
    most = max(pull.calls_most or 0, left)
    return {"calls_left": left, "share": round(100 * left / most) if most else 0, "most": most, "resets": resets}


def _expiry(at: datetime, now: datetime) -> dict[str, Any]:
    days = round((at - now).total_seconds() / 86_400)
    if at <= now:
        return {"at": at, "words": gettext("over"), "kind": "bad"}
    words = gettext("%(n)s days") % {"n": days} if days >= 2 else gettext("%(n)s h") % {"n": _hours(at, now)}
    return {"at": at, "words": words, "kind": "bad" if days <= URGENT_DAYS else "warn" if days < SOON_DAYS else ""}


def _hours(at: datetime, now: datetime) -> int:
    return int((at - now).total_seconds() // 3600)


def ago(at: datetime, now: datetime) -> str:
    """“41 s ago”; a date when it is long ago."""
    seconds = max(0, int((now - at).total_seconds()))
    if seconds < 100:
        return gettext("%(n)s s ago") % {"n": seconds}
    if seconds < 5_400:
        return gettext("%(n)s min ago") % {"n": seconds // 60}
    if seconds < 86_400:
        return gettext("%(n)s h ago") % {"n": seconds // 3600}
    return date_format(timezone.localtime(at), gettext("j M Y"))

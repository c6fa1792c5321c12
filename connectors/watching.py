"""How channels are: what is worth knowing about each, in words, and how bad it is. For the pages, the commands and the
alarm on top of every page. The number of statements does not depend on the number of channels."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Min, QuerySet, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from connectors import signs
from connectors.models import Channel, Gap, Ledger, Receipt, Usage
from connectors.protocol import Connector
from connectors.registry import CONNECTORS
from connectors.signs import Sign
from people.statements import Statement

_RANK = {"": 0, "warn": 1, "bad": 2}
_WEEK, _MONTH = timedelta(days=7), timedelta(days=30)
_GAPS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """A channel that admins should look at; everybody sees the mark of one that `is_broken`."""

    channel_id: int
    name: str
    network: str
    sign: Sign

    @property
    def is_broken(self) -> bool:
        """Whether nothing comes in, and replies may not go out, until somebody acts."""
        return self.sign.kind == "broken"

    @property
    def icon_css(self) -> str:
        """How its icon looks."""
        return f"sm {self.sign.level}"

    @property
    def key(self) -> str:
        """The same for as long as there is nothing new to say."""
        return f"{self.channel_id} {self.sign.kind} {self.sign.key}"


@dataclass(slots=True, kw_only=True)
class Health:
    """One channel: its signs, the worst first, and the figures of its page."""

    channel_id: int
    name: str
    signs: list[Sign] = field(default_factory=list)
    lag: timedelta | None = None
    lost: int = 0
    stored: int = 0
    pending: int = 0
    meters: list[dict[str, Any]] = field(default_factory=list)
    caps: list[dict[str, Any]] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)

    @property
    def level(self) -> str:
        """That of the worst sign."""
        return self.signs[0].level if self.signs else ""


def alarms(now: datetime) -> list[Alarm]:
    """What should not wait until somebody opens the settings, the worst first. One statement."""
    return alarms_of(_ALARMING(now=now), now)


def alarms_of(channels: Iterable[Channel], now: datetime) -> list[Alarm]:
    """The same of some active channels, whose pull, watch and calls have come with them."""
    found = [
        Alarm(channel_id=channel.pk, name=channel.name, network=channel.network, sign=sign)
        for channel in channels
        for sign in signs.of_rows(channel, now)
        if sign.level
    ]
    return sorted(found, key=lambda one: -_RANK[one.sign.level])


def health(now: datetime, ids: Collection[int] | None = None) -> dict[int, Health]:
    """How active channels are, all of them or those with these ids. Six statements."""
    channels = _watched() if ids is None else _watched().filter(pk__in=ids)
    found: dict[int, Health] = {}
    figures = _figures(now)
    usage = _usage(now)
    gaps = _gaps(now)
    for channel in channels:
        one = found[channel.pk] = Health(channel_id=channel.pk, name=channel.name, **figures.get(channel.pk, {}))
        one.signs += signs.of_rows(channel, now)
        one.signs += signs.of_ledger(channel, one.stored, one.lost, now)
        one.gaps = gaps.get(channel.pk, [])[:_GAPS]
        if (kind := CONNECTORS.get(channel.network)) is not None:
            used = usage.get(channel.pk, {})
            one.meters, one.caps = _meters(kind, used), _caps(kind, channel, used)
        for cap in one.caps:
            one.signs += signs.of_cap(cap["label"], cap["used"], cap["cap"])
    for row in _pending():
        if (one_of := found.get(row["channel"])) is not None:
            one_of.pending = row["n"]
            one_of.signs += signs.of_receipts(row["n"], row["oldest"], now)
    for one in found.values():
        one.signs.sort(key=lambda sign: -_RANK[sign.level])
    return found


def facts(channel: Channel) -> dict[str, Any]:
    """For templates/connectors/_watch.html."""
    now = timezone.now()
    one = health(now, [channel.pk]).get(channel.pk)
    if one is None:
        return {"id": channel.pk, "signs": [], "meters": [], "caps": [], "gaps": []}
    watch = getattr(channel, "watch", None)
    return {
        "id": channel.pk,
        "level": one.level,
        # The error of the pull stands in a banner of its own.
        "signs": [sign for sign in one.signs if sign.kind not in ("broken", "retrying")],
        "lag": words_for(one.lag) if one.lag is not None else "",
        "lost": one.lost,
        "stored": one.stored,
        "pending": one.pending,
        "expires_at": watch.expires_at if watch else None,
        "listens": watch is not None and watch.silent_since is None,
        "meters": one.meters,
        "caps": one.caps,
        "cost": sum(meter["cost"] for meter in one.meters),
        "gaps": one.gaps,
    }


def words_for(lag: timedelta) -> str:
    """How late messages are: "2 s", "4 min", "3 h"."""
    seconds = max(round(lag.total_seconds()), 0)
    if seconds < 100:
        return _("%(n)s s") % {"n": seconds}
    if seconds < 6_000:
        return _("%(n)s min") % {"n": round(seconds / 60)}
    return _("%(n)s h") % {"n": round(seconds / 3_600)}


def _watched() -> "QuerySet[Channel]":
    return Channel.objects.filter(is_active=True).select_related("pull", "watch", "calls")


def _alarming(now: datetime) -> "QuerySet[Channel]":
    return _watched().filter(signs.may_be_alarming(now)).order_by("name")


_ALARMING = Statement(_alarming)


def _figures(now: datetime) -> dict[int, dict[str, Any]]:
    """What the ledger says of each channel: stored and lost in seven days, and how late the newest messages were."""
    week = Ledger.objects.filter(hour__gte=now - _WEEK).values("channel")
    sums = week.annotate(stored=Sum("stored"), lost=Sum("lost")).order_by()
    timed = Ledger.objects.filter(hour__gte=now - _MONTH, lag__isnull=False)
    newest = timed.order_by("channel", "-hour").distinct("channel").values_list("channel", "lag")
    found: dict[int, dict[str, Any]] = defaultdict(dict)
    for row in sums:
        found[row["channel"]] = {"stored": row["stored"], "lost": row["lost"]}
    for channel_id, lag in newest:
        found[channel_id]["lag"] = lag
    return found


def _pending() -> Iterable[Any]:
    pending = Receipt.objects.filter(state=Receipt.State.PENDING).values("channel")
    return pending.annotate(n=Count("pk"), oldest=Min("received_at")).order_by()


def _usage(now: datetime) -> dict[int, dict[str, int]]:
    found: dict[int, dict[str, int]] = defaultdict(dict)
    for row in Usage.objects.filter(month=now.date().replace(day=1)):
        found[row.channel_id][row.meter] = row.used
    return found


def _gaps(now: datetime) -> dict[int, list[Gap]]:
    found: dict[int, list[Gap]] = defaultdict(list)
    for gap in Gap.objects.filter(noticed_at__gte=now - _MONTH).order_by("-noticed_at", "-pk"):
        found[gap.channel_id].append(gap)
    return found


def _meters(kind: type[Connector], used: dict[str, int]) -> list[dict[str, Any]]:
    """What the network counts or charges for, with the month's use and an estimate of its cost in dollars."""
    return [
        {"label": meter.label, "used": used.get(meter.name, 0), "cost": used.get(meter.name, 0) * meter.price}
        for meter in kind.meters
    ]


def _caps(kind: type[Connector], channel: Channel, used: dict[str, int]) -> list[dict[str, Any]]:
    """What may be used in a month at most; several meters may share a cap."""
    sums: Counter[str] = Counter()
    for meter in kind.meters:
        if meter.cap:
            sums[meter.cap] += used.get(meter.name, 0)
    found = []
    for one in kind.fields:
        most = str(channel.settings.get(one.name) or one.default)
        if one.name in sums and most.isascii() and most.isdecimal() and int(most):
            n, cap = sums[one.name], int(most)
            found.append({"label": one.label, "used": n, "cap": cap, "share": min(100 * n // cap, 100)})
    return found

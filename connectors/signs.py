"""What the rows of a channel say of its health, a function for each sign, in words for admins."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from django.db.models import Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from connectors.models import Pull
from connectors.protocol import Connector
from connectors.registry import CONNECTORS
from connectors.sentences import told
from people.shares import grouped

Level = Literal["", "warn", "bad"]

# Days ahead at which the end of a token is told, each a warning of its own.
EXPIRY_DAYS = (14, 7, 1)
# A hiccup is nobody's business; what has failed so often in a row is.
_FAILURES = 3
# A pull that is so many intervals late, and at least this late, has no worker.
_LATE_INTERVALS, _LATE = 3, timedelta(minutes=5)
_LONG_WAIT = timedelta(hours=1)
_DAY = timedelta(days=1)
_LOOKS_AGAIN = timedelta(hours=2)
_USED_SHARE = 80
# The share of messages that webhooks did not bring, and how many at least, to be worth a word.
_LOST_SHARE, _LOST = 0.05, 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Sign:
    """Something to know about a channel. `key` changes when it is worth to be told anew."""

    kind: str
    level: Level
    words: str
    remedy: str = ""
    key: str = ""


def of_rows(channel: Any, now: datetime) -> Iterator[Sign]:
    """Signs that a channel's own rows give: its pull, its watch, its calls."""
    pull, watch, calls = (getattr(channel, name, None) for name in ("pull", "watch", "calls"))
    if pull is not None:
        yield from _of_pull(channel, pull, now)
    if watch is not None:
        yield from _of_watch(channel, watch, now)
    if calls is not None:
        yield from _of_calls(calls, now)


def may_be_alarming(now: datetime) -> Q:
    """Channels of which one of these signs may be an alarm, so that a page need not read about those that are well."""
    return (
        Q(pull__state__in=[Pull.State.BROKEN, Pull.State.RETRYING, Pull.State.WAITING])
        | Q(pull__next_at__isnull=False, pull__pulled_at=None)
        | Q(pull__next_at__isnull=False, pull__pulled_at__lt=now - _LATE)
        | Q(watch__expires_at__lte=now + max(EXPIRY_DAYS) * _DAY)
        | Q(watch__silent_since__isnull=False)
        | Q(watch__looked_again_at__lt=now - _LOOKS_AGAIN)
        | Q(calls__refused_at__gt=now - _DAY)
    )


def _of_pull(channel: Any, pull: Pull, now: datetime) -> Iterator[Sign]:
    said = {"words": told(pull.error) or _("It does not work."), "remedy": told(pull.remedy)}
    if pull.state == Pull.State.BROKEN:
        yield Sign(kind="broken", level="bad", key="broken", **said)
    elif pull.state == Pull.State.RETRYING:
        yield Sign(kind="retrying", level="warn" if pull.errors >= _FAILURES else "", key="retrying", **said)
    elif pull.state == Pull.State.WAITING and pull.next_at is not None:
        is_long = pull.next_at - now > _LONG_WAIT
        words = _("Waits until %(time)s: %(error)s") % {"time": moment(pull.next_at), "error": told(pull.error)}
        yield Sign(
            kind="waiting", level="warn" if is_long else "", words=words, remedy=told(pull.remedy), key="waiting"
        )
    elif pull.next_at is not None and channel.connected_at is not None:
        last = max(pull.pulled_at or channel.connected_at, channel.connected_at)
        if now - last > max(_LATE, _LATE_INTERVALS * timedelta(seconds=interval(channel))):
            words = _("Nobody has pulled it since %(time)s.") % {"time": moment(last)}
            remedy = _("Look at the worker and its log: `manage.py up` starts one, and /readyz says whether it works.")
            yield Sign(kind="late", level="bad", words=words, remedy=remedy, key="late")


def _of_watch(channel: Any, watch: Any, now: datetime) -> Iterator[Sign]:
    if watch.expires_at is not None:
        yield from _expiring(watch.expires_at, now)
    if watch.silent_since is not None:
        yield _silent(watch)
    kind = CONNECTORS.get(channel.network)
    if kind and kind.looks_again_after and watch.looked_again_at and now - watch.looked_again_at > _LOOKS_AGAIN:
        words = _("Edits and deletions were last looked for on %(time)s.") % {"time": moment(watch.looked_again_at)}
        yield Sign(kind="not looked", level="warn", words=words, key="not looked")


def _expiring(at: datetime, now: datetime) -> Iterator[Sign]:
    days = next((days for days in sorted(EXPIRY_DAYS) if at - now <= days * _DAY), None)
    if days is None:
        return
    remedy = _("Connect the account again before then: Repair on the channel's page. Nothing is lost by it.")
    if at <= now:
        words = _("The access that the network gave has ended on %(time)s.") % {"time": moment(at)}
    else:
        words = _("The access that the network gave ends on %(time)s.") % {"time": moment(at)}
    yield Sign(
        kind="expiring", level="bad" if days == EXPIRY_DAYS[-1] else "warn", words=words, remedy=remedy, key=f"{days}"
    )


def _silent(watch: Any) -> Sign:
    usual = {"since": moment(watch.silent_since), "came": watch.came, "usual": round(watch.usual or 0)}
    words = _("Nothing has come since %(since)s; %(usual)s messages are usual in that time.") % usual
    if watch.came:
        words = _("%(came)s messages have come since %(since)s; %(usual)s are usual in that time.") % usual
    remedy = _("Look at the network itself whether somebody wrote. If so, test the channel; if not, all is well.")
    return Sign(kind="silent", level="warn", words=words, remedy=remedy, key=f"{watch.silent_since:%Y-%m-%d %H}")


def _of_calls(calls: Any, now: datetime) -> Iterator[Sign]:
    refused_at, heard_at = calls.refused_at, calls.heard_at
    if refused_at is not None and now - refused_at < _DAY and (heard_at is None or heard_at < refused_at):
        counts = {"n": calls.refused, "time": moment(refused_at), "reason": told(calls.refused_reason)}
        words = ngettext(
            "%(n)s webhook was refused, on %(time)s: %(reason)s",
            "%(n)s webhooks were refused, the last on %(time)s: %(reason)s",
            calls.refused,
        )
        remedy = _(
            "Is the secret on the network's site the one that was shown here? Give the channel a new one if not."
        )
        yield Sign(kind="refused", level="warn", words=words % counts, remedy=remedy, key=f"{refused_at:%Y-%m-%d}")


def of_ledger(channel: Any, stored: int, lost: int, now: datetime) -> Iterator[Sign]:
    """Signs that the last seven days of the ledger give: webhooks that did not come."""
    if lost < _LOST or lost < _LOST_SHARE * stored:
        return
    calls = getattr(channel, "calls", None)
    counts = {"lost": lost, "stored": stored}
    words = _("In seven days %(lost)s of %(stored)s messages came by polling and not by webhook.") % counts
    if calls is not None and (calls.heard_at is None or now - calls.heard_at > _DAY):
        heard = moment(calls.heard_at) if calls.heard_at else _("never")
        words += " " + _("The last webhook came: %(time)s.") % {"time": heard}
    remedy = _(
        "Nothing was lost, but it came later. See that this server can be reached from outside, and subscribe anew."
    )
    yield Sign(kind="lost", level="warn", words=words, remedy=remedy, key="lost")


def of_receipts(pending: int, oldest: datetime | None, now: datetime) -> Iterator[Sign]:
    """A backlog that does not go down."""
    if pending and oldest is not None and now - oldest > _LATE:
        words = ngettext(
            "%(n)s delivery waits since %(time)s to be taken in.",
            "%(n)s deliveries wait to be taken in, the oldest since %(time)s.",
            pending,
        ) % {"n": pending, "time": moment(oldest)}
        yield Sign(kind="pending", level="warn", words=words, key="pending")


def of_cap(label: str, used: int, cap: int) -> Iterator[Sign]:
    """A cap that is nearly reached."""
    if cap and 100 * used >= _USED_SHARE * cap:
        numbers = {
            "label": label,
            "used": grouped(used),
            "cap": grouped(cap),
            "share": 100 * used // cap,
        }
        words = _("%(label)s: %(used)s of %(cap)s used this month, %(share)s %%.") % numbers
        yield Sign(kind="cap", level="bad" if used >= cap else "warn", words=words, key=f"cap {label}")


def interval(channel: Any) -> int:
    """Seconds between two pulls, as the network's connector has them by default."""
    kind: type[Connector] | None = CONNECTORS.get(channel.network)
    usual: object = kind.interval if kind else Connector.interval
    # Where the account decides, nobody asks its connector here, which would need its secrets.
    return usual if isinstance(usual, int) else 900


def moment(at: datetime) -> str:
    """A time as sentences have it."""
    return date_format(timezone.localtime(at), _("j M Y, H:i"))

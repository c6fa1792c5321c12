"""Colleagues' log-ins as admins see them: where they are logged in, their second factor, and what was done when."""

from datetime import datetime
from typing import Any

from allauth.mfa.models import Authenticator
from django.contrib.sessions.backends.base import SessionBase
from django.db import transaction
from django.utils.translation import gettext as _

from inbox.presentation import ago
from people import sessions
from people.browsers import browser_of
from people.changes import AccountChange, record
from people.company import company_of
from people.models import Session, User

Row = dict[str, Any]
_MOST_CHANGES = 200
_CONFIRMED = "has_second_factor"


def log_ins(user: User, now: datetime, current: str | None = None) -> list[Row]:
    """Where somebody is logged in. `current`: the key of the session that asks, which is named so. One statement."""
    return [_log_in(one, now, current) for one in sessions.of(user.pk)]


def changes_of(user: User) -> list[AccountChange]:
    """What was done to an account, the newest first. One statement."""
    return list(user.account_changes.select_related("by").order_by("-at", "-pk")[:_MOST_CHANGES])


def factors_of(user: User) -> set[str]:
    """The kinds of second factors that somebody has. One statement."""
    return set(Authenticator.objects.filter(user=user).values_list("type", flat=True))


def lacks_factor(user: User, session: SessionBase) -> bool:
    """Whether somebody has to set up a second factor before they see anything. Asked for once in a session: at most one
    statement."""
    if not company_of(user).needs_second_factor or session.get(_CONFIRMED):
        return False
    session[_CONFIRMED] = Authenticator.objects.filter(user=user, type=Authenticator.Type.TOTP).exists()
    return not session[_CONFIRMED]


def forget_factor(session: SessionBase) -> None:
    """Ask for it again: it was taken away."""
    session.pop(_CONFIRMED, None)


@transaction.atomic
def log_out(user: User, *, by: User) -> int:
    """End all sessions of a colleague, and with them their event streams. Returns how many."""
    ended = sessions.end(user.pk)
    record(user, "sessions", by)
    return ended


@transaction.atomic
def take_factor(user: User, *, by: User) -> bool:
    """Take a colleague's second factor away who has lost it, and log them out. Returns whether there was one."""
    gone = bool(Authenticator.objects.filter(user=user).delete()[0])
    if gone:
        record(user, "factor_reset", by)
        sessions.end(user.pk)
    return gone


def _log_in(session: Session, now: datetime, current: str | None) -> Row:
    browser, system = browser_of(session.agent)
    if browser and system:
        name = _("%(browser)s on %(system)s") % {"browser": browser, "system": system}
    else:
        name = browser or system or _("Unknown browser")
    return {
        "uuid": session.uuid,
        "name": name,
        "is_phone": system in ("iPhone", "Android"),
        "ip": session.ip or "",
        "since": session.created_at,
        "seen_at": session.seen_at,
        "seen": ago(session.seen_at, now),
        "is_current": session.session_key == current,
    }

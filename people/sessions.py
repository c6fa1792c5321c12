"""Sessions in the database, each with whose it is and where it was opened, so that they can be listed and ended.

A session that is ended is gone: the next request of its browser leads to the log-in, and its event stream ends at its
next look (inbox/live.py), which is a matter of seconds.
"""

import ipaddress
import uuid
from contextvars import ContextVar
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.utils import timezone

from people.statements import Statement

_AGENT_LENGTH = 300
# Between two notes of the same session that its browser was there.
_PAUSE = timedelta(minutes=5)


class Session(AbstractBaseSession):
    """One browser, logged in or about to."""

    # What pages name it by: its key would open it.
    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    # Without a constraint in the database: a session that outlives its colleague belongs to nobody, and says so.
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.CASCADE, related_name="sessions", db_constraint=False
    )
    ip = models.GenericIPAddressField(null=True)
    agent = models.CharField(max_length=_AGENT_LENGTH, blank=True, db_default="")
    created_at = models.DateTimeField(default=timezone.now)
    seen_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return str(self.uuid)

    @classmethod
    def get_session_store_class(cls) -> "type[SessionStore]":
        """What reads and writes these rows."""
        return SessionStore


class SessionStore(DatabaseStore):
    """Keeps beside the data of a session where its browser is. `meet` says so, once for each request."""

    _row: Session | None = None
    _ip: str | None = None
    _agent = ""

    @classmethod
    def get_model_class(cls) -> type[Session]:
        """The table with the further columns."""
        return Session

    def meet(self, ip: str, agent: str) -> None:
        """The browser that asks, from where: known to a session that is opened by this request."""
        self._ip, self._agent = _address(ip), agent.replace("\0", "")[:_AGENT_LENGTH]

    def note(self) -> None:
        """That the browser was there just now; a statement every five minutes, and none in between."""
        row, now = self._row, timezone.now()
        if row is None or row.user_id is None or now - row.seen_at < _PAUSE:
            return
        row.seen_at = now
        Session.objects.filter(pk=row.pk).update(seen_at=now, ip=self._ip or row.ip, agent=self._agent or row.agent)

    def _get_session_from_db(self) -> Any:
        found = _OPEN(key=self.session_key, now=timezone.now()) if self.session_key else []
        self._row = found[0] if found else None
        if self._row is not None and self._row.user is not None:
            self._row.user.company = found[0].company
            _brought.set(self._row.user)
        if self._row is None:
            self._session_key = None
        return self._row

    def create_model_instance(self, data: dict[str, Any]) -> Any:
        """The row with whose session it is, and what was known of the browser before."""
        instance: Any = super().create_model_instance(data)
        known = self._row if self._row is not None and self._row.pk == instance.pk else None
        instance.user_id = data.get(SESSION_KEY)
        instance.ip, instance.agent = self._ip, self._agent
        if known is not None:
            instance.uuid, instance.created_at, instance.seen_at = known.uuid, known.created_at, known.seen_at
            instance.ip, instance.agent = self._ip or known.ip, self._agent or known.agent
        self._row = instance
        return instance


def brought(user_id: int) -> Any:
    """The colleague who came with the session that was opened last, with what every page shows of them. Once."""
    user = _brought.get()
    _brought.set(None)
    return user if user is not None and user.pk == user_id else None


def of(user_id: int) -> list[Session]:
    """The open sessions of a colleague, the one that was seen last first."""
    there = Session.objects.filter(user_id=user_id, expire_date__gt=timezone.now())
    return list(there.defer("session_data").order_by("-seen_at", "-created_at"))


def end(user_id: int, *, only: uuid.UUID | None = None, but: str | None = None) -> int:
    """End all sessions of a colleague, `only` one of them, or all but the one with this key. Returns how many."""
    ending = Session.objects.filter(user_id=user_id)
    if only is not None:
        ending = ending.filter(uuid=only)
    if but is not None:
        ending = ending.exclude(session_key=but)
    return ending.delete()[0]


def _address(ip: str) -> str | None:
    try:
        # Without the zone of a link-local address, which the database does not take.
        return str(ipaddress.ip_address(ip.partition("%")[0]))
    except ValueError:
        return None


def _open(key: str, now: datetime) -> "models.QuerySet[Any]":
    from people.company import with_company  # noqa: PLC0415 - it needs the models, and these need this module

    return with_company(Session.objects.select_related("user__presence")).filter(session_key=key, expire_date__gt=now)


_OPEN = Statement(_open)
_brought: ContextVar[Any] = ContextVar("brought", default=None)

"""Imports of contacts in the background: who works on which, and what they leave on the timelines."""

import time
from collections.abc import Collection, Sequence
from datetime import datetime

import structlog
from django.db import InterfaceError, OperationalError
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from contacts import tombstones
from contacts.crm import files, importing, undoing
from contacts.models import Import
from inbox import events, merging
from inbox.models import Conversation, Event
from inbox.turns import alone
from socialcrm import jobs

log = structlog.get_logger(__name__)

State = Import.State
_LOCK = 7_315  # of PostgreSQL's advisory locks, with the import's id
# A job that takes longer would keep its worker from the channels.
_SLICE_SECONDS = 10.0
_BUSY = (State.CHECKING, State.QUEUED, State.RUNNING, State.UNDOING)
_OWN_EVENTS = ("imported", "import_undone")


def ask(source: Import) -> None:
    """Ring for an import that has just got something to do."""
    jobs.later(jobs.IMPORT_CONTACTS, import_id=source.pk)


def ring_due(now: datetime) -> int:
    """Ring for what a lost doorbell or a dead worker has left; let go of old files. Returns how many were rung for."""
    files.let_go(now)
    due = Import.objects.filter(Q(lease_until=None) | Q(lease_until__lt=now), state__in=_BUSY)
    ids = list(due.values_list("pk", flat=True))
    for pk in ids:
        jobs.later(jobs.IMPORT_CONTACTS, import_id=pk)
    return len(ids)


def work(import_id: int, *, seconds: float = _SLICE_SECONDS) -> None:
    """Do what an import asks for, for a while; rings again where more is left. One worker at a time."""
    with alone(_LOCK, import_id) as is_alone:
        if not is_alone:
            return
        state = Import.objects.filter(pk=import_id).values_list("state", flat=True).first()
        try:
            is_over = _work(import_id, state, seconds)
        except importing.Stopped:
            log.info("import_stopped", import_id=import_id)
        except files.LetGo as error:
            _fail(import_id, str(error))
        except (OperationalError, InterfaceError):
            raise
        except Exception:  # noqa: BLE001 - a defect must show where the import is shown, and not be tried for ever
            log.exception("import_failed", import_id=import_id)
            _fail(import_id, _("Something went wrong on our side. What was taken in so far is complete. Try again."))
        else:
            if not is_over:
                jobs.later(jobs.IMPORT_CONTACTS, import_id=import_id)


def _work(import_id: int, state: str | None, seconds: float) -> bool:
    if state == State.CHECKING:
        importing.check(import_id, tombstones.erased)
    elif state in (State.QUEUED, State.RUNNING):
        return importing.take(import_id, tombstones.erased, _record, seconds=seconds)
    elif state == State.UNDOING:
        return undoing.undo(import_id, ABOVE, seconds=seconds, clock=time.monotonic)
    return True


def _fail(import_id: int, why: str) -> None:
    at_work = Import.objects.filter(pk=import_id)
    at_work.filter(state=State.CHECKING).update(state=State.UPLOADED, error=why, lease_until=None)
    busy = at_work.filter(state__in=(State.QUEUED, State.RUNNING, State.UNDOING))
    busy.update(state=State.FAILED, error=why, lease_until=None)


def _record(source: Import, page: importing.Page) -> None:
    """That they were imported, on the timelines of those of whom something new was said; and who became one."""
    merging.record(page.merges)
    _note("imported", source, page.touched)


def _undone(source: Import, contacts: Sequence[int]) -> None:
    _note("import_undone", source, contacts)


def _note(kind: str, source: Import, contacts: Sequence[int]) -> None:
    now = timezone.now()
    data = {"import": source.pk, "system": source.system}
    events.record(
        events.Entry(kind=kind, contact_id=contact, actor_id=source.by_id, at=now, data=data)
        for contact in dict.fromkeys(contacts)
    )


def _contacts_in_use(contacts: Collection[int]) -> set[int]:
    """Those on whose own timeline colleagues have left something."""
    others = Event.objects.filter(contact__in=contacts, actor__isnull=False).exclude(kind__in=_OWN_EVENTS)
    return set(others.values_list("contact", flat=True))


def _identities_in_use(identities: Collection[int]) -> set[int]:
    return set(Conversation.objects.filter(identity__in=identities).values_list("identity", flat=True))


ABOVE = undoing.Above(contacts_in_use=_contacts_in_use, identities_in_use=_identities_in_use, record=_undone)

"""Replies on their way, as colleagues handle them: sent now or at another time, tried again, settled, thrown away."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from inbox import holding, live
from inbox.conversations import refresh
from inbox.models import Delivery, Message
from inbox.triage import Conflict, lock
from people.models import User
from socialcrm import jobs

State = Delivery.State


@transaction.atomic
def send_now(message: Message, *, by: User) -> None:
    """Let a reply leave that waits for its time or was held back, with all of its parts. Raises Conflict."""
    lock(message.conversation, by=by)
    waiting = _waiting(message)
    _release(waiting, timezone.now(), is_later=False)
    _told(message)
    jobs.later(jobs.DELIVER_DUE)


@transaction.atomic
def send_at(message: Message, *, by: User, at: datetime) -> None:
    """Let a reply that waits leave at another time. Raises Conflict."""
    lock(message.conversation, by=by)
    _release(_waiting(message), at, is_later=True)
    _told(message)


@transaction.atomic
def discard(message: Message, *, by: User) -> None:
    """Throw a reply away that waits for its time, was held back, or failed. Raises Conflict."""
    lock(message.conversation, by=by)
    ids = _waiting(message, State.FAILED)
    holding.withdraw(message.conversation_id, ids)
    # The row stays for its click: the same form sent again is not another reply.
    Message.objects.filter(pk__in=ids).update(text="", raw={})
    _told(message)


@transaction.atomic
def retry(message: Message, *, by: User) -> None:
    """Try a reply again that failed. Raises Conflict when it is not failed any more."""
    lock(message.conversation, by=by)
    _requeue(message, State.FAILED)


@transaction.atomic
def settle(message: Message, *, by: User, outcome: str) -> None:
    """Decide what nobody could find out: the reply `arrived`, is to be sent `again`, or is dropped (`drop`)."""
    lock(message.conversation, by=by)
    if outcome == "again":
        _requeue(message, State.UNCONFIRMED)
        return
    changes = {
        "arrived": {"state": State.SENT, "error": "", "remedy": ""},
        "drop": {"state": State.FAILED, "error": _("Dropped by %(name)s.") % {"name": by.name}, "remedy": ""},
    }
    if outcome not in changes:
        raise ValueError(_("Choose arrived, again or drop, not %(outcome)s.") % {"outcome": outcome})
    if not Delivery.objects.filter(message=message, state=State.UNCONFIRMED).update(**changes[outcome]):
        raise Conflict(_("This has been settled meanwhile."))
    if outcome == "arrived":
        holding.let_rest_go(message.pk)
        jobs.later(jobs.DELIVER_DUE)
    _told(message)


def _waiting(message: Message, *others: Delivery.State) -> list[int]:
    """The parts of a reply that wait for a time or for a person, locked. Raises Conflict where this one does not."""
    held = Delivery.objects.filter(pk__in=holding.parts_of(message.pk))
    later = held.filter(state=State.QUEUED, is_later=True) | held.filter(state__in=[State.HELD, *others])
    ids = list(later.select_for_update(of=("self",)).order_by("pk").values_list("pk", flat=True))
    if message.pk not in ids:
        raise Conflict(_("Too late: this reply does not wait any more."))
    return ids


def _release(ids: list[int], at: datetime, *, is_later: bool) -> None:
    waiting = Delivery.objects.filter(pk__in=ids)
    waiting.update(state=State.QUEUED, send_after=at, is_later=is_later, tries=0, error="", remedy="")
    # What went before the first of them did not arrive, and nobody waits for it any more.
    Delivery.objects.filter(pk=min(ids)).update(follows=None)


def _requeue(message: Message, state: Delivery.State) -> None:
    changed = Delivery.objects.filter(message=message, state=state).update(
        state=State.QUEUED, send_after=timezone.now(), tries=0, error="", remedy=""
    )
    if not changed:
        raise Conflict(_("This has been settled meanwhile."))
    # They leave when this one has arrived.
    holding.let_rest_go(message.pk)
    _told(message)
    jobs.later(jobs.DELIVER_DUE)


def _told(message: Message) -> None:
    refresh([message.conversation_id])
    live.changed(conversations=[message.conversation_id])

"""Replies on their way: draft → queued → sending → sent | failed | unconfirmed.

The attempt is committed before the network is called. Whoever finds a reply in "sending" whose lease has ended asks the
network for it; only where the network can say that it did not arrive is it sent again, and where it cannot tell, a
person decides. So a worker that dies anywhere neither loses a reply nor sends it twice.
"""

from datetime import datetime, timedelta

import structlog
from django.db import DatabaseError, IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from connectors import usage
from connectors.defects import defect
from connectors.models import Channel
from connectors.protocol import ConnectorError, File, Outgoing, Sent
from connectors.sessions import connected
from inbox import holding, live
from inbox.attaching import CannotReply
from inbox.conversations import refresh
from inbox.models import Conversation, Delivery, Event, Message
from inbox.notifying.telling import Told, tell
from inbox.replies import original_of, refuse_forbidden
from socialcrm.crash import crash_point, declare

log = structlog.get_logger(__name__)

State = Delivery.State
# Longer than any call to a network may take (connectors/http.py), so that a lease only ends when its holder is gone.
_LEASE = timedelta(seconds=45)
# A network that broke off an answer gets a moment to show what it took.
_SETTLING = timedelta(seconds=5)
_MOST_TRIES = 6

declare("deliver.claimed", "deliver.before_network", "deliver.after_network", "deliver.recorded")

# A part of a reply leaves once the one before it has arrived.
_MAY_LEAVE = Q(follows=None) | Q(follows__delivery__state=State.SENT)


def deliver_due(limit: int = 50) -> int:
    """Send what is due and look after what was interrupted; returns how many replies were handled."""
    handled = 0
    while handled < limit and (delivery := _claim()):
        _attempt(delivery)
        handled += 1
    while handled < limit and (delivery := _claim_interrupted()):
        _recover(delivery)
        handled += 1
    return handled


def _claim() -> Delivery | None:
    """Take the reply that has been due longest, and commit the attempt."""
    now = timezone.now()
    with transaction.atomic():
        due = Delivery.objects.filter(_MAY_LEAVE, state=State.QUEUED, send_after__lte=now).order_by("send_after", "pk")
        delivery = due.select_for_update(skip_locked=True, of=("self",)).select_related("message", "channel").first()
        if delivery is None:
            return None
        if was_later := delivery.is_later:
            _said_now(delivery, now)
        delivery.state, delivery.attempted_at, delivery.lease_until = State.SENDING, now, now + _LEASE
        delivery.tries += 1
        delivery.save(update_fields=["state", "attempted_at", "lease_until", "tries", "is_later"])
    crash_point("deliver.claimed")
    if was_later:
        # Only now is it an answer. Not in the same transaction: a page that arrives locks conversations first.
        refresh([delivery.message.conversation_id])
    live.changed(conversations=[delivery.message.conversation_id])
    return delivery


def _said_now(delivery: Delivery, now: datetime) -> None:
    """What was written for later is said when it first leaves, and what was begun goes on whatever anybody writes."""
    parts = holding.series(delivery.pk)
    Delivery.objects.filter(pk__in=parts).update(is_later=False)
    Message.objects.filter(pk__in=parts).update(created_at=now, posted_at=now, version_at=now)
    Event.objects.filter(conversation=delivery.message.conversation_id, message__in=parts, kind="message").update(
        at=now
    )
    delivery.is_later = False
    delivery.message.created_at = delivery.message.posted_at = now


def _claim_interrupted() -> Delivery | None:
    """Take a reply whose sender has gone silent, for as long as asking the network takes."""
    now = timezone.now()
    with transaction.atomic():
        silent = Delivery.objects.filter(state=State.SENDING, lease_until__lt=now).order_by("lease_until", "pk")
        delivery = silent.select_for_update(skip_locked=True, of=("self",)).select_related("message", "channel").first()
        if delivery is not None:
            delivery.lease_until = now + _LEASE
            delivery.save(update_fields=["lease_until"])
    return delivery


def _attempt(delivery: Delivery) -> None:
    try:
        refuse_forbidden(delivery.message.identity.contact_id)
        outgoing = _outgoing(delivery)
        connector = connected(delivery.channel)
        crash_point("deliver.before_network")
        # A worker that was frozen until its lease ended may no longer send: somebody else looks after the reply now.
        if delivery.lease_until is None or timezone.now() > delivery.lease_until - _LEASE / 3:
            log.warning("delivery_lease_lost", delivery=delivery.pk)
            return
        sent = connector.reply(outgoing)
    except CannotReply as error:
        _leave(delivery, State.FAILED, error=str(error))
        return
    except ConnectorError as error:
        _failed(delivery, error)
        return
    except DatabaseError:
        raise
    except Exception as error:  # noqa: BLE001 - one reply that a connector trips over must not keep the others waiting
        _failed(delivery, _defect(delivery, error))
        return
    crash_point("deliver.after_network")
    _arrived(delivery, sent)
    crash_point("deliver.recorded")
    usage.note(delivery.channel_id, connector)


def _recover(delivery: Delivery) -> None:
    """Find out what became of an interrupted reply. Nothing is sent here."""
    try:
        sent = connected(delivery.channel).find(_outgoing(delivery))
    except CannotReply as error:
        _leave(delivery, State.UNCONFIRMED, error=str(error))
        return
    except ConnectorError as error:
        _leave(delivery, State.UNCONFIRMED, error=error.message, remedy=error.remedy)
        return
    except DatabaseError:
        raise
    except Exception as error:  # noqa: BLE001 - as above
        defect = _defect(delivery, error)
        _leave(delivery, State.UNCONFIRMED, error=defect.message, remedy=defect.remedy)
        return
    if sent is not None:
        _arrived(delivery, sent)
    elif delivery.tries >= _MOST_TRIES:
        _leave(delivery, State.FAILED, error=delivery.error or _("Sending was interrupted too often."))
    else:
        _leave(delivery, State.QUEUED, send_after=timezone.now())


def _defect(delivery: Delivery, error: Exception) -> ConnectorError:
    """An error that no connector should raise. Nobody knows what was sent before it."""
    log.exception("connector_defect", delivery=delivery.pk)
    return defect(error, unknown=True)


def _failed(delivery: Delivery, error: ConnectorError) -> None:
    now = timezone.now()
    log.info("delivery_failed", delivery=delivery.pk, error=error.message, unknown=error.unknown)
    if error.unknown:
        Delivery.objects.filter(pk=delivery.pk, state=State.SENDING, tries=delivery.tries).update(
            lease_until=now + _SETTLING, error=error.message, remedy=error.remedy
        )
        return
    if error.permanent or delivery.tries >= _MOST_TRIES:
        _leave(delivery, State.FAILED, error=error.message, remedy=error.remedy)
        return
    again = error.retry_at or now + timedelta(seconds=15 * 2**delivery.tries)
    _leave(delivery, State.QUEUED, send_after=again, error=error.message, remedy=error.remedy)


def _arrived(delivery: Delivery, sent: Sent) -> None:
    """Record what the network says, whatever anybody assumed meanwhile: it has the reply."""
    with transaction.atomic():
        Delivery.objects.filter(pk=delivery.pk).update(state=State.SENT, lease_until=None, error="", remedy="")
        _name(Message.objects.filter(pk=delivery.pk), sent)
        if sent.raw:
            delivery.message.raw |= sent.raw
            delivery.message.save(update_fields=["raw"])
        if _chains(delivery) and sent.external_id:
            Message.objects.filter(delivery__follows=delivery.pk).update(parent_id=sent.external_id)
        if "part" in delivery.message.raw:
            holding.let_rest_go(delivery.pk)
        _settled(delivery)


def _chains(delivery: Delivery) -> bool:
    """Whether the part after this one answers it."""
    part = delivery.message.raw.get("part")
    return isinstance(part, dict) and part.get("how") == "chain"


def _name(message: QuerySet[Message], sent: Sent) -> None:
    """Note the id that the network gave a reply. One that another message has already is no reason to doubt that it
    was sent."""
    try:
        with transaction.atomic():
            message.update(external_id=sent.external_id or None, url=sent.url)
    except IntegrityError:
        log.warning("reply_id_taken", external_id=sent.external_id)
        message.update(url=sent.url)


def _leave(
    delivery: Delivery,
    state: Delivery.State,
    *,
    error: str = "",
    remedy: str = "",
    send_after: datetime | None = None,
) -> None:
    """Move on from sending, unless somebody else has done so meanwhile."""
    changes: dict[str, object] = {"state": state, "lease_until": None, "error": error, "remedy": remedy}
    if send_after is not None:
        changes["send_after"] = send_after
    with transaction.atomic():
        mine = Delivery.objects.filter(pk=delivery.pk, state=State.SENDING, tries=delivery.tries)
        if mine.update(**changes):
            if state != State.QUEUED and "part" in delivery.message.raw:
                holding.hold_rest(delivery.pk)
            _settled(delivery)
            author = delivery.message.author_id
            if author and state in (State.FAILED, State.UNCONFIRMED):
                tell([Told("reply", delivery.message.conversation_id, users=[author], data={"reason": error[:200]})])


def _settled(delivery: Delivery) -> None:
    """A reply that failed leaves its customer waiting, in an open conversation; one that was sent does not."""
    conversation_id = delivery.message.conversation_id
    if delivery.close_after and Delivery.objects.filter(pk=delivery.pk, state=State.FAILED).exists():
        Conversation.objects.filter(pk=conversation_id, state=Conversation.State.CLOSED).update(
            state=Conversation.State.OPEN
        )
    refresh([conversation_id])
    live.changed(conversations=[conversation_id])


def _outgoing(delivery: Delivery) -> Outgoing:
    original = original_of(delivery.message)
    return Outgoing(
        text=delivery.message.text,
        original=original,
        client_key=str(delivery.client_key),
        queued_at=delivery.message.created_at,
        audience=delivery.audience,
        files=tuple(
            File(name=one.name, content_type=one.content_type, content=bytes(one.content), alt=one.alt)
            for one in delivery.message.uploads.order_by("id")
        ),
    )


def in_doubt(channel: Channel) -> int:
    """How many replies of a channel wait for a person's decision."""
    return Delivery.objects.filter(channel=channel, state__in=[State.FAILED, State.UNCONFIRMED]).count()

"""Replies as colleagues handle them: queued with a click, taken back, tried again, settled when nobody knows."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID, uuid4

from django.conf import settings
from django.db import transaction
from django.template.defaultfilters import filesizeformat
from django.utils import timezone
from django.utils.translation import gettext as _

from connectors.clean import clean_name
from connectors.protocol import Capability, ConnectorError, Enclosable, Original
from connectors.registry import connector_for
from connectors.sessions import Disconnected
from contacts import contacting
from inbox import drafts, events, live, promises, voice
from inbox.conversations import refresh
from inbox.models import Conversation, Delivery, Event, Message, Promise, Upload
from inbox.triage import Conflict, lock
from people.models import User
from socialcrm import jobs

State = Delivery.State


class Attached(Protocol):
    """A file as a browser uploads it."""

    name: str | None
    size: int | None
    content_type: str | None

    def read(self) -> bytes: ...


class CannotReply(Exception):
    """The network does not take this reply; the text says why, for the person who wrote it."""


class Stale(Exception):
    """Somebody else answered while this reply was written. `message` is what they said."""

    def __init__(self, message: Message) -> None:
        super().__init__(_("%(name)s answered meanwhile.") % {"name": message.author or _("Somebody")})
        self.message = message


def original_of(message: Message) -> Original:
    """What a reply answers, as connectors see it."""
    answered = Message.objects.filter(channel_id=message.channel_id, external_id=message.parent_id)
    original = answered.select_related("identity", "conversation").first()
    if original is None:
        raise CannotReply(_("The message that this answers is gone."))
    return _original(original)


def capability(conversation: Conversation) -> Capability:
    """Whether and how the newest message of the customer can be answered, or why not."""
    newest = newest_inbound(conversation)
    if newest is None:
        return Capability(can_reply=False, reason=_("There is no message left to answer."))
    try:
        if conversation.channel.is_disconnected:
            raise Disconnected
        return connector_for(conversation.channel).capability(_original(newest))
    except ConnectorError as error:
        return Capability(can_reply=False, reason=f"{error.message} {error.remedy}".strip())


def refuse_forbidden(person: int) -> None:
    """Raises CannotReply, with the reason, for somebody whom nobody is to contact."""
    reason = contacting.forbidden(person)
    if reason is not None:
        raise CannotReply(not_to_be_contacted(reason))


def not_to_be_contacted(reason: str) -> str:
    """Why nothing may be sent to a person, in words."""
    return _("They are not to be contacted: %(reason)s") % {"reason": reason}


def newest_inbound(conversation: Conversation) -> Message | None:
    """The message that a reply would answer."""
    said = Message.objects.filter(conversation=conversation, direction=Message.Direction.IN, deleted_at=None)
    return said.select_related("identity", "conversation").order_by("-posted_at", "-id").first()


@transaction.atomic
def queue(
    conversation: Conversation,
    *,
    by: User,
    text: str,
    click: UUID,
    close_after: bool = False,
    seen: int | None = None,
    audience: str = "",
    attached: Sequence[Attached] = (),
    heard: Collection[str] | None = None,
    confirmed: bool = False,
    promise: bool = False,
    promise_until: datetime | None = None,
) -> Message:
    """Put a reply on its way; it leaves when the time to take it back is over.

    One `click` is one reply: the same again returns the same message. `seen` is the newest message that the writer had
    before them; `audience` and `attached` are of what `capability` offers; `heard` and `confirmed` say what they know
    of others who have something open with this person (inbox/voice.py; not asked where `heard` is None); `promise`
    makes the reply one. Raises CannotReply, Stale, Overlapping, NotAllowed, ValueError (nothing to say) or Conflict
    (the click was another reply's).
    """
    text = text.replace("\0", "").replace("\r\n", "\n").strip()
    if not text:
        raise ValueError(_("The reply is empty."))
    current = lock(conversation, by=by)
    if (before := Delivery.objects.filter(click=click).select_related("message").first()) is not None:
        if (before.message.conversation_id, before.message.text) != (current.pk, text):
            raise Conflict(_("This form was sent before, with another text. Reload the page."))
        return before.message
    _refuse_stale(current, by, seen)
    original = newest_inbound(current)
    refuse_forbidden(current.identity.contact_id)
    _refuse_unsendable(current, text, audience, attached)
    if original is None:
        raise CannotReply(_("There is no message left to answer."))
    if heard is not None:
        voice.hold_back(current, by, heard=heard, confirmed=confirmed)
    message = _write(current, original, by=by, text=text, click=click, close_after=close_after, audience=audience)
    Upload.objects.bulk_create(_upload(message, one) for one in attached)
    drafts.forget(current, by=by)
    if promise:
        promises.make(message, by=by, until=promise_until)
    if close_after:
        Conversation.objects.filter(pk=current.pk).update(state=Conversation.State.CLOSED, snoozed_until=None)
        jobs.ring(jobs.ASSIGN)
    refresh([current.pk])
    live.changed(conversations=[current.pk])
    return message


@transaction.atomic
def take_back(message: Message, *, by: User) -> bool:
    """Undo: the reply becomes a draft again, if it has not left yet. False: too late."""
    lock(message.conversation, by=by)
    delivery = Delivery.objects.select_for_update().filter(message=message, state=State.QUEUED).first()
    if delivery is None:
        return False
    delivery.state = State.DRAFT
    delivery.save(update_fields=["state"])
    Promise.objects.filter(message=message).delete()
    Event.objects.filter(conversation_id=message.conversation_id, message=message).delete()
    if delivery.close_after:
        Conversation.objects.filter(pk=message.conversation_id, state=Conversation.State.CLOSED).update(
            state=Conversation.State.OPEN
        )
    refresh([message.conversation_id])
    live.changed(conversations=[message.conversation_id])
    return True


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
    refresh([message.conversation_id])
    live.changed(conversations=[message.conversation_id])


def draft_of(conversation: Conversation, by: User) -> str:
    """The text of a reply that `by` took back here and has not sent since."""
    drafts = Message.objects.filter(conversation=conversation, author=by, delivery__state=State.DRAFT)
    return drafts.order_by("-id").values_list("text", flat=True).first() or ""


def _requeue(message: Message, state: Delivery.State) -> None:
    changed = Delivery.objects.filter(message=message, state=state).update(
        state=State.QUEUED, send_after=timezone.now(), tries=0, error="", remedy=""
    )
    if not changed:
        raise Conflict(_("This has been settled meanwhile."))
    refresh([message.conversation_id])
    live.changed(conversations=[message.conversation_id])
    jobs.later(jobs.DELIVER_DUE)


def _refuse_stale(conversation: Conversation, by: User, seen: int | None) -> None:
    if seen is None:
        return
    newer = Message.objects.filter(conversation=conversation, direction=Message.Direction.OUT, pk__gt=seen)
    meanwhile = newer.exclude(author=by).exclude(delivery__state=State.DRAFT).select_related("author").first()
    if meanwhile is not None:
        raise Stale(meanwhile)


def _refuse_unsendable(conversation: Conversation, text: str, audience: str, files: Sequence[Attached]) -> None:
    able = capability(conversation)
    if not able.can_reply:
        raise CannotReply(able.reason)
    length = connector_for(conversation.channel).text_length(text)
    if able.text_limit is not None and length > able.text_limit:
        raise CannotReply(
            _("The reply has %(length)d characters, the network takes %(limit)d. Shorten it.")
            % {"length": length, "limit": able.text_limit}
        )
    if audience and audience not in [value for value, _words in able.audiences]:
        raise CannotReply(_("This message can't be answered to these readers. Choose again who may read it."))
    _refuse_files(able.files, files)


def _refuse_files(allowed: Enclosable | None, files: Sequence[Attached]) -> None:
    if not files:
        return
    if allowed is None:
        raise CannotReply(_("The network takes no files with this reply."))
    if len(files) > allowed.count:
        raise CannotReply(_("The network takes at most %(n)d files with a reply.") % {"n": allowed.count})
    for one in files:
        named = {"name": one.name, "most": filesizeformat(allowed.size), "types": ", ".join(allowed.types)}
        if (one.size or 0) > allowed.size:
            raise CannotReply(_("“%(name)s” is too large; the network takes up to %(most)s.") % named)
        if not any((one.content_type or "").startswith(kind) or kind == "*/*" for kind in allowed.types):
            raise CannotReply(_("The network does not take “%(name)s”. It takes %(types)s.") % named)


def _upload(message: Message, one: Attached) -> Upload:
    name = clean_name(one.name or "") or _("file")
    return Upload(message=message, name=name, content_type=(one.content_type or "")[:100], content=one.read())


def _write(
    conversation: Conversation,
    original: Message,
    *,
    by: User,
    text: str,
    click: UUID,
    close_after: bool,
    audience: str,
) -> Message:
    now = timezone.now()
    # What was taken back is superseded by what is sent now.
    Message.objects.filter(conversation=conversation, author=by, delivery__state=State.DRAFT).delete()
    message = Message.objects.create(
        channel_id=conversation.channel_id,
        conversation=conversation,
        identity_id=conversation.identity_id,
        direction=Message.Direction.OUT,
        kind=original.kind,
        parent_id=original.external_id or "",
        text=text,
        author=by,
        posted_at=now,
        created_at=now,
        version_at=now,
    )
    Delivery.objects.create(
        message=message,
        channel_id=conversation.channel_id,
        state=State.QUEUED,
        click=click,
        client_key=uuid4(),
        send_after=now + timedelta(seconds=settings.UNDO_SECONDS),
        close_after=close_after,
        audience=audience,
    )
    events.act(conversation, "message", by=by, at=now, message_id=message.pk)
    return message


def _original(message: Message) -> Original:
    return Original(
        external_id=message.external_id or "",
        thread_id=message.conversation.thread_id,
        kind=message.kind,
        author_external_id=message.identity.external_id,
        author_handle=message.identity.handle,
        posted_at=message.posted_at,
        raw=message.raw,
    )

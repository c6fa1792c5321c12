"""Replies as colleagues begin them: queued with a click, taken back while they wait. inbox/outbox.py has the rest."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db import transaction
from django.db.models import OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from connectors import parting
from connectors.protocol import Capability, Original
from contacts import contacting
from inbox import answering, attaching, closing, dispatch, drafts, holding, live, promises, voice
from inbox.answering import Sender
from inbox.attaching import Attached
from inbox.attaching import CannotAnswer as CannotAnswer
from inbox.attaching import CannotReply as CannotReply
from inbox.conversations import refresh
from inbox.models import Conversation, Delivery, Draft, Event, Message, Promise
from inbox.presentation import full
from inbox.triage import Conflict, lock
from people.models import User
from people.statements import Statement

State = Delivery.State
# How long open pages are told of a reply that is gone, and of how many.
_WITHDRAWN, _MOST_WITHDRAWN = timedelta(minutes=10), 50


class Stale(Exception):
    """Somebody else answered while this reply was written, or the customer wrote once more and it was to leave later.

    `message` is what they said.
    """

    def __init__(self, message: Message) -> None:
        if message.direction == Message.Direction.IN:
            said = _("The customer has written again.")
        else:
            said = _("%(name)s answered meanwhile.") % {"name": message.author or _("Somebody")}
        super().__init__(said)
        self.message = message


class Queued(NamedTuple):
    """A reply on its way, the first post of it. Not new: its click came twice."""

    message: Message
    is_new: bool = True


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
    return answering.own(conversation, _original(newest)).able


def senders(conversation: Conversation) -> list[Sender]:
    """The accounts that can answer the newest message of the customer: the one that is usual here, then the others.

    Where none can, the conversation's own, which says why. One statement; two more where there are several accounts.
    """
    newest = newest_inbound(conversation)
    if newest is None:
        return []
    original = _original(newest)
    own, further = answering.own(conversation, original), answering.others(conversation, original)
    able = [own, *further] if own.able.can_reply else further
    if not further:
        return [own]
    usual = answering.usual(able, conversation)
    return [usual, *(one for one in able if one is not usual)]


def chosen(senders: Sequence[Sender], conversation: Any, account: int | None = None) -> Sender | None:
    """Of accounts that can answer the one that is chosen: `account`, else that of what is begun, where they still can,
    else the usual one. `conversation` is as `reading.find` returns it."""
    begun = drafts.begun(conversation.begun).get("reply")
    wanted = [account, begun.account if begun else None]
    theirs = [sender for one in wanted for sender in senders if sender.channel.pk == one]
    return next(iter([*theirs, *senders]), None)


def sender(conversation: Conversation, account: int | None) -> Sender:
    """The account that somebody chose, or the conversation's own. Raises CannotReply."""
    newest = newest_inbound(conversation)
    if newest is None:
        raise CannotReply(_("There is no message left to answer."))
    return answering.chosen(conversation, _original(newest), account)


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
    return next(iter(_NEWEST(conversation=conversation.pk)), None)


def _newest(conversation: int) -> Any:
    said = Message.objects.filter(conversation=conversation, direction=Message.Direction.IN, deleted_at=None)
    return said.select_related("identity", "conversation").order_by("-posted_at", "-id")[:1]


_NEWEST = Statement(_newest)


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
    files: Mapping[int, str] | None = None,
    at: datetime | None = None,
    split: bool = False,
    numbered: bool = False,
    heard: Collection[str] | None = None,
    confirmed: bool = False,
    promise: bool = False,
    promise_until: datetime | None = None,
    account: int | None = None,
) -> Queued:
    """Put a reply on its way; it leaves when the time to take it back is over, or `at` a later time.

    One `click` is one reply: the same again returns the same message, which is not new. `seen` is the newest
    message that the writer had before them; `audience` and `attached` are of what `capability` offers; `files` are
    descriptions of what was put to the draft, by its ids. `split`: a text over the limit goes out as several posts,
    `numbered` ones; the first of them is returned. `heard` and `confirmed` say what they know of others who have
    something open with this person (inbox/voice.py; not asked where `heard` is None); `promise` makes the reply
    one; `account` is the channel that answers in place of the conversation's own (inbox/answering.py). Raises
    CannotReply, Stale, Overlapping, NotAllowed, ValueError (nothing to say) or Conflict (the click was another
    reply's).
    """
    text = plain(text)
    if not text:
        raise ValueError(_("The reply is empty."))
    current = lock(conversation, by=by)
    # Neither changes: whoever asks has loaded them.
    current.channel, current.identity = conversation.channel, conversation.identity
    if (before := Delivery.objects.filter(click=click).select_related("message").first()) is not None:
        if (before.message.conversation_id, dispatch.whole_text(before.message)) != (current.pk, text):
            raise Conflict(_("This form was sent before, with another text. Reload the page."))
        return Queued(before.message, is_new=False)
    _refuse_stale(current, by, seen, is_later=at is not None)
    original = newest_inbound(current)
    refuse_forbidden(current.identity.contact_id)
    if original is None:
        raise CannotReply(_("There is no message left to answer."))
    speaks = answering.chosen(current, _original(original), account)
    able = speaks.able
    parts = _parts(able, speaks.measure, text, split=split, numbered=numbered)
    _refuse_unsendable(able, audience, at)
    kept = attaching.chosen(current, by, files or {})
    attaching.refuse(able.files, [*kept, *attached])
    if heard is not None:
        voice.hold_back(current, by, heard=heard, confirmed=confirmed)
    message = dispatch.write(
        current,
        original,
        parts,
        by=by,
        through=speaks.channel,
        click=click,
        close_after=close_after,
        audience=audience,
        at=at,
        how=able.splits,
    )
    attaching.send(message, kept, attached)
    if at is None:
        holding.hold_for_colleague(current.pk, by)
    drafts.forget(current, by=by)
    if promise:
        promises.make(message, by=by, until=promise_until)
    if close_after:
        closing.close_with(message, current)
    refresh([current.pk])
    live.changed(conversations=[current.pk])
    return Queued(message)


@transaction.atomic
def take_back(message: Message, *, by: User) -> bool:
    """Undo: the reply becomes a draft again, with its files, if it has not left yet. False: too late.

    Of a reply in several posts all that has not left comes back, if this one has not. Open pages find by the time of
    the message that it is to go (`withdrawn`).
    """
    lock(message.conversation, by=by)
    unsent = [State.QUEUED, State.HELD, State.FAILED]
    waiting = Delivery.objects.select_for_update(of=("self",)).filter(pk__in=holding.series(message.pk))
    found = list(waiting.filter(state__in=unsent).select_related("message").order_by("pk"))
    ids = [one.pk for one in found]
    if message.pk not in ids:
        return False
    Delivery.objects.filter(pk__in=ids).update(state=State.DRAFT, error="", remedy="")
    Message.objects.filter(pk__in=ids).update(posted_at=timezone.now())
    Promise.objects.filter(message__in=ids).delete()
    Event.objects.filter(conversation_id=message.conversation_id, message__in=ids).delete()
    if message.author_id is not None:
        text = parting.join([dispatch.part(one.message) for one in found])
        other = found[0].channel_id if found[0].channel_id != message.channel_id else None
        _give_back(message.conversation_id, message.author_id, text, other)
        attaching.give_back(ids, message.conversation_id, message.author_id)
    if any(one.close_after for one in found):
        closing.open_again(message, by=by)
    refresh([message.conversation_id])
    live.changed(conversations=[message.conversation_id])
    return True


def withdrawn(now: datetime) -> ArraySubquery:
    """The replies in a conversation that were taken back or thrown away a moment ago: they go from open pages too. An
    annotation."""
    gone = Message.objects.filter(
        conversation=OuterRef("pk"), posted_at__gt=now - _WITHDRAWN, delivery__state=State.DRAFT
    )
    return ArraySubquery(gone.order_by("-pk").values("pk")[:_MOST_WITHDRAWN])


def _give_back(conversation_id: int, user_id: int, text: str, account: int | None) -> None:
    """Put words back where their writer goes on, with the account that was to say them; what they have begun there
    since stands below."""
    mine: dict[str, Any] = {"conversation_id": conversation_id, "user_id": user_id, "mode": Draft.Mode.REPLY}
    begun = Draft.objects.select_for_update().filter(**mine).values_list("text", flat=True).first() or ""
    whole = text if begun.strip() in ("", text) else f"{text}\n\n{begun}"
    Draft.objects.update_or_create(**mine, defaults={"text": whole, "account": account, "at": timezone.now()})


def plain(text: str) -> str:
    """What was written, as it is sent: with line breaks of one kind, and without space around it."""
    return text.replace("\0", "").replace("\r\n", "\n").strip()


def _refuse_stale(conversation: Conversation, by: User, seen: int | None, *, is_later: bool) -> None:
    if seen is None:
        return
    waits = Q(delivery__state=State.DRAFT) | Q(delivery__state=State.HELD)
    waits |= Q(delivery__state=State.QUEUED, delivery__is_later=True)
    theirs = Q(direction=Message.Direction.OUT) & ~Q(author=by) & ~waits
    if is_later:
        # What the customer has said would hold it back, had it been queued before.
        theirs |= Q(direction=Message.Direction.IN, automatic=False, is_past=False, deleted_at=None)
    newer = Message.objects.filter(theirs, conversation=conversation, pk__gt=seen)
    meanwhile = newer.select_related("author").order_by("-pk").first()
    if meanwhile is not None:
        raise Stale(meanwhile)


def _parts(
    able: Capability, measure: Callable[[str], int], text: str, *, split: bool, numbered: bool
) -> list[parting.Part]:
    """The posts of a reply: one, unless it is longer than the network takes and was to be split."""
    if not able.can_reply:
        raise CannotReply(able.reason)
    limit = able.text_limit
    if limit is None or (length := measure(text)) <= limit:
        return [parting.Part(text)]
    figures = {"length": length, "limit": limit, "most": parting.MOST}
    if not able.splits or not split:
        raise CannotReply(
            _("The reply has %(length)d characters, the network takes %(limit)d. Shorten it.") % figures
            if not able.splits
            else _(
                "The reply has %(length)d characters, the network takes %(limit)d. Shorten it, or send it as several "
                "posts."
            )
            % figures
        )
    try:
        return parting.split(text, limit, measure, numbered=numbered)
    except parting.Unsplittable as error:
        raise CannotReply(
            _("The reply has %(length)d characters. Even %(most)d posts are not enough for it. Shorten it.") % figures
        ) from error


def _refuse_unsendable(able: Capability, audience: str, at: datetime | None) -> None:
    if audience and audience not in [value for value, _words in able.audiences]:
        raise CannotReply(_("This message can't be answered to these readers. Choose again who may read it."))
    if at is not None and able.until is not None and at >= able.until:
        raise CannotReply(
            _("The network takes an answer until %(until)s. Choose an earlier time.") % {"until": full(able.until)}
        )


def _original(message: Message) -> Original:
    return Original(
        external_id=message.external_id or "",
        thread_id=message.conversation.thread_id,
        kind=message.kind,
        author_external_id=message.identity.external_id,
        author_handle=message.identity.handle,
        posted_at=message.posted_at,
        raw=message.raw,
        is_ours=message.direction == Message.Direction.OUT,
    )

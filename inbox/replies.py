"""Replies as colleagues begin them: queued with a click, taken back while they wait. inbox/outbox.py has the rest."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
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
from inbox.models import Conversation, Delivery, Draft, Message
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
    """A reply on its way, the first post of it, and the message that it `answers`. Not new: its click came twice."""

    message: Message
    is_new: bool = True
    answers: Message | None = None


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


def senders(conversation: Conversation, newest: Message | None = None) -> list[Sender]:
    """The accounts that can answer the newest message of the customer (`newest`, where it is known): the one that is
    usual here, then the others.

    Where none can, the conversation's own, which says why. `conversation` is as `reading.find` returns it. One
    statement, none where the message is known; one more where there are several accounts.
    """
    newest = newest or newest_inbound(conversation)
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
    _refuse(contacting.forbidden(person))


def _refuse(reason: str | None) -> None:
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
    original = _to_answer(current, by, click, seen, is_later=at is not None)
    if original is None or original.clicked:
        before = Delivery.objects.filter(click=click).select_related("message").first()
        if before is None:
            raise CannotReply(_("There is no message left to answer."))
        if (before.message.conversation_id, dispatch.whole_text(before.message)) != (current.pk, text):
            raise Conflict(_("This form was sent before, with another text. Reload the page."))
        return Queued(before.message, is_new=False)
    if original.overtaken_by is not None:
        raise Stale(Message.objects.select_related("author").get(pk=original.overtaken_by))
    _refuse(original.forbidden)
    current.channel, current.identity = original.conversation.channel, original.identity
    speaks = answering.chosen(current, _original(original), account)
    able = speaks.able
    parts = _parts(able, speaks.measure, text, split=split, numbered=numbered)
    _refuse_unsendable(able, audience, at)
    kept = attaching.chosen(current, by, files or {})
    attaching.refuse(able.files, [*kept, *attached])
    if heard is not None:
        voice.hold_back(current, by, heard=heard, confirmed=confirmed)
    closed = closing.close(current) if close_after else None
    message = dispatch.write(
        current,
        original,
        parts,
        by=by,
        through=speaks.channel,
        click=click,
        closed=closed,
        audience=audience,
        at=at,
        how=able.splits,
    )
    attaching.send(message, kept, attached)
    if at is None and original.is_awaited:
        holding.hold_for_colleague(current.pk, by)
    if promise:
        promises.make(message, by=by, until=promise_until)
    refresh([current.pk])
    live.changed(conversations=[current.pk])
    return Queued(message, answers=original)


def _to_answer(current: Conversation, by: User, click: UUID, seen: int | None, *, is_later: bool) -> Any:
    """The message that a reply would answer, with its channel, and with what may stand in the way; None where there is
    none left. One statement.

    `clicked`: the click was a reply's already; `overtaken_by`: the message that the writer has not seen; `forbidden`:
    why nobody may write to them; `is_awaited`: somebody else has a reply here that is to leave later.
    """
    here = Message.objects.filter(conversation=current.pk)
    later = Delivery.objects.filter(message__conversation=current.pk, state=State.QUEUED, is_later=True)
    facts = {
        "clicked": Exists(Delivery.objects.filter(click=click)),
        "overtaken_by": Subquery(_unseen(here, by, seen, is_later=is_later).order_by("-pk").values("pk")[:1]),
        "forbidden": contacting.why_not("identity__contact"),
        "is_awaited": Exists(later.exclude(message__author=by)),
    }
    said = here.filter(direction=Message.Direction.IN, deleted_at=None).annotate(**facts)
    with_channel = said.select_related("identity", "conversation__channel__credential")
    return with_channel.order_by("-posted_at", "-id").first()


@transaction.atomic
def take_back(message: Message, *, by: User) -> bool:
    """Undo: the reply becomes a draft again, with its files, if it has not left yet. False: too late.

    Of a reply in several posts all that has not left comes back, if this one has not. Open pages find by the time of
    the message that it is to go (`withdrawn`).
    """
    conversation = lock(message.conversation, by=by)
    unsent = [State.QUEUED, State.HELD, State.FAILED]
    waiting = Delivery.objects.select_for_update(of=("self",)).filter(pk__in=holding.parts_of(message.pk))
    waiting = waiting.annotate(is_closed_since=closing.since("message"), begun=_begun("message"))
    found = list(waiting.filter(state__in=unsent).select_related("message").order_by("pk"))
    ids = [one.pk for one in found]
    if message.pk not in ids:
        return False
    holding.withdraw(conversation.pk, ids)
    if message.author_id is not None:
        text = parting.join([dispatch.part(one.message) for one in found])
        other = found[0].channel_id if found[0].channel_id != message.channel_id else None
        _give_back(message.conversation_id, message.author_id, text, found[0].begun or "", other)
        if any(one.message.attachments for one in found):
            attaching.give_back(ids, message.conversation_id, message.author_id)
    first = next(one for one in found if one.pk == message.pk)
    if first.close_after and not first.is_closed_since:
        closing.open_again(conversation, first.closed)
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


def _begun(message: str) -> Subquery:
    """What the writer of a message, which the column `message` holds, has begun to write in its place. An annotation,
    for whoever has locked the conversation: nobody writes there meanwhile."""
    here = Draft.objects.filter(mode=Draft.Mode.REPLY, conversation=OuterRef(f"{message}__conversation"))
    return Subquery(here.filter(user=OuterRef(f"{message}__author")).values("text"))


def _give_back(conversation_id: int, user_id: int, text: str, begun: str, account: int | None) -> None:
    """Put words back where their writer goes on, with the account that was to say them; what they have begun there
    since stands below."""
    mine: dict[str, Any] = {"conversation_id": conversation_id, "user_id": user_id, "mode": Draft.Mode.REPLY}
    whole = text if begun.strip() in ("", text) else f"{text}\n\n{begun}"
    Draft.objects.bulk_create(
        [Draft(**mine, text=whole, account=account, at=timezone.now())],
        update_conflicts=True,
        unique_fields=list(mine),
        update_fields=["text", "account", "at"],
    )


def plain(text: str) -> str:
    """What was written, as it is sent: with line breaks of one kind, and without space around it."""
    return text.replace("\0", "").replace("\r\n", "\n").strip()


def _unseen(here: QuerySet[Message], by: User, seen: int | None, *, is_later: bool) -> QuerySet[Message]:
    """What was said here since somebody looked, and makes their reply stale."""
    if seen is None:
        return here.none()
    waits = Q(delivery__state=State.DRAFT) | Q(delivery__state=State.HELD)
    waits |= Q(delivery__state=State.QUEUED, delivery__is_later=True)
    theirs = Q(direction=Message.Direction.OUT) & ~Q(author=by) & ~waits
    if is_later:
        # What the customer has said would hold it back, had it been queued before.
        theirs |= Q(direction=Message.Direction.IN, automatic=False, is_past=False, deleted_at=None)
    return here.filter(theirs, pk__gt=seen)


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

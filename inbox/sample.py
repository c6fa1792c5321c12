"""The sample workspace: an invented company with colleagues, rules, customers and a past.

Its messages come through the `sample` connector and the ordinary pull, and what its colleagues did goes through the
ordinary commands. Only then is it dated back to when it is said to have happened; nothing else in the product moves
time, and nothing outside the sample's channel is touched. `sample_removal.py` takes all of it away again.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import uuid4

from django.conf import settings
from django.db import connection, transaction
from django.db.models import Count, F, Min, OuterRef, Subquery
from django.utils import timezone

from connectors.models import Channel
from connectors.protocol import Outgoing
from connectors.registry import connector_for
from inbox import notes, replies, routing_days, sample_desk, snoozing, tally, triage
from inbox.conversations import refresh
from inbox.models import Contributor, Conversation, Decision, Deed, Delivery, Event, Message, Note
from inbox.pull import pull
from inbox.sample_company import DISPATCHER, CannotLoad, Cast, Member, hire, lay_down_rules, open_channel
from inbox.sample_history import Act, history
from people.models import Department, User

# What has been quiet for longer was closed, unless somebody has it on their desk.
_QUIET = timedelta(days=3)
_MINE = ("Ours, I take it.", "We know this one.", "One for us.")
_MOVED = "This ended up in %s by mistake. %s knows what to say."
State = Conversation.State


@dataclass(frozen=True, slots=True)
class Loaded:
    """What came of loading: messages by outcome, acts by kind, with those that the router made necessary or spared."""

    messages: Counter[str]
    acts: Counter[str] = field(default_factory=Counter)


def load() -> Loaded | None:
    """Set the sample workspace up; None when it is there already. Raises CannotLoad.

    In one transaction, so that nobody meets a company without a past, and a failure leaves nothing.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(hashtext('inbox.sample'))")
        if Channel.objects.filter(is_sample=True).exists():
            return None
        cast = hire()
        lay_down_rules()
        channel = open_channel()
        outcomes = _pull(channel)
        _date_arrivals_back(channel)
        loaded = Loaded(outcomes, _Stage(channel, cast).play(history()))
        _deliver(channel)
        everything = Conversation.objects.filter(channel=channel)
        refresh(everything.values_list("pk", flat=True))
        _close_quiet(channel, cast)
        refresh(everything.values_list("pk", flat=True))
        sample_desk.lay_out(cast)
        sample_desk.greet()
        # A past that nobody lived through is nobody's to take back.
        Deed.objects.filter(user__in=[member.user.pk for member in cast.values()]).delete()
    tally.fold()
    routing_days.roll_up(timezone.now())
    return loaded


def status() -> dict[str, int]:
    """How many sample channels, colleagues and messages there are, and conversations by department and state."""
    channels = Channel.objects.filter(is_sample=True)
    found = {
        "channels": channels.count(),
        "colleagues": User.objects.filter(is_sample=True).count(),
        "messages": Message.objects.filter(channel__in=channels).count(),
    }
    groups = Conversation.objects.filter(channel__in=channels).values("department__name", "state")
    for group in groups.annotate(n=Count("pk")).order_by("department__position", "state"):
        found[f"{group['department__name']}, {group['state']}"] = group["n"]
    return found


def _pull(channel: Channel) -> Counter[str]:
    pulled = pull(channel)
    if pulled is None or pulled.error is not None:
        why = pulled.error.message if pulled and pulled.error else "Its channel is being pulled."
        raise CannotLoad(f"The messages of the sample could not be pulled. {why}")
    if pulled.outcomes["pending"] or pulled.outcomes["rejected"]:
        raise CannotLoad("Not all messages of the sample could be taken in. The log says why.")
    return pulled.outcomes


def _date_arrivals_back(channel: Channel) -> None:
    """Everything arrived a moment ago; now it has arrived when it was written."""
    said = Message.objects.filter(channel=channel)
    said.update(created_at=F("posted_at"))
    Decision.objects.filter(channel=channel).update(
        at=Subquery(said.filter(pk=OuterRef("message_id")).values("posted_at")[:1])
    )
    conversations = Conversation.objects.filter(channel=channel)
    first = said.filter(conversation=OuterRef("pk")).order_by().values("conversation").annotate(at=Min("posted_at"))
    conversations.update(created_at=Subquery(first.values("at")))
    newest = Subquery(conversations.filter(pk=OuterRef("conversation_id")).values("last_inbound_at")[:1])
    Contributor.objects.filter(conversation__in=conversations).update(created_at=newest)
    Event.objects.filter(channel=channel, kind__in=["routed", "reopened"]).update(at=newest)


class _Stage:
    """Where the past is played: the sample's messages and colleagues."""

    def __init__(self, channel: Channel, cast: Cast) -> None:
        self.cast = cast
        self.now = timezone.now()
        self.departments = {department.slug: department for department in Department.objects.all()}
        self.messages = {str(one.external_id): one for one in Message.objects.filter(channel=channel)}
        self.done: Counter[str] = Counter()
        self.deeds: Mapping[str, Callable[[Act, Conversation, datetime], object]] = {
            "reply": self._reply,
            "note": self._note,
            "hand_over": self._hand_over,
            "assign": self._assign,
            "close": self._close,
            "snooze": self._snooze,
        }

    def play(self, acts: list[Act]) -> Counter[str]:
        """Do everything in the order in which it happened; returns how much of what."""
        for act in sorted(acts, key=self._at):
            at = self._at(act)
            conversation_id = self.messages[act.on].conversation_id
            begun = timezone.now()
            self.deeds[act.do](act, self._conversation(conversation_id), at)
            _date_back(conversation_id, begun, at)
            self.done[act.do] += 1
        return self.done

    def _at(self, act: Act) -> datetime:
        return min(self.messages[act.on].posted_at + timedelta(minutes=act.after), self.now)

    def _conversation(self, conversation_id: int) -> Conversation:
        return Conversation.objects.select_related("department").get(pk=conversation_id)

    def _reply(self, act: Act, conversation: Conversation, at: datetime) -> None:
        current = self._within_reach(conversation, self.cast[act.by], at)
        message = replies.queue(current, by=self.cast[act.by].user, text=act.text, click=uuid4()).message
        # It answers what had been said by then.
        mine = Message.objects.filter(pk=message.pk)
        mine.update(posted_at=at, created_at=at, version_at=at, parent_id=act.on)
        sent_at = at + timedelta(seconds=settings.UNDO_SECONDS)
        Delivery.objects.filter(pk=message.pk).update(send_after=sent_at, attempted_at=sent_at, tries=1)

    def _note(self, act: Act, conversation: Conversation, at: datetime) -> None:
        note = notes.add(conversation, by=self.cast[act.by].user, text=act.text).note
        Note.objects.filter(pk=note.pk).update(created_at=at)

    def _assign(self, act: Act, conversation: Conversation, at: datetime) -> None:
        current = self._within_reach(conversation, self.cast[act.to], self.now)
        triage.assign(current, to=self.cast[act.to].user, by=self._whoever_may(current, act.by))

    def _close(self, act: Act, conversation: Conversation, at: datetime) -> None:
        if conversation.state == State.NOISE:
            self._spare(act)
            return
        current = self._within_reach(conversation, self.cast[act.by], at)
        triage.close(current, by=self.cast[act.by].user)

    def _snooze(self, act: Act, conversation: Conversation, at: datetime) -> None:
        current = self._within_reach(conversation, self.cast[act.by], at)
        snoozing.snooze(current, until=timezone.now() + timedelta(hours=act.hours), by=self.cast[act.by].user)

    def _hand_over(self, act: Act, conversation: Conversation, at: datetime) -> None:
        to = self.departments[act.to]
        if conversation.department_id == to.pk:
            self._spare(act)
            return
        self._move(conversation, to, by=self._whoever_may(conversation, act.by), reason=act.reason, at=at)

    def _spare(self, act: Act) -> None:
        """The router has seen to it already."""
        self.done[act.do] -= 1
        self.done["spared"] += 1

    def _move(self, conversation: Conversation, to: Department, *, by: User, reason: str, at: datetime) -> None:
        triage.hand_over(conversation, to=to, by=by, reason=reason)
        # All messages were there before the first act. One that was said after this cannot have brought in whoever
        # owned the conversation by then.
        later = Event.objects.filter(conversation=conversation, kind="contributor", at__gt=at)
        later.filter(data__department=to.name).delete()

    def _whoever_may(self, conversation: Conversation, by: str) -> User:
        may = conversation.department.is_triage or self.cast[by].works_in(conversation.department)
        return self.cast[by if may else DISPATCHER].user

    def _within_reach(self, conversation: Conversation, member: Member, at: datetime) -> Conversation:
        """The conversation, where `member` can work on it: the router may have sent it elsewhere, or set it aside."""
        if conversation.state == State.NOISE:
            triage.reopen(conversation, by=self.cast[DISPATCHER].user)
        in_triage = conversation.department.is_triage
        # What is answered and done with may have been answered from Triage.
        settled = in_triage and at < self.now - _QUIET
        if settled or member.belongs_to(conversation):
            return conversation
        mover = member.user if in_triage else self.cast[DISPATCHER].user
        moved = _MOVED % (conversation.department.name, member.user.name)
        reason = _MINE[conversation.pk % len(_MINE)] if in_triage else moved
        self._move(conversation, member.departments[0], by=mover, reason=reason, at=at)
        self.done["put right"] += 1
        return self._conversation(conversation.pk)


def _date_back(conversation_id: int, begun: datetime, at: datetime) -> None:
    """Let what has been done to a conversation since `begun` have happened at `at`."""
    Event.objects.filter(conversation=conversation_id, at__gte=begun).update(at=at)


def _deliver(channel: Channel) -> None:
    """Hand the replies to the connector, which answers at once: no worker is needed, no other channel is touched."""
    connector = connector_for(channel)
    waiting = Delivery.objects.filter(channel=channel, state=Delivery.State.QUEUED)
    written = list(Message.objects.filter(delivery__in=waiting).select_related("delivery"))
    for message in written:
        sent = connector.reply(
            Outgoing(
                text=message.text,
                original=replies.original_of(message),
                client_key=str(message.delivery.client_key),
                queued_at=message.created_at,
            )
        )
        message.external_id, message.url = sent.external_id, sent.url
    Message.objects.bulk_update(written, ["external_id", "url"])
    waiting.update(state=Delivery.State.SENT)


def _close_quiet(channel: Channel, cast: Cast) -> None:
    """Close what nobody has on their desk any more, by whoever was there last, or somebody of the department."""
    quiet = Conversation.objects.open().filter(
        channel=channel, assignee=None, last_message_at__lt=timezone.now() - _QUIET
    )
    present = Event.objects.filter(channel=channel, actor__isnull=False).order_by("at", "id")
    last = dict(present.values_list("conversation_id", "actor_id"))
    by_id = {member.user.pk: member for member in cast.values()}
    for conversation in quiet.select_related("department"):
        members = [one for one in cast.values() if conversation.department in one.departments] or [cast[DISPATCHER]]
        closer = by_id.get(last.get(conversation.pk) or 0)
        if closer is None or not closer.works_in(conversation.department):
            closer = members[conversation.pk % len(members)]
        begun = timezone.now()
        triage.close(conversation, by=closer.user)
        _date_back(conversation.pk, begun, conversation.last_message_at + timedelta(hours=2 + conversation.pk % 22))

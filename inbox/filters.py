"""What narrows a list of conversations down: filters as an address holds them, and what each leaves of a list."""

from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import BooleanField, Exists, F, Func, OuterRef, Q, QuerySet
from django.http import QueryDict

from connectors.models import Channel
from inbox.models import Conversation, ConversationTag, Draft, Seen
from inbox.orders import Order
from inbox.presentation import is_soon_after
from routing import subject

if TYPE_CHECKING:
    from inbox.sidebar import Sidebar
    from people.models import User

Conversations = QuerySet[Conversation]

WHO = ("me", "nobody", "somebody")
# Minutes that somebody has waited at least.
WAITING = (60, 240, 1_440, 4_320, 10_080)
TONES = {name: tone for tone, name in subject.TONES.items()}
PRIORITIES = {choice.name.lower(): choice for choice in Conversation.Priority}
# Channels that bring what was said on other networks than their own.
_MIXED = ("import", "sample", "webhook")
# In the address of a saved view: that none of its filters applies.
_NONE = "none"
# In the address of a later page, which names all the filters that its list has.
_BEFORE = "before"


@dataclass(frozen=True, slots=True)
class Filters:
    """What the query string narrows a view down to. Each is one parameter of the address, by its name."""

    unread: bool = False
    late: bool = False
    q: str = ""
    # Only where the address says so; what somebody chose for all their lists is kept with them.
    order: str = ""
    # Of what was set aside, that of which the router was least sure.
    doubt: bool = False
    # With something in it that its reader has begun to write.
    draft: bool = False
    department: str = ""
    who: str = ""
    network: str = ""
    channel: int = 0
    tag: str = ""
    priority: str = ""
    waiting: int = 0
    # Of what the customer wrote last.
    language: str = ""
    tone: str = ""
    # The filters that a saved view has of itself: they hold where the address names none.
    home: str = field(default="", compare=False)

    @classmethod
    def parse(cls, query: QueryDict, home: str = "") -> "Filters":
        """Read them; anything unknown is ignored."""
        names = {one.name for one in fields(cls)} - {"home"} | {_NONE, _BEFORE}
        if home and not names.intersection(query):
            query = QueryDict(home)
        return cls(
            unread=query.get("unread") == "1",
            late=query.get("late") == "1",
            q=_text(query, "q", 200),
            order=_one_of(query, "order", Order.values),
            doubt=query.get("doubt") == "1",
            draft=query.get("draft") == "1",
            department=_text(query, "department", 50),
            who=_one_of(query, "who", WHO),
            network=_text(query, "network", 30),
            channel=_number(query, "channel"),
            tag=_text(query, "tag", 50),
            priority=_one_of(query, "priority", PRIORITIES),
            waiting=_number(query, "waiting") if _number(query, "waiting") in WAITING else 0,
            language=_text(query, "language", 20),
            tone=_one_of(query, "tone", TONES),
            home=home,
        )

    def query(self, **changes: Any) -> str:
        """The query string of these filters with some changed, "?" included; empty where it goes without saying."""
        values = {one.name: getattr(self, one.name) for one in fields(self) if one.name != "home"} | changes
        text = urlencode({name: "1" if value is True else str(value) for name, value in values.items() if value})
        if text == self.home:
            return ""
        return f"?{text or f'{_NONE}=1'}"

    @property
    def saved(self) -> str:
        """What a saved view keeps of them: all but what is searched for, without the "?"."""
        return Filters(**{**self._values(), "q": ""}).query().removeprefix("?").removeprefix(f"{_NONE}=1")

    @property
    def is_narrow(self) -> bool:
        """Whether they leave anything out."""
        return any(value for name, value in self._values().items() if name not in ("q", "order"))

    @property
    def is_personal(self) -> bool:
        """Whether what they leave depends on who asks."""
        return self.unread or self.draft or self.who == "me"

    def _values(self) -> dict[str, Any]:
        return {one.name: getattr(self, one.name) for one in fields(self) if one.name != "home"}


def narrow(found: Conversations, filters: Filters, user: "User", sidebar: "Sidebar", now: datetime) -> Conversations:
    """Only the conversations that the filters leave. What they ask of the table stands in the indexes of its orders."""
    found = _by_columns(found, filters, user, sidebar, now)
    if filters.unread:
        read = Seen.objects.filter(user=user, conversation=OuterRef("pk"), at__gte=OuterRef("last_inbound_at"))
        found = found.exclude(Exists(read))
    if filters.draft:
        found = found.filter(pk__in=Draft.objects.filter(user=user).exclude(text="").values("conversation"))
    if filters.tag:
        found = found.filter(Exists(ConversationTag.objects.filter(conversation=OuterRef("pk"), name=filters.tag)))
    return found


def _by_columns(
    found: Conversations, filters: Filters, user: "User", sidebar: "Sidebar", now: datetime
) -> Conversations:
    if filters.department:
        queue = sidebar.by_slug().get(filters.department)
        found = found.filter(department=queue.id) if queue else found.none()
    if filters.who == "me":
        found = found.filter(assignee=user)
    elif filters.who:
        found = found.filter(assignee__isnull=filters.who == "nobody")
    if filters.channel:
        found = found.filter(channel=filters.channel)
    if filters.network:
        found = found.filter(_on_channels_of(filters.network), identity__network=filters.network)
    if filters.priority:
        found = found.filter(priority=PRIORITIES[filters.priority])
    if filters.language:
        found = found.filter(language=filters.language)
    if filters.tone:
        found = found.filter(tone=TONES[filters.tone])
    if filters.waiting:
        found = found.filter(waiting_since__lte=now - timedelta(minutes=filters.waiting))
    return found.filter(at_risk(sidebar, now)) if filters.late else found


def at_risk(sidebar: "Sidebar", now: datetime) -> Q:
    """Conversations that are late or, by the measure of their department, soon will be."""
    risky, last = Q(pk__in=[]), now
    for queue in sidebar.queues:
        until: datetime = now + is_soon_after(queue.reply_minutes)
        risky |= Q(department=queue.id, due_at__lte=until)
        last = max(last, until)
    # Said once for all departments, so that an index can tell by itself whom it is about at all.
    return Q(due_at__lte=last) & risky


def _on_channels_of(network: str) -> Func:
    channels = Channel.objects.filter(network__in=[network, *_MIXED]).values("pk")
    return Func(
        F("channel_id"),
        ArraySubquery(channels),
        template="(%(expressions)s))",
        arg_joiner=" = ANY(",
        output_field=BooleanField(),
    )


def _text(query: QueryDict, name: str, length: int) -> str:
    return query.get(name, "").replace("\0", "").strip()[:length]


def _one_of(query: QueryDict, name: str, known: Any) -> str:
    value = query.get(name, "")
    return value if value in known else ""


def _number(query: QueryDict, name: str) -> int:
    value = query.get(name, "")
    return int(value) if value.isdecimal() and len(value) < 19 else 0

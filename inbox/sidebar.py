"""What stands beside every list: the views and queues with their counts, and the channels that need repair."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db.models import (
    DateTimeField,
    DurationField,
    Exists,
    ExpressionWrapper,
    F,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
)
from django.db.models.functions import Greatest
from django.urls import reverse
from django.utils.translation import gettext, gettext_lazy

from connectors import watching
from connectors.models import Channel
from connectors.watching import Alarm
from inbox import saved_views
from inbox.models import Conversation, Mention, Seen
from inbox.presentation import SOON_AT_LEAST, SOON_SHARE
from inbox.saved_views import Saved
from people.models import Department, Membership, User
from people.statements import Statement

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

State = Conversation.State
CAP = 99
# Mentions that are looked at for those that nobody read.
_CALLS = 200


class Fixed(NamedTuple):
    """A view that every workspace has: its name, its icon, and the keys that lead to it."""

    title: "_StrPromise"
    icon: str
    keys: str = ""


FIXED = {
    "mine": Fixed(gettext_lazy("Mine"), "user", "g m"),
    "unassigned": Fixed(gettext_lazy("Unassigned"), "circle-dashed", "g u"),
    "open": Fixed(gettext_lazy("All open"), "layers"),
    "snoozed": Fixed(gettext_lazy("Snoozed"), "alarm-clock"),
    "sent": Fixed(gettext_lazy("Sent"), "send"),
    "mentions": Fixed(gettext_lazy("Mentions of me"), "at-sign"),
    "following": Fixed(gettext_lazy("Following"), "eye"),
    "closed": Fixed(gettext_lazy("Closed"), "check"),
    "aside": Fixed(gettext_lazy("Set aside"), "archive"),
}
_READ = (
    "id", "slug", "name", "mark", "about", "reply_minutes",
    "is_mine", "late", "soon", "my_late", "my_soon", "has_sample", "calls", "saved",
    "open", "snoozed", "closed", "noise", "mine", "nobody",
)  # fmt: skip
# Views, and which of these columns counts what they hold.
_COUNTED = {
    "mine": "mine", "unassigned": "nobody", "open": "open", "snoozed": "snoozed", "closed": "closed", "aside": "noise",
}  # fmt: skip
# Not worth a number, for nobody has anything to do there.
_UNCOUNTED = ("sent", "closed", "following")


class Capped(Subquery):
    """Counts the rows of a query, but never more than it is sliced to."""

    template = "(SELECT count(*) FROM (%(subquery)s) capped)"
    output_field = IntegerField()


@dataclass(frozen=True, slots=True)
class Pill:
    """How many conversations of a queue are late or soon will be."""

    late: int = 0
    soon: int = 0

    @property
    def css(self) -> str:
        """Late outweighs soon; only one of the two is shown."""
        return "late" if self.late else "late soon"

    @property
    def number(self) -> str:
        """Both together: "5", "99+" or nothing."""
        count = self.late + self.soon
        return (f"{CAP}+" if count > CAP else str(count)) if count else ""

    @property
    def text(self) -> str:
        """ "5 late", "99+ late", "2 soon" or nothing."""
        count = self.late or self.soon
        if not count:
            return ""
        shown = f"{CAP}+" if count > CAP else str(count)
        return (gettext("%(n)s late") if self.late else gettext("%(n)s soon")) % {"n": shown}


@dataclass(frozen=True, slots=True)
class Queue:
    """A department as pages need it, with what waits in it."""

    id: int
    slug: str
    name: str
    mark: str
    about: str
    reply_minutes: int
    is_mine: bool
    count: int
    pill: Pill

    @property
    def path(self) -> str:
        """The slug of its view."""
        return f"q/{self.slug}"


class Link(NamedTuple):
    """A fixed view as the sidebar shows it."""

    slug: str
    number: int | None
    pill: Pill

    @property
    def url(self) -> str:
        """Its address."""
        return reverse("inbox") if self.slug == "open" else reverse("view", args=[self.slug])

    @property
    def fixed(self) -> Fixed:
        """What every workspace has it with."""
        return FIXED[self.slug]


class Navigation(NamedTuple):
    """What the sidebar shows, without anything that differs between two people who see the same."""

    links: tuple[Link, ...]
    queues: tuple[Queue, ...]
    saved: tuple[Saved, ...]
    at_risk: Pill
    mine: int
    is_uncounted: bool


@dataclass(frozen=True, slots=True)
class Sidebar:
    """Everything of it, from two statements."""

    queues: tuple[Queue, ...]
    counts: dict[str, int]
    mine: Pill
    alarms: tuple[Alarm, ...]
    has_sample: bool
    is_manager: bool = False
    saved: tuple[Saved, ...] = ()

    @property
    def at_risk(self) -> Pill:
        """Late and soon over all queues."""
        return Pill(sum(q.pill.late for q in self.queues), sum(q.pill.soon for q in self.queues))

    @property
    def navigation(self) -> Navigation:
        """What of it pages show. What is snoozed is a view only while something is, what is late one for managers."""
        links = tuple(
            Link(slug, None if slug in _UNCOUNTED else self.counts[slug], self.mine if slug == "mine" else Pill())
            for slug in FIXED
            if slug != "snoozed" or self.counts[slug]
        )
        return Navigation(
            links,
            self.queues,
            self.saved,
            at_risk=self.at_risk if self.is_manager else Pill(),
            mine=self.counts["mine"],
            is_uncounted=any(view.count is None for view in self.saved),
        )

    @property
    def broken(self) -> dict[int, Alarm]:
        """Channels that nobody but an admin can repair, by id."""
        return {alarm.channel_id: alarm for alarm in self.alarms if alarm.is_broken}

    def by_id(self) -> dict[int, Queue]:
        """The departments, for whoever holds a department's id."""
        return {queue.id: queue for queue in self.queues}

    def by_slug(self) -> dict[str, Queue]:
        """The departments, for whoever holds a department's slug."""
        return {queue.slug: queue for queue in self.queues}


def load(user: User, now: datetime, channels: Iterable[Channel] | None = None) -> Sidebar:
    """Read departments with their deadlines and counts, and the channels' alarms; of `channels` alone, where these have
    been read with what alarms are made of."""
    rows = standings(user, now)
    queues = tuple(
        Queue(
            id=row["id"],
            slug=row["slug"],
            name=row["name"],
            mark=row["mark"],
            about=row["about"],
            reply_minutes=row["reply_minutes"],
            is_mine=row["is_mine"],
            count=row["open"],
            pill=Pill(row["late"], row["soon"]),
        )
        for row in rows
    )
    first = rows[0] if rows else dict.fromkeys(_READ, 0)
    mine = Pill(first["my_late"], first["my_soon"])
    alarms = tuple(watching.alarms(now) if channels is None else watching.alarms_of(channels, now))
    saved = saved_views.read(rows[0]["saved"] if rows else (), user)
    counts = _counts(rows) | {"mentions": first["calls"]}
    return Sidebar(queues, counts, mine, alarms, bool(first["has_sample"]), user.is_manager, saved)


def standings(user: User, now: datetime) -> list[dict[str, Any]]:
    """The departments, with how many conversations stand in each state and what is late there. One statement."""
    return _DEPARTMENTS(user.is_active, user=user.pk, now=now)


def _counts(rows: list[dict[str, Any]]) -> dict[str, int]:
    """How many conversations stand in each view, over all departments."""
    return {slug: sum(row[column] for row in rows) for slug, column in _COUNTED.items()}


def _tally(user: int) -> dict[str, Sum]:
    """How many conversations of a department stand in each state, and how many of the open ones `user` or nobody has.
    Columns."""
    is_open = Q(tally__state=State.OPEN)
    meant = {state.value: Q(tally__state=state) for state in State}
    meant |= {"mine": is_open & Q(tally__assignee=user), "nobody": is_open & Q(tally__assignee=None)}
    return {column: Sum("tally__difference", filter=one, default=0) for column, one in meant.items()}


def _departments(is_active: bool, user: int, now: datetime) -> Any:
    reader = User(pk=user, is_active=is_active)
    waiting = Conversation.objects.visible_to(reader).open()
    here, mine = waiting.filter(department=OuterRef("pk")), waiting.filter(assignee=user)
    margin = Greatest(
        ExpressionWrapper(F("reply_minutes") * SOON_SHARE * Value(timedelta(minutes=1)), output_field=DurationField()),
        Value(SOON_AT_LEAST),
    )
    soon_until = ExpressionWrapper(Value(now) + OuterRef("margin"), output_field=DateTimeField())
    return (
        Department.objects.order_by("position", "id")
        .annotate(margin=margin)
        .annotate(
            is_mine=Exists(Membership.objects.filter(user=user, department=OuterRef("pk"))),
            late=_capped(here.filter(due_at__lte=now)),
            soon=_capped(here.filter(due_at__gt=now, due_at__lte=soon_until)),
            my_late=_capped(mine.filter(due_at__lte=now)),
            my_soon=_capped(mine.filter(due_at__gt=now, due_at__lte=now + SOON_AT_LEAST)),
            has_sample=Exists(Channel.objects.filter(is_sample=True)),
            calls=_capped(_unread_calls(reader)),
            saved=saved_views.of(reader),
            **_tally(user),
        )
        .values(*_READ)
    )


def _unread_calls(user: User) -> "QuerySet[Mention]":
    """Notes that call upon somebody who has not looked at the conversation since. Of the newest ones: who never looks
    has more of them than anybody counts."""
    read = Seen.objects.filter(user=user, conversation=OuterRef("conversation"), at__gte=OuterRef("at"))
    newest = Mention.objects.filter(user=user).order_by("-pk").values("pk")[:_CALLS]
    return Mention.objects.filter(~Exists(read), pk__in=newest)


def _capped(rows: "QuerySet[Any]") -> Capped:
    return Capped(rows.order_by().values("pk")[: CAP + 1])


_DEPARTMENTS = Statement(_departments)

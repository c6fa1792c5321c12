"""The lists of conversations: which ones a view holds, page by page from the newest."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlencode

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.http import Http404
from django.template.loader import render_to_string
from django.utils.translation import gettext

from contacts.contacting import why_not
from inbox import aside
from inbox.cursors import Cursor
from inbox.models import Conversation, Delivery, Seen
from inbox.orders import Order, Place, parts
from inbox.presentation import is_soon_after
from inbox.rows import COLUMNS, Row, as_reply, base, row
from inbox.sidebar import FIXED, Queue, Sidebar

if TYPE_CHECKING:
    from django.http import QueryDict

    from connectors.watching import Alarm
    from people.models import User

PAGE = 50
State = Conversation.State
Conversations = QuerySet[Conversation]


@dataclass(frozen=True, slots=True)
class View:
    """A list with a name: one of the fixed ones, or a department's queue."""

    slug: str
    title: str
    department: "Queue | None" = None

    def conversations(self, user: "User") -> Conversations:
        """What belongs in it."""
        seen = Conversation.objects.visible_to(user)
        return seen.open().filter(department=self.department.id) if self.department else BASES[self.slug](seen, user)

    @property
    def has_deadlines(self) -> bool:
        """Whether somebody may be waiting for a first reply here."""
        return self.slug not in ("snoozed", "closed", "sent", "aside")

    def count(self, sidebar: "Sidebar") -> int | None:
        """How many conversations are in it; what was sent is not counted."""
        return self.department.count if self.department else sidebar.counts.get(self.slug)


BASES: Mapping[str, Callable[[Any, "User"], Conversations]] = {
    "mine": lambda seen, user: seen.open().filter(assignee=user),
    "unassigned": lambda seen, user: seen.open().filter(assignee=None),
    "open": lambda seen, user: seen.open(),
    "snoozed": lambda seen, user: seen.filter(state=State.SNOOZED),
    "closed": lambda seen, user: seen.filter(state=State.CLOSED),
    "sent": lambda seen, user: seen.filter(messages__delivery__isnull=False),
    "aside": lambda seen, user: seen.filter(state=State.NOISE),
}


def find(slug: str, sidebar: "Sidebar") -> View:
    """The view that an address names. Raises Http404 for a department that there is not."""
    if slug in FIXED:
        return View(slug, str(FIXED[slug].title))
    queue = sidebar.by_slug().get(slug.removeprefix("q/"))
    if queue is None:
        raise Http404
    return View(slug, queue.name, queue)


@dataclass(frozen=True, slots=True)
class Filters:
    """What the query string narrows a view down to."""

    unread: bool = False
    late: bool = False
    q: str = ""
    # Only where the address says so; what somebody chose for all their lists is kept with them.
    order: str = ""
    # Of what was set aside, that of which the router was least sure.
    doubt: bool = False

    @classmethod
    def parse(cls, query: "QueryDict") -> "Filters":
        """Read them; anything unknown is ignored."""
        q = query.get("q", "").replace("\0", "").strip()[:200]
        order = query.get("order", "")
        return cls(
            query.get("unread") == "1",
            query.get("late") == "1",
            q,
            order if order in Order.values else "",
            query.get("doubt") == "1",
        )

    def query(self, **changes: Any) -> str:
        """The query string of these filters with some changed, "?" included; empty where nothing is set."""
        values = {
            "unread": self.unread,
            "late": self.late,
            "q": self.q,
            "order": self.order,
            "doubt": self.doubt,
        } | changes
        pairs = {name: "1" if value is True else str(value) for name, value in values.items() if value}
        return f"?{urlencode(pairs)}" if pairs else ""


class Section(NamedTuple):
    """Rows under a heading; a plain list has one without."""

    title: str
    rows: list[Row]


class Page(NamedTuple):
    """One page of a list, and the place where the next one starts."""

    sections: list[Section]
    next: Cursor | Place | None = None

    @property
    def is_empty(self) -> bool:
        """Nothing at all."""
        return not any(section.rows for section in self.sections)


@dataclass(frozen=True, slots=True)
class Scope:
    """For whom, in which view and when a list is drawn, and which conversation is open beside it."""

    user: "User"
    view: View
    sidebar: "Sidebar"
    now: datetime
    filters: Filters = Filters()
    current: int | None = None
    departments: dict[int, "Queue"] = field(init=False)
    broken: Mapping[int, "Alarm"] = field(init=False)
    base: str = field(init=False)
    query: str = field(init=False)
    acts: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "departments", self.sidebar.by_id())
        object.__setattr__(self, "broken", self.sidebar.broken)
        object.__setattr__(self, "base", base(self.view.slug))
        object.__setattr__(self, "query", self.filters.query())
        object.__setattr__(self, "acts", render_to_string("inbox/_row_acts.html"))

    @property
    def order(self) -> str:
        """How the view is sorted: as its address says, else as its reader chose; newest first where nobody waits."""
        return (self.filters.order or self.user.list_order) if self.view.has_deadlines else Order.NEWEST


def page(scope: Scope, before: Place | None) -> Page:
    """A page of a view, in its order. One statement, or two where a part of the order ends; two for what was sent."""
    if scope.view.slug == "sent":
        return _sent(scope, before.cursor if before else None)
    return _aside(scope, before) if scope.view.slug == "aside" else _ordered(scope, before)


def _ordered(scope: Scope, before: Place | None) -> Page:
    found = with_seen(narrowed(scope.view.conversations(scope.user), scope), scope.user)
    by_assignee = scope.view.slug in ("mine", "unassigned")
    sections: list[Section] = []
    end: Place | None = None
    left = PAGE
    for part in parts(scope.order):
        if before and before.is_rest and not part.is_rest:
            continue
        following = part.after(found, before, by_assignee=by_assignee)
        values = list(following.values(*COLUMNS)[: left + 1])
        if values and not left:
            return Page(sections, end)
        title = gettext("Nobody waits here") if part.is_rest and not (before and before.is_rest) else ""
        if values:
            sections.append(Section(title, [row(one, scope) for one in values[:left]]))
            end = part.place(values[:left][-1])
        if len(values) > left:
            return Page(sections, end)
        left -= len(values)
    return Page(sections)


def narrowed(found: Conversations, scope: Scope) -> Conversations:
    """Only the unread, only those that are late or soon will be."""
    if scope.filters.unread:
        read = Seen.objects.filter(user=scope.user, conversation=OuterRef("pk"), at__gte=OuterRef("last_inbound_at"))
        found = found.exclude(Exists(read))
    if scope.filters.late:
        found = found.filter(_at_risk(scope.sidebar, scope.now))
    return found


def by_ids(scope: Scope, ids: Collection[int]) -> dict[int, Row]:
    """Rows of the conversations with these ids, whatever view they are in. One statement."""
    found = with_seen(Conversation.objects.visible_to(scope.user).filter(pk__in=ids), scope.user)
    rows = {one["id"]: row(one, scope) for one in found.values(*COLUMNS)}
    if scope.view.slug == "aside":
        aside.explain(rows.values(), scope)
    return rows


def with_seen(found: Conversations, user: "User") -> Any:
    """Adds until when `user` has read each conversation, and why its person is not to be contacted."""
    seen = Seen.objects.filter(user=user, conversation=OuterRef("pk")).values("at")[:1]
    return found.annotate(seen_at=Subquery(seen), forbidden=why_not("identity__contact"))


def _at_risk(sidebar: "Sidebar", now: datetime) -> Q:
    risky = Q(pk__in=[])
    for queue in sidebar.queues:
        until: datetime = now + is_soon_after(queue.reply_minutes)
        risky |= Q(department=queue.id, due_at__lte=until)
    return risky


def _aside(scope: Scope, before: Place | None) -> Page:
    """What was set aside, with why; or of the newest those first of which the router was least sure."""
    if scope.filters.doubt:
        ids = aside.doubtful()
        rows = by_ids(scope, ids)
        return Page([Section("", [rows[pk] for pk in ids if pk in rows])])
    page = _ordered(scope, before)
    aside.explain([one for section in page.sections for one in section.rows], scope)
    return page


def _sent(scope: Scope, before: Cursor | None) -> Page:
    """Our replies, newest first, failed and unconfirmed ones among them."""
    found = Delivery.objects.exclude(state=Delivery.State.DRAFT)
    if before:
        found = found.filter(pk__lt=before.id)
    names = (
        "message_id",
        "message__conversation_id",
        "message__text",
        "message__posted_at",
        "state",
        "message__author__name",
    )
    replies = list(found.order_by("-pk").values_list(*names)[: PAGE + 1])
    rows = by_ids(scope, [reply[1] for reply in replies[:PAGE]])
    shown: dict[int, Row] = {}
    for _message, conversation, text, at, state, author in replies[:PAGE]:
        if conversation in rows and conversation not in shown:
            said = gettext("%(name)s: %(text)s") % {"name": author, "text": text[:200]} if author else text[:200]
            shown[conversation] = as_reply(rows[conversation], said, at, state, scope.now)
    last = replies[PAGE - 1] if len(replies) > PAGE else None
    return Page([Section("", list(shown.values()))], Cursor(last[3], last[0]) if last else None)

"""The lists of conversations: which ones a view holds, page by page from the newest."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, OuterRef, QuerySet, Subquery
from django.db.models.functions import Left
from django.utils.translation import gettext

from contacts.contacting import why_not
from inbox import alike, aside
from inbox.cursors import Cursor
from inbox.filters import Filters, narrow
from inbox.models import Conversation, ConversationTag, Delivery, Draft, Mention, Seen
from inbox.named_lists import BASES, OF_ONE, View
from inbox.orders import BY_RETURN, Order, Part, Place, parts
from inbox.rows import COLUMNS, Row, as_mention, as_reply, base, row
from inbox.sidebar import Queue, Sidebar
from people.models import User
from people.statements import Statement

if TYPE_CHECKING:
    from connectors.watching import Alarm

PAGE = 50
# How much of the tags and of the words of a draft a line shows.
_TAGS, _BEGUN = 3, 200
Conversations = QuerySet[Conversation]


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

    user: User
    view: View
    sidebar: "Sidebar"
    now: datetime
    filters: Filters = Filters()
    current: int | None = None
    # How the list is sorted that a later page goes on with, whatever its reader chose meanwhile.
    by: str = ""
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
        object.__setattr__(self, "acts", alike.drawn("inbox/_row_acts.html"))

    @property
    def count(self) -> int | str | None:
        """How many conversations the view holds, where that is known: what a filter leaves is not counted."""
        if self.view.saved:
            return None if self.query else self.view.saved.shown
        return None if self.filters.q or self.filters.is_narrow else self.view.count(self.sidebar)

    @property
    def order(self) -> str:
        """How the view is sorted: as its address says, else as its reader chose; newest first where nobody waits."""
        return (self.by or self.filters.order or self.user.list_order) if self.view.has_deadlines else Order.NEWEST


def page(scope: Scope, before: Place | None) -> Page:
    """A page of a view, in its order. One statement, or two where a part of the order ends or filters are set; two for
    what was sent."""
    other = {"sent": _sent, "mentions": _mentions, "aside": _aside}.get(scope.view.base, _ordered)
    return other(scope, before)


def _ordered(scope: Scope, before: Place | None) -> Page:
    sections: list[Section] = []
    end: Place | None = None
    left = PAGE
    for part in BY_RETURN if scope.view.base == "snoozed" else parts(scope.order):
        if before and before.is_rest and not part.is_rest:
            continue
        values = _lines(scope, part, before, left + 1)
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


def _lines(scope: Scope, part: Part, before: Place | None, most: int) -> list[dict[str, Any]]:
    """What the lines of a part show: one more than the page has room for, at most."""
    view, user = scope.view, scope.user
    if scope.filters.is_narrow:
        found = part.after(narrowed(view.conversations(user), scope), before, by_assignee=view.is_of_one)
        return _in_order(list(found.values_list("pk", flat=True)[:most]), user)
    values: dict[str, Any] = {"user": user.pk}
    if view.department:
        values["department"] = view.department.id
    if before:
        values |= {"at": before.cursor.at, "pk": before.cursor.id}
    base = "" if view.department else view.base
    rest = before.is_rest if before else None
    return _WHOLE(user.is_active, base, part, rest, 1 if most == 1 else PAGE + 1, **values)[:most]


def _whole(is_active: bool, base: str, part: Part, rest: bool | None, most: int, **values: Any) -> Any:
    """The lines of a view that nothing narrows down; `rest`: in which part of its order the page before ended."""
    user = User(pk=values["user"], is_active=is_active)
    seen = Conversation.objects.visible_to(user)
    found = BASES[base](seen, user) if base else seen.open().filter(department=values["department"])
    before = None if rest is None else Place(Cursor(values["at"], values["pk"]), rest)
    return _shown(found, user, part, before, most, by_assignee=base in OF_ONE)


def _shown(found: Any, user: User, part: Part, before: Place | None, most: int, *, by_assignee: bool) -> Any:
    """The lines of the first ones after a place: only these are joined with what lines show."""
    first = part.after(found, before, by_assignee=by_assignee).values("pk")[:most]
    lines = with_seen(Conversation.objects.filter(pk__in=first), user)
    return part.after(lines, None, by_assignee=by_assignee).values(*COLUMNS)


def narrowed(found: Conversations, scope: Scope) -> Conversations:
    """What the filters leave."""
    return narrow(found, scope.filters, scope.user, scope.sidebar, scope.now)


def by_ids(scope: Scope, ids: Collection[int]) -> dict[int, Row]:
    """Rows of the conversations with these ids, in their order, whatever view they are in. One statement."""
    rows = {one["id"]: row(one, scope) for one in _in_order(ids, scope.user)}
    if scope.view.base == "aside":
        aside.explain(rows.values(), scope)
    return rows


def _in_order(ids: Collection[int], user: User) -> list[dict[str, Any]]:
    """What lines show of these conversations. One statement, prepared whatever has found them; none for none."""
    found = {one["id"]: one for one in _NAMED(user.is_active, user=user.pk, ids=list(ids))} if ids else {}
    return [found[pk] for pk in ids if pk in found]


def of_found(conversation: Any, scope: Scope) -> Row:
    """The row of a conversation that `reading.find` has found, with all that it brought. No statement; one in the view
    of what was set aside."""
    values = {name: _within(conversation, name) for name in COLUMNS if name not in ("begun", "filed")}
    written = sorted((one["mode"], one["text"]) for one in conversation.begun if one["text"])
    begun = written[0][1][:_BEGUN] if written else None
    found = row(values | {"begun": begun, "filed": conversation.tagged[:_TAGS]}, scope)
    if scope.view.base == "aside":
        aside.explain([found], scope)
    return found


def _within(found: Any, path: str) -> Any:
    """What a path of COLUMNS leads to; None where the way ends."""
    for name in path.split("__"):
        found = getattr(found, name, None)
    return found


def _named(is_active: bool, user: int, ids: list[int]) -> Any:
    reader = User(pk=user, is_active=is_active)
    # As one array, so that the statement is the same for any number of them.
    found = Conversation.objects.visible_to(reader).extra(  # noqa: S610 - a constant
        where=["inbox_conversation.id = ANY(%s::bigint[])"], params=[ids]
    )
    return with_seen(found, reader).values(*COLUMNS)


_WHOLE, _NAMED = Statement(_whole), Statement(_named)


def with_seen(found: Conversations, user: User) -> Any:
    """Adds what stands elsewhere: until when `user` has read each conversation, what they have begun to write there,
    what it is filed under, and why its person is not to be contacted. Leaves out who is being erased."""
    seen = Seen.objects.filter(user=user, conversation=OuterRef("pk")).values("at")[:1]
    drafts = Draft.objects.filter(user=user, conversation=OuterRef("pk")).exclude(text="").order_by("mode")
    tags = ConversationTag.objects.filter(conversation=OuterRef("pk")).order_by("name").values("name")[:_TAGS]
    return found.filter(identity__contact__is_erased=False).annotate(
        seen_at=Subquery(seen),
        forbidden=why_not("identity__contact"),
        begun=Subquery(drafts.values(start=Left("text", _BEGUN))[:1]),
        filed=ArraySubquery(tags),
    )


def _aside(scope: Scope, before: Place | None) -> Page:
    """What was set aside, with why; or of the newest those first of which the router was least sure."""
    if scope.filters.doubt:
        ids = aside.doubtful()
        rows = by_ids(scope, ids)
        return Page([Section("", [rows[pk] for pk in ids if pk in rows])])
    page = _ordered(scope, before)
    aside.explain([one for section in page.sections for one in section.rows], scope)
    return page


def _mentions(scope: Scope, before: Place | None) -> Page:
    """Conversations in which a note calls upon the reader, the newest call first, with what it says. Two statements."""
    newer = Mention.objects.filter(user=scope.user, conversation=OuterRef("conversation"), pk__gt=OuterRef("pk"))
    found = Mention.objects.filter(~Exists(newer), user=scope.user)
    if scope.filters.is_narrow:
        found = found.filter(conversation__in=narrowed(Conversation.objects.all(), scope))
    if before:
        found = found.filter(pk__lt=before.cursor.id)
    names = ("pk", "conversation_id", "at", "note__text", "note__author__name", "note__author__username")
    calls = list(found.order_by("-pk").values_list(*names)[: PAGE + 1])
    rows = by_ids(scope, [call[1] for call in calls[:PAGE]])
    shown = [
        as_mention(rows[conversation], text, author or username or "", at, scope.now)
        for _, conversation, at, text, author, username in calls[:PAGE]
        if conversation in rows
    ]
    last = calls[PAGE - 1] if len(calls) > PAGE else None
    return Page([Section("", shown)], Place(Cursor(last[2], last[0]), False) if last else None)


def _sent(scope: Scope, before: Place | None) -> Page:
    """Our replies, newest first, failed and unconfirmed ones among them."""
    found = Delivery.objects.exclude(state=Delivery.State.DRAFT)
    if scope.filters.is_narrow:
        found = found.filter(message__conversation__in=narrowed(Conversation.objects.all(), scope))
    if before:
        found = found.filter(pk__lt=before.cursor.id)
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
    return Page([Section("", list(shown.values()))], Place(Cursor(last[3], last[0]), False) if last else None)

"""The timeline: everything between a contact and the company, over all their identities, a window of it at a time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from django.db.models import (
    BigIntegerField,
    BooleanField,
    Case,
    Exists,
    F,
    Func,
    IntegerField,
    JSONField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    TextField,
    When,
)
from django.db.models.expressions import RawSQL
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, JSONObject, Left

from connectors.parse import is_cut
from contacts.models import Merge, Role
from inbox import person_events
from inbox.cursors import Cursor
from inbox.models import Conversation, Event, Message, Version
from inbox.person_events import Place
from people.statements import Statement

WINDOW = 50
# Of a message's text; the rest is fetched when somebody asks for it.
SHOWN, QUIET = 5_000, 240
# Of a message's attachments; the viewer has them all.
FILES = 12
NEWEST = Cursor(datetime.max.replace(tzinfo=UTC), 10**18 - 1)
Scope = Literal["whole", "conversation"]

FIELDS = (
    "id",
    "kind",
    "at",
    "data",
    "conversation_id",
    "actor_id",
    "actor__name",
    "actor__username",
    "message_id",
    "message__direction",
    "message__kind",
    "message__url",
    "message__title",
    "message__automatic",
    "message__raw__authentication",
    "message__raw__part",
    "message__context",
    "message__parent_id",
    "message__language",
    "message__edited_at",
    "message__deleted_at",
    "message__author_id",
    "message__author__name",
    "message__author__username",
    "message__delivery__state",
    "message__delivery__send_after",
    "message__delivery__is_later",
    "message__delivery__error",
    "message__delivery__remedy",
    "message__delivery__channel__account",
    "note__author_id",
    "note__author__name",
    "note__author__username",
    "note__text",
    "conversation__department_id",
    "channel__account",
    "channel__name",
    "identity_id",
    "identity__avatar_url",
    "identity__network",
    "identity__name",
    "identity__handle",
    "identity__external_id",
    "identity__contact_id",
    "identity__contact__name",
)


# Whether what an event tells can still be undone. Asked for merges and roles alone, which are few.
_MERGE = Merge.objects.filter(pk=Cast(KeyTextTransform("merge", OuterRef("data")), BigIntegerField()), undone_at=None)
_ROLE = Role.objects.filter(pk=Cast(KeyTextTransform("role_id", OuterRef("data")), BigIntegerField()))
_IN_FORCE = Case(
    When(kind="merged", then=Exists(_MERGE)),
    When(kind="role_given", then=Exists(_ROLE.filter(until=None))),
    When(kind="role_ended", then=Exists(_ROLE.exclude(until=None))),
    default=False,
    output_field=BooleanField(),
)


class _FirstFiles(Func):
    function, output_field = "jsonb_path_query_array", JSONField()
    template = f"%(function)s(%(expressions)s, '$[0 to {FILES - 1}]')"


class _CountOfFiles(Func):
    function, output_field = "jsonb_path_query_array", IntegerField()
    template = "jsonb_array_length(%(function)s(%(expressions)s, '$[*]'))"


# What a public answer answers, where the network did not send it along but we have it: it may be our own.
_ANSWERED = Message.objects.filter(channel=OuterRef("channel"), external_id=OuterRef("message__parent_id")).values(
    said=JSONObject(
        id="id",
        direction="direction",
        text=Left("text", 601),
        url="url",
        name="identity__name",
        handle="identity__handle",
        is_gone=Case(When(deleted_at=None, then=False), default=True),
    )
)[:1]
_PUBLIC = ("mention", "post", "comment", "review")
_ANSWERS = Q(message__kind__in=_PUBLIC, message__context=[]) & ~Q(message__parent_id="")

# Of one conversation: the newest events, and the first ones after a place.
_LATEST = """
    SELECT id FROM inbox_event WHERE conversation_id = %s ORDER BY at DESC, id DESC LIMIT %s
"""
_LATER = """
    SELECT id FROM inbox_event WHERE conversation_id = %s AND (at, id) > (%s, %s)
    ORDER BY at, id LIMIT %s
"""


class Among(Func):
    """Whether the id is one of those that a statement gives.

    They are looked up one by one, where `IN (SELECT …)` may be planned as a walk through the whole table.
    """

    output_field = BooleanField()

    def __init__(self, statement: str, params: Sequence[Any]) -> None:
        super().__init__(F("pk"))
        self.statement, self.params = statement, tuple(params)

    def as_sql(self, compiler: Any, connection: Any, *args: Any, **extra: Any) -> tuple[str, Any]:
        """The comparison with an array of ids."""
        sql, params = compiler.compile(self.source_expressions[0])
        return f"{sql} = ANY(ARRAY({self.statement}))", (*params, *self.params)


@dataclass(frozen=True, slots=True)
class Window:
    """Events in the order in which they happened, and where to go on in both directions."""

    events: list[dict[str, Any]]
    earlier: Cursor | None = None
    later: Cursor | None = None
    # How far was looked, where that is not to the end.
    reached: datetime | None = None
    # Whether all that comes later is in other conversations.
    is_elsewhere: bool = False


def newest(conversation: Conversation, scope: Scope) -> Window:
    """The end of the timeline; where much has happened since in other conversations, the part of it that ends with this
    one. One statement."""
    if scope == "conversation":
        return before(conversation, scope, NEWEST)
    end = Cursor(conversation.last_message_at, NEWEST.id)
    place = _place(conversation, NEWEST) | {"last": end.at}
    events = _NEWEST(**place)
    is_elsewhere = bool(events) and events[0]["at"] <= end.at and events[0]["has_later"]
    window = _window(events, WINDOW)
    return Window(window.events, window.earlier, end, is_elsewhere=True) if is_elsewhere else window


def before(conversation: Conversation, scope: Scope, cursor: Cursor, size: int = WINDOW) -> Window:
    """The `size` events before a place. One statement."""
    return _window(_BEFORE(scope, size, **_place(conversation, cursor)), size)


def _window(events: Sequence[dict[str, Any]], size: int) -> Window:
    """Of so many events and one more, newest first."""
    more = len(events) > size
    told = list(events[:size][::-1])
    return Window(told, Cursor(told[0]["at"], told[0]["id"]) if more else None)


def after(conversation: Conversation, scope: Scope, cursor: Cursor, size: int = WINDOW) -> Window:
    """The `size` events after a place. One statement."""
    events = _AFTER(scope, size, **_place(conversation, cursor))
    more = len(events) > size
    events = events[:size]
    return Window(events, later=Cursor(events[-1]["at"], events[-1]["id"]) if more else None)


def since(
    conversation: Conversation, scope: Scope, cursor: Cursor, latest: int, size: int = WINDOW
) -> tuple[Window, list[dict[str, Any]]]:
    """The `size` events after a place, and the `latest` of this conversation in any case. One statement."""
    events = _SINCE(scope, size, latest, **_place(conversation, cursor))
    later = [one for one in events if (one["at"], one["id"]) > (cursor.at, cursor.id)]
    window = Window(later[:size])
    if len(later) > size:
        window = Window(later[:size], later=Cursor(later[size - 1]["at"], later[size - 1]["id"]))
    return window, [one for one in events if one["conversation_id"] == conversation.pk][-latest:]


def _place(conversation: Conversation, cursor: Cursor) -> dict[str, Any]:
    """The values of these statements: whose timeline is read, beside which conversation, and from where."""
    return {"whose": conversation.identity.contact_id, "here": conversation.pk, "at": cursor.at, "pk": cursor.id}


def _before(scope: Scope, size: int, whose: int, here: int, at: datetime, pk: int) -> Any:
    if scope == "conversation":
        found = Event.objects.filter(Cursor(at, pk).below("at", "id"), conversation=here)
        return told(found.order_by("-at", "-id")[: size + 1], here)
    ids = person_events.ids(whose, Place(at, pk), size + 1)
    return told(Event.objects.filter(Among(*ids)).order_by("-at", "-id"), here)


def _newest(whose: int, here: int, at: datetime, pk: int, last: datetime) -> Any:
    latest = person_events.ids(whose, Place(at, pk), WINDOW + 1)
    until = person_events.ids(whose, Place(last, pk), WINDOW + 1)
    later, next_one = (person_events.some(whose, Place(last, pk, earlier=False), size) for size in (WINDOW, 1))
    is_much = f"(SELECT count(*) = {WINDOW} FROM ({later.sql}) later)"  # noqa: S608 - constants
    either = f"SELECT unnest(CASE WHEN {is_much} THEN ARRAY({until.sql}) ELSE ARRAY({latest.sql}) END)"
    among = Among(either, [*later.params, *until.params, *latest.params])
    has_later = RawSQL(f"EXISTS ({next_one.sql})", next_one.params, output_field=BooleanField())  # noqa: S611 - constants
    return told(Event.objects.filter(among).order_by("-at", "-id"), here, has_later=has_later)


def _after(scope: Scope, size: int, whose: int, here: int, at: datetime, pk: int) -> Any:
    if scope == "conversation":
        found = Event.objects.filter(conversation=here)
        found = found.exclude(Cursor(at, pk).below("at", "id")).exclude(pk=pk).filter(at__gte=at)
        return told(found.order_by("at", "id")[: size + 1], here)
    ids = person_events.ids(whose, Place(at, pk, earlier=False), size + 1)
    return told(Event.objects.filter(Among(*ids)).order_by("at", "id"), here)


def _since(scope: Scope, size: int, latest: int, whose: int, here: int, at: datetime, pk: int) -> Any:
    if scope == "conversation":
        after = person_events.Statement(_LATER, [here, at, pk, size + 1])
    else:
        after = person_events.ids(whose, Place(at, pk, earlier=False), size + 1)
    either = f"({after.sql}) UNION ({_LATEST})"
    return told(Event.objects.filter(Among(either, [*after.params, here, latest])).order_by("at", "id"), here)


_NEWEST, _BEFORE, _AFTER, _SINCE = Statement(_newest), Statement(_before), Statement(_after), Statement(_since)


def one(person: int, event_id: int) -> dict[str, Any] | None:
    """A single event of a person's accounts, with all of its text. One statement."""
    mine = Event.objects.filter(pk=event_id, identity__contact=person)
    columns = {"text": F("message__text"), "quoted": F("message__quoted"), "html": F("message__html")}
    columns |= {"kept": KeyTextTransform("text", "message__raw")} | _shown(Q(pk=event_id))
    found: dict[str, Any] | None = mine.annotate(**columns).values(*columns, *FIELDS).first()
    if found and found["text"] and is_cut(found["text"]) and (found["kept"] or "").startswith(found["text"][:-1]):
        # Too long to be searched and listed: connectors.parse keeps the whole of it beside.
        found["text"] = found["kept"]
    return found


def recent_of(conversation: Conversation, size: int = WINDOW) -> list[dict[str, Any]]:
    """The newest events of one conversation, in order. One statement."""
    return before(conversation, "conversation", NEWEST, size).events


def versions(event: dict[str, Any]) -> list[dict[str, Any]]:
    """What an edited message said before, oldest first. One statement where it was edited, none otherwise."""
    if not event["message__edited_at"] or event["message__deleted_at"]:
        return []
    found = Version.objects.filter(message=event["message_id"]).annotate(start=Left("text", SHOWN))
    return [dict(version) for version in found.order_by("at", "is_edit", "digest").values("at", "start")]


def of(conversation: Conversation) -> QuerySet[Event]:
    """The events of one conversation."""
    return Event.objects.filter(conversation=conversation.pk)


def told(found: QuerySet[Event], here: int | None, **further: Any) -> Any:
    """The columns that are drawn, and `further` ones. Of other conversations than the one at hand (`here`) a line is
    shown, so no more of their text travels."""
    here_in_full = When(conversation=here, then=Left("message__text", SHOWN + 1))
    text = Case(here_in_full, default=Left("message__text", QUIET), output_field=TextField())
    # Of earlier messages and of formatting only whether there are any: they are fetched when somebody asks.
    columns = {"text": text, "quoted": Left("message__quoted", 1), "html": Left("message__html", 1)}
    columns |= {"in_force": _IN_FORCE} | _shown(Q(conversation=here)) | further
    return found.annotate(**columns).values(*columns, *FIELDS)


def _shown(where: Q) -> dict[str, Any]:
    """Columns that only what is shown in full needs."""
    return {
        "files": Case(When(where, then=_FirstFiles("message__attachments")), output_field=JSONField()),
        "file_count": Case(When(where, then=_CountOfFiles("message__attachments")), output_field=IntegerField()),
        "answers": Case(When(where & _ANSWERS, then=Subquery(_ANSWERED)), output_field=JSONField()),
    }

"""One line of a list: a plain dict with prepared strings, because fifty of them are drawn for every page."""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils import timezone
from django.utils.timezone import localtime
from django.utils.translation import get_language, gettext

from inbox import marks
from inbox.models import Conversation, Delivery
from inbox.presentation import ago, clock, deadline, face, full, network_name, short_date
from inbox.together import chain
from people.memory import forgettable
from people.models import TRIAGE
from people.presence import is_online

if TYPE_CHECKING:
    from inbox.lists import Scope
    from inbox.sidebar import Queue
    from people.models import User

Row = dict[str, Any]
State = Conversation.State
_NORMAL = Conversation.Priority.NORMAL

# With what `lists.with_seen` annotates, all that a line shows.
COLUMNS = (
    "id",
    "state",
    "snippet",
    "last_message_at",
    "last_inbound_at",
    "waiting_since",
    "due_at",
    "paused_since",
    "priority",
    "handovers",
    "snoozed_until",
    "department_id",
    "channel_id",
    "assignee_id",
    "assignee__name",
    "assignee__username",
    "assignee__presence__state",
    "assignee__presence__seen_at",
    "identity_id",
    "identity__avatar_url",
    "identity__contact_id",
    "identity__contact__name",
    "identity__name",
    "identity__handle",
    "identity__external_id",
    "identity__network",
    "identity__verified",
    "seen_at",
    "forbidden",
    "begun",
    "filed",
)


def row(values: Mapping[str, Any], scope: "Scope") -> Row:
    """A conversation as its line shows it, from the values of COLUMNS."""
    department = scope.departments[values["department_id"]]
    down = scope.broken.get(values["channel_id"])
    shown = _row(
        tuple(tuple(one) if isinstance(one, list) else one for one in map(values.__getitem__, COLUMNS)),
        department,
        may_act(scope.user, department, values["assignee_id"]),
        down.name if down else "",
        scope.base,
        scope.query,
        scope.acts,
        scope.now.replace(microsecond=0),
        (get_language(), timezone.get_current_timezone_name()),
    )
    return {**shown, "current": values["id"] == scope.current}


# When all are busy, the same lines are asked for many times in a second.
@forgettable(500)
def _row(
    told: tuple[Any, ...],
    department: "Queue",
    able: bool,
    down: str,
    base: str,
    query: str,
    acts: str,
    now: datetime,
    _spoken: tuple[str | None, str],
) -> Row:
    values = dict(zip(COLUMNS, told, strict=True))
    name, network, at = who(values), values["identity__network"], values["last_message_at"]
    assignee = values["assignee__name"] or values["assignee__username"] or ""
    here = is_online(values["assignee__presence__state"], values["assignee__presence__seen_at"], now)
    is_open = values["state"] == State.OPEN
    unread = values["seen_at"] is None or values["seen_at"] < values["last_inbound_at"]
    is_paused = values["paused_since"] is not None
    owed = None
    if is_open or is_paused:
        minutes = department.reply_minutes
        owed = deadline(values["waiting_since"], values["due_at"], now, minutes=minutes, paused=is_paused)
    return {
        "id": values["id"],
        "css": "row unread" if unread else "row",
        "url": f"{base}c/{values['id']}/{query}",
        "name": name,
        "label": ", ".join([name, network_name(network), department.name, *([gettext("unread")] if unread else [])]),
        "face": marks.customer(name, values["identity__contact_id"], "", network, _face(values)),
        "network": marks.network(network),
        "often": marks.often(values["handovers"]) if values["handovers"] >= chain.OFTEN else "",
        "verified": marks.icon("badge-check", "sm") if values["identity__verified"] else "",
        "iso": at.isoformat(),
        "full": full(at),
        "ago": ago(at, now),
        "snippet": _snippet(values),
        "draft": bool(values["begun"]),
        "down": marks.down(down) if down else "",
        "department": marks.department(department.mark, department.name),
        "ring": marks.ring(owed),
        "priority": "" if values["priority"] == _NORMAL else _priority(values["priority"]),
        "state": "" if is_open else _state(values, now),
        "tags": ", ".join(values["filed"]),
        "mate": marks.colleague(assignee, values["assignee_id"], "s18", away=bool(assignee) and not here),
        "forbidden": marks.forbidden() if values["forbidden"] is not None else "",
        "assigned": _assigned(assignee, here),
        "acts": acts if is_open and able else "",
        "able": able,
        "choice": able,
    }


def as_reply(line: Row, text: str, at: datetime, state: str, now: datetime) -> Row:
    """The line of a conversation as the list of what was sent shows it: our words, and whether they arrived."""
    trouble = state in (Delivery.State.FAILED, Delivery.State.UNCONFIRMED)
    return line | {
        "snippet": text,
        "iso": at.isoformat(),
        "full": full(at),
        "ago": ago(at, now),
        "draft": False,
        "ring": "",
        "css": "row",
        "acts": "",
        "state": Delivery.State(state).label,
        "trouble": trouble,
    }


def as_mention(line: Row, text: str, author: str, at: datetime, now: datetime) -> Row:
    """The line of a conversation as the list of mentions shows it: what the note says that calls upon the reader."""
    said = gettext("%(name)s: %(text)s") % {"name": author or gettext("Somebody"), "text": text[:200]}
    return line | {"snippet": said, "draft": False, "iso": at.isoformat(), "full": full(at), "ago": ago(at, now)}


def _priority(level: int) -> str:
    return marks.priority(level, str(Conversation.Priority(level).label))


def _assigned(name: str, here: bool) -> str:
    if not name:
        return gettext("Unassigned")
    said = gettext("Assigned to %(name)s") if here else gettext("Assigned to %(name)s, who is away")
    return said % {"name": name}


def _snippet(values: dict[str, Any]) -> str:
    if values["begun"]:
        return gettext("Draft: %(text)s") % {"text": values["begun"]}
    return values["snippet"] or gettext("No text")


def _state(values: dict[str, Any], now: datetime) -> str:
    until = values["snoozed_until"]
    if until is None:
        return str(State(values["state"]).label)
    if localtime(until).date() == localtime(now).date():
        return gettext("Until %(time)s") % {"time": clock(until)}
    return gettext("Until %(day)s, %(time)s") % {"day": short_date(until, now), "time": clock(until)}


def _face(values: dict[str, Any]) -> str:
    return face(values["identity_id"], values["identity__avatar_url"]) if values["identity__avatar_url"] else ""


def who(values: dict[str, Any], prefix: str = "identity__") -> str:
    """The customer's name: as their contact is called, else their name, handle or id at the network."""
    names = ("contact__name", "name", "handle", "external_id")
    return next((str(values[prefix + name]) for name in names if values.get(prefix + name)), "?")


def mate(user_id: int | None, name: str | None) -> Row | None:
    """A colleague for a template."""
    if user_id is None or not name:
        return None
    return {"id": user_id, "name": name, "first": name.split()[0]}


def may_act(user: "User", department: "Queue", assignee_id: int | None) -> bool:
    """Whether the quick actions are offered; the server decides again when one is used."""
    return user.is_manager or department.is_mine or department.slug == TRIAGE or assignee_id == user.pk


def base(slug: str) -> str:
    """The address of a view."""
    return reverse("view", args=[slug])

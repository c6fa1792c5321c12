"""The form behind the button Filter: what lists can be narrowed down by, and what each filter is called."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db import connection
from django.utils.translation import gettext, gettext_lazy

from connectors.models import Channel
from inbox.filters import PRIORITIES, TONES, WAITING
from inbox.giving import language_name
from inbox.presentation import network_name
from inbox.remembered import remembered

if TYPE_CHECKING:
    from inbox.lists import Scope

_KEPT = 60  # seconds
_MOST = 200
# Walk an index from one value to the next, so that it takes the same time however often each is there.
_WALK = """
    WITH RECURSIVE walk AS (
        (SELECT {column} AS one FROM {table} ORDER BY {column} LIMIT 1)
        UNION ALL
        SELECT (SELECT {column} FROM {table} WHERE {column} > walk.one ORDER BY {column} LIMIT 1)
        FROM walk WHERE walk.one IS NOT NULL
    )
    SELECT one FROM walk WHERE one IS NOT NULL LIMIT %s
"""
_TAGS = _WALK.format(column="name", table="inbox_conversationtag")
_NETWORKS = _WALK.format(column="network", table="contacts_identity")
_LANGUAGES = _WALK.format(column="language", table="inbox_conversation")
_TONES = {
    "negative": gettext_lazy("Negative"),
    "neutral": gettext_lazy("Neutral"),
    "positive": gettext_lazy("Positive"),
}
_WHO = {
    "me": gettext_lazy("Assigned to me"),
    "nobody": gettext_lazy("Assigned to nobody"),
    "somebody": gettext_lazy("Assigned to somebody"),
}
_WAITING = dict(
    zip(
        WAITING,
        (
            gettext_lazy("Waiting an hour or longer"),
            gettext_lazy("Waiting four hours or longer"),
            gettext_lazy("Waiting a day or longer"),
            gettext_lazy("Waiting three days or longer"),
            gettext_lazy("Waiting a week or longer"),
        ),
        strict=True,
    )
)


class Chip(NamedTuple):
    """A filter that is set, and the address of the list without it."""

    label: str
    url: str


class Choice(NamedTuple):
    """One of several values of a filter."""

    value: str
    label: str
    is_chosen: bool


def chips(scope: "Scope") -> list[Chip]:
    """The filters of a list that have no chip of their own. At most one statement, and none in most minutes."""
    filters, names = scope.filters, {queue.slug: queue.name for queue in scope.sidebar.queues}
    said: dict[str, object] = {
        "department": names.get(filters.department, filters.department),
        "who": _WHO.get(filters.who),
        "network": network_name(filters.network) if filters.network else "",
        "channel": _channel_name(filters.channel),
        "tag": filters.tag,
        "priority": _priority(filters.priority),
        "waiting": _WAITING.get(filters.waiting),
        "language": language_name(filters.language) if filters.language else "",
        "tone": _tone(filters.tone),
        "draft": gettext("With a draft of mine") if filters.draft else "",
    }
    return [
        Chip(str(label), scope.base + filters.query(**{name: ""}))
        for name, label in said.items()
        if label and getattr(filters, name)
    ]


def choices(scope: "Scope") -> dict[str, Any]:
    """What the form offers. Four statements, of which three are remembered for a minute."""
    filters = scope.filters
    networks = remembered("networks", _KEPT, lambda: _walk(_NETWORKS))
    return {
        "departments": _chosen(filters.department, ((one.slug, one.name) for one in scope.sidebar.queues)),
        "who": _chosen(filters.who, _WHO.items()),
        "networks": _chosen(filters.network, ((one, network_name(one)) for one in networks)),
        "channels": _chosen(str(filters.channel or ""), ((str(pk), name) for pk, name in _channels())),
        "priorities": _chosen(filters.priority, ((one, PRIORITIES[one].label) for one in reversed(PRIORITIES))),
        "waiting": _chosen(str(filters.waiting or ""), ((str(one), name) for one, name in _WAITING.items())),
        "languages": _chosen(filters.language, _languages()),
        "tones": _chosen(filters.tone, ((one, _TONES[one]) for one in TONES)),
        "tags": _walk(_TAGS),
    }


def _chosen(value: str, pairs: Iterable[tuple[str, object]]) -> list[Choice]:
    return [Choice(one, str(label), one == value) for one, label in pairs]


def _priority(name: str) -> str:
    if name not in PRIORITIES:
        return ""
    return gettext("Priority: %(name)s") % {"name": PRIORITIES[name].label}


def _tone(name: str) -> str:
    if name not in _TONES:
        return ""
    return gettext("Tone: %(name)s") % {"name": _TONES[name]}


def _languages() -> list[tuple[str, str]]:
    """The languages that customers write, in the order of their names."""
    found = remembered("languages", _KEPT, lambda: _walk(_LANGUAGES))
    return sorted(((one, language_name(one)) for one in found if one), key=lambda one: one[1])


def _channel_name(pk: int) -> str:
    if not pk:
        return ""
    return next((name for one, name in _channels() if one == pk), gettext("A channel that is gone"))


def _channels() -> list[tuple[int, str]]:
    return remembered(
        "channel-names", _KEPT, lambda: list(Channel.objects.order_by("name", "id").values_list("pk", "name"))
    )


def _walk(sql: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(sql, [_MOST])
        return [row[0] for row in cursor.fetchall()]

"""What a colleague was told, for the bell and the page: newest first, page by page."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext

from inbox import marks
from inbox.cursors import Cursor
from inbox.models import Note, Notification
from inbox.notifying.hearing import HEARD
from inbox.notifying.kinds import KINDS
from inbox.presentation import ago, full
from inbox.retelling import readable

if TYPE_CHECKING:
    from people.models import User

PAGE = 30
COUNTED = 99
"""The bell counts no further."""
_ENTRIES = {told: kind for kind, told in HEARD.items()}

COLUMNS = (
    "id", "kind", "conversation_id", "actor_id", "actor__name", "actor__username", "data", "at", "read_at",
    "conversation__identity__contact__name", "conversation__identity__name", "conversation__identity__handle",
    "conversation__identity__external_id", "conversation__identity__contact_id",
)  # fmt: skip
# Of a note that calls upon somebody.
_EXCERPT = 160
_FRESH = timedelta(minutes=1)
# Told on pages by warnings of their own (inbox/warnings.py).
_WARNED = "due"


def unread(user: "User") -> int:
    """How many notifications they have not read, up to one more than `COUNTED`. One statement, by its index."""
    mine = Notification.objects.filter(user=user, in_app=True, read_at=None)
    return len(mine.order_by().values_list("pk")[: COUNTED + 1])


def news(user: "User", now: datetime) -> dict[str, Any] | None:
    """The newest that they were told this minute and have not read, for the first of their pages that asks."""
    fresh = Notification.objects.filter(user=user, in_app=True, read_at=None, at__gt=now - _FRESH)
    rows = list(fresh.exclude(kind=_WARNED).order_by("-at", "-id").values(*COLUMNS)[:1])
    if not rows or not cache.add(f"told:{rows[0]['id']}", 1, 600):
        return None
    return told(rows, now)[0]


def page(user: "User", before: Cursor | None, now: datetime) -> tuple[list[dict[str, Any]], Cursor | None]:
    """A page of what they were told, and where the next one begins. At most two statements."""
    mine = Notification.objects.filter(user=user, in_app=True)
    if before:
        mine = mine.filter(before.below("at", "id"))
    rows = list(mine.order_by("-at", "-id").values(*COLUMNS)[: PAGE + 1])
    more = Cursor(rows[PAGE - 1]["at"], rows[PAGE - 1]["id"]) if len(rows) > PAGE else None
    return told(rows[:PAGE], now), more


def newest(told: Sequence[dict[str, Any]]) -> Cursor | None:
    """The place of the first of a page."""
    return Cursor(told[0]["at"], told[0]["id"]) if told else None


def count(user: "User", after: Cursor) -> int:
    """How many they were told since, up to one more than `COUNTED`. One statement, by its index."""
    since = Notification.objects.filter(after.above("at", "id"), user=user, in_app=True, kind__in=KINDS)
    return len(since.order_by().values_list("pk")[: COUNTED + 1])


def told(rows: Sequence[dict[str, Any]], now: datetime) -> list[dict[str, Any]]:
    """Notifications as templates need them, in words, with the notes that call upon somebody."""
    notes = _notes([row["data"]["note"] for row in rows if "note" in row["data"]])
    return [_told(row, notes, now) for row in rows if row["kind"] in KINDS]


def mark_read(user: "User", *, ids: Collection[int] = (), conversation: int | None = None) -> int:
    """These, or all of a conversation, or without either all of theirs, are read; returns how many were not before."""
    mine = Notification.objects.filter(user=user, in_app=True, read_at=None)
    if conversation is not None:
        mine = mine.filter(conversation=conversation)
    elif ids:
        mine = mine.filter(pk__in=ids)
    return mine.update(read_at=timezone.now())


def _told(row: dict[str, Any], notes: dict[int, str], now: datetime) -> dict[str, Any]:
    kind, entry = KINDS[row["kind"]], _ENTRIES.get(row["kind"], row["kind"])
    data = readable(entry, row["data"], by_hand=row["actor_id"] is not None)
    actor = row["actor__name"] or row["actor__username"] or gettext("SocialCRM")
    words = {"actor": actor, "name": _name(row), "n": data.get("n", 1), "department": data.get("department") or ""}
    return {
        "id": row["id"],
        "icon": kind.icon,
        "text": (kind.one if row["conversation_id"] else kind.many) % words,
        "more": notes.get(data.get("note", 0)) or data.get("reason", ""),
        "face": marks.colleague(actor, row["actor_id"], "s24") if row["actor_id"] else "",
        "url": reverse("notification", args=[row["id"]]),
        "is_unread": row["read_at"] is None,
        "at": row["at"],
        "iso": row["at"].isoformat(),
        "full": full(row["at"]),
        "ago": ago(row["at"], now),
    }


def _name(row: dict[str, Any]) -> str:
    fields = ("contact__name", "name", "handle", "external_id")
    return next((str(found) for one in fields if (found := row[f"conversation__identity__{one}"])), "")


def _notes(ids: Collection[int]) -> dict[int, str]:
    if not ids:
        return {}
    return {pk: text[:_EXCERPT] for pk, text in Note.objects.filter(pk__in=ids).values_list("pk", "text")}

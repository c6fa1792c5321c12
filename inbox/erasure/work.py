"""The long part of an erasure, in steps that are each whole: whoever finds it unfinished goes on and ends the same."""

from collections import Counter
from datetime import timedelta

import structlog
from django.db import connection, transaction
from django.db.models import Q
from django.utils import timezone

from contacts.models import Clue, Contact, Erasure, Identity, Influence, Relationship, Suggestion
from inbox import blocking, learning, live, media, topics
from inbox.erasure import others
from inbox.erasure.begin import Erasing, whom
from inbox.models import Event
from people import memory
from socialcrm.crash import crash_point, declare

log = structlog.get_logger(__name__)

_LEASE = timedelta(minutes=5)
_MESSAGES, _CONVERSATIONS = 1000, 500
# Tables that hang on what goes, in the order in which they go, and columns by which they do where that is not the usual
# one. The database itself takes nothing along.
_OF_MESSAGE = ("inbox_event", "inbox_version", "inbox_upload", "inbox_delivery", "inbox_decision", "inbox_promise")
_OF_CONVERSATION = (
    "inbox_event",
    "inbox_contributor",
    "inbox_mention",
    "inbox_note",
    "inbox_draft",
    "inbox_draftfile",
    "inbox_promise",
    "inbox_seen",
    "inbox_follow",
    "inbox_notification",
    "inbox_link",
    "inbox_conversationtag",
    "inbox_assignment",
    "inbox_escalation",
)
_COLUMNS = {"inbox_link": ("one_id", "other_id")}
# Posts of one reply may go in different steps.
_LET_GO = "UPDATE inbox_delivery SET follows_id = NULL WHERE follows_id = ANY(%s)"

declare("erase.messages", "erase.before_identities", "erase.before_finish")


def pending() -> list[int]:
    """Erasures that are not finished and that nobody works on."""
    now = timezone.now()
    free = Erasure.objects.filter(finished_at=None).filter(Q(lease_until=None) | Q(lease_until__lt=now))
    return list(free.order_by("at").values_list("pk", flat=True))


def work(erasure_id: int) -> bool:
    """Finish an erasure; False where somebody else is at it, or it is finished. What raises is gone on with later."""
    now = timezone.now()
    mine = Erasure.objects.filter(Q(lease_until=None) | Q(lease_until__lt=now), pk=erasure_id, finished_at=None)
    if not mine.update(lease_until=now + _LEASE):
        return False
    erasure = Erasure.objects.get(pk=erasure_id)
    erasing = whom(erasure)
    gone: Counter[str] = Counter(erasure.counts)
    gone.update(others.scrub(erasing))
    _delete_all(erasure_id, erasing, gone)
    crash_point("erase.before_finish")
    media.forget(erasing.pictures)
    topics.forget(erasing.contacts)
    Erasure.objects.filter(pk=erasure_id).update(
        pending=None, lease_until=None, finished_at=timezone.now(), counts={key: n for key, n in gone.items() if n}
    )
    # Once more: a page that was being drawn as it began has finished by now.
    memory.forget()
    live.erased(erasure_id)
    log.info("person_erased", erasure=erasure_id, **{key.replace(" ", "_"): n for key, n in gone.items()})
    return True


def _delete_all(erasure_id: int, erasing: Erasing, gone: Counter[str]) -> None:
    """Messages first, for there may be very many of them; the person last, so that a page that is being taken in right
    now either comes before, or finds the tombstone."""
    while _step(erasure_id, erasing.identities, "inbox_message", "message_id", _OF_MESSAGE, _MESSAGES, gone):
        crash_point("erase.messages")
    while _step(
        erasure_id, erasing.identities, "inbox_conversation", "conversation_id", _OF_CONVERSATION, _CONVERSATIONS, gone
    ):
        pass
    crash_point("erase.before_identities")
    with transaction.atomic():
        mine = Q(source__in=erasing.identities) | Q(target__in=erasing.identities)
        gone["relationships"] += Relationship.objects.filter(mine).delete()[0]
        Event.objects.filter(identity__in=erasing.identities).delete()
        Clue.objects.filter(identity__in=erasing.identities).delete()
        Influence.objects.filter(identity__in=erasing.identities).delete()
        Suggestion.objects.filter(Q(first__in=erasing.identities) | Q(second__in=erasing.identities)).delete()
        blocking.forget(erasing.identities)
        gone["accounts"] += Identity.objects.filter(pk__in=erasing.identities).delete()[0]
        contacts = Contact.objects.filter(pk__in=erasing.contacts)
        contacts.update(root=None)
        # With roles, deals, values, merges and whatever else hangs on a contact.
        gone["facts"] += contacts.delete()[0]
        _note(erasure_id, gone)


def _note(erasure_id: int, gone: Counter[str]) -> None:
    """In the transaction of what went: whoever goes on counts from there, and nobody else begins meanwhile."""
    Erasure.objects.filter(pk=erasure_id).update(counts=dict(gone), lease_until=timezone.now() + _LEASE)


def _step(
    erasure_id: int,
    identities: list[int],
    table: str,
    column: str,
    dependents: tuple[str, ...],
    size: int,
    gone: Counter[str],
) -> bool:
    """Delete some rows of a table with all that hangs on them, in one transaction; whether there were any."""
    with transaction.atomic(), connection.cursor() as cursor:
        # The names are the constants above.
        cursor.execute(f"SELECT id FROM {table} WHERE identity_id = ANY(%s) LIMIT %s", [identities, size])  # noqa: S608
        ids = [row[0] for row in cursor.fetchall()]
        if not ids:
            return False
        if table == "inbox_message":
            cursor.execute(_LET_GO, [ids])
            gone["examples"] += learning.forget(ids)
        else:
            gone["deeds"] += others.forget_deeds(ids)
        for dependent in dependents:
            for name in _COLUMNS.get(dependent, (column,)):
                cursor.execute(f"DELETE FROM {dependent} WHERE {name} = ANY(%s)", [ids])  # noqa: S608
                gone[dependent.removeprefix("inbox_") + "s"] += cursor.rowcount
        cursor.execute(f"DELETE FROM {table} WHERE id = ANY(%s)", [ids])  # noqa: S608
        gone[table.removeprefix("inbox_") + "s"] += cursor.rowcount
        _note(erasure_id, gone)
    return True

"""Taking an erased person out of what belongs to others: payloads, quotations, receipts, rows of imports, timelines."""

from collections.abc import Collection, Iterator
from typing import Any

from django.db import connection, transaction
from django.db.models import Q, QuerySet

from connectors.models import Receipt
from contacts.models import Import, ImportedRow, Merge
from inbox.erasure.begin import Erasing
from inbox.erasure.scrub import SHORT, Traces, scrubbed, without_quotes
from inbox.models import Deed, Event, Message
from inbox.notifying import forgetting

_CHUNK = 500
# Messages of whoever spoke of the person or to them, and those in the same threads.
_NEAR = """
    SELECT DISTINCT m.id FROM (
        SELECT r.source_id AS identity FROM contacts_relationship r WHERE r.target_id = ANY(%(identities)s)
    ) spoke JOIN inbox_message m ON m.identity_id = spoke.identity AND m.identity_id <> ALL(%(identities)s)
    UNION
    SELECT m.id FROM inbox_conversation mine
    JOIN inbox_conversation c ON c.channel_id = mine.channel_id AND c.thread_id = mine.thread_id
    JOIN inbox_message m ON m.conversation_id = c.id
    WHERE mine.identity_id = ANY(%(identities)s) AND c.identity_id <> ALL(%(identities)s)
    ORDER BY 1
"""
# Why colleagues tied a conversation of theirs to another one stands on both timelines.
_LINKED = """
    UPDATE inbox_event e SET data = e.data || '{"reason": ""}'
    FROM (
        SELECT DISTINCT mine.id, (e.data->>'other')::bigint AS other
        FROM inbox_conversation mine JOIN inbox_event e ON e.conversation_id = mine.id AND e.kind = 'linked'
        WHERE mine.identity_id = ANY(%s)
    ) tied
    WHERE e.conversation_id = tied.other AND e.kind = 'linked' AND e.data->>'other' = tied.id::text
        AND e.data->>'reason' <> ''
"""
# What colleagues did there, or tied to there, cannot be taken back any more; what they did elsewhere with the same key
# can.
_DEEDS = """
    UPDATE inbox_deed d SET parts = (
        SELECT coalesce(jsonb_agg(part), '[]') FROM jsonb_array_elements(d.parts) part
        WHERE (part->>'id')::bigint <> ALL(%s) AND NOT coalesce(part->'after'->'links' ?| %s, false)
    )
    WHERE d.id IN (
        SELECT o.id FROM inbox_deed o, jsonb_array_elements(o.parts) part
        WHERE (part->>'id')::bigint = ANY(%s) OR part->'after'->'links' ?| %s
    )
"""
_SAID = "SELECT external_id FROM inbox_message WHERE identity_id = ANY(%s) AND external_id IS NOT NULL"


def scrub(erasing: Erasing) -> dict[str, int]:
    """All of it; returns how many rows were changed, by table. May be done twice."""
    traces = Traces.of(erasing.ids, erasing.handles, erasing.emails, erasing.names)
    return {
        "messages of others": _messages(erasing, traces),
        "receipts": _receipts(erasing, traces),
        "rows of imports": _imports(erasing),
        "events of others": _events(erasing) + _links(erasing),
        # As it began that was done already; since then somebody may have been told more.
        "notifications": forgetting.forget(erasing.identities),
    }


def forget_deeds(conversations: Collection[int]) -> int:
    """Nothing in these conversations can be taken back any more; returns how many deeds that concerns."""
    with connection.cursor() as cursor:
        cursor.execute(_DEEDS, [list(conversations), [str(one) for one in conversations]] * 2)
        changed: int = cursor.rowcount
    Deed.objects.filter(parts=[]).delete()
    return changed


def _rows(statement: str, params: Any) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, params)
        return list(cursor.fetchall())


def _messages(erasing: Erasing, traces: Traces) -> int:
    said = {row[0] for row in _rows(_SAID, [erasing.identities])}
    near = [row[0] for row in _rows(_NEAR, {"identities": erasing.identities})]
    changed = 0
    for start in range(0, len(near), _CHUNK):
        with transaction.atomic():
            found = Message.objects.select_for_update().filter(pk__in=near[start : start + _CHUNK]).order_by("pk")
            rows = [one for one in found.only("raw", "context") if _differs(one, traces, said)]
            Message.objects.bulk_update(rows, ["raw", "context"])
        changed += len(rows)
    return changed


def _differs(message: Message, traces: Traces, said: Collection[str]) -> bool:
    raw, context = scrubbed(message.raw, traces), without_quotes(message.context, traces, said)
    same = raw is message.raw and len(context) == len(message.context)
    message.raw, message.context = raw, context
    return not same


def _receipts(erasing: Erasing, traces: Traces) -> int:
    """What arrived and is no message: the payload of everything that names them goes, its count in the ledger stays."""
    words = [one for one in (*erasing.ids, *erasing.handles, *erasing.emails) if len(one) >= SHORT]
    if not words:
        return 0
    found = _rows(
        "SELECT id, payload FROM connectors_receipt WHERE lower(payload::text) ~ %s ORDER BY id",
        ["|".join(escaped(one.lower()) for one in words)],
    )
    ids = [pk for pk, payload in found if traces.within(payload)]
    return Receipt.objects.filter(pk__in=ids).exclude(state="pending").update(payload={}, reason="Erased.", position="")


def escaped(word: str) -> str:
    """A word as a pattern of PostgreSQL's."""
    return "".join(f"\\{one}" if one.isascii() and not one.isalnum() else one for one in word)


def _imports(erasing: Erasing) -> int:
    """Rows about the person, and the files that hold such rows: a file that is done with is let go."""
    keys = [one.partition(":")[2] for one in erasing.ids if ":" in one]
    traces = Traces.of([one for one in keys if len(one) >= SHORT], (), erasing.emails, ())
    # Nobody's are those that were rejected, and the examples of a dry run. What is another contact's stays theirs.
    nobodys = Q()
    for word in traces.marks:
        nobodys |= Q(contact=None, row__icontains=word)
    rows = {one.pk: one for one in ImportedRow.objects.filter(contact__in=erasing.contacts)}
    if nobodys:
        rows |= {one.pk: one for one in ImportedRow.objects.filter(nobodys) if _cells_name(one.row, traces)}
    sources = {one.source_id for one in rows.values()}
    changed = ImportedRow.objects.filter(pk__in=rows).update(row=None, reason="Erased.", contact=None)
    over = (Import.State.DONE, Import.State.FAILED, Import.State.UNDONE)
    Import.objects.filter(pk__in=sources, state__in=over).update(content=b"")
    return changed


def _cells_name(row: Any, traces: Traces) -> bool:
    """Whether a cell is the person's key, or holds their address. Other cells may hold the same digits."""
    if isinstance(row, dict | list):
        return any(_cells_name(one, traces) for one in (row.values() if isinstance(row, dict) else row))
    return traces.mark(row) or (isinstance(row, str) and "@" in row and traces.within(row))


def _events(erasing: Erasing) -> int:
    """Merges stand on the timelines of both."""
    merges = Merge.objects.filter(Q(part__in=erasing.contacts) | Q(into__in=erasing.contacts))
    changed = 0
    for some in _some(list(merges.values_list("pk", flat=True))):
        changed += _unnamed(Event.objects.filter(kind__in=["merged", "unmerged"], data__merge__in=some), erasing)
    # An account that left the contact it came with leaves no merge behind, only the name.
    left = Event.objects.filter(kind="unmerged", data__merge=None, data__name__in=erasing.names)
    return changed + _unnamed(left, erasing)


def _unnamed(told: QuerySet[Event], erasing: Erasing) -> int:
    found = list(told.filter(contact__isnull=False).exclude(contact__in=erasing.contacts))
    for event in found:
        event.data = {**event.data, "name": "", **({"reason": ""} if "reason" in event.data else {})}
    Event.objects.bulk_update(found, ["data"], batch_size=_CHUNK)
    return len(found)


def _links(erasing: Erasing) -> int:
    """The reasons of links go also from the timelines at their other ends."""
    with connection.cursor() as cursor:
        cursor.execute(_LINKED, [erasing.identities])
        changed: int = cursor.rowcount
    return changed


def _some(ids: list[int]) -> Iterator[list[int]]:
    for start in range(0, len(ids), _CHUNK):
        yield ids[start : start + _CHUNK]

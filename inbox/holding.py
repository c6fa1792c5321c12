"""Replies that wait although they were told to leave: the customer wrote first, a colleague was quicker, or the part
before them did not arrive.

Each is decided in the transaction of what happened, while the sender takes only rows that nobody holds
(inbox/deliver.py): either a reply is on its way before the other message is there, or it is held when that is.
"""

from collections.abc import Collection

from django.db import connection
from django.db.models import QuerySet
from django.db.models.expressions import RawSQL
from django.utils import timezone
from django.utils.translation import gettext as _

from inbox import events
from inbox.models import Delivery
from people.models import User

State = Delivery.State

# Few replies are to leave later at any time: they are looked through first, not the messages of the conversations.
_HOLD = """
    WITH later AS MATERIALIZED (
        SELECT message_id FROM inbox_delivery WHERE state = 'queued' AND is_later
    ), found AS (
        SELECT d.message_id, m.conversation_id, m.channel_id, m.identity_id
        FROM later JOIN inbox_message m ON m.id = later.message_id JOIN inbox_delivery d ON d.message_id = m.id
        WHERE m.conversation_id = ANY(%(conversations)s) AND d.state = 'queued'
          AND m.author_id IS DISTINCT FROM %(but)s
        ORDER BY d.message_id FOR UPDATE OF d
    )
    UPDATE inbox_delivery d SET state = 'held', error = %(why)s, remedy = '' FROM found
    WHERE d.message_id = found.message_id AND d.state = 'queued'
    RETURNING found.conversation_id, found.channel_id, found.identity_id
"""
# The parts of one reply from the first to the last, by any of them.
_SERIES = """
    WITH RECURSIVE up AS (
        SELECT message_id, follows_id FROM inbox_delivery WHERE message_id = %s
        UNION ALL
        SELECT d.message_id, d.follows_id FROM inbox_delivery d JOIN up ON d.message_id = up.follows_id
    ), down AS (
        SELECT min(message_id) AS message_id FROM up
        UNION ALL
        SELECT d.message_id FROM inbox_delivery d JOIN down ON d.follows_id = down.message_id
    )
    SELECT message_id FROM down ORDER BY message_id
"""
_WITHDRAW = """
    WITH told AS (
        DELETE FROM inbox_event WHERE conversation_id = %(conversation)s AND message_id = ANY(%(ids)s)
    ), promised AS (
        DELETE FROM inbox_promise WHERE message_id = ANY(%(ids)s)
    ), waited AS (
        UPDATE inbox_delivery SET state = 'draft', error = '', remedy = '' WHERE message_id = ANY(%(ids)s)
    )
    UPDATE inbox_message SET posted_at = %(now)s WHERE id = ANY(%(ids)s)
"""
# Nothing else hangs on a reply that never left: nobody decided on it, and no network has edited it.
_FORGET = """
    WITH begun AS (
        DELETE FROM inbox_draft WHERE conversation_id = %(conversation)s AND user_id = %(by)s AND mode = 'reply'
    ), back AS MATERIALIZED (
        SELECT m.id FROM inbox_message m JOIN inbox_delivery d ON d.message_id = m.id AND d.state = 'draft'
        WHERE m.conversation_id = %(conversation)s AND m.author_id = %(by)s
    ), files AS (
        DELETE FROM inbox_upload u USING back WHERE u.message_id = back.id
    ), followed AS (
        UPDATE inbox_delivery d SET follows_id = NULL FROM back
        WHERE d.follows_id = back.id AND d.message_id NOT IN (SELECT id FROM back)
    ), told AS (
        DELETE FROM inbox_event e USING back WHERE e.message_id = back.id
    ), waited AS (
        DELETE FROM inbox_delivery d USING back WHERE d.message_id = back.id
    )
    DELETE FROM inbox_message m USING back WHERE m.id = back.id
"""


def hold_for_customer(conversations: Collection[int]) -> None:
    """Whatever was to leave later in these conversations waits for a person: the customer has written."""
    _hold(conversations, _("The customer wrote first."))


def hold_for_colleague(conversation: int, by: User) -> None:
    """Whatever others wanted to send later here waits for a person: `by` has answered."""
    _hold([conversation], _("%(name)s answered meanwhile.") % {"name": by.name or by.username}, but=by)


def series(message_id: int) -> list[int]:
    """The parts of the reply that a message belongs to, in order; most replies have one."""
    with connection.cursor() as cursor:
        cursor.execute(_SERIES, [message_id])
        return [row[0] for row in cursor.fetchall()]


def parts_of(message_id: int) -> RawSQL:
    """The same for another statement to choose by."""
    return RawSQL(_SERIES, [message_id])  # noqa: S611 - the constant above


def withdraw(conversation: int, ids: Collection[int]) -> None:
    """These replies, which are locked, are drafts again, and nothing tells of them. Open pages find by the time of the
    message that it is to go. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(_WITHDRAW, {"conversation": conversation, "ids": list(ids), "now": timezone.now()})


def forget(conversation: int, by: User) -> None:
    """What somebody has begun in a conversation, and what they took back, is superseded by what they send now. One
    statement."""
    with connection.cursor() as cursor:
        cursor.execute(_FORGET, {"conversation": conversation, "by": by.pk})


def hold_rest(message_id: int) -> None:
    """What comes after a part that nobody knows to have arrived stays here."""
    why = _("The part before it did not arrive.")
    _after(message_id, State.QUEUED).update(state=State.HELD, error=why, remedy="")


def let_rest_go(message_id: int) -> None:
    """What was held for this part's sake may leave once it has arrived."""
    _after(message_id, State.HELD).update(state=State.QUEUED, error="", remedy="", send_after=timezone.now())


def _after(message_id: int, state: Delivery.State) -> QuerySet[Delivery]:
    later = [pk for pk in series(message_id) if pk > message_id]
    return Delivery.objects.filter(pk__in=later, state=state)


def _hold(conversations: Collection[int], why: str, but: User | None = None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            _HOLD, {"conversations": sorted(conversations), "why": why, "but": but.pk if but is not None else 0}
        )
        held = sorted(set(cursor.fetchall()))
    now = timezone.now()
    events.record(
        events.Entry(
            kind="held",
            channel_id=channel,
            identity_id=identity,
            conversation_id=conversation,
            at=now,
            data={"reason": why},
        )
        for conversation, channel, identity in held
    )

"""More like this: open conversations that the router put where it put one that a colleague has just moved away."""

import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from django.core import signing
from django.db import connection, transaction
from django.db.models import F
from django.db.models.functions import Greatest
from django.utils import timezone
from django.utils.translation import gettext as _

from inbox import conversations, events, learning, live
from inbox.models import Contributor, Conversation, ConversationQuerySet
from inbox.triage import Conflict
from people.models import Department, User
from routing.classifier import encoded
from routing.decisions import NOISE
from routing.models import Example

LOOKED_AT = 300
"""The newest of a queue are compared."""
SHOWN = 30
ALIKE, CLOSE = 0.5, 0.6
"""From which likeness on (cosine of the encoder's vectors) a message is shown, and chosen from the start. Of pairs of
1,500 invented messages 18 % belong to one department, of those that are alike 68 %, of close ones 73 %."""
UNDO_WITHIN = timedelta(minutes=10)
_SECONDS = 2.0
_AT_ONCE = 50
_SALT = "inbox.similar"

_TEXTS = (
    """
    SELECT c.id, m.id, left(concat_ws(E'\\n', nullif(m.title, ''), m.text), 1024), i.name, m.posted_at
    FROM unnest(%s::bigint[]) WITH ORDINALITY AS asked(id, place)
    JOIN inbox_conversation c ON c.id = asked.id JOIN contacts_identity i ON i.id = c.identity_id
    """  # noqa: S608 - a constant
    + learning.ORIGIN
    + """
    WHERE answered.at IS NULL AND m.outcome = %s AND (m.source = 'classifier' OR m.source = 'rule' AND m.rule_id = %s)
    ORDER BY asked.place
    """
)


@dataclass(frozen=True, slots=True)
class Alike:
    """A conversation that is like the one that was moved; `likeness` is 1 for the same words."""

    conversation: int
    text: str
    name: str
    at: datetime
    likeness: float

    @property
    def is_close(self) -> bool:
        """Whether it is chosen from the start."""
        return self.likeness >= CLOSE


@dataclass(frozen=True, slots=True)
class Found:
    """What is like a conversation that was moved to `to`, for `reason`; `looked_at` of the newest were compared."""

    origin: Example
    to: Department
    before: Department
    alike: Sequence[Alike]
    looked_at: int
    is_all: bool


def find(conversation: Conversation, *, by: User) -> Found | None:
    """Those that `by` may move as well; None where nobody has moved the conversation, or it was moved back."""
    origin = Example.objects.filter(message__in=conversation.messages.values("pk")).order_by("-at", "-id").first()
    if origin is None or NOISE in (origin.was, origin.department):
        return None
    departments = {one.slug: one for one in Department.objects.filter(slug__in=[origin.was, origin.department])}
    to, before = departments.get(origin.department), departments.get(origin.was)
    if to is None or before is None or to == before or conversation.department_id != to.pk:
        return None
    ids = list(_untouched(before, by).exclude(pk=conversation.pk).values_list("pk", flat=True)[: LOOKED_AT + 1])
    rows = _texts(ids[:LOOKED_AT], origin)
    likeness = _likeness(origin.text, [row[2] for row in rows])
    alike = [
        Alike(row[0], row[2], row[3], row[4], float(sure))
        for row, sure in zip(rows, likeness, strict=False)
        if sure >= ALIKE
    ]
    alike.sort(key=lambda one: -one.likeness)
    is_all = len(ids) <= LOOKED_AT and len(likeness) == len(rows)
    return Found(origin, to, before, alike[:SHOWN], min(len(ids), LOOKED_AT), is_all)


@transaction.atomic
def move(chosen: Collection[int], found: Found, *, by: User, reason: str) -> str:
    """Hand over all of these that are still where they were; returns what `undo` takes them back with.

    Raises Conflict where none is, and ValueError without a reason.
    """
    if not reason.strip():
        raise ValueError(_("Say why: whoever gets this sees your reason."))
    ids = list(_untouched(found.before, by).filter(pk__in=chosen).values_list("pk", flat=True))
    ids = _locked(ids, found.before, moved_by_hand=False)
    if not ids:
        raise Conflict(_("None of them is in %(department)s any more.") % {"department": found.before.name})
    _hand_over(ids, found.before, found.to, by=by, reason=reason.strip(), moved_by_hand=True)
    learning.record(
        ids,
        to=found.to.slug,
        source=Example.Source.SIMILAR,
        by=by,
        reason=reason,
        like=found.origin.message,
    )
    return signing.dumps([by.pk, found.before.pk, found.to.pk, ids], salt=_SALT, compress=True)


@transaction.atomic
def undo(token: str, *, by: User) -> list[int]:
    """Take back a move of many, of those that nobody has touched since; returns which. Raises Conflict."""
    try:
        mover, before_id, to_id, moved = signing.loads(token, salt=_SALT, max_age=UNDO_WITHIN)
    except signing.BadSignature:
        raise Conflict(_("It is too late to take this back. Move them one by one.")) from None
    departments = Department.objects.in_bulk([before_id, to_id])
    ids = _locked(moved, departments[to_id], moved_by_hand=True) if mover == by.pk and len(departments) == 2 else []
    if not ids:
        raise Conflict(_("Somebody has worked on them since. Move them one by one."))
    reason = _("Taken back.")
    _hand_over(ids, departments[to_id], departments[before_id], by=by, reason=reason, moved_by_hand=False)
    learning.withdraw(ids)
    return ids


def how_many(token: str) -> int:
    """How many conversations a token of `move` would take back."""
    return len(signing.loads(token, salt=_SALT)[3])


def _untouched(department: Department, user: User) -> ConversationQuerySet:
    """The open conversations of a department in which no person has had a hand, and `user` may, newest first."""
    mine = Conversation.objects.actionable_by(user).open().filter(department=department)
    return mine.filter(moved_by_hand=False, assignee=None).newest_first()


def _texts(ids: Sequence[int], origin: Example) -> list[tuple[int, int, str, str, datetime]]:
    """What the router decided on in these, where it was the classifier, or the same rule as with the origin."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT rule_id FROM inbox_decision WHERE message_id = %s", [origin.message])
        rule = cursor.fetchone()
        cursor.execute(_TEXTS, [list(ids), origin.was, rule[0] if rule else None])
        rows: list[tuple[int, int, str, str, datetime]] = cursor.fetchall()
        return rows


def _likeness(text: str, others: Sequence[str]) -> list[float]:
    """How alike texts are to one; of fewer than were given where there is no encoder, or no time."""
    began, found = time.monotonic(), list[float]()
    mine = encoded([text]) if others else None
    for start in range(0, len(others), _AT_ONCE):
        theirs = encoded(others[start : start + _AT_ONCE])
        if mine is None or theirs is None:
            break
        found += np.clip(theirs @ mine[0], -1, 1).tolist()
        if time.monotonic() - began > _SECONDS:
            break
    return found


def _locked(ids: Collection[int], owner: Department, *, moved_by_hand: bool) -> list[int]:
    """Those of the conversations that are still open, unassigned and with their owner, locked in one order."""
    still = Conversation.objects.open().filter(pk__in=ids, department=owner, assignee=None, moved_by_hand=moved_by_hand)
    return list(still.select_for_update().order_by("pk").values_list("pk", flat=True))


def _hand_over(
    ids: Sequence[int], before: Department, to: Department, *, by: User, reason: str, moved_by_hand: bool
) -> None:
    handovers = F("handovers") + 1 if moved_by_hand else Greatest(F("handovers") - 1, 0)
    Conversation.objects.filter(pk__in=ids).update(department=to, moved_by_hand=moved_by_hand, handovers=handovers)
    Contributor.objects.filter(conversation__in=ids, department=to).delete()
    conversations.refresh(ids)
    moved = Conversation.objects.filter(pk__in=ids).values_list("pk", "channel_id", "identity_id")
    data = {"from": before.name, "to": to.name, "reason": reason}
    events.act_on_all(moved, "handover", by=by, at=timezone.now(), data=data)
    live.changed(conversations=list(ids))

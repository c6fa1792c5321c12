"""More like this: open conversations that the router put where it put one that a colleague has just moved away."""

import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from django.db import connection, transaction
from django.utils.translation import gettext as _

from inbox import learning, triage
from inbox.acted import Done
from inbox.models import Conversation, ConversationQuerySet
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
_SECONDS = 2.0
_AT_ONCE = 50

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
def move(chosen: Collection[int], found: Found, *, by: User, reason: str) -> Done:
    """Hand over all of these that are still where they were; taken back together, like any other deed.

    Raises Conflict where none is, and ValueError without a reason.
    """
    ids = list(_untouched(found.before, by).filter(pk__in=chosen).values_list("pk", flat=True))
    # Looked at once more as they are locked: somebody may be taking one up right now.
    still = Conversation.objects.open().filter(pk__in=ids, department=found.before, assignee=None, moved_by_hand=False)
    ids = list(still.select_for_update().order_by("pk").values_list("pk", flat=True))
    if not ids:
        raise Conflict(_("None of them is in %(department)s any more.") % {"department": found.before.name})
    return triage.hand_over(ids, to=found.to, by=by, reason=reason, like=found.origin.message)


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

"""One voice: what other departments have open with a person, for whoever is about to answer them.

The customer sees one company. So whoever writes to somebody is told of complaints, promises and unsent words of others
that concern the same person, on whichever account and in whichever conversation.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db import connection
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext, gettext_lazy

from inbox.models import Conversation, Delivery
from people.models import Department, Membership
from routing.complaint import complains

if TYPE_CHECKING:
    from people.models import User

State = Delivery.State
# Conversations of one account that are looked at, those of all of them that are read for complaints, messages of each,
# and what is told at most.
_CONVERSATIONS, _READ, _MESSAGES, _TOLD = 20, 50, 3, 6
_TEXT = 400
_WORDS = {
    "complaint": gettext_lazy("has an open complaint"),
    "promise": gettext_lazy("has promised"),
    "draft": gettext_lazy("has begun an answer"),
    "reply": gettext_lazy("has an answer on its way"),
    "stuck": gettext_lazy("has an answer that was not sent"),
}
_FOUND = """
    WITH own AS (
        SELECT coalesce(array_agg(department_id), ARRAY[%(owner)s::bigint]) AS ids
        FROM people_membership WHERE user_id = %(user)s
    ), mine AS MATERIALIZED (
        SELECT newest.* FROM contacts_identity one CROSS JOIN LATERAL (
            SELECT id, department_id, state, last_message_at FROM inbox_conversation WHERE identity_id = one.id
            ORDER BY last_message_at DESC LIMIT %(conversations)s
        ) newest WHERE one.contact_id = %(person)s
    )
    SELECT 'complaint', c.id, c.department_id, NULL, said.text, said.posted_at, said.id
    FROM (
        SELECT id, department_id FROM mine
        WHERE state IN ('open', 'snoozed') AND id <> %(here)s AND department_id <> ALL((SELECT ids FROM own)::bigint[])
        ORDER BY last_message_at DESC LIMIT %(read)s
    ) c CROSS JOIN LATERAL (
        SELECT id, left(text, %(text)s) AS text, posted_at FROM inbox_message
        WHERE conversation_id = c.id AND direction = 'in' AND deleted_at IS NULL
        ORDER BY posted_at DESC, id DESC LIMIT %(messages)s
    ) said
    UNION ALL
    SELECT 'promise', c.id, p.department_id, COALESCE(NULLIF(u.name, ''), u.username), p.text, p.at, p.id
    FROM mine c JOIN inbox_promise p ON p.conversation_id = c.id AND p.settled_at IS NULL
    LEFT JOIN people_user u ON u.id = p.by_id WHERE p.department_id <> ALL((SELECT ids FROM own)::bigint[])
    UNION ALL
    SELECT 'draft', c.id, c.department_id, COALESCE(NULLIF(u.name, ''), u.username), left(d.text, %(text)s), d.at, d.id
    FROM mine c JOIN inbox_draft d ON d.conversation_id = c.id AND d.mode = 'reply'
    JOIN people_user u ON u.id = d.user_id
    WHERE u.id <> %(user)s AND (c.id = %(here)s OR c.department_id <> ALL((SELECT ids FROM own)::bigint[]))
    UNION ALL
    SELECT CASE WHEN y.state IN ('failed', 'unconfirmed') THEN 'stuck' ELSE 'reply' END, c.id, c.department_id,
        COALESCE(NULLIF(u.name, ''), u.username), left(m.text, %(text)s), m.posted_at, m.id
    FROM mine c CROSS JOIN LATERAL (
        SELECT id, text, posted_at, author_id FROM inbox_message
        WHERE conversation_id = c.id AND direction = 'out' ORDER BY posted_at DESC, id DESC LIMIT %(messages)s
    ) m JOIN inbox_delivery y ON y.message_id = m.id AND y.state = ANY(%(unsent)s)
    JOIN people_user u ON u.id = m.author_id
    WHERE u.id <> %(user)s AND c.id <> %(here)s AND c.department_id <> ALL((SELECT ids FROM own)::bigint[])
    ORDER BY 6 DESC, 7 DESC
"""
_UNSENT = [State.QUEUED, State.SENDING, State.AWAITING_APPROVAL, State.HELD, State.FAILED, State.UNCONFIRMED]


@dataclass(frozen=True, slots=True)
class Overlap:
    """Something that another department has open with the same person. `key` names it for as long as it lasts."""

    kind: str
    key: str
    conversation_id: int
    department: Department
    by: str
    text: str
    since: datetime

    @property
    def words(self) -> str:
        """What it is, after the department's name."""
        return str(_WORDS[self.kind])


class Standing(NamedTuple):
    """What others have open with a person, the newest first, and whether managers want the writer to confirm that they
    send all the same."""

    overlaps: list[Overlap]
    asks: bool


class Overlapping(Exception):
    """A reply was held back because another department has something open that its writer has not seen or confirmed."""

    def __init__(self, standing: Standing) -> None:
        super().__init__(gettext("Others have something open with this person. Read it, then send."))
        self.standing = standing


def look(conversation: Conversation, user: "User") -> Standing:
    """What others have open with the person of this conversation. One statement; one more where there is something.

    Others are all departments that the reader is not in; a manager who is in none speaks for the one that owns this
    conversation. In the same conversation also what a colleague of the same department has begun to write.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            _FOUND,
            {
                "person": conversation.identity.contact_id,
                "here": conversation.pk,
                "user": user.pk,
                "owner": conversation.department_id,
                "unsent": [str(state) for state in _UNSENT],
                "conversations": _CONVERSATIONS,
                "read": _READ,
                "messages": _MESSAGES,
                "text": _TEXT,
            },
        )
        rows = cursor.fetchall()
    told = [row for row in rows if row[0] != "complaint" or complains(row[4])]
    if not told:
        return Standing([], asks=False)
    is_mine = Exists(Membership.objects.filter(user=user, department=OuterRef("pk")))
    departments = {one.pk: one for one in Department.objects.annotate(is_mine=is_mine)}
    own = [one for one in departments.values() if one.is_mine] or [departments[conversation.department_id]]
    return Standing(_told(told, departments), any(one.must_confirm for one in own))


def _told(rows: list[tuple[Any, ...]], departments: Mapping[int, Department]) -> list[Overlap]:
    """Of each conversation's messages only the newest that complains, since the oldest of those looked at that does."""
    found: dict[str, Overlap] = {}
    for kind, conversation, department, name, text, at, number in rows:
        key = named(kind, conversation if kind == "complaint" else number)
        before = found.get(key)
        shown = before.text if before else " ".join(text.split())
        found[key] = Overlap(kind, key, conversation, departments[department], name or "", shown, at)
    return sorted(found.values(), key=lambda one: one.since, reverse=True)[:_TOLD]


def named(kind: str, number: int) -> str:
    """What a composer says that its writer has heard of."""
    return f"{kind}-{number}"


def hold_back(conversation: Conversation, user: "User", *, heard: Collection[str], confirmed: bool) -> None:
    """Let a reply go once its writer knows what others have open. Raises Overlapping otherwise.

    `heard` are the keys of what stood above their composer. Where managers want it, the writer also has to say that
    they send all the same (`confirmed`), whatever they saw.
    """
    standing = look(conversation, user)
    unheard = any(one.key not in heard for one in standing.overlaps)
    if unheard or (standing.asks and not confirmed):
        raise Overlapping(standing)

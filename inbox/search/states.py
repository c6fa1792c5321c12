"""What `is:` can ask: of a conversation, of a message, of who wrote it."""

from datetime import datetime
from typing import TYPE_CHECKING

from inbox.search.conditions import Condition, Sql

if TYPE_CHECKING:
    from people.models import User

NAMES = (
    "open",
    "closed",
    "snoozed",
    "noise",
    "unread",
    "mine",
    "unassigned",
    "late",
    "verified",
    "direct",
    "public",
    "in",
    "out",
)
_UNREAD = (
    "NOT EXISTS (SELECT FROM inbox_seen WHERE user_id = %s AND conversation_id = c.id AND at >= c.last_inbound_at)"
)
# They stand in few conversations, which indexes name.
_FEW = {
    "open": "state = 'open'",
    "snoozed": "state = 'snoozed'",
    "unassigned": "state = 'open' AND assignee_id IS NULL",
}


def condition(name: str, user: "User", now: datetime) -> Condition | None:
    """What a name asks for; None where it is none of them."""
    if name in ("open", "closed", "snoozed", "noise"):
        return _conversation(Sql("c.state = %s", (name,)), Sql(_FEW[name]) if name in _FEW else None)
    if name == "unassigned":
        return _conversation(Sql("c.state = 'open' AND c.assignee_id IS NULL"), Sql(_FEW[name]))
    if name == "mine":
        return _conversation(Sql("c.assignee_id = %s", (user.pk,)), Sql("assignee_id = %s", (user.pk,)))
    if name == "late":
        return _conversation(
            Sql("c.state = 'open' AND c.due_at <= %s", (now,)), Sql("state = 'open' AND due_at <= %s", (now,))
        )
    if name == "verified":
        is_one = "EXISTS (SELECT FROM contacts_identity one WHERE one.contact_id = p.id AND one.verified)"
        return Condition(Sql("i.verified"), Sql(is_one))
    of_message = {
        "unread": Sql(_UNREAD, (user.pk,)),
        "direct": Sql("m.kind IN ('direct', 'email')"),
        "public": Sql("m.kind NOT IN ('direct', 'email')"),
        "in": Sql("m.direction = 'in'"),
        "out": Sql("m.direction = 'out'"),
    }.get(name)
    return Condition(of_message) if of_message else None


def _conversation(asked: Sql, few: Sql | None) -> Condition:
    ids = Sql(f"SELECT id FROM inbox_conversation WHERE {few.text}", few.params) if few else None  # noqa: S608
    return Condition(asked, conversations=ids)

"""Putting conversations back as they were before a deed: owner, state, assignee, tags, contributors, links, lessons."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db import connection
from django.db.models import Exists, OuterRef
from django.utils import timezone

from inbox import events, learning, live, standing, ties, trusting
from inbox.models import Contributor, Conversation, ConversationTag, Seen
from people.models import Department, Membership, User
from socialcrm import jobs

Part = dict[str, Any]
Parts = Mapping[int, Part]

# What concerns nobody but whoever did it.
_OWN = {"seen", "follows"}

_ASK_AGAIN = """
    INSERT INTO inbox_contributor (conversation_id, department_id, reason, by_id, created_at)
    SELECT n.conversation, d.id, n.reason, u.id, n.at
    FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::bigint[], %s::timestamptz[])
        AS n(conversation, department, reason, by, at)
    JOIN people_department d ON d.id = n.department LEFT JOIN people_user u ON u.id = n.by
    ORDER BY 1, 2 ON CONFLICT DO NOTHING
"""
_ASK_NO_MORE = """
    DELETE FROM inbox_contributor c USING unnest(%s::bigint[], %s::bigint[]) AS n(conversation, department)
    WHERE c.conversation_id = n.conversation AND c.department_id = n.department
"""
_UNTAG = """
    DELETE FROM inbox_conversationtag t USING unnest(%s::bigint[], %s::text[]) AS n(conversation, name)
    WHERE t.conversation_id = n.conversation AND t.name = n.name
"""
_TAG = """
    INSERT INTO inbox_conversationtag (conversation_id, name, by_id, at)
    SELECT n.conversation, n.name, %s, %s FROM unnest(%s::bigint[], %s::text[]) AS n(conversation, name)
    ORDER BY 1, 2 ON CONFLICT DO NOTHING
"""
_READ = """
    INSERT INTO inbox_seen (user_id, conversation_id, at)
    SELECT %s, n.conversation, n.at FROM unnest(%s::bigint[], %s::timestamptz[]) AS n(conversation, at)
    ORDER BY 2 ON CONFLICT DO NOTHING
"""


def restore(parts: Parts, what: str, *, by: User) -> list[int]:
    """Put back those that still are as the deed left them and that `by` may put there; returns which.

    `what` is what the timeline says was taken back. In the caller's transaction.
    """
    back = put_back(parts, by=by)
    now = timezone.now()
    told = [one for one in back if not set(parts[one.pk]["before"]) <= _OWN]
    entries = [
        events.Entry.of(one, "undone", by=by, at=now, data={"what": what, **_moves(parts[one.pk])}) for one in told
    ]
    tied = ties.told({one.pk: parts[one.pk]["before"] for one in back}, by, now)
    events.record([*entries, *tied.values()])
    if back:
        live.changed(conversations={one.pk for one in back} | tied.keys())
        jobs.ring(jobs.ASSIGN)
    return [one.pk for one in back]


def _moves(part: Part) -> dict[str, int]:
    """How many hand-overs are taken back, where there are any (see inbox/together/chain.py)."""
    moves = part["after"].get("handovers", 0) - part["before"].get("handovers", 0)
    return {"moves": moves} if moves else {}


def put_back(parts: Parts, *, by: User) -> list[Conversation]:
    """The same without a word on the timeline, and to nobody."""
    rows = Conversation.objects.visible_to(by).there().filter(pk__in=parts)
    found = list(rows.select_for_update(of=("self",)).order_by("pk"))
    untied = ties.changed({pk: part["after"] for pk, part in parts.items()}, by)
    had = {part["before"].get("assignee") for part in parts.values()} - {None}
    tags, seen, reach = _tags(parts), _seen(parts, by), _Reach.of(by, [one.pk for one in found], had)
    back = [
        one
        for one in found
        if one.pk not in untied
        and _is_as_left(one, parts[one.pk]["after"], tags, seen)
        and reach.holds(one, parts[one.pk]["before"])
    ]
    _put(back, parts, by)
    return back


@dataclass(frozen=True, slots=True)
class _Reach:
    """Where somebody may put something back, and who is there to get it."""

    by: User
    # The departments that there are, and whether `by` works on what they own.
    departments: Mapping[int, bool]
    # Conversations in which their departments take part.
    helped: Collection[int]
    people: Collection[int]

    @classmethod
    def of(cls, by: User, ids: Collection[int], had: Collection[int]) -> "_Reach":
        """One statement."""
        helps = Contributor.objects.filter(department=OuterRef("pk"), conversation__in=ids).values("conversation")
        is_mine = Exists(Membership.objects.filter(user=by, department=OuterRef("pk")))
        there = User.objects.filter(is_active=True, pk__in=had).values("pk")
        rows = list(
            Department.objects.annotate(is_mine=is_mine, helps=ArraySubquery(helps), there=ArraySubquery(there))
        )
        departments = {one.pk: by.is_manager or one.is_mine or one.is_triage for one in rows}
        helped = {pk for one in rows if one.is_mine for pk in one.helps or ()}
        return cls(by, departments, helped, {pk for one in rows for pk in one.there or ()})

    def holds(self, conversation: Conversation, before: Mapping[str, Any]) -> bool:
        """Whether `by` may act where it is, or was; whether that is there yet, and whoever had it."""
        if set(before) <= _OWN:
            return True
        owner, assignee = before.get("department"), before.get("assignee")
        # Where a department took part no more, its people come back by taking that back.
        left = [one["department"] for one in _each(before, "contributor")] if set(before) == {"contributor"} else []
        if (owner and owner not in self.departments) or (assignee and assignee not in self.people):
            return False
        mine = any(self.departments.get(one, False) for one in (conversation.department_id, owner, *left) if one)
        return mine or conversation.pk in self.helped or self.by.pk in (conversation.assignee_id, assignee)


def _is_as_left(
    conversation: Conversation, after: Mapping[str, Any], tags: Collection[tuple[int, str]], seen: Mapping[int, str]
) -> bool:
    now = standing.of(conversation)
    if any(now[name] != after[name] for name in now if name in after):
        return False
    if any(((conversation.pk, name) in tags) != there for name, there in after.get("tags", {}).items()):
        return False
    return "seen" not in after or seen.get(conversation.pk) == after["seen"]


def _tags(parts: Parts) -> set[tuple[int, str]]:
    ids = [pk for pk, part in parts.items() if "tags" in part["after"]]
    rows = ConversationTag.objects.filter(conversation__in=ids).values_list("conversation", "name") if ids else ()
    return set(rows)


def _seen(parts: Parts, by: User) -> dict[int, str]:
    ids = [pk for pk, part in parts.items() if "seen" in part["after"]]
    rows = Seen.objects.filter(user=by, conversation__in=ids).values_list("conversation", "at") if ids else ()
    return {pk: at.isoformat() for pk, at in rows}


def _put(back: Sequence[Conversation], parts: Parts, by: User) -> None:
    """Contributors come before the clock, which asks for them."""
    now = timezone.now()
    before = {one.pk: parts[one.pk]["before"] for one in back}
    _ask_again([(pk, one) for pk, kept in before.items() for one in _each(kept, "contributor")])
    _ask_no_more({pk: kept["asked"] for pk, kept in before.items() if "asked" in kept})
    for one in back:
        standing.put(one, before[one.pk])
    standing.write([one for one in back if set(before[one.pk]) - {"tags", "links", *_OWN}], now)
    retag([(pk, name, is_on) for pk, kept in before.items() for name, is_on in kept.get("tags", {}).items()], by, now)
    read = {pk: kept["seen"] for pk, kept in before.items() if kept.get("seen")}
    if read:
        _run(_READ, by.pk, list(read), list(read.values()))
    ties.put_back(before, by, now)
    learning.take_back([one for pk in before for one in _each(parts[pk], "learnt")], by=by)
    trusting.take_back([parts[pk]["trust"] for pk in before if "trust" in parts[pk]], by=by)


def retag(tags: Collection[tuple[int, str, bool]], by: User, at: Any) -> None:
    """Conversations bear these tags now, or do not: (conversation, name, whether). Two statements at most."""
    for is_on in (True, False):
        these = [(pk, name) for pk, name, one in tags if one == is_on]
        columns = [[pk for pk, _name in these], [name for _pk, name in these]]
        if these and is_on:
            _run(_TAG, by.pk, at, *columns)
        elif these:
            _run(_UNTAG, *columns)


def _each(kept: Mapping[str, Any], name: str) -> list[Any]:
    """All that is kept by this name. Deeds from before several moves could be one kept a single one, not in a list."""
    found = kept.get(name, [])
    return found if isinstance(found, list) else [found]


def _ask_again(asked: Collection[tuple[int, Mapping[str, Any]]]) -> None:
    if asked:
        names = ("department", "reason", "by", "created_at")
        _run(_ASK_AGAIN, [pk for pk, _kept in asked], *([kept[name] for _pk, kept in asked] for name in names))


def _ask_no_more(asked: Mapping[int, int]) -> None:
    if asked:
        _run(_ASK_NO_MORE, list(asked), list(asked.values()))


def _run(statement: str, *values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)

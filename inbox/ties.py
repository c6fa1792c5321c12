"""Links of conversations, and whether somebody follows them: as a deed left them, and put back as they were.

A part of a deed keeps both as it keeps tags: `links` says of each number whether it is linked, `follows` whether
whoever did it follows the conversation.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import connection

from inbox import events
from inbox.models import Conversation, Follow, Link
from people.models import User

Kept = Mapping[int, Mapping[str, Any]]
"""What is kept of each conversation, as it was or as it is."""

# Why, by whom and when stands on the timeline: nothing that concerns somebody else is kept with the deed.
_LINK = """
    INSERT INTO inbox_link (one_id, other_id, reason, by_id, at)
    SELECT least(n.here, n.other), greatest(n.here, n.other), coalesce(e.data->>'reason', ''),
        coalesce(e.actor_id, %s), coalesce(e.at, %s)
    FROM unnest(%s::bigint[], %s::bigint[]) AS n(here, other)
    JOIN inbox_conversation c ON c.id = n.other
    LEFT JOIN LATERAL (
        SELECT data, actor_id, at FROM inbox_event
        WHERE conversation_id = n.here AND kind = 'linked' AND data->>'other' = n.other::text
        ORDER BY at DESC, id DESC LIMIT 1
    ) e ON true
    ORDER BY 1, 2 ON CONFLICT DO NOTHING
"""
_UNLINK = """
    DELETE FROM inbox_link l USING unnest(%s::bigint[], %s::bigint[]) AS n(here, other)
    WHERE l.one_id = least(n.here, n.other) AND l.other_id = greatest(n.here, n.other)
"""


def links(kept: Kept) -> list[tuple[int, int, bool]]:
    """Which two are linked, or are not."""
    return [(pk, int(other), is_on) for pk, one in kept.items() for other, is_on in one.get("links", {}).items()]


def changed(after: Kept, by: User) -> set[int]:
    """Those that are no longer as a deed of `by` left them. One statement for links and one for who follows, where the
    deed was about any."""
    asked, follows = links(after), {pk: one["follows"] for pk, one in after.items() if "follows" in one}
    there: set[tuple[int, ...]] = set()
    if asked:
        ends = {pk for here, other, _is_on in asked for pk in (here, other)}
        there = set(Link.objects.filter(one__in=ends, other__in=ends).values_list("one", "other"))
    found = {here for here, other, is_on in asked if (tuple(sorted((here, other))) in there) != is_on}
    if follows:
        mine = set(Follow.objects.filter(user=by, conversation__in=follows).values_list("conversation", flat=True))
        found |= {pk for pk, is_on in follows.items() if (pk in mine) != is_on}
    return found


def put_back(before: Kept, by: User, at: datetime) -> None:
    """As they were."""
    for is_on in (True, False):
        these = [(here, other) for here, other, was_on in links(before) if was_on == is_on]
        ends = [[here for here, _other in these], [other for _here, other in these]]
        who: list[Any] = [by.pk, at] if is_on else []
        if these:
            with connection.cursor() as cursor:
                cursor.execute(_LINK if is_on else _UNLINK, [*who, *ends])
    follows = {pk: one["follows"] for pk, one in before.items() if "follows" in one}
    Follow.objects.bulk_create(
        [Follow(user=by, conversation_id=pk, at=at) for pk, is_on in follows.items() if is_on], ignore_conflicts=True
    )
    if ended := [pk for pk, is_on in follows.items() if not is_on]:
        Follow.objects.filter(user=by, conversation__in=ended).delete()


def told(before: Kept, by: User, at: datetime) -> dict[int, events.Entry]:
    """What stands on the timelines at the other ends, where nobody took anything back. One statement, if any."""
    asked = links(before)
    there = Conversation.objects.visible_to(by).there().in_bulk({other for _here, other, _is_on in asked})
    found = {}
    for here, other, is_on in asked:
        kind, more = ("linked", {"reason": ""}) if is_on else ("unlinked", {})
        if other in there:
            found[other] = events.Entry.of(there[other], kind, by=by, at=at, data={"other": str(here), **more})
    return found

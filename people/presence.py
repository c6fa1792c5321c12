"""Who is there: what people say of themselves, and when their browser was last heard."""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Q

from people.models import Presence, User

AWAY_AFTER = timedelta(minutes=5)
"""Who has not been heard of for so long is away, whatever they said."""

# Between two writes of the same person, a little less than the beat of open pages, so that every beat counts.
_PAUSE = timedelta(seconds=55)

# The rows are taken in the order of people, as by everybody who takes several of them.
_HEARD = """
    WITH before AS (
        SELECT user_id, state, seen_at FROM people_presence WHERE user_id = ANY(%(ids)s)
        ORDER BY user_id FOR UPDATE
    ), written AS (
        INSERT INTO people_presence (user_id, state, since, seen_at)
        SELECT u.id, 'online', %(now)s, %(now)s FROM people_user u
        LEFT JOIN before b ON b.user_id = u.id
        WHERE u.id = ANY(%(ids)s) AND u.is_active AND (b.seen_at IS NULL OR b.seen_at <= %(recent)s)
        ORDER BY u.id
        ON CONFLICT (user_id) DO UPDATE SET seen_at = greatest(people_presence.seen_at, excluded.seen_at)
        RETURNING user_id
    )
    SELECT w.user_id FROM written w LEFT JOIN before b ON b.user_id = w.user_id
    WHERE b.user_id IS NULL OR (b.state = 'online' AND b.seen_at <= %(gone)s)
"""


def here(now: datetime, prefix: str = "") -> Q:
    """The condition that somebody is there. `prefix`: the way to their presence, with the underscores at its end."""
    return Q(**{f"{prefix}state": Presence.State.ONLINE, f"{prefix}seen_at__gt": now - AWAY_AFTER})


def is_here(presence: Presence | None, now: datetime) -> bool:
    """Whether a person is there. Who was never heard of is not."""
    return presence is not None and is_online(presence.state, presence.seen_at, now)


def is_online(state: str | None, seen_at: datetime | None, now: datetime) -> bool:
    """The same of the two columns, where no row was made of them; None where there is no presence."""
    return state == Presence.State.ONLINE and seen_at is not None and seen_at > now - AWAY_AFTER


@transaction.atomic
def say(user: User, state: Presence.State, now: datetime) -> bool:
    """Somebody says whether they are there. Returns whether they have come back by it."""
    old = Presence.objects.select_for_update().filter(user=user).first()
    since = old.since if old is not None and old.state == state else now
    Presence.objects.update_or_create(user=user, defaults={"state": state, "since": since, "seen_at": now})
    return state == Presence.State.ONLINE and not is_here(old, now)


@transaction.atomic
def heard(ids: Collection[int], now: datetime) -> set[int]:
    """The browsers of these people are open. One statement, and at most one write a minute for each of them.

    Whoever is heard of for the first time is there; everybody else is what they said last. Returns who has come back:
    they say that they are there, and had not been heard of for a while.
    """
    if not ids:
        return set()
    times = {"now": now, "recent": now - _PAUSE, "gone": now - AWAY_AFTER}
    with connection.cursor() as cursor:
        cursor.execute(_HEARD, {"ids": sorted(ids), **times})
        return {row[0] for row in cursor.fetchall()}

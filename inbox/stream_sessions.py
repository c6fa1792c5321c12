"""Whose session a stream is, and whether it still is: asked for all streams of a process in one statement."""

from collections.abc import Collection
from importlib import import_module
from typing import Any, NamedTuple

from django.conf import settings
from django.contrib.auth import get_user
from django.db import close_old_connections, connection
from django.http import HttpRequest

from inbox import accounts

# As long as neither their session nor their password is another, nor what the company asks of everybody, the person is
# the same and may read.
_MARKS = """
    SELECT s.session_key, md5(s.session_data || u.password || coalesce(w.needs_second_factor, false)::text)
    FROM unnest(%s::text[], %s::bigint[]) AS held(session_key, user_id)
    JOIN {sessions} s ON s.session_key = held.session_key AND s.expire_date > now()
    JOIN people_user u ON u.id = held.user_id AND u.is_active
    LEFT JOIN people_workspace w ON w.id = 1
"""


class Pass(NamedTuple):
    """A session that was looked at: whose it is, and what told it apart then."""

    session_key: str
    user_id: int
    mark: str


def admit(session_key: str) -> Pass | None:
    """Whose session it is; None where nobody's, or somebody's who was switched off or has a second factor to set up
    before they may read anything. Three statements, or five."""
    close_old_connections()
    user_id = _owner(session_key)
    if user_id is None:
        return None
    mark = _marks([Pass(session_key, user_id, "")]).get(session_key, "")
    # What changed between the two questions is noticed here, and what changes later by another mark.
    return Pass(session_key, user_id, mark) if _owner(session_key) == user_id else None


def expired(passes: Collection[Pass]) -> tuple[set[str], list[Pass]]:
    """The sessions that do not hold any more, and new passes for those that have changed and hold. One statement, and
    five for each that has changed."""
    close_old_connections()
    held = {one.session_key: one for one in passes}.values()
    marks = _marks(held)
    ended: set[str] = set()
    renewed: list[Pass] = []
    for one in held:
        if marks.get(one.session_key) == one.mark:
            continue
        again = admit(one.session_key)
        if again is None or again.user_id != one.user_id:
            ended.add(one.session_key)
        else:
            renewed.append(again)
    return ended, renewed


def _marks(passes: Collection[Pass]) -> dict[str, str]:
    if not passes:
        return {}
    table = connection.ops.quote_name(_store().get_model_class()._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(
            _MARKS.format(sessions=table), [[one.session_key for one in passes], [one.user_id for one in passes]]
        )
        return dict(cursor.fetchall())


def _owner(session_key: str) -> int | None:
    if not session_key:
        return None
    request = HttpRequest()
    request.session = _store()(session_key)
    user: Any = get_user(request)
    return user.pk if user.is_active and not accounts.lacks_factor(user, request.session) else None


def _store() -> Any:
    return import_module(settings.SESSION_ENGINE).SessionStore

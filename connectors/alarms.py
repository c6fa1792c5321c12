"""The alarm on top of an admin's pages: what of the channels' alarms is shown, and what somebody has read already."""

from collections.abc import Iterable, MutableMapping
from typing import Any

from connectors.watching import Alarm

_SESSION = "read_alarms"
_REMEMBERED = 100


def unread(session: MutableMapping[str, Any], alarms: Iterable[Alarm]) -> dict[str, Any]:
    """For templates/connectors/_alarms.html: the worst of those that nobody has put away here, and how many more."""
    read = set(session.get(_SESSION, ()))
    found = [alarm for alarm in alarms if alarm.is_broken or alarm.key not in read]
    return {"worst": found[0] if found else None, "more": max(len(found) - 1, 0)}


def put_away(session: MutableMapping[str, Any], key: str) -> None:
    """Somebody has read it; it comes back when there is something new to say."""
    read = [one for one in session.get(_SESSION, ()) if one != key]
    session[_SESSION] = [*read, key][-_REMEMBERED:]

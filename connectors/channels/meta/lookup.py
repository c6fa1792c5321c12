"""Asks for things by their ids: many at once, and one by one where Meta refuses them all for the sake of one."""

import re
from collections.abc import Iterable

from connectors.channels.meta.graph import Graph
from connectors.channels.meta.refusals import GONE, Refusal
from connectors.channels.meta.shapes import Json
from connectors.protocol import ConnectorError

AT_ONCE, MOST_SINGLES, FEW_SINGLES = 50, 50, 5
_PLAIN = re.compile(r"[A-Za-z0-9_:=$-][A-Za-z0-9_.:=$-]{0,299}")
# "Some of the aliases you requested do not exist".
_SOME_ABSENT = 803


def is_plain(external_id: str) -> bool:
    """Whether an id may stand in an address."""
    return bool(_PLAIN.fullmatch(external_id))


def plain(external_id: str) -> str:
    """An id that may stand in an address. Raises ConnectorError."""
    if not is_plain(external_id):
        raise ConnectorError(f"“{external_id[:60]}” is no id of Meta's.", permanent=True)
    return external_id


def look_up(graph: Graph, ids: Iterable[str], fields: str, *, singles: int = MOST_SINGLES) -> dict[str, Json | None]:
    """What Meta has under each id, None where it says that there is nothing. Ids that could not be asked for, because
    more than `singles` would have to be asked for one by one, are left out. Raises ConnectorError."""
    wanted = [one for one in dict.fromkeys(ids) if is_plain(one) and "," not in one]
    found: dict[str, Json | None] = {}
    for start in range(0, len(wanted), AT_ONCE):
        part = wanted[start : start + AT_ONCE]
        if len(part) == 1:
            found[part[0]] = _one(graph, part[0], fields)
            continue
        try:
            body = graph.ask("", ids=",".join(part), fields=fields).body
            found |= {one: value if isinstance(value := body.get(one), dict) else None for one in part}
        except Refusal as error:
            if error.code not in (GONE, _SOME_ABSENT):
                raise
            for one in part[:singles]:
                singles -= 1
                found[one] = _one(graph, one, fields)
    return found


def _one(graph: Graph, external_id: str, fields: str) -> Json | None:
    try:
        return graph.ask(external_id, fields=fields).body
    except Refusal as error:
        if error.code not in (GONE, _SOME_ABSENT):
            raise
        return None

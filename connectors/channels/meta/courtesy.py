"""Calls that are a courtesy: a profile, the post that was commented on. A message comes without them, too, so they may
not hold it up: what was told is remembered for a while, and where Meta is slow or away it is left in peace for a while.
"""

from collections import OrderedDict
from collections.abc import Iterable
from threading import Lock
from time import monotonic

from connectors import outbound
from connectors.channels.meta.graph import Graph
from connectors.channels.meta.lookup import FEW_SINGLES, look_up
from connectors.channels.meta.refusals import Refusal
from connectors.channels.meta.shapes import Json
from connectors.protocol import ConnectorError

_SECONDS, _PEACE, _DEADLINE = 3600.0, 60.0, 4.0
_MOST = 10_000

_known: OrderedDict[tuple[str, str], tuple[float, Json]] = OrderedDict()
_left_in_peace: dict[str, float] = {}
_lock = Lock()


def recall(graph: Graph, ids: Iterable[str], fields: str) -> dict[str, Json]:
    """What Meta has under these ids, as far as it tells it quickly; nothing for what it does not show."""
    wanted = [one for one in dict.fromkeys(ids) if one]
    found = {one: known for one in wanted if (known := _remembered(graph, one)) is not None}
    missing = [one for one in wanted if one not in found]
    if missing and monotonic() >= _left_in_peace.get(graph.address, 0.0):
        found |= _asked(graph, missing, fields)
    return {one: value for one, value in found.items() if value}


def _asked(graph: Graph, ids: list[str], fields: str) -> dict[str, Json]:
    try:
        with outbound.deadline(_DEADLINE):
            told = look_up(graph, ids, fields, singles=FEW_SINGLES)
    except Refusal as error:
        if error.retry_at is None and error.permanent:
            # Whoever has not agreed, or has gone, is not asked about again for every message.
            return _remember(graph, dict.fromkeys(ids))
        _leave_in_peace(graph)
    except ConnectorError:
        _leave_in_peace(graph)
    else:
        return _remember(graph, told)
    return {}


def _remembered(graph: Graph, external_id: str) -> Json | None:
    with _lock:
        at, value = _known.get((graph.address, external_id), (-_SECONDS, {}))
    return value if monotonic() - at < _SECONDS else None


def _remember(graph: Graph, told: dict[str, Json | None]) -> dict[str, Json]:
    values = {one: value or {} for one, value in told.items()}
    with _lock:
        for one, value in values.items():
            _known[graph.address, one] = (monotonic(), value)
        while len(_known) > _MOST:
            _known.popitem(last=False)
    return values


def _leave_in_peace(graph: Graph) -> None:
    with _lock:
        _left_in_peace[graph.address] = monotonic() + _PEACE

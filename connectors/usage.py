"""What a channel has used this month of what its network counts or charges for."""

from collections.abc import Iterator, Mapping
from datetime import date
from functools import cached_property

from django.db import connection
from django.utils import timezone

from connectors.models import Usage
from connectors.protocol import Connector


class UsedThisMonth(Mapping[str, int]):
    """What a channel has used so far, by meter; asked for once, when somebody wants to know: most pages don't."""

    def __init__(self, channel_id: int) -> None:
        self._channel_id = channel_id

    @cached_property
    def _used(self) -> dict[str, int]:
        rows = Usage.objects.filter(channel_id=self._channel_id, month=_month())
        return dict(rows.values_list("meter", "used"))

    def __getitem__(self, meter: str) -> int:
        return self._used[meter]

    def __iter__(self) -> Iterator[str]:
        return iter(self._used)

    def __len__(self) -> int:
        return len(self._used)


def note(channel_id: int, connector: Connector) -> None:
    """Write down what `connector` has used since it was last asked, in the running transaction."""
    used = {name: n for name, n in connector.used.items() if n > 0}
    if not used:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO connectors_usage (channel_id, month, meter, used)"
            " SELECT %s, %s, n.* FROM unnest(%s::text[], %s::bigint[]) AS n ORDER BY 3"
            " ON CONFLICT (channel_id, month, meter) DO UPDATE SET used = connectors_usage.used + EXCLUDED.used",
            [channel_id, _month(), list(used), list(used.values())],
        )
    connector.used.clear()


def _month() -> date:
    return timezone.now().date().replace(day=1)

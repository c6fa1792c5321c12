"""What a channel has used this month of what its network counts or charges for."""

from django.db import connection
from django.utils import timezone

from connectors.protocol import Connector


def note(channel_id: int, connector: Connector) -> None:
    """Write down what `connector` has used since it was last asked, in the running transaction."""
    used = {name: n for name, n in connector.used.items() if n > 0}
    if not used:
        return
    month = timezone.now().date().replace(day=1)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO connectors_usage (channel_id, month, meter, used)"
            " SELECT %s, %s, n.* FROM unnest(%s::text[], %s::bigint[]) AS n ORDER BY 3"
            " ON CONFLICT (channel_id, month, meter) DO UPDATE SET used = connectors_usage.used + EXCLUDED.used",
            [channel_id, month, list(used), list(used.values())],
        )
    connector.used.clear()

"""How many conversations stand where: kept by a trigger as differences (see models.Tally), summed up here."""

from django.db import connection, transaction


@transaction.atomic
def fold() -> int:
    """Replace the differences of each group by their sum; returns how many rows went. One folder at a time."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtext('inbox.tally'))")
        if not cursor.fetchone()[0]:
            return 0
        cursor.execute(
            "WITH gone AS (DELETE FROM inbox_tally RETURNING department_id, assignee_id, state, difference)"
            " INSERT INTO inbox_tally (department_id, assignee_id, state, difference)"
            " SELECT department_id, assignee_id, state, sum(difference) FROM gone"
            " GROUP BY department_id, assignee_id, state HAVING sum(difference) <> 0"
        )
        return int(cursor.rowcount)

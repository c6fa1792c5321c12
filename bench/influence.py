"""Ranking everybody by influence over a million relationships: time and memory of a process of its own."""

import json
import subprocess
import sys
from typing import Any

from django.db import connection

from bench.database import scratch_database
from bench.serving import environment

_EDGES = 1_000_000
_PEOPLE = 400_000
# Few are spoken of by many. The same each time.
_FILL = (
    "SELECT setseed(0.5)",
    "INSERT INTO contacts_contact (id, name, sort_key, created_at)"
    " SELECT n, 'Person ' || n, 'person ' || n, now() FROM generate_series(1, %(people)s) n",
    "INSERT INTO contacts_identity (id, contact_id, network, external_id, handle, name, url, avatar_url, bio, verified,"
    " email, search_key, seen_at, created_at) SELECT n, n, 'x', n, '', '', '', '', '', false, '', '', now(), now()"
    " FROM generate_series(1, %(people)s) n",
    "INSERT INTO contacts_relationship (source_id, target_id, kind, count, first_at, last_at)"
    " SELECT source, target, 'mentioned', 1 + (random() * 40)::int, now(), now() FROM ("
    " SELECT DISTINCT 1 + floor(random() * %(people)s)::bigint AS source,"
    " 1 + floor(random() ^ 3 * %(people)s)::bigint AS target FROM generate_series(1, %(drawn)s)) drawn"
    " WHERE source <> target LIMIT %(edges)s",
    "ANALYZE",
)
_CHILD = """
import json, resource, sys, time
import django
django.setup()
from django.utils import timezone
from contacts import ranking
began = time.perf_counter()
done = ranking.rank(timezone.now(), afresh=sys.argv[1] == "afresh")
print(json.dumps({
    "s": round(time.perf_counter() - began, 2), "edges": done.edges, "rounds": done.rounds, "written": done.written,
    "MB": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
}))
"""


def influence() -> dict[str, Any]:
    """The first night, a night on which nothing has changed, and the way between nights after a thousand new edges."""
    with scratch_database():
        with connection.cursor() as cursor:
            for statement in _FILL:
                cursor.execute(statement, {"people": _PEOPLE, "edges": _EDGES, "drawn": int(_EDGES * 1.15)})
        first, again = _ranked("afresh"), _ranked("afresh")
        with connection.cursor() as cursor:
            cursor.execute("UPDATE contacts_relationship SET count = count + 5 WHERE id %% 1000 = 0", [])
        since = _ranked("since")
    return {
        "edges": first["edges"],
        "first night, s": first["s"],
        "another night, s": again["s"],
        "since the night, s": since["s"],
        "peak of the process, MB": max(one["MB"] for one in (first, again, since)),
        "rounds, afresh": first["rounds"],
        "rounds, since the night": since["rounds"],
        "rows written, first night": first["written"],
        "rows written, another night": again["written"],
        "rows written, since the night": since["written"],
    }


def _ranked(how: str) -> dict[str, Any]:
    surroundings = environment() | {"DJANGO_SETTINGS_MODULE": "socialcrm.settings"}
    done = subprocess.run(
        [sys.executable, "-c", _CHILD, how], env=surroundings, check=True, capture_output=True, text=True
    )
    return dict(json.loads(done.stdout.splitlines()[-1]))

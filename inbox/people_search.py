"""Finding a person by name, handle or e-mail address, for dialogs in which somebody is chosen."""

from datetime import datetime

from django.db import connection

from contacts.names import fold
from inbox.persons import Person, persons

SHOWN = 10
# Accounts that match; more of them is what a longer query is for.
_LOOKED_AT = 300

# What stands at the start of a name or handle comes before what stands inside of one.
_FOUND = """
    SELECT person FROM (
        SELECT DISTINCT ON (person) person, rank FROM (
            (SELECT contact_id AS person, strpos(search_key, %(q)s) > 1 AS rank FROM contacts_identity
             WHERE search_key LIKE %(like)s LIMIT %(most)s)
            UNION ALL
            (SELECT coalesce(root_id, id), strpos(sort_key, %(q)s) > 1 FROM contacts_contact
             WHERE named_by_id IS NOT NULL AND sort_key LIKE %(like)s LIMIT %(most)s)
        ) matching ORDER BY person, rank
    ) people JOIN contacts_contact c ON c.id = person AND NOT c.is_us AND c.id <> %(without)s
    ORDER BY rank, c.sort_key, person LIMIT %(shown)s
"""


def find(q: str, now: datetime, *, without: int) -> list[Person]:
    """The persons whose name, handle or e-mail address has `q` in it, without one of them. Six statements."""
    folded = fold(q.removeprefix("@"))
    if not folded:
        return []
    escaped = folded.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    # Too short for a trigram inside a word, long enough for one at its start.
    like = f"{escaped}%" if len(folded) < 3 else f"%{escaped}%"
    with connection.cursor() as cursor:
        cursor.execute(_FOUND, {"q": folded, "like": like, "most": _LOOKED_AT, "without": without, "shown": SHOWN})
        ids = [row[0] for row in cursor.fetchall()]
    people = persons(ids, now)
    return [people[pk] for pk in ids if pk in people]

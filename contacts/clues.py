"""What people type that tells who they are, written down so that others who typed the same are found."""

from collections.abc import Iterable

from django.db import connection
from django.db.models import Q

from contacts.gather import ATTRIBUTES
from contacts.matching.typed import typed
from contacts.models import Identity

# Whoever brings something new is compared again; what is known already changes nothing. Rows that wait to be compared
# are touched too: match.py may be looking at them now, and sees by that that it has to look again.
_NOTE = """
    WITH new AS (
        INSERT INTO contacts_clue (identity_id, kind, value)
        SELECT DISTINCT n.identity, n.kind, n.value
        FROM unnest(%s::bigint[], %s::text[], %s::text[]) AS n(identity, kind, value)
        ORDER BY 1, 2, 3
        ON CONFLICT (identity_id, kind, value) DO NOTHING
        RETURNING identity_id
    )
    UPDATE contacts_identity i SET matched_at = NULL
    WHERE i.id IN (SELECT identity_id FROM new)
"""


def note(texts: Iterable[tuple[int, str]]) -> int:
    """Find phone numbers, e-mail addresses and order numbers in what identities wrote, and keep them as clues.

    Takes pairs of identity and text; returns how many findings there were. One statement, and none where nothing is
    found. Runs in the caller's transaction.
    """
    found = sorted({(identity, *clue) for identity, text in texts for clue in typed(text)})
    if found:
        with connection.cursor() as cursor:
            cursor.execute(_NOTE, [list(column) for column in zip(*found, strict=True)])
    return len(found)


def said(contact_id: int, slug: str) -> None:
    """A colleague said what an attribute of a contact is: where it tells who somebody is, the contact's accounts are
    compared again."""
    if slug in ATTRIBUTES:
        Identity.objects.filter(Q(contact=contact_id) | Q(home=contact_id)).update(matched_at=None)

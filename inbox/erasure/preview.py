"""What an erasure would take away, counted before anybody decides."""

from dataclasses import dataclass

from django.db import connection

from contacts.models import Contact

# A person may have hundreds of thousands of messages; nobody needs to know how many exactly.
MOST = 10_000
_COUNTS = """
    WITH mine AS MATERIALIZED (SELECT id FROM contacts_identity WHERE contact_id = %(person)s),
    parts AS MATERIALIZED (SELECT id FROM contacts_contact WHERE id = %(person)s OR root_id = %(person)s),
    talks AS MATERIALIZED (
        SELECT id FROM inbox_conversation WHERE identity_id IN (SELECT id FROM mine) LIMIT %(most)s
    )
    SELECT (SELECT count(*) FROM mine), (SELECT count(*) FROM talks),
        (SELECT count(*) FROM (SELECT 1 FROM mine JOIN inbox_message m ON m.identity_id = mine.id LIMIT %(most)s) m),
        (SELECT count(*) FROM (SELECT 1 FROM talks JOIN inbox_note n ON n.conversation_id = talks.id LIMIT %(most)s) n),
        (SELECT count(*) FROM parts JOIN contacts_role r ON r.contact_id = parts.id),
        (SELECT count(*) FROM parts JOIN contacts_deal d ON d.contact_id = parts.id),
        (SELECT count(*) FROM parts JOIN contacts_attributevalue v ON v.contact_id = parts.id),
        (SELECT count(*) FROM (
            SELECT 1 FROM mine JOIN inbox_message m ON m.identity_id = mine.id AND m.direction = 'out'
            JOIN inbox_delivery y ON y.message_id = m.id AND y.state IN ('queued', 'held', 'awaiting_approval', 'draft')
            LIMIT %(most)s
        ) y)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """Numbers of what would go; one that equals `MOST` stands for that many or more."""

    accounts: int
    conversations: int
    messages: int
    notes: int
    roles: int
    deals: int
    values: int
    unsent: int


def preview(person: Contact) -> Preview:
    """Count what belongs to a person. One statement, bounded however much there is."""
    with connection.cursor() as cursor:
        cursor.execute(_COUNTS, {"person": person.pk, "most": MOST})
        accounts, conversations, messages, notes, roles, deals, values, unsent = cursor.fetchone()
    return Preview(
        accounts=accounts,
        conversations=conversations,
        messages=messages,
        notes=notes,
        roles=roles,
        deals=deals,
        values=values,
        unsent=unsent,
    )

"""What rules may know of those who write: roles now and before, tags, who looks after them, what is said of them.

Of the person, whatever it consists of since merges: each fact of any of its contacts counts. One statement for all.
"""

from collections.abc import Collection, Sequence

from django.db import connection

from routing.signals import Customer

# As contacts/values.py: a colleague's word comes before an import's, then the newest. A role that was taken back was
# given by mistake.
_KNOWN = """
    WITH asked AS (
        SELECT i.id AS identity, coalesce(c.root_id, c.id) AS person
        FROM contacts_identity i JOIN contacts_contact c ON c.id = i.contact_id WHERE i.id = ANY(%(identities)s)
    ), people AS (
        SELECT DISTINCT person FROM asked
    ), part AS (
        SELECT person, person AS contact FROM people
        UNION ALL SELECT p.person, c.id FROM people p JOIN contacts_contact c ON c.root_id = p.person
    ), role AS (
        SELECT part.person, k.slug, bool_or(r.until IS NULL) AS is_now
        FROM part JOIN contacts_role r ON r.contact_id = part.contact JOIN contacts_rolekind k ON k.id = r.kind_id
        WHERE NOT coalesce((r.evidence ->> 'taken_back')::boolean, false)
        GROUP BY part.person, k.slug
    ), value AS (
        SELECT DISTINCT ON (part.person, a.slug) part.person, a.slug, v.value
        FROM part JOIN contacts_attributevalue v ON v.contact_id = part.contact
        JOIN contacts_attribute a ON a.id = v.attribute_id AND a.slug = ANY(%(slugs)s)
        ORDER BY part.person, a.slug, (v.source = 'person') DESC, v.at DESC, v.id DESC
    )
    SELECT asked.identity,
        ARRAY(SELECT slug FROM role WHERE role.person = asked.person AND is_now),
        ARRAY(SELECT slug FROM role WHERE role.person = asked.person AND NOT is_now),
        ARRAY(SELECT t.name FROM part JOIN contacts_tag t ON t.contact_id = part.contact
              WHERE part.person = asked.person),
        ARRAY(SELECT d.slug FROM part JOIN contacts_owner o ON o.contact_id = part.contact
              JOIN people_department d ON d.id = o.department_id WHERE part.person = asked.person),
        ARRAY(SELECT ARRAY[slug, value] FROM value WHERE value.person = asked.person AND value.value <> '')
    FROM asked
"""


def customers(identities: Collection[int], attributes: Sequence[str]) -> dict[int, Customer]:
    """What is known of each identity's person; of attributes, those with these slugs. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(_KNOWN, {"identities": sorted(identities), "slugs": list(attributes)})
        return {
            identity: Customer(
                roles=frozenset(roles),
                past_roles=frozenset(past),
                tags=frozenset(tags),
                owners=frozenset(owners),
                attributes={slug: value for slug, value in values},
            )
            for identity, roles, past, tags, owners, values in cursor.fetchall()
        }

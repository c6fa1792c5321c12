"""What is known of people: roles, tags, attributes, owners, deals and pins of some of them."""

from django.utils import timezone

from bench.large.load import run
from contacts.models import Attribute

_ATTRIBUTES: tuple[tuple[str, str, str, list[str]], ...] = (
    ("city", "City", Attribute.Kind.TEXT, []),
    ("plan", "Plan", Attribute.Kind.CHOICE, ["free", "team", "business"]),
    ("seats", "Seats", Attribute.Kind.NUMBER, []),
    ("joined", "Customer since", Attribute.Kind.DATE, []),
)
_CITIES = "berlin hamburg wien zürich paris lyon madrid porto oslo bergen tokyo osaka leeds york new-york"
_TAGS = "vip wholesale press newsletter beta partner complaint-2025 trade-fair school reseller"

# What a contact is, by the remainder of its id: a slug, a divisor and a remainder.
_ROLES = (("customer", 4, 1), ("prospect", 9, 2), ("advocate", 60, 3), ("critic", 90, 5), ("influencer", 300, 7))
# An attribute, how its value follows from the id of a contact, and how many contacts have none for one that has.
_VALUES = (
    ("city", f"(string_to_array('{_CITIES}', ' '))[1 + c.id % {_CITIES.count(' ') + 1}]", 3),
    ("plan", "(ARRAY['free', 'team', 'business'])[1 + c.id % 3]", 5),
    ("seats", "(c.id % 200 + 1)::text", 7),
    ("joined", "(date '2021-01-01' + (c.id % 1500)::int)::text", 6),
)


def fill_facts() -> None:
    """Each kind with one statement."""
    now = timezone.now()
    for position, (slug, name, kind, choices) in enumerate(_ATTRIBUTES):
        Attribute.objects.create(slug=slug, name=name, kind=kind, choices=choices, position=position)
    for slug, divisor, remainder in _ROLES:
        run(
            "INSERT INTO contacts_role (contact_id, kind_id, since, source, reason, ended_reason, evidence)"
            " SELECT c.id, k.id, %s::timestamptz - (c.id %% 900) * interval '1 day', 'person', '', '', '{}'"
            " FROM contacts_contact c, contacts_rolekind k WHERE k.slug = %s AND c.id %% %s = %s",
            [now, slug, divisor, remainder],
        )
    for slug, value, every in _VALUES:
        run(
            "INSERT INTO contacts_attributevalue (contact_id, attribute_id, value, search_key, source, at)"  # noqa: S608
            f" SELECT c.id, a.id, v, lower(v), 'person', now() FROM contacts_attribute a, contacts_contact c,"
            f" LATERAL (SELECT {value} AS v) w WHERE a.slug = '{slug}' AND c.id % {every} = 0"
        )
    run(
        "INSERT INTO contacts_tag (contact_id, name, at) SELECT id, (%s::text[])[1 + id / 8 %% %s], %s"
        " FROM contacts_contact WHERE id %% 8 = 3",
        [_TAGS.split(), len(_TAGS.split()), now],
    )
    run(
        "INSERT INTO contacts_owner (contact_id, department_id, user_id, at) SELECT c.id, d.id, u.id, %s"
        " FROM contacts_contact c, people_department d, (SELECT min(id) AS id FROM people_user) u"
        " WHERE c.id %% 20 = 3 AND d.slug = 'sales'",
        [now],
    )
    run(
        "INSERT INTO contacts_deal (contact_id, title, amount, currency, stage, opened_at)"
        " SELECT id, 'Deal ' || id, id %% 9000 + 100, 'EUR', 'offer', %s FROM contacts_contact WHERE id %% 50 = 3",
        [now],
    )
    run(
        "INSERT INTO contacts_pin (contact_id, text, at) SELECT id, 'Prefers to be called in the morning.', %s"
        " FROM contacts_contact WHERE id %% 100 = 3",
        [now],
    )

"""What the company knows of a person in a few lines, for the card beside a conversation."""

import json
from decimal import Decimal
from typing import Any

from django.db.models.expressions import RawSQL

from inbox import marks
from inbox.facts.wording import money
from inbox.presentation import rich

Part = dict[str, Any]
# Of each kind; the rest is on the person's page.
SHOWN = 3

# As one array, which one walk through an index looks up, however many parts there are.
_PARTS = "ANY(ARRAY(SELECT id FROM contacts_contact WHERE id = %s OR root_id = %s))"
_KNOWN = f"""
    SELECT jsonb_build_array((
        SELECT jsonb_agg(DISTINCT jsonb_build_array(k.position, k.name, k.tone, k.icon))
        FROM contacts_role r JOIN contacts_rolekind k ON k.id = r.kind_id
        WHERE r.until IS NULL AND r.contact_id = {_PARTS}
    ), (
        SELECT jsonb_agg(jsonb_build_array(d.title, d.amount, d.currency)) FROM (
            SELECT title, amount::text, currency FROM contacts_deal
            WHERE closed_at IS NULL AND contact_id = {_PARTS} ORDER BY opened_at DESC, id DESC LIMIT %s
        ) d
    ), (
        SELECT jsonb_agg(p.text) FROM (
            SELECT left(text, 600) AS text FROM contacts_pin WHERE contact_id = {_PARTS}
            ORDER BY at DESC, id DESC LIMIT %s
        ) p
    ))
"""  # noqa: S608 - constants


def known(person: int) -> RawSQL:
    """Roles now, open deals and pinned notes, of all parts of the person, as a column of another statement."""
    parts = [person, person]
    return RawSQL(_KNOWN, [*parts, *parts, SHOWN, *parts, SHOWN])  # noqa: S611 - the constant above


def brief(column: str) -> Part:
    """What that column says, for the card."""
    roles, deals, pins = (part or [] for part in json.loads(column))
    return {
        "roles": [
            {"name": name, "css": "" if tone == "plain" else tone, "icon": marks.icon(icon, "sm")}
            for _position, name, tone, icon in roles
        ],
        "deals": [
            {"title": title, "amount": money(Decimal(amount) if amount is not None else None, currency)}
            for title, amount, currency in deals
        ],
        "pins": [rich(text) for text in pins],
    }

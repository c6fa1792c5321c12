"""What the addresses of a person's facts answer to everybody; for the matrix in test_pages.py."""

from django.utils import timezone

from contacts import attributes, deals, pins, role_kinds, roles
from contacts.models import RoleKind
from inbox.models import RoleSuggestion

# anonymous, charlie, alice, mia, adam
EVERYBODY, ONLY_POST = [302, 200, 200, 200, 200], [302, 405, 405, 405, 405]
ADMINS = [302, 403, 403, 403, 200]
DONE, DONE_BY_ADMINS = [302, 302, 302, 302, 302], [302, 403, 403, 403, 302]
_ON_PERSON = (
    "contact_rename",
    "do_not_contact",
    "contact_roles",
    "contact_role_end",
    "contact_attributes",
    "contact_deals",
    "contact_pins",
    "contact_owners",
)
_KINDS = ("role_kind", "attribute_kind")

GET = {
    **dict.fromkeys(_ON_PERSON, EVERYBODY),
    **dict.fromkeys(("deal", "pin", "tags", "contact_suggested_roles"), EVERYBODY),
    **dict.fromkeys(("contact_attribute_choose", "contact_tags", "contact_tag_remove"), ONLY_POST),
    **dict.fromkeys(("role_undo", "role_suggestion", "pin_remove"), ONLY_POST),
    **{f"{kind}{page}": ADMINS for kind in _KINDS for page in ("s", "_new", "")},
    **{f"{kind}_move": ONLY_POST for kind in _KINDS},
    "role_kind_remove": ONLY_POST,
    "attribute_kind_remove": ADMINS,
}
POST = {
    **dict.fromkeys(_ON_PERSON, DONE),
    **dict.fromkeys(("deal", "pin", "contact_attribute_choose", "contact_tags", "contact_tag_remove"), DONE),
    **dict.fromkeys(("role_undo", "role_suggestion", "pin_remove"), DONE),
    **{f"{kind}{page}": DONE_BY_ADMINS for kind in _KINDS for page in ("_new", "", "_move", "_remove")},
}
# These have nothing in their address that could be missing.
WHOLE = {"role_kind_new", "attribute_kind_new"}


def addresses(cast):
    """The arguments of each address, all about dana."""
    now, person = timezone.now(), {"pk": cast.dana[0].contact_id}
    customer, critic = (RoleKind.objects.get(slug=slug) for slug in ("customer", "critic"))
    role = roles.give(person["pk"], customer, since=now, reason="Bought a car.", at=now, by=cast.alice)
    deal = deals.open_deal(person["pk"], title="Estate", amount=None, currency="", by=cast.alice, at=now)
    pin = pins.add(person["pk"], text="Call before noon.", by=cast.alice, at=now)
    city = attributes.define(name="City", kind="text")
    partner = role_kinds.add(name="Partner", icon="users", tone="plain", criterion=None)
    suggestion = RoleSuggestion.objects.create(identity=cast.dana[0], kind=critic, rule=1, reason="Angry", at=now)
    return {
        **dict.fromkeys(
            (*_ON_PERSON, "contact_suggested_roles", "contact_attribute_choose", "contact_tags", "contact_tag_remove"),
            person,
        ),
        "contact_role_end": {**person, "kind": customer.pk},
        "role_undo": {"pk": role.pk},
        "role_suggestion": {"pk": suggestion.pk},
        "deal": {"pk": deal.pk},
        **dict.fromkeys(("pin", "pin_remove"), {"pk": pin.pk}),
        **{f"role_kind{page}": {"pk": partner.pk} for page in ("", "_move", "_remove")},
        **{f"attribute_kind{page}": {"pk": city.pk} for page in ("", "_move", "_remove")},
    }


def bodies():
    """What is posted so that something is done."""
    critic = RoleKind.objects.get(slug="critic").pk
    return {
        "contact_rename": {"name": "Dana W."},
        "do_not_contact": {"reason": "Asked us to stop."},
        "contact_roles": {"kind": critic, "since": "2024-05-03", "reason": "Angry posts."},
        "contact_role_end": {"reason": "Sold the car."},
        "contact_deals": {"title": "Tow bar", "stage": "new"},
        "contact_pins": {"text": "Prefers e-mail."},
        "contact_tags": {"name": "vip"},
        "contact_tag_remove": {"name": "vip"},
        "role_suggestion": {"answer": "no"},
        "deal": {"title": "Estate", "stage": "offer", "seen": "new"},
        "pin": {"text": "Prefers e-mail."},
        "role_kind": {"name": "Partner", "tone": "plain", "icon": "users", "is_active": "on"},
        "role_kind_new": {"name": "Friend", "tone": "plain", "icon": "users"},
        "attribute_kind": {"name": "Town"},
        "attribute_kind_new": {"name": "Street", "kind": "text"},
    }

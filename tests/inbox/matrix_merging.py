"""What the addresses of merging and separating answer to everybody; for the matrix in test_pages.py."""

from django.utils import timezone

from contacts.models import Attribute, AttributeValue, Deal, Owner, Pin, Suggestion, Tag
from inbox import merging

# anonymous, charlie, alice, mia, adam: whoever is signed in may merge and separate.
EVERYBODY, ONLY_POST, DONE = [302, 200, 200, 200, 200], [302, 405, 405, 405, 405], [302, 302, 302, 302, 302]
GET = {
    **dict.fromkeys(("merges", "merges_done", "merges_rejected"), EVERYBODY),
    **dict.fromkeys(("contact_merge", "contact_merge_with", "contact_split", "merge_undo"), EVERYBODY),
    "same_person": EVERYBODY[:],
    "merges_decide": ONLY_POST,
}
POST = dict.fromkeys(("contact_merge_with", "contact_split", "merge_undo", "merges_decide"), DONE)
# These have nothing in their address that could be missing.
WHOLE = {"merges_decide"}


def addresses(cast):
    """The arguments of each address, about dana and somebody who may be her."""
    now, dana = timezone.now(), cast.dana[0]
    danny, tom = cast.contact("Danny W.")[0], cast.contact("Tom T.")[0]
    Suggestion.objects.create(first=dana, second=danny, score=0.9, created_at=now)
    merge = merging.merge(tom.contact_id, dana.contact_id, at=now)
    return {
        **dict.fromkeys(("contact_merge", "contact_split"), {"pk": dana.contact_id}),
        "contact_merge_with": {"pk": dana.contact_id, "other": danny.contact_id},
        "merge_undo": {"pk": merge.pk},
        "same_person": {"pk": cast.asks(dana).pk},
    }


def story(cast):
    """Somebody who may be dana, somebody who is not, and a merge of some days ago; the ids that addresses need."""
    now, dana = timezone.now(), cast.dana[0]
    danny, tom, priya = (cast.contact(name, "x", "email")[0] for name in ("Danny W.", "Tom T.", "Priya R."))
    reasons = [{"kind": "phone", "ending": "4471", "weight": 5}, {"kind": "name", "level": "part", "a": "D", "b": "W"}]
    reasons.append({"kind": "location", "level": "differ", "a": "Kyiv", "b": "Berlin", "weight": -1})
    for other, state in ((danny, "open"), (priya, "rejected")):
        first, second = sorted((dana, other), key=lambda one: one.pk)
        Suggestion.objects.create(
            first=first, second=second, score=0.9, reasons=reasons, state=state, decided_by=cast.mia, created_at=now
        )
    merge = merging.merge(tom.contact_id, dana.contact_id, by=cast.mia, at=now, evidence=reasons[:1])
    city = Attribute.objects.create(slug="city", name="City", kind="text")
    for contact, value in ((dana.contact, "Ingolstadt"), (danny.contact, "Berlin")):
        AttributeValue.objects.create(
            contact=contact, attribute=city, value=value, source="person", by=cast.mia, at=now
        )
        Deal.objects.create(contact=contact, title="Estate", amount=46_900, currency="EUR", opened_at=now)
        Pin.objects.create(contact=contact, text="Call after 17:00.", author=cast.mia, at=now)
        Tag.objects.create(contact=contact, name="press", by=cast.mia, at=now)
        Owner.objects.create(contact=contact, department=cast.departments["sales"], user=cast.carol, at=now)
    return {"dana": dana.contact_id, "danny": danny.contact_id, "merge": merge.pk, "account": dana.pk}


def bodies(cast):
    """What is posted to them."""
    dana = cast.dana[0]
    return {
        "contact_merge_with": {"front": dana.contact_id},
        "contact_split": {"identity": dana.pk},
        "merges_decide": {"reject": 999_999},
    }

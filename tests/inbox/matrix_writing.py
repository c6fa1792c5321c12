"""What the addresses of colleagues to call and macros answer to everybody; for the matrix in test_pages.py."""

from uuid import uuid4

from django.utils import timezone

from inbox.models import Macro

# anonymous, charlie, alice, mia, adam
_ALL, _MANAGERS = [302, 200, 200, 200, 200], [302, 403, 403, 200, 200]
GET = {
    **dict.fromkeys(("colleagues", "macros", "macros_for"), _ALL),
    **dict.fromkeys(("macro", "macro_new"), _MANAGERS),
    **dict.fromkeys(("macro_delete", "macro_use"), [302, 405, 405, 405, 405]),
}
POST = {
    "macro": [302, 403, 403, 302, 302],
    # Its name is missing: the form comes again.
    "macro_new": [302, 403, 403, 422, 422],
    "macro_delete": [302, 403, 403, 302, 302],
    "macro_use": [302, 403, 302, 302, 302],
}
WHOLE = {"colleagues", "macros", "macro_new"}


def addresses(cast):
    """The arguments of each address, all about one conversation and one macro."""
    case = cast.asks(cast.dana[0], department="support")
    macro = Macro.objects.create(name="Thanks", text="Thanks.", changed_at=timezone.now())
    return {
        **dict.fromkeys(("macros_for", "macro_use"), {"pk": case.pk}),
        **dict.fromkeys(("macro", "macro_delete"), {"pk": macro.pk}),
    }


def bodies():
    """What is posted so that something is done."""
    urgent = Macro.objects.get_or_create(
        name="Urgent", defaults={"actions": {"priority": 3}, "changed_at": timezone.now()}
    )[0]
    return {
        "macro": {"name": f"Thanks {uuid4()}", "text": "Thank you."},
        "macro_use": {"macro": urgent.pk},
    }

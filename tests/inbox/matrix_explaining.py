"""What the addresses of dry runs and explanations answer to everybody; for the matrix in test_pages.py."""

from django.utils import timezone

from inbox.models import DryRun

# anonymous, charlie, alice, mia, adam
_MANAGERS, _EVERYBODY = [302, 403, 403, 200, 200], [302, 200, 200, 200, 200]
GET = {
    "dry_run": _MANAGERS,
    "dry_run_examples": _MANAGERS,
    "dry_run_cancel": [302, 405, 405, 405, 405],
    "explanation": _EVERYBODY,
    "explanation_trace": _EVERYBODY,
    "what_if": [302, 405, 405, 405, 405],
}
# The page comes again, with what the router says of the text.
POST = {
    "dry_run": [302, 403, 403, 302, 302],
    "dry_run_cancel": [302, 403, 403, 302, 302],
    "what_if": _EVERYBODY,
}
WHOLE = {"dry_run"}


def addresses(cast):
    """The arguments of each address."""
    message = cast.asks(text="My car does not start").messages.get()
    cast.decided(message)
    run = DryRun.objects.create(days=7, state="done", asked_at=timezone.now())
    return {
        **dict.fromkeys(("dry_run_examples", "dry_run_cancel"), {"pk": run.pk}),
        **dict.fromkeys(("explanation", "explanation_trace", "what_if"), {"pk": message.pk}),
    }


def bodies():
    """What is posted."""
    return {"what_if": {"text": "Time for a new car"}}

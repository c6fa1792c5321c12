"""Who may open and change lists: filters, and saved views. The view of the matrix is Alice's, for everybody."""

from django.utils import timezone

from inbox.models import SavedView

GET = {
    "queue": [302, 302, 302, 302, 302],
    "narrow": [302, 200, 200, 200, 200],
    "view_new": [302, 200, 200, 200, 200],
    "view_edit": [302, 403, 200, 200, 200],
    "view_delete": [302, 403, 200, 200, 200],
    "view_counts": [302, 200, 200, 200, 200],
}
POST = {
    "view_new": [302, 302, 302, 302, 302],
    "view_edit": [302, 403, 302, 302, 302],
    "view_delete": [302, 403, 302, 302, 302],
}


def addresses(cast):
    """A view that Alice saved and shared."""
    saved = SavedView.objects.create(
        slug="urgent", name="Urgent", by=cast.alice, is_shared=True, query="priority=urgent", created_at=timezone.now()
    )
    return {
        "queue": {"place": 1},
        "narrow": {"view": "q/support"},
        "view_new": {"view": "open"},
        "view_edit": {"slug": saved.slug},
        "view_delete": {"slug": saved.slug},
    }


def bodies():
    """What is sent along with a POST."""
    return {"view_new": {"name": "My list"}, "view_edit": {"name": "Very urgent", "is_shared": "on"}}

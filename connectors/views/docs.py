"""The documentation of networks, as it lies in docs/ beside the product."""

from django.conf import settings
from django.http import Http404, HttpResponse
from django.views.decorators.http import require_safe

from connectors.guides import pages
from people.access import Request, for_admins


@require_safe
@for_admins
def page(request: Request, name: str) -> HttpResponse:
    """One page that a network's guide names; no other file."""
    path = settings.BASE_DIR / "docs" / name
    if name not in pages() or not path.is_file():
        raise Http404
    return HttpResponse(path.read_text(encoding="utf-8"), content_type="text/plain; charset=utf-8")

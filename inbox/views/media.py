"""Pictures and files of the networks, through us."""

from collections.abc import Callable

from django.http import Http404, HttpResponse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from connectors.clean import clean_name
from inbox import media
from inbox.views.frame import Request

# A picture is the same for an hour; the browser's own cache is nobody else's.
_PICTURE_CACHE = "private, max-age=3600"


@require_safe
def attachment(request: Request, pk: int, position: int) -> HttpResponse:
    """An attachment of a message: a picture to look at, anything else to download."""
    return _answer(lambda: media.attachment(request.user, pk, position))


@require_safe
def avatar(request: Request, pk: int) -> HttpResponse:
    """The face of an identity."""
    return _answer(lambda: media.avatar(pk))


def _answer(fetch: Callable[[], media.Shown]) -> HttpResponse:
    try:
        shown = fetch()
    except media.Absent as error:
        raise Http404 from error
    except media.Unreachable as error:
        said = gettext("This could not be fetched. %(why)s") % {"why": error}
        return HttpResponse(said, status=404, content_type="text/plain; charset=utf-8")
    response = HttpResponse(
        shown.content, content_type=shown.content_type if shown.is_picture else "application/octet-stream"
    )
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    if shown.is_picture:
        response["Cache-Control"] = _PICTURE_CACHE
    else:
        name = clean_name(shown.name).replace("/", "_").replace("\\", "_") or gettext("attachment")
        response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    return response

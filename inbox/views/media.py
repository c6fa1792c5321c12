"""Pictures and files of the networks, through us."""

import re
from collections.abc import Callable

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from connectors.clean import clean_name
from inbox import gallery, media
from inbox.media import Way
from inbox.views.frame import Request
from people.access import wants_fragment

# A picture is the same for an hour; the browser's own cache is nobody else's.
_PICTURE_CACHE = "private, max-age=3600"
# Nothing in it runs or loads. The styles are a browser's own, where somebody opens the picture as a page of its own.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
_RANGE = re.compile(r"bytes=(\d{0,15})-(\d{0,15})")


@require_safe
def attachment(request: Request, pk: int, position: int) -> HttpResponse:
    """An attachment: a picture to look at, with `play=1` sound or video, with `save=1` the file as it is."""
    way: Way = "play" if request.GET.get("play") == "1" else "save" if request.GET.get("save") == "1" else "show"
    response = _answer(lambda: media.attachment(request.user, pk, position, way))
    return _piece(request, response) if way == "play" and response.status_code == 200 else response


@require_safe
def viewer(request: Request, pk: int) -> HttpResponse:
    """One attachment of a message, large, with the ways to its neighbours."""
    at = request.GET.get("at", "0")
    try:
        shown = gallery.shown(request.user, pk, int(at) if at.isdecimal() and len(at) < 9 else 0)
    except media.Absent as error:
        raise Http404 from error
    return render(request, "inbox/_viewer.html" if wants_fragment(request) else "inbox/viewer.html", {"one": shown})


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
        shown.content, content_type=shown.content_type if shown.is_shown else "application/octet-stream"
    )
    response["Content-Security-Policy"] = POLICY
    if shown.is_shown:
        response["Cache-Control"] = _PICTURE_CACHE
    else:
        name = clean_name(shown.name).replace("/", "_").replace("\\", "_") or gettext("attachment")
        response["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    return response


def _piece(request: Request, response: HttpResponse) -> HttpResponse:
    """The bytes that a player asks for (RFC 9110, section 14), so that one can listen from the middle."""
    response["Accept-Ranges"] = "bytes"
    asked = _RANGE.fullmatch(request.headers.get("Range", ""))
    size = len(response.content)
    if asked is None or asked.groups() == ("", ""):
        return response
    first, last = asked.groups()
    start = int(first) if first else max(0, size - int(last))
    end = min(int(last), size - 1) if first and last else size - 1
    if start > end:
        refused = HttpResponse(status=416)
        refused["Content-Range"] = f"bytes */{size}"
        return refused
    response.status_code = 206
    response.content = response.content[start : end + 1]
    response["Content-Range"] = f"bytes {start}-{end}/{size}"
    return response

"""Where networks call us. Anybody may knock; who is let in says the channel's connector (connectors/webhooks.py)."""

from uuid import UUID

from django.contrib.auth.decorators import login_not_required
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt

from connectors import webhooks
from connectors.protocol import ConnectorError, Forged, Hook

# Seconds after which a network may try again while we cannot take anything.
_RETRY_AFTER = "5"


@csrf_exempt
@login_not_required
def webhook(request: HttpRequest, uuid: UUID) -> HttpResponse:
    """A delivery (POST), or the question whether the address is ours (GET). The answer's status is what counts.

    403 and 404 say no more than that: who is not the network learns nothing here.
    """
    if request.method not in ("GET", "POST"):
        return HttpResponseNotAllowed(["GET", "POST"])
    try:
        return _get(request, uuid) if request.method == "GET" else _post(request, uuid)
    except webhooks.Unknown:
        return _plain(404, "There is no webhook here.")
    except Forged:
        return _plain(403, "This did not come from the network.")
    except (ConnectorError, OperationalError, InterfaceError):
        response = _plain(503, "Please try again later.")
        response["Retry-After"] = _RETRY_AFTER
        return response


def _get(request: HttpRequest, uuid: UUID) -> HttpResponse:
    answer = webhooks.answer(uuid, _hook(request, b""))
    return HttpResponse(answer.body, content_type=answer.content_type)


def _post(request: HttpRequest, uuid: UUID) -> HttpResponse:
    length = request.META.get("CONTENT_LENGTH") or ""
    if not (length.isascii() and length.isdecimal() and len(length) < 10 and int(length) <= webhooks.MAX_BODY):
        return _plain(413, f"Send at most {webhooks.MAX_BODY} bytes, and say how many.")
    body = request.read(int(length))
    if len(body) != int(length):
        return _plain(400, "The delivery was cut off.")
    webhooks.take(uuid, _hook(request, body))
    return _plain(200, "Thank you.")


def _hook(request: HttpRequest, body: bytes) -> Hook:
    return Hook(
        method=request.method or "",
        query=request.GET.dict(),
        headers={name.lower(): value for name, value in request.headers.items()},
        body=body,
        received_at=timezone.now(),
    )


def _plain(status: int, words: str) -> HttpResponse:
    return HttpResponse(words, status=status, content_type="text/plain; charset=utf-8")

"""What every page needs to draw its frame."""

from functools import partial
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils import timezone

from connectors import alarms, watching


def shell(request: HttpRequest) -> dict[str, Any]:
    """The name of this installation, as the frame shows it, and for admins the channels' alarms."""
    return {"workspace": settings.WORKSPACE_NAME, "alarms": partial(_alarms, request)}


def _alarms(request: HttpRequest) -> dict[str, Any]:
    """Asked for by the frame alone, and only once: a page that knows them already leaves them on its request."""
    found = getattr(request, "alarms", None)
    if found is None:
        found = watching.alarms(timezone.now())
    return alarms.unread(request.session, found)

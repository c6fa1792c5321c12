"""What every page needs to draw its frame."""

from functools import partial
from typing import Any

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from connectors import alarms, watching
from people.company import PRODUCT, company_of


def shell(request: HttpRequest) -> dict[str, Any]:
    """The name of this installation, as the frame shows it, for admins the channels' alarms, and from where live
    updates go on."""
    return {
        "workspace": SimpleLazyObject(partial(_name, request)),
        "alarms": partial(_alarms, request),
        "live_since": getattr(request, "live_since", ""),
    }


def _name(request: HttpRequest) -> str:
    """Colleagues bring it with them; it costs a statement on the few pages for everybody else."""
    try:
        return settings.WORKSPACE_NAME or company_of(getattr(request, "user", None)).title
    except DatabaseError:
        return PRODUCT


def _alarms(request: HttpRequest) -> dict[str, Any]:
    """Asked for by the frame alone, and only once: a page that knows them already leaves them on its request."""
    found = getattr(request, "alarms", None)
    if found is None:
        found = watching.alarms(timezone.now())
    return alarms.unread(request.session, found)

"""What every page needs to draw its frame."""

from functools import partial
from typing import Any

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from connectors import alarms, watching
from inbox import accounts
from people.company import PRODUCT, company_of


def shell(request: HttpRequest) -> dict[str, Any]:
    """The name of this installation, as the frame shows it, for admins the channels' alarms, and where live updates
    come from and go on."""
    return {
        "workspace": SimpleLazyObject(partial(_name, request)),
        "alarms": partial(_alarms, request),
        "live": partial(_live, request),
        "live_since": getattr(request, "live_since", ""),
    }


def _name(request: HttpRequest) -> str:
    """Colleagues bring it with them; it costs a statement on the few pages for everybody else."""
    try:
        return settings.WORKSPACE_NAME or company_of(getattr(request, "user", None)).title
    except DatabaseError:
        return PRODUCT


def _live(request: HttpRequest) -> str:
    """Nothing for whoever has a second factor to set up first: the stream refuses them, as pages do."""
    user: Any = getattr(request, "user", None)
    return "/live/" if user and user.is_authenticated and not accounts.lacks_factor(user, request.session) else ""


def _alarms(request: HttpRequest) -> dict[str, Any]:
    """Asked for by the frame alone, and only once: a page that knows them already leaves them on its request."""
    found = getattr(request, "alarms", None)
    if found is None:
        found = watching.alarms(timezone.now())
    return alarms.unread(request.session, found)

"""Who may open a page: everybody who is signed in, unless a view says otherwise with one of these."""

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext

if TYPE_CHECKING:
    from django_htmx.middleware import HtmxDetails

    from people.models import User


class Request(HttpRequest):
    """A request of a colleague; EveryPageMiddleware lets nobody else through."""

    user: "User"
    htmx: "HtmxDetails"


Page = Callable[..., HttpResponseBase]


def for_managers(view: Page) -> Page:
    """Lets managers and admins through and tells others that this page is theirs."""

    @wraps(view)
    def wrapped(request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_manager:
            raise PermissionDenied(gettext("Only managers and admins may do this."))
        return view(request, *args, **kwargs)

    return wrapped


def for_admins(view: Page) -> Page:
    """Lets admins through and tells others that this page is theirs."""

    @wraps(view)
    def wrapped(request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_admin:
            raise PermissionDenied(gettext("Only admins open the settings."))
        return view(request, *args, **kwargs)

    return wrapped


def wants_fragment(request: Request) -> bool:
    """Whether htmx swaps a part; going back in history asks for the whole page."""
    htmx = request.htmx
    return bool(htmx) and not htmx.history_restore_request and htmx.request_type != "full"

"""Who may open a page: everybody who is signed in, unless a view says otherwise with one of these."""

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.utils.translation import gettext

if TYPE_CHECKING:
    from people.models import User


class Request(HttpRequest):
    """A request of a colleague; EveryPageMiddleware lets nobody else through."""

    user: "User"


Page = Callable[..., HttpResponseBase]


def for_managers(view: Page) -> Page:
    """Lets managers and admins through and tells others that this page is theirs."""

    @wraps(view)
    def wrapped(request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.is_manager:
            raise PermissionDenied(gettext("Only managers and admins may do this."))
        return view(request, *args, **kwargs)

    return wrapped

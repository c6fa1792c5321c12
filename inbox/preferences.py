"""What a person chose for themselves holds for everything that is drawn for them: language, time zone, keys."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone, translation

from inbox import keyboard
from people.company import company_of

# Asked by machines, also while the database is away.
_NOBODYS = ("/healthz", "/readyz")


class PreferencesMiddleware:
    """Stands behind the log-in: speaks the person's language, in their time zone, with their keys.

    What they did not choose is the company's, then what their browser asks for (language) or the configuration
    (time zone). Costs no statement: the person is loaded with the company's choices (people/company.py).
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if settings.SESSION_COOKIE_NAME not in request.COOKIES or request.path_info in _NOBODYS:
            return self.get_response(request)
        user: Any = request.user
        if not user.is_authenticated:
            return self.get_response(request)
        if (language := language_of(user)) is not None:
            # It stays active: LocaleMiddleware, which began with the browser's, says in a header what was spoken.
            translation.activate(language)
            request.LANGUAGE_CODE = language
        with timezone.override(zone_of(user)), keyboard.of_person(user, request.headers.get("User-Agent", "")):
            return self.get_response(request)


def language_of(user: Any) -> str | None:
    """The language of the interface that somebody or their company chose; None: what the browser asks for."""
    known = dict(settings.LANGUAGES)
    return next((one for one in (user.language, company_of(user).language) if one in known), None)


def zone_of(user: Any) -> ZoneInfo:
    """The time zone that somebody sees times in: their own, the company's, else the configured one."""
    for name in (user.time_zone, company_of(user).time_zone):
        if name and (zone := named(name)):
            return zone
    return ZoneInfo(settings.TIME_ZONE)


@lru_cache(maxsize=200)
def named(name: str) -> ZoneInfo | None:
    """A time zone by its name of the IANA database; None where there is none of that name."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return None

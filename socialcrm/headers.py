"""Headers that every answer carries: what the browser may load, and what nobody may keep."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "media-src 'self'",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "manifest-src 'self'",
        "base-uri 'none'",
        "object-src 'none'",
        "frame-ancestors 'none'",
    )
)
PERMISSIONS_POLICY = ", ".join(
    f"{feature}=()"
    for feature in ("accelerometer", "camera", "geolocation", "gyroscope", "microphone", "payment", "serial", "usb")
)


class SecurityHeadersMiddleware:
    """Sets the policies, and `no-store` on everything that is answered to somebody in particular."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        # A view may have tightened the policy for itself (a proxied image, say).
        response.headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS_POLICY)
        response.headers.setdefault("X-Content-Type-Options", "nosniff")
        # By the cookie, not by the user: this must not ask the database, least of all when that is away.
        is_somebodys = settings.SESSION_COOKIE_NAME in request.COOKIES or "Authorization" in request.headers
        # What a view lets the browser keep for a while stays private as well.
        if is_somebodys and not response.headers.get("Cache-Control", "").startswith("private, max-age="):
            response.headers["Cache-Control"] = "no-store, private"
        return response

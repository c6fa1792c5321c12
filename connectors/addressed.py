"""Our own addresses, as networks have to call them."""

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from connectors.models import Channel


def callback(request: HttpRequest) -> str:
    """Where networks send people back to who have signed in."""
    return _whole(request, reverse("channel_callback"))


def webhook(request: HttpRequest | None, channel: Channel) -> str:
    """Where the network of `channel` delivers to."""
    return _whole(request, reverse("webhook", args=[channel.uuid]))


def _whole(request: HttpRequest | None, path: str) -> str:
    """SITE_URL says how we are called from outside; without it, whatever name the browser has used, if there is one."""
    if settings.SITE_URL or request is None:
        return settings.SITE_URL.rstrip("/") + path
    return request.build_absolute_uri(path)

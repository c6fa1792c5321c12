"""How e-mails to colleagues leave: read off one address, `EMAIL_URL`."""

from typing import Any
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

_SMTP = "django.core.mail.backends.smtp.EmailBackend"
_NOWHERE = "django.core.mail.backends.dummy.EmailBackend"
_REMEDY = "write smtp://user:password@host:587 (STARTTLS) or smtps://user:password@host:465."
_PORTS = {"smtp": 587, "smtps": 465}


def settings_of(url: str) -> tuple[str, dict[str, Any]]:
    """Django's backend and what it needs. Nothing leaves where the address is empty.

    `smtp://` speaks TLS from STARTTLS on, or not at all with `?tls=off`; `smtps://` from the first byte. The password
    is percent-encoded, as in every URL. Raises ImproperlyConfigured, which shows no password.
    """
    nothing = {
        "host": "",
        "port": 25,
        "user": "",
        "password": "",
        "starttls": False,
        "tls": False,
        "from": "root@localhost",
    }
    if not url:
        return _NOWHERE, nothing
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port or _PORTS.get(parts.scheme)
    except ValueError as error:
        raise ImproperlyConfigured(f"EMAIL_URL: {_REMEDY}") from error
    if not host or port is None:
        raise ImproperlyConfigured(f"EMAIL_URL: {_REMEDY}")
    user = unquote(parts.username or "")
    return _SMTP, {
        "host": host,
        "port": port,
        "user": user,
        "password": unquote(parts.password or ""),
        "starttls": parts.scheme == "smtp" and "tls=off" not in parts.query,
        "tls": parts.scheme == "smtps",
        "from": user if "@" in user else f"socialcrm@{host}",
    }

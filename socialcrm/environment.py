"""Readers of environment variables; a malformed value names the variable and the remedy."""

import os

from django.core.exceptions import ImproperlyConfigured


def text(name: str, default: str) -> str:
    """The variable as it stands, or the default where it is unset."""
    return os.environ.get(name, default)


def flag(name: str, default: bool) -> bool:
    """A yes/no variable: 1, true, yes, on / 0, false, no, off, empty."""
    value = os.environ.get(name)
    if value is None:
        return default
    match value.strip().lower():
        case "1" | "true" | "yes" | "on":
            return True
        case "0" | "false" | "no" | "off" | "":
            return False
    raise ImproperlyConfigured(f"{name}={value!r}: write 1 or 0.")


def number(name: str, default: int) -> int:
    """A whole number."""
    value = os.environ.get(name)
    if value is None:
        return default
    if not value.strip().lstrip("-").isdecimal():
        raise ImproperlyConfigured(f"{name}={value!r}: write a whole number.")
    return int(value)


def listed(name: str, default: str) -> list[str]:
    """Comma-separated values, without empty ones."""
    return [part.strip() for part in os.environ.get(name, default).split(",") if part.strip()]

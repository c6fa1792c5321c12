"""Parts of a page that look alike for everybody with the same language and keys, drawn once for each of these."""

from functools import lru_cache

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import get_script_prefix
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from inbox import keyboard

# Languages times people with keys of their own: what is asked for every day fits, and it is a few kB each.
_MOST = 500


def drawn(template: str) -> SafeString:
    """A template that shows nothing but words, addresses and keys."""
    if settings.DEBUG:
        return render_to_string(template)
    return _drawn(template, get_language(), keyboard.chosen(), get_script_prefix())


@lru_cache(maxsize=_MOST)
def _drawn(template: str, _language: str | None, _keys: tuple[object, ...], _prefix: str) -> SafeString:
    return render_to_string(template)

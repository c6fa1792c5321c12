"""Parts of a page that look alike for everybody with the same language and keys, drawn once for each of these."""

from collections.abc import Hashable
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import get_script_prefix
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from inbox import keyboard

# Languages times people with keys of their own, times what a part is told: what is asked for every day fits, and it is
# a few kB each.
_MOST = 500
# What is another one on every page stands in a part as something that nothing else looks like, and is filled in.
_FILLED = {
    "id": 1_913_870_001,
    "person": 1_913_870_002,
    "csrf_token": "1913870003",
    "url": "1913870004",
    "had": "1913870005",
}


def drawn(template: str, **told: Any) -> SafeString:
    """A template that shows nothing but words, addresses, keys, and what it is told: words and numbers, no objects.

    What stands in _FILLED may be another each time; anything else that is new has the part drawn again.
    """
    if settings.DEBUG:
        return render_to_string(template, told)
    filled = {name: told.pop(name) for name in _FILLED if name in told}
    part = _drawn(
        template, get_language(), keyboard.chosen(), get_script_prefix(), tuple(told.items()), frozenset(filled)
    )
    for name, value in filled.items():
        part = part.replace(str(_FILLED[name]), conditional_escape(str(value)))
    return mark_safe(part)  # noqa: S308 - drawn by a template, and what is filled in is escaped


@lru_cache(maxsize=_MOST)
def _drawn(
    template: str,
    _language: str | None,
    _keys: tuple[object, ...],
    _prefix: str,
    told: tuple[tuple[str, Hashable], ...],
    filled: frozenset[str],
) -> str:
    return render_to_string(template, dict(told) | {name: _FILLED[name] for name in filled})

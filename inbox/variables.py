"""Variables in canned texts: `{customer.name}`, and with words for where it is empty `{customer.first_name|there}`.

Anything else in braces stays as it is written. Pure: what the values are is for inbox/macros.py to say.
"""

import re
from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

KNOWN: Mapping[str, object] = {
    "customer.first_name": _("First name of the customer"),
    "customer.name": _("Name of the customer"),
    "customer.handle": _("Name of their account"),
    "my.first_name": _("Your first name"),
    "my.name": _("Your name"),
    "department": _("Department that owns the conversation"),
    "company": _("Name of the company"),
    "network": _("Network"),
    "account": _("Our account"),
    "conversation.number": _("Number of the conversation"),
}
"""What can stand in braces, and what it is."""

_VARIABLE = re.compile(r"\{(?P<name>[a-z_]+(?:\.[a-z_]+)*)(?:\|(?P<otherwise>[^{}\n]*))?\}")


def unknown(text: str) -> list[str]:
    """The variables of a text that nobody could fill in, each once, in their order."""
    found = (match["name"] for match in _VARIABLE.finditer(text))
    return list(dict.fromkeys(name for name in found if name not in KNOWN))


def fill(text: str, values: Mapping[str, str]) -> str:
    """A text with its variables filled in once: what a customer is called is not looked at again.

    An empty value gives way to the words behind its bar, or to nothing. Unknown ones stay as they are written.
    """

    def value(match: re.Match[str]) -> str:
        if match["name"] not in KNOWN:
            return match[0]
        return values.get(match["name"], "").strip() or match["otherwise"] or ""

    return _VARIABLE.sub(value, text)

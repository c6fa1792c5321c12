"""What people enter about a channel, in a form or a file, sorted into settings and secrets and checked.

Nobody is asked here: what a network thinks of it comes afterwards, in connectors/connect.py.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from secrets import token_urlsafe
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings as configuration
from django.views.decorators.debug import sensitive_variables

from connectors.clean import web_address
from connectors.models import Channel
from connectors.protocol import Connector, Field

MAX_NAME = 100
MAX_ADDRESS = 500
MAX_VALUE = 20_000


class Incorrect(Exception):
    """What was entered cannot be right. `errors` says why and what to do, by field."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__(" ".join(f"{name}: {error}" for name, error in errors.items()))
        self.errors = dict(errors)


@dataclass(slots=True)
class Entered:
    """What was entered, sorted into settings and secrets, and what is wrong with it."""

    settings: dict[str, Any] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict, repr=False)
    errors: dict[str, str] = field(default_factory=dict)


@sensitive_variables()
def sort_out(kind: type[Connector], settings: Mapping[str, Any], credentials: Mapping[str, Any]) -> Entered:
    """Settings may stand among the credentials, but not the other way round. What is empty was not entered."""
    described = {one.name: one for one in kind.fields}
    entered = Entered()
    for given, among_secrets in ((settings, False), (credentials, True)):
        for name, value in given.items():
            one = described.get(name)
            if one is None:
                known = ", ".join(one.name for one in kind.fields if not one.secret or among_secrets)
                entered.errors[str(name)[:50]] = f"{kind.label} has no such field. There are: {known or 'none'}."
            elif one.secret and not among_secrets:
                entered.errors[name] = "This is a secret: give it with the credentials."
            elif isinstance(value, bool) or not isinstance(value, str | int):
                entered.errors[name] = "Write a text."
            elif text := str(value).strip():
                (entered.secrets if one.secret else entered.settings)[name] = text
                if wrong := _wrong(one, text):
                    entered.errors[name] = wrong
    return entered


def _wrong(one: Field, text: str) -> str:
    """What is wrong with what was written into a field, if anything is."""
    if len(text) > MAX_VALUE:
        return f"Write at most {MAX_VALUE:,} characters."
    if "\x00" in text:
        return "Write a text without NUL characters."
    if one.kind == "choice" and text not in (known := [value for value, _ in one.choices]):
        return f"“{text[:40]}” is no choice. Choose one of: {', '.join(known)}."
    if one.kind == "flag" and text != "1":
        return "Write 1, or leave it out."
    if one.kind == "number" and not (text.isascii() and text.isdecimal()):
        return "Write a whole number."
    return ""


def generate(kind: type[Connector], entered: Entered) -> None:
    """Make the values that are ours to make and are not there yet. What is required and has a default need not be
    entered: the form shows it, and elsewhere it is the documented one."""
    for one in kind.fields:
        if one.required and one.default and not one.secret:
            entered.settings.setdefault(one.name, one.default)
        if one.generated and one.name not in (entered.secrets | entered.settings):
            (entered.secrets if one.secret else entered.settings)[one.name] = token_urlsafe(32)


def check_name(name: str, entered: Entered, own: str = "") -> None:
    """A channel has a name, and no other has it; a channel may keep its `own`."""
    if not name:
        entered.errors["name"] = "Give the channel a name."
    elif name != own and Channel.objects.filter(name=name).exists():
        entered.errors["name"] = f"There is a channel called {name} already."


def check_address(kind: type[Connector], base_url: str, entered: Entered) -> None:
    """An address that a connector may call, where one is given or must be."""
    if not base_url:
        if kind.server_label:
            entered.errors["base_url"] = f"{kind.server_label} is required."
        return
    address = web_address(base_url)
    parts = urlsplit(address) if address else None
    if parts is None or len(base_url) > MAX_ADDRESS or parts.query or parts.fragment or "@" in parts.netloc:
        entered.errors["base_url"] = "Write an address like https://api.example.com, without ?, # and @."
    elif parts.scheme != "https" and not configuration.OUTBOUND_ALLOW:
        entered.errors["base_url"] = "Write https://; http:// is for servers that OUTBOUND_ALLOW lists."


def check_required(kind: type[Connector], entered: Entered) -> None:
    """Every field that a network cannot do without."""
    for one in kind.fields:
        if one.required and one.name not in entered.errors and one.name not in (entered.settings | entered.secrets):
            entered.errors[one.name] = f"{one.label} is required."

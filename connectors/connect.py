"""Connecting a channel and changing one: what was entered is checked, tried with a round trip, and only then stored."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from secrets import token_urlsafe
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings as configuration
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables

from connectors import credentials as sealed
from connectors.clean import clean_name, web_address
from connectors.models import Channel, Pull
from connectors.protocol import Account, Connector, Field
from connectors.registry import CONNECTORS
from connectors.sessions import renewed

MAX_NAME = 100
MAX_ADDRESS = 500
MAX_VALUE = 20_000


class Incorrect(Exception):
    """What was entered cannot be right. `errors` says why and what to do, by field."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__(" ".join(f"{name}: {error}" for name, error in errors.items()))
        self.errors = dict(errors)


@dataclass(slots=True)
class _Entered:
    """What was entered, sorted into settings and secrets, and what is wrong with it."""

    settings: dict[str, Any] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict, repr=False)
    errors: dict[str, str] = field(default_factory=dict)


@sensitive_variables()
def connect(
    *,
    network: str,
    name: str,
    base_url: str = "",
    settings: Mapping[str, Any] | None = None,
    credentials: Mapping[str, Any] | None = None,
) -> Channel:
    """Make a channel. Settings may stand among the credentials, but not the other way round.

    Raises Incorrect for what is wrong before anybody is asked, ConnectorError in the network's words for what the
    network doesn't accept; nothing is stored then.
    """
    kind = CONNECTORS.get(network)
    if kind is None:
        raise Incorrect({"network": f"“{network[:40]}” is not known. Known: {', '.join(CONNECTORS)}."})
    entered = _entered(kind, settings or {}, credentials or {})
    name, base_url = clean_name(name, MAX_NAME), base_url.strip()
    _check_name(name, entered)
    _check_address(base_url, entered)
    _generate(kind, entered)
    _check_required(kind, entered)
    if entered.errors:
        raise Incorrect(entered.errors)
    channel = Channel(network=network, name=name, base_url=base_url, settings=entered.settings)
    return _store(channel, _try(kind, channel, entered.secrets))


@sensitive_variables()
def change(
    channel: Channel,
    *,
    base_url: str | None = None,
    settings: Mapping[str, Any] | None = None,
    credentials: Mapping[str, Any] | None = None,
) -> Channel:
    """Change a channel; None leaves as it is, and so does a secret that is not given.

    Another address asks for the secrets again, for they would be sent there. Raises as `connect`.
    """
    kind = CONNECTORS.get(channel.network)
    if kind is None:
        raise Incorrect({"network": f"“{channel.network}” is not known to this version."})
    given = credentials or {}
    entered = _entered(kind, channel.settings if settings is None else settings, given)
    if settings is None:
        entered.settings = {**channel.settings, **entered.settings}
    address = channel.base_url if base_url is None else base_url.strip()
    _check_address(address, entered)
    if address == channel.base_url:
        entered.secrets = {**_stored(channel, entered.secrets, kind), **entered.secrets}
    elif not entered.secrets and any(one.secret for one in kind.fields):
        entered.errors["credentials"] = "Give the secrets again: they would be sent to another address."
    _generate(kind, entered)
    _check_required(kind, entered)
    if entered.errors:
        raise Incorrect(entered.errors)
    channel.base_url, channel.settings = address, entered.settings
    return _store(channel, _try(kind, channel, entered.secrets))


def _stored(channel: Channel, given: Mapping[str, str], kind: type[Connector]) -> dict[str, str]:
    """The secrets that the channel has. They need not be readable where all of them are given anew."""
    required = {one.name for one in kind.fields if one.secret and one.required}
    try:
        return sealed.load(channel)
    except sealed.CredentialsUnreadable:
        if required <= given.keys() and given:
            return {}
        raise


@sensitive_variables()
def _entered(kind: type[Connector], settings: Mapping[str, Any], credentials: Mapping[str, Any]) -> _Entered:
    secret = {one.name: one.secret for one in kind.fields}
    described = {one.name: one for one in kind.fields}
    entered = _Entered()
    for given, among_secrets in ((settings, False), (credentials, True)):
        for name, value in given.items():
            if name not in secret:
                known = ", ".join(one for one, hidden in secret.items() if not hidden or among_secrets)
                entered.errors[str(name)[:50]] = f"{kind.label} has no such field. There are: {known or 'none'}."
            elif secret[name] and not among_secrets:
                entered.errors[name] = "This is a secret: give it with the credentials."
            elif isinstance(value, bool) or not isinstance(value, str | int):
                entered.errors[name] = "Write a text."
            elif text := str(value).strip():
                (entered.secrets if secret[name] else entered.settings)[name] = text
                if wrong := _wrong(described[name], text):
                    entered.errors[name] = wrong
    return entered


def _wrong(one: Field, text: str) -> str:
    """What is wrong with what was written into a field, if anything is."""
    if len(text) > MAX_VALUE:
        return f"Write at most {MAX_VALUE:,} characters."
    if one.kind == "choice" and text not in (known := [value for value, _ in one.choices]):
        return f"“{text[:40]}” is no choice. Choose one of: {', '.join(known)}."
    if one.kind == "flag" and text != "1":
        return "Write 1, or leave it out."
    if one.kind == "number" and not (text.isascii() and text.isdecimal()):
        return "Write a whole number."
    return ""


def _generate(kind: type[Connector], entered: _Entered) -> None:
    """Make the secrets that are ours to make and are not there yet."""
    for one in kind.fields:
        if one.generated and one.name not in (entered.secrets | entered.settings):
            (entered.secrets if one.secret else entered.settings)[one.name] = token_urlsafe(32)


def _check_name(name: str, entered: _Entered) -> None:
    if not name:
        entered.errors["name"] = "Give the channel a name."
    elif Channel.objects.filter(name=name).exists():
        entered.errors["name"] = f"There is a channel called {name} already."


def _check_address(base_url: str, entered: _Entered) -> None:
    if not base_url:
        return
    address = web_address(base_url)
    parts = urlsplit(address) if address else None
    if parts is None or len(base_url) > MAX_ADDRESS or parts.query or parts.fragment or "@" in parts.netloc:
        entered.errors["base_url"] = "Write an address like https://api.example.com, without ?, # and @."
    elif parts.scheme != "https" and not configuration.OUTBOUND_ALLOW:
        entered.errors["base_url"] = "Write https://; http:// is for servers that OUTBOUND_ALLOW lists."


def _check_required(kind: type[Connector], entered: _Entered) -> None:
    for one in kind.fields:
        if one.required and one.name not in entered.errors and one.name not in (entered.settings | entered.secrets):
            entered.errors[one.name] = f"{one.label} is required."


@sensitive_variables()
def _try(kind: type[Connector], channel: Channel, secrets: Mapping[str, str]) -> Mapping[str, str]:
    """A round trip, with nothing stored yet. Notes the handle that replies are sent as; returns the secrets to keep."""
    account = Account(
        network=channel.network,
        name=channel.name,
        base_url=channel.base_url,
        settings=channel.settings,
        credentials=secrets,
    )
    connector = renewed(kind(account))
    channel.account = connector.verify()[:200]
    return connector.account.credentials


@sensitive_variables()
def _store(channel: Channel, secrets: Mapping[str, str]) -> Channel:
    """All of it or nothing, and the channel is due at once."""
    interval = CONNECTORS[channel.network].interval
    due = {
        "state": Pull.State.NEW,
        "error": "",
        "remedy": "",
        "errors": 0,
        "next_at": timezone.now() if interval else None,
    }
    try:
        with transaction.atomic():
            channel.connected_at = timezone.now()
            channel.save()
            if secrets:
                sealed.store(channel, secrets)
            Pull.objects.update_or_create(channel=channel, defaults=due)
    except IntegrityError as error:
        raise Incorrect({"name": f"There is a channel called {channel.name} already."}) from error
    return channel

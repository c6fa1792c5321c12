"""Connecting a channel and changing one: what was entered is checked, tried with a round trip, and only then stored."""

from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass, field
from secrets import token_urlsafe
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables

from connectors import credentials as sealed
from connectors.clean import clean_name
from connectors.entry import (
    MAX_NAME,
    Entered,
    Incorrect,
    check_address,
    check_name,
    check_required,
    generate,
    sort_out,
)
from connectors.models import Channel, Pull
from connectors.protocol import Account, Connector
from connectors.registry import CONNECTORS
from connectors.sessions import ready, renewed

if TYPE_CHECKING:
    from people.models import User

__all__ = ["MAX_NAME", "Candidate", "Incorrect", "change", "connect", "make_anew", "prepare", "prepare_change", "store"]


@dataclass(slots=True, kw_only=True)
class Candidate:
    """A channel as it shall be: what was entered is checked; nobody was asked and nothing is stored yet.

    `given`: the names of the secrets that are new; `made`: those of them that are ours. `before`: the stored channel
    that this is a change of.
    """

    kind: type[Connector]
    channel: Channel
    secrets: dict[str, str] = field(repr=False)
    given: frozenset[str] = frozenset()
    made: frozenset[str] = frozenset()
    before: Channel | None = None
    keeps_secrets: bool = False

    @sensitive_variables()
    def connector(self) -> Connector:
        """Ready to call its network. A session that ends is renewed, and where it is the stored channel's own, for
        everybody. Raises ConnectorError."""
        if self.keeps_secrets and self.before is not None:
            self.secrets = dict(ready(self.before).account.credentials)
        connector = renewed(self.kind(self.account()))
        self.secrets = dict(connector.account.credentials)
        return connector

    def account(self) -> Account:
        """What the connector needs to know of the channel."""
        return Account(
            network=self.channel.network,
            name=self.channel.name,
            base_url=self.channel.base_url,
            handle=self.channel.account,
            settings=self.channel.settings,
            credentials=self.secrets,
        )


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
    candidate = prepare(network=network, name=name, base_url=base_url, settings=settings, credentials=credentials)
    return store(candidate, candidate.connector().verify())


@sensitive_variables()
def change(
    channel: Channel,
    *,
    name: str | None = None,
    base_url: str | None = None,
    settings: Mapping[str, Any] | None = None,
    credentials: Mapping[str, Any] | None = None,
) -> Channel:
    """Change a channel; None leaves as it is, and so does a secret that is not given. Raises as `connect`."""
    candidate = prepare_change(channel, name=name, base_url=base_url, settings=settings, credentials=credentials)
    return store(candidate, candidate.connector().verify())


@sensitive_variables()
def prepare(
    *,
    network: str,
    name: str,
    base_url: str = "",
    settings: Mapping[str, Any] | None = None,
    credentials: Mapping[str, Any] | None = None,
) -> Candidate:
    """A new channel, checked as far as that goes without its network. Raises Incorrect."""
    kind = CONNECTORS.get(network)
    if kind is None:
        raise Incorrect({"network": f"“{network[:40]}” is not known. Known: {', '.join(CONNECTORS)}."})
    entered = sort_out(kind, settings or {}, credentials or {})
    name, base_url = clean_name(name, MAX_NAME), base_url.strip()
    check_name(name, entered)
    given = frozenset(entered.secrets)
    _finish(kind, entered, base_url)
    channel = Channel(network=network, name=name, base_url=base_url, settings=entered.settings)
    new = frozenset(entered.secrets)
    return Candidate(kind=kind, channel=channel, secrets=entered.secrets, given=new, made=new - given)


@sensitive_variables()
def prepare_change(
    channel: Channel,
    *,
    name: str | None = None,
    base_url: str | None = None,
    settings: Mapping[str, Any] | None = None,
    credentials: Mapping[str, Any] | None = None,
) -> Candidate:
    """A change of a channel, checked as far as that goes without its network. Raises Incorrect.

    Another address asks for the secrets again, for they would be sent there.
    """
    kind = CONNECTORS.get(channel.network)
    if kind is None:
        raise Incorrect({"network": f"“{channel.network}” is not known to this version."})
    entered = sort_out(kind, settings or {}, credentials or {})
    fields = {one.name for one in kind.fields}
    address = channel.base_url if base_url is None else base_url.strip()
    led = channel.settings | entered.settings if settings is None else entered.settings
    leading = [one.name for one in kind.fields if one.leads]
    stays = address == channel.base_url and all(led.get(name) == channel.settings.get(name) for name in leading)
    # What is no field was noted by the network when we subscribed; it holds at the same address only.
    kept = {key: value for key, value in channel.settings.items() if settings is None or key not in fields}
    entered.settings = {**(kept if stays else {key: kept[key] for key in kept if key in fields}), **entered.settings}
    name = channel.name if name is None else clean_name(name, MAX_NAME)
    check_name(name, entered, channel.name)
    given = set(entered.secrets)
    if stays:
        entered.secrets = {**_stored(channel, entered.secrets, kind), **entered.secrets}
    elif not given and any(one.secret and not one.generated for one in kind.fields):
        entered.errors["credentials"] = "Give the secrets again: they would be sent to another address."
    before = set(entered.secrets) - given
    _finish(kind, entered, address)
    made = set(entered.secrets) - given - before
    changed = copy(channel)
    changed.name, changed.base_url, changed.settings = name, address, entered.settings
    return Candidate(
        kind=kind,
        channel=changed,
        secrets=entered.secrets,
        given=frozenset(given | made),
        made=frozenset(made),
        before=channel,
        keeps_secrets=stays and not given and not made,
    )


def _finish(kind: type[Connector], entered: Entered, address: str) -> None:
    """The checks that a new channel and a changed one have in common. Raises Incorrect."""
    check_address(kind, address, entered)
    generate(kind, entered)
    check_required(kind, entered)
    if entered.errors:
        raise Incorrect(entered.errors)


@sensitive_variables()
def _stored(channel: Channel, given: Mapping[str, str], kind: type[Connector]) -> dict[str, str]:
    """The secrets that the channel has. They need not be readable where all of them are given anew.

    A session was made with the secrets of its time: where others take their place it goes with them. What came from
    signing in stays, for it is no field that anybody could fill in.
    """
    fields = [one for one in kind.fields if one.secret]
    try:
        stored = sealed.load(channel)
    except sealed.CredentialsUnreadable:
        if given and {one.name for one in fields if one.required and not one.generated} <= given.keys():
            return {}
        raise
    if given and not kind.signs_in:
        return {one.name: stored[one.name] for one in fields if one.name in stored}
    return stored


@sensitive_variables()
def store(candidate: Candidate, handle: str, by: "User | None" = None) -> Channel:
    """All of it or nothing; the channel answers as `handle` and is due at once. Raises Incorrect for a name that was
    taken meanwhile."""
    channel, now = candidate.channel, timezone.now()
    channel.account = handle[:200]
    # One that was disconnected, or never finished, comes to life; one that somebody paused stays paused.
    if channel.connected_at is None:
        channel.is_active = True
    channel.connected_at = now
    due = {
        "state": Pull.State.NEW,
        "error": "",
        "remedy": "",
        "errors": 0,
        "next_at": now if candidate.kind(candidate.account()).interval else None,
    }
    try:
        with transaction.atomic():
            channel.save()
            if candidate.secrets and not candidate.keeps_secrets:
                sealed.store(channel, candidate.secrets, given=candidate.given, by=str(by or ""))
            Pull.objects.update_or_create(channel=channel, defaults=due)
    except IntegrityError as error:
        raise Incorrect({"name": f"There is a channel called {channel.name} already."}) from error
    return channel


@sensitive_variables()
def make_anew(channel: Channel, by: "User | None" = None) -> dict[str, str]:
    """Make the secrets that are ours to make once more, and return them: they are shown this one time."""
    kind = CONNECTORS.get(channel.network)
    made = {one.name: token_urlsafe(32) for one in (kind.fields if kind else ()) if one.generated and one.secret}
    if made:
        with transaction.atomic():
            Channel.objects.select_for_update().get(pk=channel.pk)
            sealed.store(channel, {**sealed.load(channel), **made}, given=made.keys(), by=str(by or ""))
    return made

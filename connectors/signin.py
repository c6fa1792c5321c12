"""Signing in at a network (OAuth 2, RFC 6749, with PKCE): leaving for its page, and coming back.

What ties the coming back to the leaving lives in the session of the person who left: a random state that is good once
and for ten minutes, the verifier, and the channel. What was entered on the form lies beside it, sealed, so that a
channel that works stays as it is until its new credentials have been tried.
"""

from collections.abc import Mapping
from secrets import compare_digest, token_urlsafe
from typing import TYPE_CHECKING, Any

from django.contrib.sessions.backends.base import SessionBase
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.debug import sensitive_variables

from connectors import credentials as sealed
from connectors import trial
from connectors.clean import clean_name, web_address
from connectors.connect import Candidate, Incorrect, store
from connectors.models import Channel
from connectors.protocol import ConnectorError, Grant
from connectors.registry import CONNECTORS

if TYPE_CHECKING:
    from people.models import User

KEY = "signing_in"
SECONDS = 600


class Refused(Exception):
    """Somebody came back whom we did not send, or too late. Says what to do."""


@sensitive_variables()
def start(session: SessionBase, user: "User", candidate: Candidate, callback: str) -> tuple[str, Channel]:
    """The network's page to go to, and the channel; a new one is kept as a draft. Raises ConnectorError, Incorrect."""
    connector = candidate.kind(candidate.account())
    registered = connector.register(callback)
    if registered:
        candidate.secrets = {**candidate.secrets, **registered}
        connector = candidate.kind(candidate.account())
    grant = Grant(callback=callback, state=token_urlsafe(32), verifier=token_urlsafe(64))
    address = web_address(connector.authorization(grant))
    if address is None:
        raise ConnectorError(gettext("The network's page has no address that a browser can open."))
    before = candidate.before
    channel = before if before is not None and before.connected_at is not None else _draft(candidate, user)
    session[KEY] = {
        "state": grant.state,
        "verifier": grant.verifier,
        "callback": callback,
        "channel": channel.pk,
        "user": user.pk,
        "until": timezone.now().timestamp() + SECONDS,
        "entered": sealed.seal(_subject(channel.pk), _entered(candidate)),
    }
    return address, channel


@sensitive_variables()
def finish(session: SessionBase, user: "User", query: Mapping[str, str]) -> Channel:
    """The channel that somebody came back for, tried and stored.

    Raises Refused when this is not the way back from a page that we sent this person to, ConnectorError in the
    network's words when it said no.
    """
    kept = _take(session, user, query.get("state", ""))
    channel = Channel.objects.filter(pk=kept["channel"]).first()
    if channel is None:
        raise Refused(gettext("This channel was removed meanwhile. Connect it again."))
    if error := clean_name(query.get("error_description") or query.get("error") or "", 300):
        raise ConnectorError(error, remedy=gettext("Sign in again, and allow what is asked for."), permanent=True)
    if not query.get("code"):
        raise Refused(gettext("The network sent no code. Sign in again."))
    candidate = _candidate(channel, kept)
    grant = Grant(callback=kept["callback"], state=kept["state"], verifier=kept["verifier"])
    redeemed = candidate.kind(candidate.account()).redeem(query["code"], grant)
    candidate.secrets = {**candidate.secrets, **redeemed}
    return store(candidate, _handle(candidate), by=user)


def channel_of(session: SessionBase) -> Channel | None:
    """The channel that somebody is signing in for, to lead them back to it."""
    kept = session.get(KEY)
    return Channel.objects.filter(pk=kept["channel"]).first() if isinstance(kept, dict) else None


def _take(session: SessionBase, user: "User", state: str) -> dict[str, Any]:
    """What was kept for this way back: once. Whoever brings another state takes nothing away. Raises Refused."""
    kept = session.get(KEY)
    if not isinstance(kept, dict) or kept["user"] != user.pk or not state:
        raise Refused(gettext("This sign-in was not started here, or it is over. Start it from the channel."))
    if not compare_digest(kept["state"].encode(), state.encode(errors="replace")):
        raise Refused(gettext("This sign-in belongs to another one that was started. Start it from the channel."))
    del session[KEY]
    session.save()
    if timezone.now().timestamp() > kept["until"]:
        raise Refused(gettext("Signing in took more than ten minutes. Start it again from the channel."))
    return kept


@sensitive_variables()
@transaction.atomic
def _draft(candidate: Candidate, user: "User") -> Channel:
    """Keep what was entered, for whoever has to leave it there: inactive, and connected to nothing."""
    channel = candidate.channel
    channel.is_active = False
    try:
        channel.save()
    except IntegrityError as error:
        raise Incorrect({"name": gettext("There is a channel called %(name)s already.") % {"name": channel}}) from error
    sealed.store(channel, candidate.secrets, given=candidate.given, by=str(user))
    return channel


@sensitive_variables()
def _entered(candidate: Candidate) -> dict[str, Any]:
    channel = candidate.channel
    return {
        "name": channel.name,
        "base_url": channel.base_url,
        "settings": channel.settings,
        "secrets": candidate.secrets,
        "given": sorted(candidate.given),
    }


@sensitive_variables()
def _candidate(channel: Channel, kept: Mapping[str, Any]) -> Candidate:
    entered = sealed.unseal(_subject(channel.pk), kept["entered"])
    for name in ("name", "base_url", "settings"):
        setattr(channel, name, entered[name])
    kind = CONNECTORS[channel.network]
    return Candidate(kind=kind, channel=channel, secrets=entered["secrets"], given=frozenset(entered["given"]))


@sensitive_variables()
def _handle(candidate: Candidate) -> str:
    """Who the credentials belong to. Raises ConnectorError, also when that is not whom the channel answers as."""
    tried = trial.run(candidate)
    for step in tried.steps:
        if step.error is not None:
            raise step.error
    expected = candidate.channel.account
    if expected and tried.handle.casefold() != expected[:200].casefold():
        raise ConnectorError(
            gettext("You signed in as %(found)s. This channel is %(expected)s.")
            % {"found": tried.handle, "expected": expected},
            remedy=gettext("Sign in as %(expected)s, or connect the other account as a channel of its own.")
            % {"expected": expected},
            permanent=True,
        )
    return tried.handle


def _subject(channel_id: int) -> str:
    return f"signing-in:{channel_id}"

"""Which of our accounts can answer: the one that a conversation is with, and others where the network lets them.

Who speaks for the company is no question of departments: whoever may answer in a conversation may choose.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q, Subquery
from django.utils.translation import gettext as _

from connectors import credentials
from connectors.models import Channel, Pull
from connectors.protocol import Capability, Connector, ConnectorError, Original
from connectors.registry import CONNECTORS, connector_for
from connectors.sessions import Disconnected
from inbox.attaching import CannotAnswer
from inbox.models import Conversation, Delivery

State = Delivery.State


@dataclass(frozen=True, slots=True)
class Sender:
    """An account that can answer: how, and how its network measures a text."""

    channel: Channel
    able: Capability
    measure: Callable[[str], int]

    @property
    def name(self) -> str:
        """What the account is called there."""
        return self.channel.account or self.channel.name


def siblings() -> Exists:
    """Whether there are other accounts on the network of a conversation; an annotation, so no statement more."""
    same = Channel.objects.filter(network=OuterRef("channel__network"), is_active=True)
    return Exists(same.exclude(pk=OuterRef("channel")))


def own(conversation: Conversation, original: Original) -> Sender:
    """The account that the conversation is with, also where it cannot answer: then its capability says why."""
    channel = conversation.channel
    try:
        if channel.is_disconnected:
            raise Disconnected
        connector = _connector(channel)
        return Sender(channel, connector.capability(original), connector.text_length)
    except ConnectorError as error:
        return Sender(channel, Capability(can_reply=False, reason=f"{error.message} {error.remedy}".strip()), len)


def others(conversation: Conversation, original: Original) -> list[Sender]:
    """Further accounts that can answer. One statement, none where the network lets nobody answer for others, or where
    it is known that there are none (`reading.find`).

    What is paused or broken cannot: an answer to it would not come back.
    """
    kind = CONNECTORS.get(conversation.channel.network)
    if kind is None or not kind.stands_in or not getattr(conversation, "has_siblings", True):
        return []
    found = Channel.objects.filter(network=conversation.channel.network, is_active=True)
    working = found.exclude(pk=conversation.channel_id).exclude(pull__state=Pull.State.BROKEN).order_by("name")
    return [sender for one in working.select_related("credential") if (sender := _standing_in(one, original))]


def chosen(conversation: Conversation, original: Original, account: int | None) -> Sender:
    """The account that is to answer. Raises CannotAnswer where another one was chosen that cannot, or not any more."""
    if account is None or account == conversation.channel_id:
        return own(conversation, original)
    for sender in others(conversation, original):
        if sender.channel.pk == account:
            return sender
    raise CannotAnswer(_("The chosen account cannot answer here. Choose another one."))


def spoke() -> Subquery:
    """The account that answered last in a conversation; an annotation, so no statement more."""
    has_spoken = Q(state__in=[State.SENDING, State.SENT, State.UNCONFIRMED]) | Q(state=State.QUEUED, is_later=False)
    sent = Delivery.objects.filter(has_spoken, message__conversation=OuterRef("pk"))
    return Subquery(sent.order_by("-message").values("channel")[:1])


def usual(senders: Sequence[Sender], conversation: Any) -> Sender:
    """Of several accounts that can answer: the one that spoke here last, the conversation's own, else the first."""
    by_channel = {sender.channel.pk: sender for sender in reversed(senders)}
    return by_channel.get(conversation.spoke or 0) or by_channel.get(conversation.channel_id) or senders[0]


def _connector(channel: Channel) -> Connector:
    """The connector of a channel; no statement where its credentials have come with it."""
    credential = getattr(channel, "credential", None)
    return connector_for(channel, credentials.opened(credential) if credential else {})


def _standing_in(channel: Channel, original: Original) -> Sender | None:
    try:
        connector = _connector(channel)
        if not connector.may_stand_in(original):
            return None
        able = connector.capability(original)
    except ConnectorError:
        return None
    return Sender(channel, able, connector.text_length) if able.can_reply and able.public else None

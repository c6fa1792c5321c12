"""Messages that were decided on, as rules see them: the message as it stands, and the facts that its decision kept."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from contacts.profiles import plain
from inbox.models import Decision, Message
from routing import recall
from routing.signals import Post, Signals

LONGEST = 65_536
"""Characters of a text that are read again; conditions look at no more."""


class Said(NamedTuple):
    """What a message says and who wrote it, as it is now."""

    title: str
    text: str
    kind: str
    language: str
    at: datetime
    attachments: Sequence[Mapping[str, Any]]
    context: Sequence[Mapping[str, Any]]
    parent_id: str
    conversation: int
    channel: str
    account: str
    network: str
    author_id: str
    handle: str
    name: str
    email: str
    followers: int | None
    verified: bool


def signals(said: Said, kept: Mapping[str, Any], *, text: str | None = None) -> Signals:
    """What the router was told, as far as that is known; `text` is put in place of what the message says."""
    whole = f"{said.title}\n{said.text}" if said.title else said.text
    return Signals(
        text=whole if text is None else text,
        network=said.network,
        channel=said.channel,
        kind=said.kind,
        language=said.language,
        author_id=said.author_id,
        author_handle=said.handle,
        author_name=said.name,
        author_email=said.email,
        followers=said.followers,
        verified=said.verified,
        conversation=said.conversation,
        owner=kept.get("owner"),
        attachments=tuple(one.get("kind", "file") for one in said.attachments),
        at=said.at,
        open_at=recall.open_at(kept),
        post=_post(said, kept.get("post_is_ours")),
        subject=said.title,
        is_reply=bool(said.parent_id),
        is_first=kept.get("is_first"),
        senses=recall.senses(kept),
        customer=recall.customer(kept),
    )


def _post(said: Said, was_ours: bool | None) -> Post | None:
    """The post that it answers: what came with the message, and whose the router was told it is. None where it answers
    one of which nothing came."""
    for one in said.context:
        if one.get("relation") == "replied_to":
            author = one.get("author_id", "")
            is_ours = plain(author) == plain(said.account) if author and said.account else was_ours
            return Post(one.get("external_id", "") or said.parent_id, one.get("text", ""), is_ours)
    if said.parent_id:
        return None if was_ours is None else Post(said.parent_id, "", was_ours)
    return Post()


def said(message: Message) -> Said:
    """What a message says. It has its channel and identity loaded."""
    identity = message.identity
    return Said(
        title=message.title,
        text=message.text[:LONGEST],
        kind=message.kind,
        language=message.language,
        at=message.posted_at,
        attachments=message.attachments,
        context=message.context,
        parent_id=message.parent_id,
        conversation=message.conversation_id,
        channel=message.channel.name,
        account=message.channel.account,
        network=identity.network,
        author_id=identity.external_id,
        handle=identity.handle,
        name=identity.name,
        email=identity.email,
        followers=identity.followers,
        verified=identity.verified,
    )


def of_decision(decision: Decision, *, text: str | None = None) -> Signals:
    """The signals that a decision rested on. Its message has channel and identity loaded."""
    return signals(said(decision.message), kept_of(decision), text=text)


def kept_of(decision: Decision) -> Mapping[str, Any]:
    """The facts beside the message."""
    return with_owner(decision.signals, decision.source, decision.outcome)


def with_owner(kept: Mapping[str, Any], source: str, outcome: str) -> Mapping[str, Any]:
    """Facts with the owner of the open conversation, of whom some decisions tell by their outcome alone."""
    if source != Decision.Source.CONTINUITY or kept.get("owner"):
        return kept
    return {**kept, "owner": outcome}

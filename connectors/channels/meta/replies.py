"""Sends answers by way of the Graph API, and finds out what became of one whose sending was interrupted.

Meta knows no idempotency key. What ties an answer to its sending is the id of the thing that it answers, which the
sending carries: ours is what our account wrote under exactly that, since Send was pressed by Meta's clock, with exactly
this text. Two of them are no answer. Where Meta does not show what a message answers, a person decides.
"""

import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from connectors.channels.meta.direct import READABLE
from connectors.channels.meta.graph import Answer, Graph
from connectors.channels.meta.lookup import plain
from connectors.channels.meta.refusals import GONE, Refusal
from connectors.channels.meta.shapes import Json, identity, member, moment, several, text
from connectors.channels.meta.windows import is_late
from connectors.protocol import ConnectorError, Outgoing, Sent

_MOST_PAGES = 10
# Meta's times have no fractions of a second.
_IMPRECISION = timedelta(seconds=2)
_LOOK = "Look at it on the network."


@dataclass(frozen=True, slots=True)
class Own:
    """The account that answers are sent as: its ids, and its name where Meta tells authors by name."""

    ids: frozenset[str]
    username: str = ""

    def wrote(self, told: Json) -> bool | None:
        """Whether it is the author; None where Meta does not say."""
        author = identity(member(told, "from").get("id"))
        name = text(told.get("username")) or text(member(told, "from").get("username"))
        if not author and not name:
            return None
        return author in self.ids or bool(self.username and name == self.username)


def comment(graph: Graph, path: str, outgoing: Outgoing, **params: str) -> str:
    """Put an answer below something; returns its id. Raises ConnectorError."""
    return _taken(graph.change(path, message=outgoing.text, **params), "id")


def message(graph: Graph, outgoing: Outgoing, *, human_agent: bool) -> str:
    """Send a direct message that quotes the one it answers; returns its id. Raises ConnectorError."""
    kind: Json = {"messaging_type": "RESPONSE"}
    if human_agent and is_late(outgoing.original):
        kind = {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}
    recipient = {"id": outgoing.original.author_external_id}
    params = {**kind, "recipient": recipient, "message": {"text": outgoing.text}}
    try:
        answer = graph.change("me/messages", **params, reply_to={"mid": outgoing.original.external_id})
    except Refusal as error:
        # Some messages cannot be quoted. Meta has certainly not taken this one, so it goes without.
        if error.code != GONE or error.unknown or "reply_to" not in error.message:
            raise
        answer = graph.change("me/messages", **params)
    return _taken(answer, "message_id")


def find_comment(graph: Graph, paths: Iterable[str], params: Json, outgoing: Outgoing, own: Own) -> Sent | None:
    """The answer among what stands at `paths`, None if it did not arrive. Raises ConnectorError with `unknown` where
    Meta cannot tell."""
    try:
        found: dict[str, Json] = {}
        for path in paths:
            for told in _since(graph, path, params, outgoing):
                if _says(told, outgoing.text) and _is_ours(told, own):
                    found[identity(told.get("id"))] = told
    except ConnectorError as error:
        error.unknown = True
        raise
    if len(found) > 1:
        raise ConnectorError("Two answers there could be this one.", remedy=_LOOK, unknown=True)
    return next((Sent(external_id=one) for one in found), None)


def find_message(graph: Graph, platform: str, outgoing: Outgoing, own: Own) -> Sent | None:
    """The message in the conversation, None if it did not arrive. Raises ConnectorError with `unknown` where Meta
    cannot tell: it shows no more than the newest messages, and not of all of them which one they answer."""
    try:
        told, answer = _conversation(graph, platform, outgoing)
        recent = [one for one in told if _made(one) >= _start(outgoing, answer)]
        if len(recent) >= READABLE:
            raise ConnectorError("Too much was said since then to look through it.", remedy=_LOOK)
        same = [one for one in recent if _says(one, outgoing.text) and _is_ours(one, own)]
    except ConnectorError as error:
        error.unknown = True
        raise
    tied = [one for one in same if identity(member(one, "reply_to").get("mid")) == outgoing.original.external_id]
    if len(same) == 1 and tied:
        return Sent(external_id=identity(tied[0].get("id")))
    if same:
        when = f"{_made(same[0]):%H:%M}"
        raise ConnectorError(f"A message with this text went to them at {when} UTC.", remedy=_LOOK, unknown=True)
    return None


def _conversation(graph: Graph, platform: str, outgoing: Outgoing) -> tuple[list[Json], Answer]:
    fields = f"id,messages.limit({READABLE}){{id,created_time,from,message,reply_to}}"
    person = outgoing.original.author_external_id
    answer = graph.ask("me/conversations", platform=platform, user_id=person, fields=fields)
    conversations = several(answer.listed)
    if not conversations:
        raise ConnectorError("Meta does not show the conversation.", remedy=_LOOK)
    return [one for each in conversations for one in several(each.get("messages"))], answer


def _since(graph: Graph, path: str, params: Json, outgoing: Outgoing) -> Iterator[Json]:
    """What was written there since Send was pressed, in whatever order it is listed. Raises ConnectorError."""
    after = ""
    for _ in range(_MOST_PAGES):
        answer = graph.ask(path, **params, **({"after": after} if after else {}))
        start = _start(outgoing, answer)
        yield from (one for one in several(answer.listed) if _made(one) >= start)
        after = answer.onward
        if not after:
            return
    raise ConnectorError("There are too many answers to look through them.", remedy=_LOOK)


def _start(outgoing: Outgoing, answer: Answer) -> datetime:
    """When Send was pressed, by Meta's clock."""
    return outgoing.queued_at + (answer.at - datetime.now(UTC)) - _IMPRECISION


def _made(told: Json) -> datetime:
    made = moment(told.get("created_time") or told.get("timestamp"))
    if made is None:
        raise ConnectorError("Meta does not say when this was written.", remedy=_LOOK)
    return made


def _is_ours(told: Json, own: Own) -> bool:
    wrote = own.wrote(told)
    if wrote is None:
        raise ConnectorError("Meta does not say who wrote this text.", remedy=_LOOK)
    return wrote


def _says(told: Json, words: str) -> bool:
    shown = text(told.get("message")) or text(told.get("text"))
    return _comparable(shown) == _comparable(words)


def _comparable(words: str) -> str:
    return " ".join(unicodedata.normalize("NFC", words).split())


def _taken(answer: Answer, name: str) -> str:
    sent = identity(answer.body.get(name))
    if not sent:
        raise ConnectorError("Meta took the answer and did not say under which id.", unknown=True)
    return sent


def target(external_id: str) -> str:
    """The id of what is answered. Raises ConnectorError."""
    return plain(external_id)

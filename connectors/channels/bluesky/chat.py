"""Direct messages, which a service of their own keeps: chat.bsky.convo, reached through the account's server.

It keeps a log, oldest first, of what happened. Before the first reading of the log stands a walk through the
conversations that there are, with the newest messages of each.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from connectors.channels.bluesky import posts
from connectors.channels.bluesky.around import Around
from connectors.channels.bluesky.client import CHAT, Answer, Client, Refusal, listed
from connectors.channels.bluesky.posts import Json
from connectors.channels.bluesky.reader import payload
from connectors.channels.bluesky.richtext import linked
from connectors.incoming import Incoming, Rejected
from connectors.parse import parse
from connectors.protocol import ConnectorError, Malformed, Page

_CONVERSATIONS = 20
_MESSAGES = 100
_MOST_CALLS = 500


class Chat:
    """The direct messages of one account."""

    def __init__(self, client: Client, did: str) -> None:
        self._client, self._did = client, did
        self._around = Around(client)
        self._groups: dict[str, bool] = {}

    def ask(self, method: str, params: Mapping[str, Any]) -> Answer:
        """Ask the service for something. Raises ConnectorError."""
        return self._client.get(f"chat.bsky.convo.{method}", params, proxy=CHAT)

    def pages(self, cursor: Mapping[str, Any]) -> Iterator[Page]:
        """The walk through the conversations, as far as it is not done, then the log. Raises ConnectorError."""
        state = dict(cursor)
        held = state.get("direct")
        mine: Json = dict(held) if isinstance(held, dict) and held.get("of") == self._did else {}
        if not isinstance(mine.get("log"), str):
            # Where the log ends before the walk begins: what happens meanwhile is read afterwards.
            mine = {"of": self._did, "log": _text(self.ask("getLog", {}).body.get("cursor")), "walk": ""}
        if isinstance(mine.get("walk"), str):
            yield from self._walk(mine, state)
        yield from self._log(mine, state)

    def _walk(self, mine: Json, state: Json) -> Iterator[Page]:
        asked: set[str] = set()
        while isinstance(mine.get("walk"), str) and mine["walk"] not in asked:
            asked.add(mine["walk"])
            answer = self.ask("listConvos", {"limit": _CONVERSATIONS} | _from(mine["walk"]))
            found: list[tuple[str, Any]] = []
            for one in listed(answer, "convos"):
                convo = one.get("id") if isinstance(one, dict) else None
                if not isinstance(convo, str):
                    continue
                self._groups[convo] = _is_group(one)
                found += [(convo, message) for message in self._newest(convo)]
            mine["walk"] = _text(answer.body.get("cursor")) or None
            # A service that has logged nothing yet names no place in its log.
            revs = [_text(message.get("rev")) for _, message in found if isinstance(message, dict)]
            mine["walked"] = max([_text(mine.get("walked")), *revs])
            yield self._page(found, mine, state, answer)
        walked = mine.pop("walked", "")
        mine |= {"walk": None, "log": mine["log"] or walked}

    def _newest(self, convo: str) -> list[Any]:
        """The newest messages of a conversation, oldest first; none where we have left it meanwhile."""
        try:
            answer = self.ask("getMessages", {"convoId": convo, "limit": _MESSAGES})
        except Refusal as error:
            if error.code != "InvalidConvo":
                raise
            return []
        return list(reversed(listed(answer, "messages")))

    def _log(self, mine: Json, state: Json) -> Iterator[Page]:
        for _ in range(_MOST_CALLS):
            answer = self.ask("getLog", _from(mine["log"]))
            last = _text(mine.get("rev"))
            # Revisions are ordered as texts. A service that tells of the last one again shall not be heard twice.
            logs = [one for one in listed(answer, "logs") if isinstance(one, dict) and _text(one.get("rev")) > last]
            told = [one for one in logs if str(one.get("$type")).endswith("#logCreateMessage")]
            mine["rev"] = max([last, *(_text(one.get("rev")) for one in logs)])
            before, mine["log"] = mine["log"], _text(answer.body.get("cursor")) or mine["rev"] or mine["log"]
            yield self._page([(_text(one.get("convoId")), one.get("message")) for one in told], mine, state, answer)
            if not logs or mine["log"] == before:
                return
        raise ConnectorError("Bluesky's log of direct messages has no end.", remedy="It will be asked again.")

    def _page(self, found: Sequence[tuple[str, Any]], mine: Json, state: Json, answer: Answer) -> Page:
        others = [(convo, one) for convo, one in found if not _is_none(one) and _sender(one) != self._did]
        profiles = self._around.profiles(_sender(one) for _, one in others)
        items, malformed = [], []
        for convo, one in others:
            try:
                items.append(self._read(convo, one, profiles))
            except Rejected as error:
                malformed.append(Malformed(payload=payload(one), reason=str(error), position=f"direct, {convo}"[:200]))
        return Page(
            items=items,
            malformed=malformed,
            cursor={**state, "direct": dict(mine)},
            calls_left=answer.calls_left,
            calls_reset_at=answer.reset_at,
        )

    def _read(self, convo: str, message: Any, profiles: Mapping[str, Json]) -> Incoming:
        if not isinstance(message, dict) or not message.get("id"):
            raise Rejected("message", message, "must be an object with an id.")
        sender, embed = _sender(message), message.get("embed")
        quoted = embed if isinstance(embed, dict) else {}
        answered = message.get("replyTo")
        parent = _text(answered.get("id")) if isinstance(answered, dict) else ""
        told = {
            "external_id": name_of(convo, _text(message["id"])),
            "kind": "direct",
            "thread_id": convo,
            "parent_id": name_of(convo, parent) if parent else None,
            "posted_at": message.get("sentAt"),
            "text": linked(message.get("text"), message.get("facets")) or posts.text_of({}, quoted),
            "author": posts.profile({"did": sender, **profiles.get(sender, {})}),
            "url": f"https://bsky.app/messages/{convo}",
            "context": [
                *posts.contexts("", quoted, {}),
                *([_answered(convo, parent, answered)] if isinstance(answered, dict) and parent else []),
            ],
            "raw": {"convo": convo, "group": self._is_group(convo), "message": message},
        }
        return parse(told, network="bluesky")

    def _is_group(self, convo: str) -> bool:
        """Whether more than one person reads the answer."""
        if convo not in self._groups:
            try:
                answer = self.ask("getConvo", {"convoId": convo})
            except Refusal as error:
                if error.retry_at:
                    raise
                return False
            self._groups[convo] = _is_group(answer.body.get("convo"))
        return self._groups[convo]


def name_of(convo: str, message: str) -> str:
    """The id of a message; its own is one within its conversation only."""
    return f"{convo}/{message}"


def _answered(convo: str, parent: str, message: Json) -> Json:
    return {
        "relation": "replied_to",
        "external_id": name_of(convo, parent),
        "text": linked(message.get("text"), message.get("facets")),
        "url": f"https://bsky.app/messages/{convo}",
    }


def _is_none(message: object) -> bool:
    """Notes of the service itself, and what we deleted for ourselves."""
    kind = message.get("$type") if isinstance(message, dict) else None
    return str(kind).endswith(("#systemMessageView", "#deletedMessageView"))


def _sender(message: object) -> str:
    sender = message.get("sender") if isinstance(message, dict) else None
    return _text(sender.get("did")) if isinstance(sender, dict) else ""


def _is_group(convo: object) -> bool:
    kind = convo.get("kind") if isinstance(convo, dict) else None
    return isinstance(kind, dict) and str(kind.get("$type")).endswith("#groupConvo")


def _from(cursor: object) -> Json:
    return {"cursor": cursor} if cursor else {}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""

"""A stand-in for X API v2 over real HTTP, with faults on demand: `python -m tests.servers.x --port 8093 --tweets F`.

Written from X's documentation, not from the connector. It serves posts and users, reads fields and
expansions in both spellings, checks bearer tokens, OAuth 1.0a signatures and OAuth 2 tokens, and enforces the rule on
who may be replied to. It has direct messages, uploads, webhooks and subscriptions. Besides X's own paths: GET
/_requests, POST /_posts (add, say, edit, delete), POST /_deliver (a webhook), POST and DELETE /_faults.
"""

import json
import time
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests

from tests.servers.serving import Answer as Plain
from tests.servers.serving import Handler, StandIn, command_line, controlled, running, serve
from tests.servers.x_answer import Answer, problem
from tests.servers.x_answers import Api
from tests.servers.x_hooks import event, signature
from tests.servers.x_world import World, load, load_airline


class Server(StandIn):
    """The stand-in: its `world` can be changed and its `requests` read while it runs."""

    def __init__(self, world: World, port: int = 0, **options: Any) -> None:
        super().__init__(_Handler, port)
        self.world = world
        self.api = Api(world, **options)
        self.pages: dict[str, Answer] = {}

    def event(self, kind: str, thing_id: str) -> bytes:
        """The body of a delivery: `post`, `direct` or `delete`."""
        return event(self.world, kind, thing_id)

    def sign(self, body: bytes) -> dict[str, str]:
        """The header by which X proves that it sent a body."""
        return {"x-twitter-webhooks-signature": signature(self.api.keys.api_secret, body)}


class _Handler(Handler):
    server: Server

    def _handle(self) -> None:
        method, url, body = self.command, urlsplit(self.path), self.body()
        if url.path.startswith("/_"):
            self.send(self._control(method, url.path, json.loads(body or b"null")))
            return
        query = dict(parse_qsl(url.query, keep_blank_values=True))
        self.server.requests.append({"method": method, "path": url.path, "query": query, "at": time.time()})
        effect = self.server.faults.take(method, url.path)
        answer = self._before(effect)
        if answer is None:
            answer = self.server.api.answer(method, url.path, query, body, self.headers)
            answer = self._after(effect, url.path, answer)
        if answer is not None:
            self.send(answer)
        self.close_connection = self.close_connection or answer is None

    do_GET = do_POST = do_PUT = do_DELETE = _handle

    def _before(self, effect: dict[str, Any]) -> Answer | None:
        """Effects instead of an answer, and those that delay it."""
        match effect["type"]:
            case "status":
                status = effect.get("status", 503)
                return Answer(
                    status, effect.get("body", problem(status, "Service Unavailable")), effect.get("headers", {})
                )
            case "ratelimit":
                reset = str(effect.get("reset", int(time.time()) + effect.get("reset_in", 60)))
                headers = {"x-rate-limit-limit": "300", "x-rate-limit-remaining": "0", "x-rate-limit-reset": reset}
                return Answer(429, problem(429, "Too Many Requests"), headers)
            case "malformed":
                return Answer(200, effect.get("body", '{"data": [{"id": "1", "te'))
            case "timeout" | "latency":
                self.server.closing.wait(effect.get("seconds", 60))
        return None

    def _after(self, effect: dict[str, Any], path: str, answer: Answer) -> Answer | None:
        """Effects on an answer; None: the connection breaks."""
        before = self.server.pages.get(path)
        match effect["type"]:
            case "drop_after_processing" | "timeout":
                return None
            case "repeat" if before is not None:
                answer = before if "ids" not in effect else answer.with_more(before, effect["ids"])
            case "shrink":
                answer = answer.shrunk(effect.get("keep", 0), token=effect.get("token", True))
            case "malformed_item":
                answer = answer.with_items(effect["items"])
        if isinstance(answer.body, dict) and answer.body.get("data"):
            self.server.pages[path] = answer
        return answer

    def _control(self, method: str, path: str, body: Any) -> Plain:
        match method, path:
            case "POST", "/_posts":
                return Answer(201, _change(self.server.world, body))
            case "POST", "/_deliver":
                return self._deliver(body)
        return controlled(self.server, method, path, body) or Answer(404, problem(404, "Not Found"))

    def _deliver(self, body: dict[str, Any]) -> Answer:
        """{"url", "post" or "direct" or "delete": id}: sends that event to the address, signed."""
        kind = next(name for name in ("post", "direct", "delete") if name in body)
        sent = self.server.event(kind, str(body[kind]))
        response = requests.post(body["url"], data=sent, headers=self.server.sign(sent), timeout=10)
        return Answer(200, {"status": response.status_code})


def _change(world: World, body: dict[str, Any]) -> Any:
    """{"add": [{"text", "author", …}], "say": the same, "edit": {"id", "text"}, "delete": id}, any of them."""
    added = [world.add(one.pop("text"), one.pop("author", "dana"), **one) for one in body.get("add", ())]
    added += [world.say(one.pop("text"), one.pop("author", "dana"), **one) for one in body.get("say", ())]
    if "edit" in body:
        added.append(world.edit(body["edit"]["id"], body["edit"]["text"]))
    if "delete" in body:
        world.delete(body["delete"])
    return {"data": added}


def serving(world: World | None = None, **options: Any) -> AbstractContextManager[Server]:
    """A stand-in on a free port of 127.0.0.1 for the length of a `with` block."""
    return running(Server(world or World(), **options))


def main() -> None:
    """Serve until interrupted."""
    parser = command_line(__doc__, 8093)
    parser.add_argument("--brand", default="halden", help="user name of the account that is mentioned")
    parser.add_argument("--brand-id", default="1000")
    parser.add_argument("--tweets", type=Path, help="posts to serve: JSON Lines in X's shape, or CSV")
    parser.add_argument("--airline-csv", type=Path, help="CSV with tweet_id, author, text, tweet_created")
    parser.add_argument("--bearer", default="bearer-secret")
    parser.add_argument("--limit", type=int, default=0, help="calls that an endpoint allows in a window; 0: no limit")
    parser.add_argument("--window", type=float, default=900, help="seconds of a window")
    parser.add_argument("--spelling", choices=["both", "tweet", "post"], default="both")
    given = parser.parse_args()
    world = World(given.brand, given.brand_id)
    if given.tweets:
        load(world, given.tweets)
    if given.airline_csv:
        load_airline(world, given.airline_csv)
    options = {name: getattr(given, name) for name in ("bearer", "limit", "window", "spelling")}
    server = Server(world, given.port, **options)
    serve(server, f"{len(world.all)} posts on {server.url}, bearer token {given.bearer}")


if __name__ == "__main__":
    main()

"""A stand-in for Meta's Graph API over real HTTP, with faults on demand: `python -m tests.servers.meta --port 8096`.

Written from Meta's documentation, not from the connector: a Page with posts, comments, visitors' posts and Messenger,
the Instagram account that belongs to it, tokens, the dialog for signing in, and its errors. It serves only the fields
that are asked for. Besides Meta's own paths: GET /_requests, POST and DELETE /_faults.
"""

import json
import time
from contextlib import AbstractContextManager
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.servers.meta_api import Api, error
from tests.servers.meta_world import PAGE_TOKEN, World
from tests.servers.serving import Answer, Handler, StandIn, command_line, controlled, running, serve


class Server(StandIn):
    """The stand-in: its `world` can be changed and its `requests` read while it runs."""

    def __init__(self, world: World, port: int = 0, **options: Any) -> None:
        super().__init__(_Handler, port)
        self.world, self.api = world, Api(world, **options)


class _Handler(Handler):
    server: Server

    def _handle(self) -> None:
        method, url, body = self.command, urlsplit(self.path), self.body()
        if url.path.startswith("/_"):
            control = controlled(self.server, method, url.path, json.loads(body or b"null"))
            self.send(control or Answer(404, error(100, "Not Found")))
            return
        given = dict(parse_qsl(url.query, keep_blank_values=True))
        if method == "POST":
            given |= dict(parse_qsl(body.decode(), keep_blank_values=True))
        self.server.requests.append({"method": method, "path": url.path, "given": given, "at": time.time()})
        effect = self.server.faults.take(method, url.path)
        answer = self._before(effect)
        if answer is None:
            answer = self._after(effect, self.server.api.answer(method, url.path, given))
        if answer is not None:
            self.send(answer)
        self.close_connection = self.close_connection or answer is None

    do_GET = do_POST = do_DELETE = _handle

    def _before(self, effect: dict[str, Any]) -> Answer | None:
        """Effects instead of an answer, and those that delay it."""
        headers = effect.get("headers", {})
        match effect["type"]:
            case "status":
                status = effect.get("status", 503)
                words = {401: (190, "Error validating access token"), 503: (2, "Service temporarily unavailable")}
                code, message = words.get(status, (1, "An unknown error occurred"))
                return Answer(status, effect.get("body", error(code, message)), headers)
            case "error":
                told = {name: value for name, value in effect.items() if name not in ("type", "status", "headers")}
                return Answer(effect.get("status", 400), error(**told), headers)
            case "malformed":
                return Answer(effect.get("status", 200), effect.get("body", '{"data": [{"id": "1", "me'), headers)
            case "timeout" | "latency":
                self.server.closing.wait(effect.get("seconds", 60))
        return None

    def _after(self, effect: dict[str, Any], answer: Answer) -> Answer | None:
        """Effects on an answer; None: the connection breaks."""
        match effect["type"]:
            case "drop_after_processing" | "timeout":
                return None
            case "malformed_item":
                data = answer.body.get("data", [])
                return Answer(200, {**answer.body, "data": [*data[:1], *effect["items"], *data[1:]]}, answer.headers)
            case "headers":
                return Answer(answer.status, answer.body, answer.headers | effect["headers"])
        return answer


def serving(world: World | None = None, **options: Any) -> AbstractContextManager[Server]:
    """A stand-in on a free port of 127.0.0.1 for the length of a `with` block."""
    return running(Server(world or World(), **options))


def main() -> None:
    """Serve until interrupted, with a little to see."""
    port = command_line(__doc__, 8096).parse_args().port
    world = World()
    dana = world.person("dana")
    world.comment(world.post("Our new Touring is here"), "When does it reach Bergen?", dana)
    world.ig_comment(world.medium("Our new Touring"), "What a colour", dana)
    world.message(dana, "Is my bike ready?")
    server = Server(world, port)
    serve(server, f"Meta on {server.url}, Page token {PAGE_TOKEN}")


if __name__ == "__main__":
    main()

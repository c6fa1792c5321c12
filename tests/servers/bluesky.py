"""A stand-in for Bluesky over real HTTP, with faults on demand: `python -m tests.servers.bluesky --port 8095`.

Written from the lexicons and the sources of Bluesky's own servers, not from the connector: one PDS, with the network's
view and the chat service behind it. Like those it lists posts by the time that their authors claim.
"""

import time
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.servers.bluesky_api import Api, Refusal
from tests.servers.bluesky_world import World
from tests.servers.serving import Answer, Handler, StandIn, command_line, running, serve


class Server(StandIn):
    """The stand-in: its `world` can be changed and its `requests` read while it runs."""

    def __init__(self, world: World, port: int = 0, **options: Any) -> None:
        super().__init__(_Handler, port)
        self.world, self.api = world, Api(world, **options)
        self.pages: dict[str, Any] = {}
        self.calls_left = 3000
        self.api.url = self.url

    def asked(self, path: str, method: str = "") -> list[dict[str, Any]]:
        """The requests to methods that contain `path`, in order."""
        return [one for one in self.requests if path in one["path"] and method in ("", one["method"])]


class _Handler(Handler):
    server: Server

    def _handle(self) -> None:
        method, url, body = self.command, urlsplit(self.path), self.body()
        query = parse_qs(url.query, keep_blank_values=True)
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.requests.append(
            {"method": method, "path": url.path, "query": query, "headers": headers, "body": body, "at": time.time()}
        )
        effect = self.server.faults.take(method, url.path)
        before = self._before(effect) or self._answer(method, url.path, query, body, headers)
        answer = self._after(effect, url.path, before)
        if answer is None:
            self.close_connection = True
        else:
            self.send(answer)

    do_GET = do_POST = _handle

    def _answer(self, method: str, path: str, query: Any, body: bytes, headers: dict[str, str]) -> Answer:
        try:
            if not path.startswith("/xrpc/"):
                raise Refusal(404, "NotFound", "Not Found")
            return Answer(200, self.server.api.answer(path.removeprefix("/xrpc/"), method, query, body, headers))
        except Refusal as error:
            return Answer(error.status, error.body)
        except (KeyError, ValueError) as error:
            return Answer(400, {"error": "InvalidRequest", "message": f"Error: {error}"})

    def _before(self, effect: dict[str, Any]) -> Answer | None:
        """Effects instead of an answer, and those that delay it."""
        match effect["type"]:
            case "status":
                names = {401: "AuthenticationRequired", 502: "UpstreamFailure", 503: "ServiceUnavailable"}
                told = {"error": names.get(effect["status"], "InvalidRequest"), "message": "As you asked."}
                return Answer(effect["status"], effect.get("body", told), effect.get("headers", {}))
            case "ratelimit":
                reset = str(effect.get("reset", int(time.time()) + effect.get("reset_in", 60)))
                headers = {"ratelimit-limit": "3000", "ratelimit-remaining": "0", "ratelimit-reset": reset}
                return Answer(429, {"error": "RateLimitExceeded", "message": "Rate Limit Exceeded"}, headers)
            case "malformed":
                return Answer(200, effect.get("body", '{"notifications": [{"uri": "at:'))
            case "timeout":
                self.server.closing.wait(effect.get("seconds", 60))
        return None

    def _after(self, effect: dict[str, Any], path: str, answer: Answer) -> Answer | None:
        """Effects on an answer; None: the connection breaks."""
        body = answer.body
        match effect["type"]:
            case "drop_after_processing" | "timeout":
                return None
            case "items":
                name = "notifications" if "listNotifications" in path else "posts"
                body = {**body, name: [*body[name][:1], *effect["items"], *body[name][1:]]}
            case "repeat" if path in self.server.pages:
                body = self.server.pages[path]
            case "replace":
                body = effect["body"]
        if answer.status == 200:
            self.server.pages[path] = body
        return replace(answer, body=body)

    def send(self, answer: Answer) -> None:
        """With what is left of the calls."""
        limits = {"ratelimit-remaining": str(self.server.calls_left), "ratelimit-reset": str(int(time.time()) + 60)}
        super().send(replace(answer, headers=limits | answer.headers))


def serving(world: World | None = None, **options: Any) -> AbstractContextManager[Server]:
    """A stand-in on a free port of 127.0.0.1 for the length of a `with` block."""
    return running(Server(world or World(), **options))


def main() -> None:
    """Serve until interrupted, with some posts."""
    server = Server(World(), command_line(__doc__, 8095).parse_args().port)
    for n in range(5):
        server.world.add(f"@brand.test question {n}")
    serve(server, f"brand.test on {server.url}, app password {next(iter(server.world.passwords))}")


if __name__ == "__main__":
    main()

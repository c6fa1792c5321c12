"""An invented network over real HTTP, with what the settings' pages need of one: tokens, signing in with PKCE
(RFC 6749, 7636), webhooks, revocation; and a way to make each of them fail."""

from base64 import urlsafe_b64encode
from contextlib import AbstractContextManager
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

from tests.servers.serving import Answer, Handler, StandIn, running


class Chirp(StandIn):
    """`tokens`: whose each is. `codes`: what each code is for, until it is redeemed."""

    def __init__(self) -> None:
        super().__init__(_Handler)
        self.tokens: dict[str, str] = {"good-token-of-twenty-plus": "@halden"}
        self.codes: dict[str, dict[str, str]] = {}
        self.hooks: list[str] = []
        self.revoked: list[str] = []

    def allow(self, page: str, *, handle: str = "@halden") -> dict[str, str]:
        """Somebody signs in on the page that they were sent to, and says yes: what comes back in the query."""
        asked = dict(parse_qsl(urlsplit(page).query))
        code = f"code-{len(self.codes) + 1}-{handle}"
        self.codes[code] = {"challenge": asked["code_challenge"], "callback": asked["redirect_uri"], "handle": handle}
        return {"code": code, "state": asked["state"]}


class _Handler(Handler):
    server: Chirp

    def do_GET(self) -> None:
        self._answer("GET", {})

    def do_POST(self) -> None:
        self._answer("POST", {name: values[0] for name, values in parse_qs(self.body().decode()).items()})

    def _answer(self, method: str, given: dict[str, str]) -> None:
        path = urlsplit(self.path).path
        self.server.requests.append((method, path, given))
        effect = self.server.faults.take(method, path)
        if effect["type"] == "status":
            self.send(Answer(effect.get("status", 503), {"error": effect.get("error", "Service unavailable")}))
            return
        status, answer = getattr(self, f"_{method.lower()}_{path.strip('/').replace('/', '_')}", self._lost)(given)
        self.send(Answer(status, answer))

    def _lost(self, given: dict[str, str]) -> tuple[int, Any]:
        return 404, {"error": "Not found"}

    def _whose(self) -> str:
        return self.server.tokens.get((self.headers.get("Authorization") or "").removeprefix("Bearer "), "")

    def _get_account(self, given: dict[str, str]) -> tuple[int, Any]:
        return (200, {"handle": self._whose()}) if self._whose() else (401, {"error": "The token was revoked."})

    def _get_mentions(self, given: dict[str, str]) -> tuple[int, Any]:
        return (200, []) if self._whose() else (401, {"error": "The token was revoked."})

    def _post_apps(self, given: dict[str, str]) -> tuple[int, Any]:
        return 200, {"client_id": "our-app", "client_secret": "app-secret-canary-0123456789"}

    def _post_token(self, given: dict[str, str]) -> tuple[int, Any]:
        held = self.server.codes.pop(given.get("code", ""), None)
        challenge = urlsafe_b64encode(sha256(given.get("code_verifier", "").encode()).digest()).rstrip(b"=").decode()
        if not held or held["challenge"] != challenge or held["callback"] != given.get("redirect_uri"):
            return 400, {"error": "invalid_grant"}
        token = f"oauth-canary-of-{held['handle']}-0123456789"
        self.server.tokens[token] = held["handle"]
        return 200, {"access_token": token}

    def _post_hooks(self, given: dict[str, str]) -> tuple[int, Any]:
        self.server.hooks.append(given["address"])
        return 200, {"id": f"hook-{len(self.server.hooks)}"}

    def _post_revoke(self, given: dict[str, str]) -> tuple[int, Any]:
        self.server.revoked.append(given["token"])
        self.server.tokens.pop(given["token"], None)
        return 200, {}


def serving() -> AbstractContextManager[Chirp]:
    """A stand-in on a free port of 127.0.0.1 for the length of a `with` block."""
    return running(Chirp())

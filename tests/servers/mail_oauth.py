"""A stand-in for Google's and Microsoft's sign-in for mail: codes with PKCE, tokens that end, refresh tokens that can
be used once (Microsoft's way)."""

from base64 import urlsafe_b64encode
from contextlib import AbstractContextManager
from hashlib import sha256
from itertools import count
from typing import Any
from urllib.parse import parse_qsl

from tests.servers.mail_world import World
from tests.servers.serving import Answer, Handler, StandIn, running


class Server(StandIn):
    """The stand-in: `grant` is what a person's click on Allow does."""

    def __init__(self, world: World, client: tuple[str, str] = ("an-application", "its-secret")) -> None:
        super().__init__(_Handler)
        self.world, self.client = world, client
        self.codes: dict[str, tuple[str, str, str]] = {}
        self.refresh: dict[str, str] = {}
        self.revoked: list[str] = []
        self._numbers = count(1)

    def grant(self, user: str, query: dict[str, str]) -> str:
        """Allow what the page at /authorize was asked; returns the code."""
        code = f"code-{next(self._numbers)}"
        self.codes[code] = (user, query["redirect_uri"], query["code_challenge"])
        return code

    def tokens(self, user: str) -> dict[str, Any]:
        """Fresh tokens for somebody."""
        access, refresh = f"access-token-{next(self._numbers)}", f"refresh-token-{next(self._numbers)}"
        self.world.tokens[access] = user
        self.refresh[refresh] = user
        return {"access_token": access, "refresh_token": refresh, "expires_in": 3600, "token_type": "Bearer"}

    def answer(self, path: str, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        """The answer to a POST."""
        if path == "/revoke":
            known = self.refresh.pop(form.get("token", ""), None)
            self.revoked += [form["token"]] if known else []
            return (200, {}) if known else (400, {"error": "invalid_token"})
        if (form.get("client_id"), form.get("client_secret")) != self.client:
            return 401, {"error": "invalid_client", "error_description": "The OAuth client was not found."}
        if form.get("grant_type") == "authorization_code":
            user, callback, challenge = self.codes.pop(form.get("code", ""), ("", "", ""))
            proved = urlsafe_b64encode(sha256(form["code_verifier"].encode()).digest()).rstrip(b"=").decode()
            if not user or callback != form["redirect_uri"] or proved != challenge:
                return 400, {"error": "invalid_grant", "error_description": "Malformed auth code."}
            return 200, self.tokens(user)
        user = self.refresh.pop(form.get("refresh_token", ""), "")
        if not user:
            return 400, {"error": "invalid_grant", "error_description": "Token has been expired or revoked."}
        return 200, self.tokens(user)


class _Handler(Handler):
    server: Server

    def do_GET(self) -> None:
        """Whose token it is, for servers that ask (Google's tokeninfo)."""
        user = self.server.world.tokens.get(self.path.partition("access_token=")[2], "")
        told = {"email": user, "expires_in": 3600} if user else {"error": "invalid_token"}
        self.send(Answer(200 if user else 400, told))

    def do_POST(self) -> None:
        body = self.body().decode()
        effect = self.server.faults.take("POST", self.path)
        status, said = self.server.answer(self.path, dict(parse_qsl(body)))
        if effect["type"] == "status":
            status, said = effect["status"], effect.get("body", {})
        self.send(Answer(status, said))


def serving(world: World) -> AbstractContextManager[Server]:
    """A stand-in on a free port of 127.0.0.1 for the length of a `with` block."""
    return running(Server(world))

"""Signing in at the stand-in for X: OAuth 2 with PKCE, refresh tokens that X takes once, and revoking."""

import base64
import hashlib
import threading
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from tests.servers.x_answer import Answer


def _invalid(words: str, status: int = 400) -> Answer:
    return Answer(status, {"error": "invalid_request", "error_description": words})


@dataclass
class Tokens:
    """The tokens that were given and not taken back. `ask` plays the person who says yes on X's page."""

    client_id: str = "client-id"
    client_secret: str = "client-secret"  # noqa: S105
    access: set[str] = field(default_factory=lambda: {"user-token-0"})
    refresh: set[str] = field(default_factory=lambda: {"refresh-token-0"})
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    scopes: str = "tweet.read users.read tweet.write media.write offline.access dm.read dm.write"
    given: int = 0
    lock: Any = field(default_factory=threading.Lock)

    def holds(self, token: str) -> bool:
        """Whether X takes this access token."""
        return token in self.access

    def ask(self, page: str) -> str:
        """Sign in at the address that `Connector.authorization` gave; returns the code."""
        asked = dict(parse_qsl(urlsplit(page).query))
        if asked["client_id"] != self.client_id or asked["response_type"] != "code":
            raise ValueError(page)
        if asked["code_challenge_method"] != "S256" or len(asked["state"]) > 500:
            raise ValueError(page)
        code = f"code-{len(self.codes)}"
        self.codes[code] = asked
        self.scopes = asked["scope"]
        return code

    def page(self, query: dict[str, str]) -> Answer:
        """GET /i/oauth2/authorize: whoever opens it says yes."""
        code = self.ask(f"?{urlencode(query)}")
        back = urlencode({"code": code, "state": query["state"]})
        return Answer(302, "", {"Location": f"{query['redirect_uri']}?{back}"})

    def answer(self, method: str, path: str, body: bytes, headers: Any) -> Answer:
        """POST /2/oauth2/token and /2/oauth2/revoke"""
        given = dict(parse_qsl(body.decode()))
        secret = base64.b64encode(f"{self.client_id}:{self.client_secret}".encode()).decode()
        if method != "POST" or headers.get("Authorization") != f"Basic {secret}":
            return _invalid("Missing valid authorization header", 401)
        with self.lock:
            if path.endswith("/revoke"):
                self.access.discard(given["token"])
                self.refresh.discard(given["token"])
                return Answer(200, {"revoked": True})
            if given["grant_type"] == "authorization_code":
                return self._redeem(given)
            if given["refresh_token"] not in self.refresh:
                return _invalid("Value passed for the token was invalid.")
            self.refresh.discard(given["refresh_token"])
            return self._give()

    def _redeem(self, given: dict[str, str]) -> Answer:
        asked = self.codes.pop(given["code"], None)
        digest = hashlib.sha256(given["code_verifier"].encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if asked is None or asked["redirect_uri"] != given["redirect_uri"] or asked["code_challenge"] != challenge:
            return _invalid("Value passed for the authorization code was invalid.")
        return self._give()

    def _give(self) -> Answer:
        self.given += 1
        access, refresh = f"user-token-{self.given}", f"refresh-token-{self.given}"
        # The token before is void from now on.
        self.access = {access}
        self.refresh.add(refresh)
        told = {"token_type": "bearer", "expires_in": 7200, "scope": self.scopes}
        return Answer(200, told | {"access_token": access, "refresh_token": refresh})

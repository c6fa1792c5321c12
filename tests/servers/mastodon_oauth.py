"""How Mastodon lets people sign in: applications, codes with PKCE, tokens that can be renewed and revoked."""

import secrets
import threading
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

Json = dict[str, Any]
ALL = "read:accounts read:notifications read:statuses write:statuses write:media"
INVALID = {
    "error": "invalid_grant",
    "error_description": "The provided authorization grant is invalid, expired, revoked, does not match the redirection"
    " URI used in the authorization request, or was issued to another client.",
}
UNKNOWN_CLIENT = {
    "error": "invalid_client",
    "error_description": "Client authentication failed due to unknown client, no client authentication included, or"
    " unsupported authentication method.",
}


@dataclass
class OAuth:
    """Applications, codes and tokens. `lasting`: seconds that a token lasts; 0 for ever, others can be renewed."""

    lasting: int = 0
    grants: str = ""
    applications: dict[str, Json] = field(default_factory=dict)
    codes: dict[str, Json] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=lambda: {"brand-token": ALL})
    refreshing: dict[str, str] = field(default_factory=dict)
    revoked: list[str] = field(default_factory=list)
    lock: Any = field(default_factory=threading.Lock)

    def register(self, form: Json) -> tuple[int, Json]:
        """POST /api/v1/apps"""
        made = {"client_id": secrets.token_hex(8), "client_secret": secrets.token_hex(16), **form}
        self.applications[made["client_id"]] = made
        return 200, {
            "id": str(len(self.applications)),
            "name": form["client_name"],
            "redirect_uri": form["redirect_uris"],
            **made,
        }

    def authorize(self, query: Json) -> tuple[int, Json, dict[str, str]]:
        """GET /oauth/authorize; whoever is asked says yes at once."""
        application = self.applications.get(query.get("client_id", ""))
        if application is None or query["redirect_uri"] not in application["redirect_uris"].split("\n"):
            return 400, {"error": "The redirect uri included is not valid."}, {}
        if not set(query["scope"].split()) <= set(application["scopes"].split()):
            return 400, {"error": "The requested scope is invalid, unknown, or malformed."}, {}
        code = secrets.token_hex(16)
        self.codes[code] = query
        back = urlencode({"code": code, "state": query["state"]})
        return 302, {}, {"Location": f"{query['redirect_uri']}?{back}"}

    def token(self, form: Json) -> tuple[int, Json]:
        """POST /oauth/token"""
        application = self.applications.get(form.get("client_id", ""), {})
        if not application or application["client_secret"] != form.get("client_secret"):
            return 401, UNKNOWN_CLIENT
        with self.lock:
            if form["grant_type"] == "refresh_token":
                scope = self.refreshing.pop(form.get("refresh_token", ""), "")
                return self._made(scope) if scope else (400, INVALID)
            asked = self.codes.pop(form.get("code", ""), None)
        if asked is None or asked["redirect_uri"] != form.get("redirect_uri"):
            return 400, INVALID
        if "code_challenge" in asked:
            digest = sha256(form.get("code_verifier", "").encode()).digest()
            if urlsafe_b64encode(digest).rstrip(b"=").decode() != asked["code_challenge"]:
                return 400, INVALID
        return self._made(self.grants or asked["scope"])

    def revoke(self, form: Json) -> tuple[int, Json]:
        """POST /oauth/revoke"""
        if form.get("client_id") not in self.applications:
            return 403, {
                "error": "unauthorized_client",
                "error_description": "You are not authorized to revoke this token",
            }
        self.tokens.pop(form["token"], None)
        self.revoked.append(form["token"])
        return 200, {}

    def expire(self) -> None:
        """All tokens are over."""
        self.tokens.clear()

    def _made(self, scope: str) -> tuple[int, Json]:
        token = secrets.token_hex(16)
        self.tokens[token] = scope
        made: Json = {"access_token": token, "token_type": "Bearer", "scope": scope, "created_at": 1700000000}
        if self.lasting:
            refresh = secrets.token_hex(16)
            self.refreshing[refresh] = scope
            made |= {"expires_in": self.lasting, "refresh_token": refresh}
        return 200, made

"""A connector for the invented network of tests/servers/chirp.py, with all that a form can have."""

import json
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlencode

from connectors import http
from connectors.protocol import (
    Capability,
    Connector,
    ConnectorError,
    Contents,
    Field,
    Forged,
    Grant,
    Guide,
    Hook,
    Original,
    Outgoing,
    Page,
    Sent,
    Step,
)


class Chirp(Connector):
    """A token or signing in; webhooks; one field of each kind."""

    network = "chirp"
    label = "Chirp"
    default_base_url = "https://api.chirp.example"
    fields = (
        Field(name="place", label="Place", kind="choice", choices=(("eu", "Europe"), ("us", "America")), default="eu"),
        Field(name="words", label="Watch-words", kind="lines", required=False, help="One a line."),
        Field(name="most", label="Most a day", kind="number", required=False, default="50"),
        Field(name="direct", label="Direct messages too", kind="flag", required=False),
        Field(name="token", label="Token", secret=True, required=False, help="From your account's page."),
        Field(name="hook_secret", label="Webhook secret", secret=True, generated=True, copied=True),
    )
    guide = Guide(
        steps=("Open Developers.", "Write {callback} as the callback.", "Write {webhook} as the webhook."),
        permissions=(("read:mentions", "to bring mentions in"),),
        cost="Nothing.",
        site="https://chirp.example/developers",
        page="docs/configuration.md",
        method="Sign in",
    )
    takes_webhooks = True
    signs_in = True
    scopes = ("read:mentions",)

    def _call(self, method: str, path: str, **given: str) -> Any:
        session = http.session()
        token = self.account.credentials.get("access_token") or self.account.credentials.get("token", "")
        base = self.account.base_url or self.default_base_url
        try:
            answer = session.request(method, base + path, data=given, headers={"Authorization": f"Bearer {token}"})
        except http.RequestException as error:
            raise ConnectorError(f"Chirp cannot be reached: {error}", remedy="Try later.") from error
        body = json.loads(answer.text)
        if answer.status_code >= 400:
            raise ConnectorError(body["error"], remedy="Make a new token.", permanent=answer.status_code < 500)
        return body

    def verify(self) -> str:
        return str(self._call("GET", "/account")["handle"])

    def steps(self) -> tuple[Step, ...]:
        return (
            Step(label="Token accepted", run=self.verify),
            Step(label="Can read mentions", run=lambda: self._call("GET", "/mentions")),
        )

    def register(self, callback: str) -> Mapping[str, str]:
        answer: dict[str, str] = self._call("POST", "/apps", redirect_uri=callback)
        return answer

    def authorization(self, grant: Grant) -> str:
        asked = {
            "client_id": self.account.credentials["client_id"],
            "redirect_uri": grant.callback,
            "state": grant.state,
            "code_challenge": grant.challenge,
            "code_challenge_method": "S256",
            "scope": " ".join(self.scopes),
        }
        return f"{self.account.base_url or self.default_base_url}/authorize?{urlencode(asked)}"

    def redeem(self, code: str, grant: Grant) -> Mapping[str, str]:
        answer = self._call("POST", "/token", code=code, code_verifier=grant.verifier, redirect_uri=grant.callback)
        return {"access_token": answer["access_token"]}

    def revoke(self) -> None:
        for name in ("access_token", "token"):
            if token := self.account.credentials.get(name):
                self._call("POST", "/revoke", token=token)

    def subscribe(self, address: str) -> Mapping[str, str]:
        return {"hook_id": self._call("POST", "/hooks", address=address)["id"]}

    def authenticate(self, hook: Hook) -> None:
        raise Forged("Nobody delivers here.")

    def read(self, payload: Any, received_at: Any) -> Contents:
        return Contents()

    def fetch(self, cursor: Mapping[str, Any]) -> Iterator[Page]:
        self._call("GET", "/mentions")
        yield Page(items=(), cursor={"seen": 1}, calls_left=9, calls_reset_at=None)

    def reply(self, outgoing: Outgoing) -> Sent:
        return Sent(external_id=outgoing.client_key)

    def find(self, outgoing: Outgoing) -> Sent | None:
        return None

    def capability(self, original: Original) -> Capability:
        return Capability(can_reply=True)

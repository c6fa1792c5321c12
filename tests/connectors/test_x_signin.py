"""Signing in at X: the least scopes, PKCE, tokens that X takes once, and giving them back."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from connectors.channels.x import X
from connectors.protocol import ConnectorError, Grant
from tests.connectors.conftest import ALL_KEYS, BEARER, SIGNED_IN
from tests.servers.x import Server

APP = BEARER | {"client_secret": "client-secret"}
GRANT = Grant(callback="https://inbox.example/back/", state="state-1", verifier="v" * 64)
LEAST = ["tweet.read", "users.read", "tweet.write", "media.write", "offline.access"]
Connect = Callable[..., X]


def with_secrets(connector: X, secrets: Any) -> X:
    return X(replace(connector.account, credentials={**connector.account.credentials, **secrets}))


@pytest.fixture
def signed_in(server: Server, connect: Connect) -> Callable[..., X]:
    """A channel without any user keys that somebody signs in for."""

    def make(**settings: Any) -> X:
        entered = connect(APP, client_id="client-id", username="", **settings)
        code = server.api.tokens.ask(entered.authorization(GRANT))
        return with_secrets(entered, entered.redeem(code, GRANT))

    return make


def test_the_page_is_xs_own_with_a_state_and_a_challenge(connect: Connect) -> None:
    account = replace(connect(APP, client_id="client-id").account, base_url="")
    for base_url in ("", "https://api.x.com"):
        page = urlsplit(X(replace(account, base_url=base_url)).authorization(GRANT))
        assert (page.scheme, page.netloc, page.path) == ("https", "x.com", "/i/oauth2/authorize")
    asked = dict(parse_qsl(page.query))
    assert asked.pop("code_challenge") == GRANT.challenge
    assert asked == {
        "response_type": "code",
        "client_id": "client-id",
        "redirect_uri": GRANT.callback,
        "scope": " ".join(LEAST),
        "state": "state-1",
        "code_challenge_method": "S256",
    }


def test_s33_the_scopes_are_the_least_and_those_for_direct_messages_only_where_they_are_wanted(
    server: Server, connect: Connect
) -> None:
    assert list(X.scopes) == [*LEAST, "dm.read", "dm.write"]
    page = connect(APP, client_id="client-id", direct="1").authorization(GRANT)
    assert page.startswith(server.url)
    assert dict(parse_qsl(urlsplit(page).query))["scope"].split() == list(X.scopes)


def test_without_a_client_id_nobody_is_sent_away(connect: Connect) -> None:
    with pytest.raises(ConnectorError, match="client ID") as caught:
        connect(APP).authorization(GRANT)
    assert caught.value.permanent


def test_whoever_signed_in_reads_and_replies(server: Server, signed_in: Any) -> None:
    connector = signed_in(direct="1")
    assert connector.verify() == "@halden"
    assert connector.session_until() - datetime.now(UTC) > timedelta(hours=1)
    server.world.say("Hello")
    server.world.add("@halden hello")
    kinds = [item.kind for page in connector.fetch({}) for item in page.items]
    assert sorted(kinds) == ["direct", "mention"]
    for step in connector.steps():
        step.run()


def test_a_code_of_another_sign_in_is_refused(server: Server, connect: Connect) -> None:
    entered = connect(APP, client_id="client-id")
    code = server.api.tokens.ask(entered.authorization(GRANT))
    with pytest.raises(ConnectorError, match="invalid") as caught:
        entered.redeem(code, replace(GRANT, verifier="w" * 64))
    assert caught.value.permanent


def test_what_was_not_granted_is_named(server: Server, signed_in: Any) -> None:
    connector = with_secrets(signed_in(), {"user_scopes": "tweet.read users.read offline.access"})
    errors = []
    for step in connector.steps():
        try:
            step.run()
        except ConnectorError as error:
            errors.append((step.label, error.message))
    assert errors == [("Can reply", "The account did not grant: tweet.write, media.write.")]


@pytest.mark.parametrize(("access", "more"), [("read", {}), ("read-write", {"direct": "1"})])
def test_keys_that_may_too_little_are_told_before_anybody_writes(
    access: str, more: dict[str, str], server: Server, connect: Connect
) -> None:
    server.api.access = access
    failed = []
    for step in connect(**more).steps():
        try:
            step.run()
        except ConnectorError as error:
            failed.append(step.label)
            assert error.permanent
            assert error.remedy
    assert "Can reply" in failed


def test_r18_a_token_is_renewed_once_and_the_old_one_is_void(server: Server, signed_in: Any) -> None:
    first = signed_in()
    fresh = first.renew()
    renewed = with_secrets(first, fresh)
    assert renewed.verify() == "@halden"
    with pytest.raises(ConnectorError) as caught:
        first.renew()
    assert (caught.value.permanent, caught.value.remedy) == (True, "Sign in at X again.")
    assert "Value passed for the token was invalid." in caught.value.message


@pytest.mark.parametrize(("effect", "options"), [("status", {"status": 503}), ("drop_after_processing", {})])
def test_a_renewal_that_fails_for_now_is_not_permanent(
    effect: str, options: dict[str, Any], server: Server, signed_in: Any
) -> None:
    connector = signed_in()
    server.faults.add(effect, "/oauth2/token", **options)
    with pytest.raises(ConnectorError) as caught:
        connector.renew()
    assert not caught.value.permanent


def test_keys_never_end_and_a_token_that_cannot_be_renewed_does(connect: Connect) -> None:
    assert (connect(ALL_KEYS).session_until(), connect(ALL_KEYS).expires_at()) == (None, None)
    assert connect(SIGNED_IN).expires_at() is None
    ending = {name: value for name, value in SIGNED_IN.items() if name != "refresh_token"}
    assert connect(ending).session_until() is None
    assert connect(ending).expires_at() == datetime(2100, 1, 1, tzinfo=UTC)


def test_s33_disconnecting_gives_the_tokens_back(server: Server, signed_in: Any) -> None:
    connector = signed_in()
    server.api.tokens.refresh = {connector.account.credentials["refresh_token"]}
    connector.revoke()
    assert (server.api.tokens.access, server.api.tokens.refresh) == (set(), set())


@pytest.mark.parametrize("body", [{}, {"access_token": 5}, "", "{", []])
def test_an_answer_without_a_token_is_an_error(body: Any, server: Server, connect: Connect) -> None:
    entered = connect(APP, client_id="client-id")
    server.faults.add("malformed", "/oauth2/token", body=body)
    with pytest.raises(ConnectorError):
        entered.redeem("code", GRANT)

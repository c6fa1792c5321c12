"""Signing in at Google and Microsoft, whose tokens take the place of a password."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from connectors.channels.email import oauth
from connectors.channels.email.connector import Email
from connectors.protocol import Account, ConnectorError, Grant
from tests.connectors.mails import Post, answer, mail, post, told

USER = "support@brand.test"
GRANT = Grant(callback="https://inbox.example.org/callback/", state="a-state", verifier="v" * 64)
KEYS = {"client_secret": "its-secret", "reply_key": "a-key"}


@pytest.fixture
def servers(loopback: None) -> Iterator[Post]:
    with post() as running:
        yield running


def channel(servers: Post, login: str = "google", **credentials: str) -> Email:
    return Email(servers.account(login=login, credentials=KEYS | credentials))


def asked(address: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}


@pytest.mark.parametrize("login", ["google", "microsoft"])
def test_whoever_signs_in_reads_and_sends(servers: Post, login: str) -> None:
    page = channel(servers, login).authorization(GRANT)
    code = servers.oauth.grant(USER, asked(page))
    granted = channel(servers, login).redeem(code, GRANT)
    connector = channel(servers, login, **granted)
    servers.arrives(mail())
    assert connector.verify() == USER
    (item,) = told(connector)
    connector.reply(answer(item))
    assert len(servers.world.sent) == 1
    until = connector.session_until()
    assert until is not None
    assert timedelta(minutes=55) < until - datetime.now(UTC) < timedelta(minutes=65)


def test_s33_the_page_is_asked_for_as_little_as_possible_with_state_and_pkce(servers: Post) -> None:
    account = servers.account(login="google", credentials=KEYS)
    away = Account(network="email", name="", base_url="", settings=account.settings, credentials=KEYS)
    page = Email(away).authorization(GRANT)
    query = asked(page)
    assert page.startswith("https://accounts.google.com/o/oauth2/v2/auth?")
    assert query["scope"] == "https://mail.google.com/"
    assert (query["state"], query["redirect_uri"]) == (GRANT.state, GRANT.callback)
    assert (query["code_challenge"], query["code_challenge_method"]) == (GRANT.challenge, "S256")
    assert query["access_type"] == "offline"
    assert "its-secret" not in page
    microsoft = Account(
        network="email", name="", base_url="", settings={**account.settings, "login": "microsoft", "tenant": "a/b"}
    )
    page = Email(microsoft).authorization(GRANT)
    assert page.startswith("https://login.microsoftonline.com/a%2Fb/oauth2/v2.0/authorize?")
    assert asked(page)["scope"].split() == list(oauth.MICROSOFT.scopes)


def test_a_code_is_good_only_with_its_verifier(servers: Post) -> None:
    code = servers.oauth.grant(USER, asked(channel(servers).authorization(GRANT)))
    other = Grant(callback=GRANT.callback, state=GRANT.state, verifier="w" * 64)
    with pytest.raises(ConnectorError, match="Malformed auth code") as caught:
        channel(servers).redeem(code, other)
    assert caught.value.permanent


def test_a_renewed_session_keeps_the_newest_refresh_token(servers: Post) -> None:
    first = servers.oauth.tokens(USER)
    fresh = channel(servers, refresh_token=first["refresh_token"]).renew()
    assert fresh["refresh_token"] != first["refresh_token"]
    again = channel(servers, **fresh).renew()
    assert channel(servers, **again).verify() == USER


def test_a_session_that_was_taken_away_asks_somebody_to_sign_in(servers: Post) -> None:
    gone = servers.oauth.tokens(USER)["refresh_token"]
    servers.oauth.refresh.clear()
    with pytest.raises(ConnectorError, match="expired or revoked") as caught:
        channel(servers, refresh_token=gone).renew()
    assert caught.value.permanent
    assert "Sign in again" in caught.value.remedy
    assert gone not in str(caught.value)


@pytest.mark.parametrize(
    ("effect", "permanent"),
    [({"status": 503}, False), ({"status": 429}, False), ({"status": 200}, False), ({"status": 401, "body": []}, True)],
)
def test_what_goes_wrong_at_the_provider_is_told(servers: Post, effect: dict[str, object], permanent: bool) -> None:
    servers.oauth.faults.add("status", "/token", **effect)
    with pytest.raises(ConnectorError) as caught:
        channel(servers, refresh_token="x").renew()
    assert caught.value.permanent is permanent
    assert bool(caught.value.remedy) is permanent


def test_a_token_that_ended_is_refused_by_both_servers_in_words(servers: Post) -> None:
    servers.arrives(mail())
    token = servers.oauth.tokens(USER)["access_token"]
    connector = channel(servers, access_token=token)
    (item,) = told(connector)
    servers.world.tokens.clear()
    for call in (connector.verify, lambda: connector.reply(answer(item))):
        with pytest.raises(ConnectorError) as caught:
            call()
        assert caught.value.permanent
        assert not caught.value.unknown
        assert token not in f"{caught.value.message} {caught.value.remedy}"


def test_before_anybody_signed_in_it_says_so(servers: Post) -> None:
    for call in (channel(servers).verify, channel(servers).renew):
        with pytest.raises(ConnectorError, match="has signed in") as caught:
            call()
        assert caught.value.permanent
    with pytest.raises(ConnectorError, match="password is missing"):
        channel(servers, "password").verify()
    with pytest.raises(ConnectorError, match="logs in with a password"):
        channel(servers, "password").authorization(GRANT)
    assert channel(servers, "password").session_until() is None


def test_without_a_client_id_nobody_is_sent_anywhere(servers: Post) -> None:
    account = servers.account(login="google", credentials=KEYS, client_id="")
    with pytest.raises(ConnectorError, match="client ID is missing"):
        Email(account).authorization(GRANT)


def test_s33_disconnecting_gives_the_token_back(servers: Post) -> None:
    token = servers.oauth.tokens(USER)["refresh_token"]
    channel(servers, refresh_token=token).revoke()
    channel(servers, refresh_token=token).revoke()
    assert servers.oauth.revoked == [token]
    channel(servers, "password").revoke()

"""Signing in at a server: with the least permissions, and given back in the end (S33)."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from connectors.channels.mastodon import Mastodon
from connectors.protocol import ConnectorError, Grant
from tests.connectors.mastodon import connected
from tests.servers.mastodon import Server, serving

CALLBACK = "https://inbox.example/settings/channels/callback/"
GRANT = Grant(callback=CALLBACK, state="a-state", verifier="v" * 50)


pytestmark = pytest.mark.usefixtures("loopback")


@pytest.fixture
def server(loopback: None) -> Iterator[Server]:
    with serving() as running:
        yield running


def with_more(connector: Mastodon, **credentials: str) -> Mastodon:
    account = connector.account
    return Mastodon(replace(account, credentials={**account.credentials, **credentials}))


def signed_in(server: Server) -> Mastodon:
    """A connector with everything that signing in brings."""
    asking = connected(server, credentials={})
    asking = with_more(asking, **asking.register(CALLBACK))
    back = requests.get(asking.authorization(GRANT), allow_redirects=False, timeout=5).headers["location"]
    query = parse_qs(urlsplit(back).query)
    assert back.startswith(CALLBACK)
    assert query["state"] == [GRANT.state]
    return with_more(asking, **asking.redeem(query["code"][0], GRANT))


def test_s33_it_asks_for_the_least_and_works_with_that(server: Server) -> None:
    connector = signed_in(server)
    assert connector.verify() == "@brand@social.test"
    for step in connector.steps():
        step.run()
    least = {"read:accounts", "read:notifications", "read:statuses", "write:statuses", "write:media"}
    [application] = server.oauth.applications.values()
    assert set(application["scopes"].split()) == set(connector.scopes) == least
    assert set(server.oauth.tokens[connector.account.credentials["access_token"]].split()) == least


def test_s33_a_code_is_no_use_to_whoever_has_not_asked(server: Server) -> None:
    asking = connected(server, credentials={})
    asking = with_more(asking, **asking.register(CALLBACK))
    back = requests.get(asking.authorization(GRANT), allow_redirects=False, timeout=5).headers["location"]
    code = parse_qs(urlsplit(back).query)["code"][0]
    with pytest.raises(ConnectorError, match="authorization grant is invalid") as caught:
        asking.redeem(code, replace(GRANT, verifier="w" * 50))
    assert caught.value.permanent


def test_the_application_is_made_once_for_a_server_and_a_way_back(server: Server) -> None:
    connector = signed_in(server)
    assert connector.register(CALLBACK) == {}
    assert connector.register(CALLBACK + "other/")
    elsewhere = Mastodon(replace(connector.account, base_url=f"{server.url}/"))
    assert elsewhere.register(CALLBACK)
    assert len(server.oauth.applications) == 3


def test_what_was_not_granted_is_said(server: Server) -> None:
    server.oauth.grants = "read write:statuses"
    with pytest.raises(ConnectorError, match="lacks permissions: write:media") as caught:
        signed_in(server)
    assert caught.value.permanent


def test_a_token_made_by_hand_is_checked_for_what_it_may_do(server: Server) -> None:
    server.oauth.tokens["brand-token"] = "read:accounts read:notifications read:statuses"
    failed = {}
    for step in connected(server).steps():
        try:
            step.run()
        except ConnectorError as error:
            failed[step.label] = error.message
    assert failed == {
        "No permission is missing, as far as the server tells": (
            "The token lacks permissions: write:statuses, write:media."
        )
    }
    server.oauth.tokens["brand-token"] = "read write"
    for step in connected(server).steps():
        step.run()


def test_a_server_that_does_not_tell_what_a_token_may_do_is_believed(server: Server) -> None:
    server.faults.add("status", "/apps/verify_credentials", status=404)
    for step in connected(server, hashtags="touring", accounts="bo@far.test").steps():
        step.run()


def test_what_is_watched_is_looked_for(server: Server) -> None:
    with pytest.raises(ConnectorError, match="no account @nobody@far.test"):
        connected(server, accounts="nobody@far.test").steps()[-1].run()


def test_s33_the_token_is_given_back(server: Server) -> None:
    connector = signed_in(server)
    connector.revoke()
    assert server.oauth.revoked == [connector.account.credentials["access_token"]]
    with pytest.raises(ConnectorError) as caught:
        connector.verify()
    assert caught.value.permanent


def test_s33_a_token_made_by_hand_has_to_be_deleted_by_hand(server: Server) -> None:
    with pytest.raises(ConnectorError, match="made by hand") as caught:
        connected(server).revoke()
    assert "Development" in caught.value.remedy
    connected(server, credentials={}).revoke()


def test_a_token_without_an_end_is_never_renewed(server: Server) -> None:
    connector = signed_in(server)
    assert connector.session_until() is None
    assert connector.expires_at() is None


def test_a_token_with_an_end_is_renewed(server: Server) -> None:
    server.oauth.lasting = 7200
    connector = signed_in(server)
    until = connector.session_until()
    assert until
    assert abs(until - datetime.now(UTC) - timedelta(hours=2)) < timedelta(minutes=1)
    assert connector.expires_at() is None
    server.oauth.expire()
    fresh = connector.renew()
    assert with_more(connector, **fresh).verify() == "@brand@social.test"
    # What was used once is of no use any more.
    with pytest.raises(ConnectorError) as caught:
        connector.renew()
    assert caught.value.permanent
    assert "Sign in" in caught.value.remedy


def test_a_token_with_an_end_that_cannot_be_renewed_says_when_somebody_has_to_come(server: Server) -> None:
    end = datetime.now(UTC) + timedelta(days=5)
    connector = with_more(connected(server), token_until=end.isoformat())
    assert connector.session_until() is None
    assert connector.expires_at() == end


@pytest.mark.parametrize(
    "body", ["{}", "[]", '{"access_token": 5}', "<html>", '{"client_id": "", "client_secret": "s"}']
)
def test_answers_that_are_none_are_errors(body: str, server: Server) -> None:
    server.faults.add("malformed", body=body)
    asking = with_more(connected(server), client_id="c", client_secret="s")
    calls = [lambda: asking.register(CALLBACK), lambda: asking.redeem("code", GRANT), asking.verify]
    for call in calls:
        with pytest.raises(ConnectorError) as caught:
            call()
        assert not caught.value.unknown


def test_without_a_token_it_says_what_to_do(server: Server) -> None:
    with pytest.raises(ConnectorError, match="no access token") as caught:
        connected(server, credentials={}).verify()
    assert "Sign in" in caught.value.remedy
    with pytest.raises(ConnectorError, match="no application"):
        connected(server).authorization(GRANT)

"""Signing in at Bluesky, keeping the session, and looking again at what was taken in."""

import base64
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connectors.channels.bluesky import Bluesky
from connectors.channels.bluesky.session import VENDOR, kept, opened, stored
from connectors.protocol import Account, ConnectorError
from tests.connectors.bench import original_of, told
from tests.connectors.test_bluesky_conformance import PASSWORD, account_for
from tests.servers.bluesky import Server, serving


@pytest.fixture
def server(loopback: None) -> Iterator[Server]:
    with serving() as running:
        yield running


def entered(server: Server, password: str = PASSWORD, handle: str = "brand.test") -> Account:
    """A channel as somebody has just filled in its form."""
    return Account(
        network="bluesky",
        name="Brand",
        base_url=server.url,
        settings={"handle": handle},
        credentials={"app_password": password},
    )


def with_session(account: Account, fresh: Any) -> Account:
    return replace(account, credentials={**account.credentials, **fresh})


def test_r18_a_session_is_kept_and_renewed_by_its_refresh_token(server: Server) -> None:
    account = account_for(server)
    connector = Bluesky(account)
    until = connector.session_until()
    assert until is not None
    assert timedelta(minutes=110) < until - datetime.now(UTC) <= timedelta(hours=2)
    assert connector.verify() == "@brand.test"
    renewed = Bluesky(with_session(account, connector.renew()))
    assert renewed.verify() == "@brand.test"
    assert len(server.asked("createSession")) == 1
    assert len(server.asked("refreshSession")) == 1


def test_a_refresh_token_that_is_too_old_is_replaced_by_the_app_password(server: Server) -> None:
    account = account_for(server)
    server.api.refresh.clear()
    server.api.end_sessions()
    renewed = Bluesky(with_session(account, Bluesky(account).renew()))
    assert renewed.verify() == "@brand.test"


def test_the_account_is_known_by_its_did_when_its_handle_has_changed(server: Server) -> None:
    account = account_for(server)
    server.world.accounts[server.world.brand]["handle"] = "brand.example.test"
    server.api.refresh.clear()
    assert Bluesky(with_session(account, Bluesky(account).renew())).verify() == "@brand.example.test"


def test_s32_another_password_handle_or_address_is_another_session(server: Server) -> None:
    account = account_for(server)
    assert stored(account) is not None
    for changed in (
        replace(account, base_url="https://pds.example"),
        replace(account, settings={"handle": "other.test"}),
        replace(account, credentials={**account.credentials, "app_password": "another-pass"}),
    ):
        assert stored(changed) is None
        assert Bluesky(changed).session_until() == datetime.min.replace(tzinfo=UTC)


def test_a_wrong_app_password_is_a_persons_to_mend(server: Server) -> None:
    with pytest.raises(ConnectorError, match="Invalid identifier or password") as caught:
        Bluesky(entered(server, "wrong")).renew()
    assert caught.value.permanent
    assert "Make a new app password" in caught.value.remedy


def test_the_accounts_own_password_is_named_as_such(server: Server) -> None:
    connector = Bluesky(account_for(server, "own-password"))
    step = next(one for one in connector.steps() if one.label == "Uses an app password")
    with pytest.raises(ConnectorError, match="own password") as caught:
        step.run()
    assert caught.value.remedy


def test_a_code_by_mail_points_to_app_passwords(server: Server) -> None:
    body = {"error": "AuthFactorTokenRequired", "message": "A sign in code has been sent to your email address"}
    server.faults.add("status", "createSession", status=401, body=body)
    with pytest.raises(ConnectorError, match="sign in code") as caught:
        Bluesky(entered(server)).renew()
    assert "app password" in caught.value.remedy


def test_r16_too_many_sign_ins_are_waited_for(server: Server) -> None:
    server.faults.add("ratelimit", "createSession", reset_in=3000)
    with pytest.raises(ConnectorError) as caught:
        Bluesky(entered(server)).renew()
    assert caught.value.retry_at is not None
    assert not caught.value.permanent


def test_a_session_that_the_server_ends_early_does_not_stop_a_pull(server: Server) -> None:
    for n in range(150):
        server.world.add(f"@brand.test {n}")
    connector = Bluesky(account_for(server))
    pages = connector.fetch({})
    first = next(pages)
    server.api.end_sessions()
    assert len(first.items) + sum(len(page.items) for page in pages) == 150
    assert len(server.asked("createSession")) == 2


def test_a_revoked_app_password_in_mid_page_is_permanent(server: Server) -> None:
    for n in range(150):
        server.world.add(f"@brand.test {n}")
    pages = Bluesky(account_for(server)).fetch({})
    next(pages)
    server.api.end_sessions()
    server.world.passwords.clear()
    with pytest.raises(ConnectorError) as caught:
        list(pages)
    assert caught.value.permanent
    assert caught.value.remedy


def test_an_account_that_is_not_active_says_so(server: Server) -> None:
    body = {"accessJwt": "a.b.c", "refreshJwt": "d", "did": "did:plc:a", "active": False, "status": "suspended"}
    server.faults.add("replace", "createSession", body=body)
    with pytest.raises(ConnectorError, match="suspended") as caught:
        Bluesky(entered(server)).renew()
    assert caught.value.permanent


def test_s33_disconnecting_ends_the_session(server: Server) -> None:
    connector = Bluesky(account_for(server))
    connector.revoke()
    assert (server.api.access, server.api.refresh) == ({}, {})


def answer_with(service: Any, **more: Any) -> dict[str, Any]:
    document = {"service": [{"id": "#atproto_pds", "serviceEndpoint": service}]}
    return {"accessJwt": "a.b.c", "refreshJwt": "d.e.f", "did": "did:plc:a", "didDoc": document, **more}


@pytest.mark.parametrize(
    ("base_url", "service", "expected"),
    [
        ("", "https://morel.host.bsky.network", "https://morel.host.bsky.network"),
        (VENDOR, "https://morel.host.bsky.network/", "https://morel.host.bsky.network"),
        ("https://pds.example", "https://elsewhere.example", "https://pds.example"),
        ("", "http://morel.host.bsky.network", VENDOR),
        ("", "https://user@morel.example", VENDOR),
        ("", "javascript:1", VENDOR),
        ("", 5, VENDOR),
    ],
)
def test_s32_only_the_vendors_own_address_names_another_server(base_url: str, service: Any, expected: str) -> None:
    account = Account(network="bluesky", name="B", base_url=base_url, credentials={"app_password": "x"})
    session = opened(account, answer_with(service))
    assert session.service == expected
    again = stored(with_session(account, kept(account, session)))
    assert again == session


@pytest.mark.parametrize("made", [0, 1_700_000_000, 4_000_000_000])
def test_how_long_a_token_lasts_depends_on_no_clock_but_ours(made: int) -> None:
    claims = base64.urlsafe_b64encode(json.dumps({"iat": made, "exp": made + 7200}).encode()).decode().rstrip("=")
    account = Account(network="bluesky", name="B", base_url="")
    session = opened(account, answer_with("", accessJwt=f"a.{claims}.c"))
    assert timedelta(minutes=119) < session.until - datetime.now(UTC) <= timedelta(hours=2)


@pytest.mark.parametrize("token", ["", "a b", "a\nb", "é", "x" * 9000, 5, None])
def test_s25_a_token_that_is_none_is_refused(token: Any) -> None:
    with pytest.raises(ConnectorError, match="no session"):
        opened(Account(network="bluesky", name="B", base_url=""), answer_with("", accessJwt=token))


def test_looking_again_tells_edits_and_deletions(server: Server) -> None:
    kept_, edited, deleted = (server.world.add(f"@brand.test {n}") for n in range(3))
    connector = Bluesky(account_for(server))
    known = [original_of(item) for item in told(connector)]
    server.world.edit(edited["uri"], "@brand.test another thing")
    server.world.delete(deleted["uri"])
    found = {item.external_id: item for item in connector.look_again(known)}
    assert set(found) == {edited["uri"], deleted["uri"]}
    assert (found[edited["uri"]].action, found[edited["uri"]].text) == ("edit", "@brand.test another thing")
    assert found[deleted["uri"]].action == "delete"
    newer = [replace(one, raw=found[one.external_id].raw if one.external_id in found else one.raw) for one in known]
    assert [item.action for item in connector.look_again(newer)] == ["delete"]
    assert kept_["uri"] not in found


def test_a_block_is_no_deletion(server: Server) -> None:
    post = server.world.add("@brand.test hello")
    connector = Bluesky(account_for(server))
    known = [original_of(item) for item in told(connector)]
    server.world.blocks.add(post["did"])
    assert connector.look_again(known) == []


def test_who_cannot_look_again_does_not_take_it_for_a_deletion(server: Server) -> None:
    server.world.add("@brand.test hello")
    connector = Bluesky(account_for(server))
    known = [original_of(item) for item in told(connector)]
    server.faults.add("status", "getPosts", status=501)
    assert connector.look_again(known) == []
    server.faults.add("status", "getRecord", status=404)
    with pytest.raises(ConnectorError):
        connector.look_again(known)


def test_many_posts_are_looked_at_in_batches(server: Server) -> None:
    for n in range(60):
        server.world.add(f"@brand.test {n}")
    connector = Bluesky(account_for(server))
    known = [original_of(item) for item in told(connector)]
    server.requests.clear()
    assert connector.look_again(known) == []
    assert [len(one["query"]["uris"]) for one in server.asked("getPosts")] == [25, 25, 10]

"""What goes wrong with X is told in X's words, with what to do, and whether trying again helps."""

import json
import logging
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from connectors.channels.x import X
from connectors.protocol import ConnectorError
from tests.connectors.conftest import ALL_KEYS, BEARER
from tests.servers.canary import listener
from tests.servers.x import Server

Connect = Callable[..., X]
PAYLOADS = Path(__file__).parent / "payloads" / "x"


def payload(name: str) -> Any:
    return json.loads((PAYLOADS / f"{name}.json").read_text())


def failure(connector: X) -> ConnectorError:
    with pytest.raises(ConnectorError) as caught:
        list(connector.fetch({}))
    return caught.value


@pytest.mark.parametrize(
    ("status", "body", "words", "remedy"),
    [
        (401, "unauthorized", "Unauthorized (HTTP 401)", "connect the channel again"),
        (402, "credits_depleted", "does not have any credits", "buy some"),
        (403, "client_forbidden", "attached to a Project", "access level"),
        (400, "invalid_query", "no viable alternative at input", "watch-word"),
        (404, "unauthorized", "Unauthorized (HTTP 404)", "account name"),
    ],
)
def test_a_refusal_is_permanent_in_xs_own_words_with_a_remedy(
    status: int, body: str, words: str, remedy: str, server: Server, connect: Connect
) -> None:
    server.faults.add("status", status=status, body=payload(body))
    error = failure(connect())
    assert error.permanent
    assert words in error.message
    assert remedy in error.remedy
    assert error.retry_at is None


@pytest.mark.parametrize("status", [500, 502, 503, 504, 408, 425])
@pytest.mark.parametrize(
    "body", ["<html>Bad gateway</html>", "", "[]", '{"errors": null, "error": 5}', '{"errors": "x"}']
)
def test_a_server_error_passes_whatever_its_body(status: int, body: str, server: Server, connect: Connect) -> None:
    server.faults.add("status", status=status, body=body)
    error = failure(connect())
    assert not error.permanent
    assert str(status) in error.message


@pytest.mark.parametrize("body", [{}, [], '{"errors": [5, {"message": 7}]}', '{"detail": {}}', "null"])
@pytest.mark.parametrize("status", [400, 401, 403])
def test_a_refusal_without_words_is_still_one(status: int, body: Any, server: Server, connect: Connect) -> None:
    server.faults.add("status", status=status, body=body)
    error = failure(connect())
    assert error.permanent
    assert error.message.endswith(f"(HTTP {status})")


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({"x-rate-limit-reset": "{}"}, 60),
        ({"x-rate-limit-reset": "soon"}, 900),
        ({"x-rate-limit-reset": "1"}, 5),
        ({"x-rate-limit-reset": "9" * 10}, 86400),
        ({"retry-after": "30"}, 30),
        ({"retry-after": "9" * 30}, 900),
        ({}, 900),
    ],
)
def test_r16_a_limit_names_the_time_before_which_nobody_may_ask(
    headers: dict[str, str], wait: int, server: Server, connect: Connect
) -> None:
    given = {name: value.format(int(time.time()) + 60) for name, value in headers.items()}
    server.faults.add("status", status=429, body=payload("too_many_requests"), headers=given)
    error = failure(connect())
    assert not error.permanent
    assert error.message == "Too Many Requests (HTTP 429)"
    assert error.retry_at is not None
    assert abs((error.retry_at - datetime.now(UTC)).total_seconds() - wait) < 3


def test_an_account_that_x_does_not_know_is_named(connect: Connect) -> None:
    error = failure(connect(username="haldne"))
    assert error.permanent
    assert "Could not find user with username: [haldne]." in error.message


@pytest.mark.parametrize("body", ['{"data": [{"id"', "", "<html></html>", "[" * 5000, "[]", "7", '{"data": {"id": 7}}'])
def test_an_answer_that_is_not_what_x_documents_is_tried_again(body: str, server: Server, connect: Connect) -> None:
    server.faults.add("malformed", body=body)
    assert not failure(connect()).permanent


def test_r17_a_silent_server_is_tried_again(server: Server, connect: Connect, impatient: None) -> None:
    server.faults.add("timeout", seconds=2)
    started = time.monotonic()
    error = failure(connect())
    assert (error.permanent, error.message) == (False, "X did not answer in time.")
    assert time.monotonic() - started < 1.5


def test_a_connection_that_breaks_and_a_closed_port_are_tried_again(server: Server, connect: Connect) -> None:
    server.faults.add("drop_after_processing", count=1)
    assert not failure(connect()).permanent
    with listener() as closed:
        url = f"http://127.0.0.1:{closed.port}"
    assert "cannot be reached" in failure(connect(url=url)).message


def test_s18_an_address_that_may_not_be_reached_needs_repair(connect: Connect, settings: Any, server: Server) -> None:
    connector = connect()
    settings.OUTBOUND_ALLOW = []
    error = failure(connector)
    assert error.permanent
    assert "OUTBOUND_ALLOW" in error.remedy
    assert server.requests == []


def test_a_redirect_is_not_followed(server: Server, connect: Connect) -> None:
    with listener() as elsewhere:
        headers = {"Location": f"http://127.0.0.1:{elsewhere.port}/"}
        server.faults.add("status", status=302, body="", headers=headers)
        error = failure(connect())
        assert elsewhere.connects == 0
    assert error.permanent
    assert "address" in error.remedy


@pytest.mark.parametrize("url", ["http://", "https:///2", "ftp://127.0.0.1", "nonsense", "http://[::1"])
def test_an_address_that_is_none_needs_repair(url: str, loopback: None, connect: Connect) -> None:
    assert failure(connect(url=url)).permanent


@pytest.mark.parametrize("token", ["bad\ntoken", "t\u00f6ken", "\u6f22", ""])
def test_a_token_that_is_none_needs_repair(token: str, connect: Connect) -> None:
    error = failure(connect(keys={"bearer_token": token}))
    assert error.permanent
    assert error.remedy


@pytest.mark.parametrize(
    "settings_", [{"username": "../../evil"}, {"username": "", "user_id": "1?x"}, {"username": "a b"}]
)
def test_a_name_that_is_none_is_not_put_into_an_address(
    settings_: dict[str, Any], server: Server, connect: Connect
) -> None:
    assert failure(connect(**settings_)).permanent
    assert server.requests == []


def test_verifying_makes_a_call_with_each_kind_of_key_and_returns_the_handle(server: Server, connect: Connect) -> None:
    assert connect().verify() == "@halden"
    assert [one["path"] for one in server.requests] == ["/2/users/by/username/halden", "/2/users/me"]
    assert connect(keys=BEARER, username="@Halden").verify() == "@halden"
    assert connect(username="", user_id=1000).verify() == "@halden"
    assert connect(username="").verify() == "@halden"


def test_verifying_without_a_name_says_what_is_missing(connect: Connect) -> None:
    with pytest.raises(ConnectorError) as caught:
        connect(keys=BEARER, username="").verify()
    assert "Give the channel the account's user name." in caught.value.remedy
    assert "Application-Only is forbidden" in caught.value.message


@pytest.mark.parametrize("name", sorted(ALL_KEYS))
def test_verifying_with_one_wrong_key_fails_in_xs_words(name: str, connect: Connect) -> None:
    with pytest.raises(ConnectorError, match="Unauthorized") as caught:
        connect(keys=ALL_KEYS | {name: "wrong"}).verify()
    assert caught.value.permanent


def test_verifying_with_somebody_elses_keys_says_so(server: Server, connect: Connect) -> None:
    server.world.user("other", "2000")
    with pytest.raises(ConnectorError, match="belong to @halden, the channel to @other"):
        connect(username="other").verify()


def test_s31_keys_are_in_no_log_no_error_and_no_representation(
    server: Server, connect: Connect, caplog: pytest.LogCaptureFixture
) -> None:
    logging.getLogger().setLevel(logging.DEBUG)
    with caplog.at_level(logging.DEBUG):
        connector = connect()
        connector.verify()
        list(connector.fetch({}))
        server.faults.add("status", status=401)
        error = failure(connect())
    everything = caplog.text + repr(connector) + repr(connector.account) + str(vars(connector)) + repr(error)
    for secret in ("bearer-secret", "api-secret", "access-token-secret"):
        assert secret not in everything


def test_a_malformed_post_is_set_aside_and_the_rest_goes_on(server: Server, connect: Connect) -> None:
    good = {server.world.add(f"@halden {n}")["id"] for n in range(5)}
    bad: list[Any] = [
        None,
        "post",
        7,
        [],
        {},
        {"id": {}},
        {"id": "77"},
        {"id": "78", "text": "x", "author_id": "9", "created_at": "?"},
    ]
    server.faults.add("malformed_item", "/mentions", items=bad, count=1)
    pages = list(connect().fetch({}))
    assert {item.external_id for page in pages for item in page.items} == good
    malformed = [one for page in pages for one in page.malformed]
    assert [one.payload for one in malformed] == bad
    assert all(one.reason for one in malformed)
    assert malformed[-1].position == "mentions, 78"


def test_our_own_posts_are_no_messages(server: Server, connect: Connect) -> None:
    server.world.add("@halden is talking to itself", "halden")
    assert [page.items for page in connect().fetch({})] == [[], []]


def test_retry_times_are_aware(server: Server, connect: Connect) -> None:
    server.faults.add("ratelimit", reset_in=60)
    error = failure(connect())
    assert error.retry_at is not None
    assert error.retry_at.utcoffset() == timedelta(0)

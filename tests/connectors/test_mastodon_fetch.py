"""What a pull brings from a server that speaks Mastodon's API, and what it makes of its faults."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connectors.protocol import ConnectorError
from tests.connectors.bench import original_of
from tests.connectors.mastodon import connected, pulled
from tests.servers.canary import answers, listener
from tests.servers.mastodon import Server, serving

pytestmark = pytest.mark.usefixtures("loopback")


@pytest.fixture
def server(loopback: None) -> Iterator[Server]:
    with serving() as running:
        yield running


def test_private_mentions_that_the_server_filters_come_in_as_well(server: Server) -> None:
    made = server.world.post("@brand in private", visibility="direct")
    items, _ = pulled(connected(server))
    assert [(one.external_id, one.kind) for one in items] == [(made["uri"], "direct")]


def test_an_answer_to_our_answer_is_in_the_thread_of_the_first_message(server: Server) -> None:
    first = server.world.post("@brand where is it?", "bo@far.test")
    ours = server.world.post("@bo on its way", "brand", to=first)
    second = server.world.post("@brand thanks", "bo@far.test", to=ours)
    items, _ = pulled(connected(server))
    thanks = next(one for one in items if one.external_id == second["uri"])
    assert thanks.thread_id == first["uri"]
    assert thanks.parent_id == ours["uri"]
    assert (thanks.context[0].author, thanks.context[0].text) == ("@brand@social.test", "@bo on its way")


def test_the_thread_is_asked_for_once_however_many_answers_a_page_has(server: Server) -> None:
    above = server.world.post("Our news", "brand")
    for n in range(5):
        server.world.post(f"@brand {n}", f"user{n}", to=above)
    items, _ = pulled(connected(server))
    assert {one.thread_id for one in items} == {above["uri"]}
    assert len(server.asked("/context")) == 1


def test_a_thread_with_too_many_answers_is_read_without_them(server: Server) -> None:
    above = server.world.post("Our news", "brand")
    server.world.post("@brand hm", to=above)
    server.faults.add("malformed", "/context", body='{"ancestors": [], "descendants": ["' + "x" * 9_000_000 + '"]}')
    items, _ = pulled(connected(server))
    assert items[0].parent_id == items[0].thread_id == above["uri"]


@pytest.mark.parametrize("fault", ["500", "too much"])
def test_a_thread_that_the_server_cannot_tell_at_once_is_climbed(fault: str, server: Server) -> None:
    first = server.world.post("@brand where is it?", "bo@far.test")
    ours = server.world.post("@bo on its way", "brand", to=first)
    server.world.post("@brand thanks", "bo@far.test", to=ours)
    if fault == "500":
        server.faults.add("status", "/context", status=500)
    else:
        server.faults.add("malformed", "/context", body='{"descendants": ["' + "x" * 9_000_000 + '"]}')
    server.world.post("@brand another matter")
    items, _ = pulled(connected(server))
    assert sorted(one.text for one in items) == ["@brand another matter", "@brand thanks", "@brand where is it?"]
    thanks = next(one for one in items if one.text == "@brand thanks")
    assert (thanks.thread_id, thanks.parent_id) == (first["uri"], ours["uri"])


def test_a_server_that_tells_nothing_of_a_thread_is_asked_again_and_nothing_is_lost(server: Server) -> None:
    above = server.world.post("Our news", "brand")
    made = server.world.post("@brand hm", to=above)
    server.faults.add("status", "/statuses/", status=503)
    with pytest.raises(ConnectorError, match="503"):
        pulled(connected(server))
    server.faults.clear()
    items, _ = pulled(connected(server))
    assert [(one.external_id, one.thread_id) for one in items] == [(made["uri"], above["uri"])]


def test_an_answer_whose_parent_is_gone_stands_alone(server: Server) -> None:
    above = server.world.post("Our news", "brand")
    server.world.post("@brand hm", to=above)
    server.faults.add("status", "/context", status=404)
    server.faults.add("status", f"/statuses/{above['id']}", status=404)
    items, _ = pulled(connected(server))
    assert (items[0].parent_id, items[0].thread_id, items[0].context) == ("", "", ())


def test_a_post_with_a_watched_hashtag_that_mentions_us_comes_as_a_mention(server: Server) -> None:
    made = server.world.post("@brand your #touring", notify=False)
    items, _ = pulled(connected(server, hashtags="Touring"))
    assert [(one.external_id, one.kind) for one in items] == [(made["uri"], "mention")]


def test_watched_accounts_are_found_on_other_servers_and_tell_only_what_they_wrote(server: Server) -> None:
    made = server.world.post("News", "press@far.test")
    server.world.post("", "press@far.test", reblog={"id": "1"})
    items, cursor = pulled(connected(server, accounts="@press@far.test"))
    assert [(one.external_id, one.kind) for one in items] == [(made["uri"], "post")]
    pulled(connected(server, accounts="@press@far.test"), cursor)
    assert len(server.asked("/accounts/lookup")) == 1


def test_what_is_wrong_with_one_stream_does_not_keep_the_others_waiting(server: Server) -> None:
    server.world.post("@brand hello")
    connector = connected(server, accounts="nobody@far.test\npress@far.test")
    server.world.post("News", "press@far.test")
    seen = []
    with pytest.raises(ConnectorError, match="no account @nobody@far.test") as caught:
        for page in connector.fetch({}):
            seen += [one.text for one in page.items]
    assert seen == ["@brand hello", "News"]
    assert caught.value.permanent
    assert caught.value.remedy


@pytest.mark.parametrize("setting", [("hashtags", "two words"), ("accounts", "http://far.test/@press")])
def test_what_cannot_be_watched_is_said_before_anybody_is_asked(setting: Any, server: Server) -> None:
    with pytest.raises(ConnectorError, match="is no ") as caught:
        connected(server, **dict([setting])).verify()
    assert caught.value.permanent
    assert server.requests == []


def test_our_own_posts_are_passed_over(server: Server) -> None:
    server.world.post("We #touring too, @brand", "brand")
    assert pulled(connected(server, hashtags="touring"))[0] == []


def test_an_edit_that_the_server_tells_of_is_one(server: Server) -> None:
    made = server.world.post("@brand I love it")
    _, cursor = pulled(connected(server))
    server.world.notify("update", server.world.edit(made["id"], "@brand I hate it"))
    items, _ = pulled(connected(server), cursor)
    assert [(one.action, one.text) for one in items] == [("edit", "@brand I hate it")]
    assert items[0].posted_at == datetime.fromisoformat(made["edited_at"])


def test_a_notification_that_is_gone_is_no_deletion(server: Server) -> None:
    made = server.world.post("@brand hello")
    items, cursor = pulled(connected(server))
    server.world.notifications.clear()
    assert pulled(connected(server), cursor)[0] == []
    assert connected(server).look_again([original_of(items[0])]) == []
    assert made["id"] in server.world.statuses


def test_looking_again_asks_for_many_at_once_where_the_server_can(server: Server) -> None:
    for n in range(30):
        server.world.post(f"@brand {n}")
    items, _ = pulled(connected(server))
    server.world.delete(items[3].raw["status"]["id"])
    told = connected(server).look_again([original_of(one) for one in items])
    assert [(one.action, one.external_id) for one in told] == [("delete", items[3].external_id)]
    assert len(server.asked("/api/v1/statuses")) == 3


def test_what_another_server_or_account_does_not_know_is_no_deletion(server: Server) -> None:
    made = server.world.post("@brand hello")
    items, _ = pulled(connected(server))
    server.world.delete(made["id"])
    known = original_of(items[0])
    elsewhere = replace(known, raw={**known.raw, "read_by": "brand@old.test"})
    assert connected(server).look_again([elsewhere]) == []
    assert [one.action for one in connected(server).look_again([known])] == ["delete"]


@pytest.mark.parametrize(
    ("visibility", "told"), [("public", ["delete"]), ("unlisted", ["delete"]), ("private", []), ("direct", [])]
)
def test_a_deletion_is_noticed_by_another_account_of_the_server_where_all_of_them_saw_it(
    server: Server, visibility: str, told: list[str]
) -> None:
    made = server.world.post("@brand hello", visibility=visibility)
    items, _ = pulled(connected(server))
    server.world.delete(made["id"])
    known = original_of(items[0])
    place = known.raw["read_by"].rpartition("@")[2]
    read = replace(known, raw={**known.raw, "read_by": f"@care@{place.title()}"})
    assert [one.action for one in connected(server).look_again([read])] == told


def test_a_server_that_finds_nothing_at_all_is_no_deletion(server: Server) -> None:
    server.world.post("@brand hello")
    items, _ = pulled(connected(server))
    server.faults.add("status", status=404, error="Not Found")
    with pytest.raises(ConnectorError, match="404"):
        connected(server).look_again([original_of(items[0])])


def test_another_servers_post_with_the_same_id_is_no_edit(server: Server) -> None:
    made = server.world.post("@brand hello")
    items, _ = pulled(connected(server))
    server.world.edit(made["id"], "@brand something else")
    other = replace(original_of(items[0]), external_id="https://old.test/users/dana/statuses/1")
    assert connected(server).look_again([other]) == []


def test_an_awkward_dialect_brings_the_same() -> None:
    with serving(plain=True) as server:
        expected = {server.world.post(f"@brand {n}")["uri"] for n in range(100)}
        server.world.notify("follow")
        items, cursor = pulled(connected(server))
        assert {one.external_id for one in items} == expected
        server.world.notify("favourite", server.world.post("liked", "brand"))
        late = server.world.post("@brand late")
        assert [one.external_id for one in pulled(connected(server), cursor)[0]] == [late["uri"]]


def test_a_type_that_a_server_does_not_know_is_no_obstacle(server: Server) -> None:
    server.world.post("@brand hello")
    server.faults.add("status", "/notifications", status=400, error="unknown notification type", count=1)
    assert len(pulled(connected(server))[0]) == 1


def test_what_is_no_status_is_kept_with_the_reason_and_told_once(server: Server) -> None:
    server.world.post("@brand hello")
    broken = server.world.post("@brand broken", created_at="yesterday")
    server.world.notifications.append({"id": server.world.next_id(), "type": "mention", "status": None})
    server.world.notifications.append({"id": server.world.next_id(), "type": "mention", "status": {"account": 5}})
    pages = list(connected(server).fetch({}))
    assert [one.text for page in pages for one in page.items] == ["@brand hello"]
    reasons = [one.reason for page in pages for one in page.malformed]
    assert len(reasons) == 3
    assert any("posted_at" in one for one in reasons)
    assert broken["uri"] in str([one.payload for page in pages for one in page.malformed])
    assert [one for page in connected(server).fetch(pages[-1].cursor) for one in page.malformed] == []


@pytest.mark.parametrize("body", ["{}", '{"a": 1}', "[1, 2", "[" * 100_000, '"x"', "<html>"])
def test_a_list_that_is_none_is_an_error_and_nothing_moves(body: str, server: Server) -> None:
    server.faults.add("malformed", "/notifications", body=body)
    with pytest.raises(ConnectorError) as caught:
        pulled(connected(server))
    assert not caught.value.permanent


def test_r1_a_token_that_is_revoked_in_mid_page_loses_nothing(server: Server) -> None:
    above = [server.world.post(f"Our news {n}", "brand") for n in range(6)]
    expected = {server.world.post("@brand hm", f"user{n}", to=one)["uri"] for n, one in enumerate(above)}
    server.faults.add("status", "/context", status=401, error="The access token was revoked", after=3)
    seen: set[str] = set()
    cursor: Any = {}
    with pytest.raises(ConnectorError, match="revoked") as caught:
        for page in connected(server).fetch({}):
            seen |= {one.external_id for one in page.items}
            cursor = page.cursor
    assert len(seen) == 3
    assert caught.value.permanent
    server.faults.clear()
    rest, _ = pulled(connected(server), cursor)
    assert {one.external_id for one in rest} == expected - seen


def test_it_waits_as_long_as_the_server_says_and_gets_on_meanwhile() -> None:
    with serving(limit=6, window=600) as server:
        above = [server.world.post(f"Our news {n}", "brand") for n in range(20)]
        for n, one in enumerate(above):
            server.world.post("@brand hm", f"user{n}", to=one)
        seen: set[str] = set()
        cursor: Any = {}
        for _ in range(10):
            try:
                for page in connected(server).fetch(cursor):
                    seen |= {one.external_id for one in page.items}
                    cursor = page.cursor
                break
            except ConnectorError as error:
                assert error.retry_at
                assert timedelta(minutes=9) < error.retry_at - datetime.now(UTC) < timedelta(minutes=11)
                server.api.reset = 0
        assert len(seen) == 20


def test_a_limit_that_is_told_is_noted(server: Server) -> None:
    server.api.limit = 100
    page = next(connected(server).fetch({}))
    assert page.calls_left is not None
    assert page.calls_left < 100
    assert page.calls_reset_at is not None


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"X-RateLimit-Reset": "soon", "Retry-After": "90"}, 90),
        ({"X-RateLimit-Reset": "99999999999999999999"}, 300),
        ({"Retry-After": "²"}, 300),
        ({"X-RateLimit-Reset": "2001-01-01T00:00:00Z"}, 5),
        ({"X-RateLimit-Reset": "9999-12-31T23:59:59Z"}, 24 * 3600),
    ],
)
def test_a_limit_without_a_usable_end_ends_all_the_same(headers: dict[str, str], seconds: int, server: Server) -> None:
    server.faults.add("status", status=429, headers={name: value for name, value in headers.items() if value.isascii()})
    with pytest.raises(ConnectorError) as caught:
        connected(server).verify()
    assert caught.value.retry_at
    assert abs((caught.value.retry_at - datetime.now(UTC)).total_seconds() - seconds) < 5


def test_s18_a_server_that_redirects_to_this_machine_is_refused(server: Server, settings: Any) -> None:
    with listener(answers(b"[]")) as canary:
        for status in (301, 302, 307, 308):
            server.faults.clear()
            where = {"Location": f"http://127.0.0.1:{canary.port}/api/v1/accounts/verify_credentials"}
            server.faults.add("status", status=status, headers=where)
            with pytest.raises(ConnectorError, match="redirects") as caught:
                connected(server).verify()
            assert caught.value.permanent
        assert canary.connects == 0


def test_a_server_that_is_not_there_or_says_nothing_is_asked_again(server: Server, impatient: None) -> None:
    with pytest.raises(ConnectorError, match="cannot be reached") as caught:
        connected(server, url="http://127.0.0.1:1").verify()
    assert not caught.value.permanent
    server.faults.add("timeout", seconds=5)
    with pytest.raises(ConnectorError, match="did not answer in time") as caught:
        connected(server).verify()
    assert not caught.value.permanent


def test_a_connection_that_the_server_has_closed_costs_nothing(server: Server) -> None:
    server.world.post("@brand hello")
    server.faults.add("drop_after_processing", "/notifications", count=1)
    assert len(pulled(connected(server))[0]) == 1


@pytest.mark.parametrize("token", ["kräftig-\u4e2d", "/etc/hostname", "a\nb", "a\x00b"])
def test_a_token_that_is_none_is_refused_and_never_a_file(token: str, server: Server) -> None:
    with pytest.raises(ConnectorError) as caught:
        connected(server, credentials={"access_token": token}).verify()
    assert caught.value.permanent
    assert [one["headers"].get("Authorization") for one in server.requests if "hostname" in str(one)] in (
        [],
        ["Bearer /etc/hostname"],
    )


@pytest.mark.parametrize("url", ["https://", "mastodon.example", "http://[::1", "ftp://mastodon.example"])
def test_an_address_that_is_none_is_refused(url: str, server: Server) -> None:
    connector = connected(server)
    object.__setattr__(connector.account, "base_url", url)
    with pytest.raises(ConnectorError):
        type(connector)(connector.account).verify()

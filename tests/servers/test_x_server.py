"""The stand-in itself: what it says is what X documents, in both spellings."""

import csv
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import requests
import tweepy

from tests.servers.x import Server, serving
from tests.servers.x_auth import Keys
from tests.servers.x_world import World, load, load_airline

BEARER = {"Authorization": "Bearer bearer-secret"}


@pytest.fixture
def server() -> Any:
    with serving() as running:
        yield running


def get(server: Server, path: str, headers: dict[str, str] = BEARER, **params: Any) -> Any:
    named = {name.replace("_fields", ".fields"): value for name, value in params.items()}
    return requests.get(server.url + path, params=named, headers=headers, timeout=5)


def fill(server: Server, count: int) -> list[str]:
    return [server.world.add(f"@halden {n}", id=str(1000 + n))["id"] for n in range(count)]


def test_pages_come_newest_first_and_name_the_next_one(server: Server) -> None:
    ids = fill(server, 25)
    first = get(server, "/2/users/1000/mentions", max_results=10).json()
    assert [post["id"] for post in first["data"]] == ids[:14:-1]
    assert first["meta"]["newest_id"] == "1024"
    assert first["meta"]["oldest_id"] == "1015"
    assert first["meta"]["result_count"] == 10
    token = first["meta"]["next_token"]
    server.world.add("@halden meanwhile")
    second = get(server, "/2/users/1000/mentions", max_results=10, pagination_token=token).json()
    assert [post["id"] for post in second["data"]] == ids[14:4:-1]
    third = get(server, "/2/users/1000/mentions", max_results=10, pagination_token=second["meta"]["next_token"]).json()
    assert "next_token" not in third["meta"]


def test_bounds_are_exclusive_and_nothing_is_an_answer_without_data(server: Server) -> None:
    fill(server, 25)
    page = get(server, "/2/users/1000/mentions", since_id="1003", until_id="1006").json()
    assert [post["id"] for post in page["data"]] == ["1005", "1004"]
    assert get(server, "/2/users/1000/mentions", since_id="1024").json() == {"meta": {"result_count": 0}}


@pytest.mark.parametrize("spelling", ["tweet", "post"])
def test_fields_and_expansions_are_honoured_in_the_spelling_of_the_question(spelling: str, server: Server) -> None:
    old = server.world.add("first", "bo")["id"]
    server.world.media["3_1"] = {"media_key": "3_1", "type": "photo", "url": "https://a.b/c.jpg", "alt_text": "c"}
    server.world.add(
        "@halden second",
        referenced_tweets=[{"type": "quoted", "id": old}],
        attachments={"media_keys": ["3_1"]},
    )
    bare = get(server, "/2/users/1000/mentions").json()["data"][0]
    assert set(bare) == {"id", "text", "edit_history_tweet_ids"}
    params: dict[str, Any] = {
        f"{spelling}_fields": f"author_id,referenced_{spelling}s,attachments",
        "expansions": f"author_id,referenced_{spelling}s.id,attachments.media_keys",
        "user_fields": "public_metrics",
        "media_fields": "url",
    }
    answer = get(server, "/2/users/1000/mentions", **params).json()
    assert set(answer["data"][0]) == {
        "id", "text", f"edit_history_{spelling}_ids", "author_id", f"referenced_{spelling}s", "attachments"
    }  # fmt: skip
    assert answer["includes"][f"{spelling}s"][0]["id"] == old
    assert set(answer["includes"]["users"][0]) == {"id", "name", "username", "public_metrics"}
    assert answer["includes"]["media"] == [{"media_key": "3_1", "type": "photo", "url": "https://a.b/c.jpg"}]


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"max_results": 4}, "is not between 5 and 100"),
        ({"max_results": 101}, "is not between 5 and 100"),
        ({"since_id": "x"}, "is not a number"),
        ({"tweet_fields": "colour"}, "colour"),
    ],
)
def test_wrong_parameters_are_refused_as_x_does(params: dict[str, Any], message: str, server: Server) -> None:
    answer = get(server, "/2/users/1000/mentions", **params)
    assert answer.status_code == 400
    assert message in answer.json()["errors"][0]["message"]
    assert answer.json()["title"] == "Invalid Request"


def test_a_wrong_token_is_refused_and_calls_are_counted(server: Server) -> None:
    assert get(server, "/2/users/me", {"Authorization": "Bearer wrong"}).json()["status"] == 401
    server.api.limit = 2
    left = [get(server, "/2/users/1000/mentions").headers["x-rate-limit-remaining"] for _ in range(2)]
    limited = get(server, "/2/users/1000/mentions")
    assert (left, limited.status_code) == (["1", "0"], 429)
    assert int(limited.headers["x-rate-limit-reset"]) > time.time()


def test_tweepy_understands_it_and_signs_as_it_expects(server: Server) -> None:
    keys = Keys()
    client = tweepy.Client("bearer-secret", keys.api_key, keys.api_secret, keys.access_token, keys.access_token_secret)

    class Rebase(requests.adapters.HTTPAdapter):
        def send(self, request: Any, *args: Any, **kwargs: Any) -> Any:
            request.url = request.url.replace("https://api.twitter.com", server.url)
            return super().send(request, *args, **kwargs)

    client.session.mount("https://api.twitter.com", Rebase())
    mention = server.world.add("@halden who are you? ünï & more")
    assert client.get_me().data.username == "halden"
    posted = client.create_tweet(text="It's us: ünï & <more> 👍", in_reply_to_tweet_id=mention["id"]).data
    assert client.get_users_mentions(1000, tweet_fields=["created_at"], expansions=["author_id"]).includes["users"]
    assert client.get_tweet(posted["id"]).data.text == "@dana It's us: ünï &amp; &lt;more&gt; 👍"
    assert client.get_tweets([1]).errors[0]["title"] == "Not Found Error"
    assert client.search_recent_tweets('"who are" -is:retweet').meta["result_count"] == 1
    with pytest.raises(tweepy.Forbidden, match="duplicate content"):
        client.create_tweet(text="It's us: ünï & <more> 👍")
    wrong = tweepy.Client(None, keys.api_key, "wrong", keys.access_token, keys.access_token_secret)
    wrong.session = client.session
    with pytest.raises(tweepy.Unauthorized):
        wrong.get_me()


def test_posts_are_added_edited_and_deleted_and_faults_are_made_over_http(server: Server) -> None:
    def post(path: str, body: Any) -> Any:
        return requests.post(server.url + path, json=body, timeout=5).json()

    made = post("/_posts", {"add": [{"text": "@halden hi", "author": "dana"}]})["data"][0]
    edited = post("/_posts", {"edit": {"id": made["id"], "text": "@halden hello"}})["data"][0]
    page = get(server, "/2/users/1000/mentions").json()
    assert [(one["id"], one["edit_history_tweet_ids"]) for one in page["data"]] == [
        (edited["id"], [made["id"], edited["id"]])
    ]
    post("/_posts", {"delete": edited["id"]})
    assert get(server, f"/2/tweets/{made['id']}").json()["errors"][0]["title"] == "Not Found Error"
    post("/_faults", {"match": {"path": "/mentions"}, "effect": {"type": "status", "status": 503}, "count": 1})
    assert [get(server, "/2/users/1000/mentions").status_code for _ in range(2)] == [503, 200]
    asked = requests.get(f"{server.url}/_requests", timeout=5).json()
    assert [one["path"] for one in asked].count("/2/users/1000/mentions") == 3
    post("/_faults", {"effect": {"type": "latency", "seconds": 0}})
    assert requests.delete(f"{server.url}/_faults", timeout=5).ok


def test_files_are_served_and_an_id_that_stands_in_them_twice_is_served_once(tmp_path: Path) -> None:
    with (tmp_path / "airline.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["tweet_id", "author", "text", "tweet_created"])
        for post_id in ("11", "12", "11"):
            writer.writerow([post_id, "dana", "@Brand line one\nline two", "2015-02-24 11:35:52 -0800"])
    world = World()
    load_airline(world, tmp_path / "airline.csv")
    assert world.mentions["1000"] == [11, 12]
    assert world.posts["11"]["created_at"] == "2015-02-24T19:35:52.000Z"
    lines = [
        {"id": "21", "text": "@halden a", "author_id": "5", "author": "bo"},
        {"id": "22", "text": "b", "author": "bo"},
    ]
    (tmp_path / "posts.jsonl").write_text("\n".join(map(json.dumps, lines)))
    (tmp_path / "posts.csv").write_text("id,text,author\n31,@halden c,cy\n")
    load(world, tmp_path / "posts.jsonl")
    load(world, tmp_path / "posts.csv")
    assert world.all == [11, 12, 21, 22, 31]
    assert world.users["5"]["username"] == "bo"


def test_it_runs_on_its_own_and_serves_many_posts_quickly(tmp_path: Path) -> None:
    with (tmp_path / "many.jsonl").open("w") as file:
        for number in range(15_000):
            file.write(json.dumps({"id": str(10**9 + number), "text": f"@halden {number}", "author": "dana"}) + "\n")
    command = [sys.executable, "-m", "tests.servers.x", "--port", "0", "--tweets", str(tmp_path / "many.jsonl")]
    running = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONUNBUFFERED": "1"})
    try:
        assert running.stdout is not None
        said = running.stdout.readline()
        url = said.split()[3].rstrip(",")
        assert said.startswith("15000 posts")
        calls = requests.Session()
        calls.headers.update(BEARER)
        params = {"max_results": "100", "tweet.fields": "created_at,entities,author_id", "expansions": "author_id"}
        started, seen = time.monotonic(), 0
        while True:
            page = calls.get(f"{url}/2/users/1000/mentions", params=params, timeout=5).json()
            seen += page["meta"]["result_count"]
            if "next_token" not in page["meta"]:
                break
            params["pagination_token"] = page["meta"]["next_token"]
        assert seen == 15_000
        assert time.monotonic() - started < 10
    finally:
        running.send_signal(signal.SIGKILL)
        running.wait()


def test_the_page_for_signing_in_leads_back_with_a_code(server: Server) -> None:
    asked = {
        "client_id": "client-id",
        "response_type": "code",
        "code_challenge": "x",
        "code_challenge_method": "S256",
        "state": "s",
        "scope": "tweet.read",
        "redirect_uri": "https://inbox.example/back/",
    }
    answer = requests.get(f"{server.url}/i/oauth2/authorize", params=asked, allow_redirects=False, timeout=5)
    assert (answer.status_code, answer.headers["Location"]) == (
        302, "https://inbox.example/back/?code=code-0&state=s"
    )  # fmt: skip


def test_direct_messages_are_the_accounts_own_and_limited_by_themselves(server: Server) -> None:
    server.world.say("Hello")
    assert get(server, "/2/dm_events").status_code == 403
    user = {"Authorization": "Bearer user-token-0"}
    fields = {"dm_event.fields": "sender_id,dm_conversation_id", "expansions": "sender_id"}
    told = get(server, "/2/dm_events", user, **fields).json()
    assert set(told["data"][0]) == {"id", "event_type", "text", "sender_id", "dm_conversation_id"}
    assert told["includes"]["users"][0]["username"] == "dana"
    server.api.direct_limit = 1
    assert get(server, "/2/dm_events", user).status_code == 429
    assert get(server, "/2/users/me", user).status_code == 200


def test_a_delivery_is_signed_and_sent(server: Server) -> None:
    post = server.world.add("@halden hello")["id"]
    with serving() as other:
        url = f"{other.url}/2/webhooks"
        answer = requests.post(f"{server.url}/_deliver", json={"url": url, "post": post}, timeout=5)
        assert answer.json() == {"status": 401}
        assert other.asked("/2/webhooks", "POST")

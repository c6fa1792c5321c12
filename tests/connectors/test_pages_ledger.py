"""The ledger's pages: sums that add up, days that open, what was not taken in; and that looking changes nothing."""

import re
from datetime import timedelta

import pytest
from django.apps import apps
from django.core import serializers
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from connectors.models import Channel, Ledger, Pull, Receipt
from tests.inbox.cast import Cast

NOW = timezone.now().replace(minute=30, second=0, microsecond=0)


@pytest.fixture
def cast(db):
    return Cast()


@pytest.fixture
def adam(cast):
    client = Client()
    client.force_login(cast.adam)
    return client


def counted(cast, hours_ago=0, channel=None, **counts):
    hour = (NOW - timedelta(hours=hours_ago)).replace(minute=0)
    return Ledger.objects.create(channel=channel or cast.channel, hour=hour, **counts)


def kept(cast, key, state="rejected", *, at=NOW, **fields):
    values = {"source": "pull", "payload": {"key": key}, "reason": "No author." if state != "pending" else ""} | fields
    return Receipt.objects.create(channel=cast.channel, key=key, state=state, received_at=at, **values)


def rows_of(response):
    body = re.search(r"<tbody>(.*?)</tbody>", response.content.decode(), re.S)
    rows = re.findall(r"<tr.*?</tr>", body.group(1), re.S) if body else []
    return [re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", row)).strip() for row in rows]


def text_of(response):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", response.content.decode()))


def test_days_hours_and_all_of_it_add_up(cast, adam):
    midnight = timezone.localtime(NOW).hour
    counted(cast, midnight, stored=40, edited=1, deleted=2, duplicate=3, rejected=1, quarantined=1)
    counted(cast, midnight + 24, stored=1200, lost=4)
    kept(cast, "waits", "pending", at=NOW - timedelta(hours=midnight))
    day = f"{timezone.localdate():%Y-%m-%d}"
    today, first, yesterday, total = rows_of(adam.get(f"/settings/channels/{cast.channel.pk}/ledger/?day={day}"))
    assert today.endswith("49 40 1 2 3 1 1 1 0")
    assert first == "00:00 49 40 1 2 3 1 1 1 0"
    assert yesterday.endswith("1,200 1,200 0 0 0 0 0 0 4")
    assert total == "These days 1,249 1,240 1 2 3 1 1 1 4"


def test_all_channels_open_into_each_of_them(cast, adam):
    other = Channel.objects.create(network="x", name="Another")
    counted(cast, stored=3)
    counted(cast, channel=other, stored=4, rejected=1)
    day = f"{timezone.localtime(NOW):%Y-%m-%d}"
    answer = adam.get(f"/settings/ledger/?day={day}")
    assert [row for row in rows_of(answer)][1:3] == ["Another 5 4 0 0 0 1 0 0 0", "Our sample 3 3 0 0 0 0 0 0 0"]
    assert f"/settings/channels/{other.pk}/ledger/?day={day}" in answer.content.decode()


def test_two_weeks_stand_on_a_page_and_the_earlier_ones_on_the_next(cast, adam):
    counted(cast, 24 * 3, stored=3)
    counted(cast, 24 * 20, stored=20)
    page = adam.get("/settings/ledger/")
    assert rows_of(page)[-1].startswith("These days 3 ")
    earlier = re.search(r'href="(\?before=[^"]+)"', page.content.decode())[1]
    assert rows_of(adam.get(f"/settings/ledger/{earlier}"))[-1].startswith("These days 20 ")


@pytest.mark.parametrize("odd", ["x", "2026-13-40", "9999-12-31", "0001-01-01", "2026-02-30", "%00", "-1"])
def test_odd_days_are_none(cast, adam, odd):
    for name in ("day", "before"):
        assert adam.get(f"/settings/ledger/?{name}={odd}").status_code == 200
    for name in ("since", "until", "after", "state"):
        assert adam.get(f"/settings/channels/{cast.channel.pk}/receipts/?{name}={odd}").status_code == 200
    assert adam.get(f"/settings/channels/{cast.channel.pk}/receipts/?after={odd},{'9' * 30}").status_code == 200


def test_a_number_leads_to_what_was_not_taken_in_at_that_time(cast, adam):
    counted(cast, rejected=1)
    kept(cast, "this hour")
    kept(cast, "another hour", at=NOW - timedelta(hours=30))
    page = adam.get(f"/settings/channels/{cast.channel.pk}/ledger/?day={timezone.localtime(NOW):%Y-%m-%d}")
    links = re.findall(r'href="(/settings/channels/\d+/receipts/\?state=rejected[^"]+)"', page.content.decode())
    for link in links:
        shown = text_of(adam.get(link.replace("&amp;", "&")))
        assert "this hour" in shown
        assert "another hour" not in shown
    assert len(links) >= 2


def test_payloads_are_text_with_where_they_stood_and_why(cast, adam):
    kept(
        cast,
        "k",
        payload={"text": "<script>alert(1)</script>", "longer": "a" * 30_000},
        position="line 4",
        source="import",
    )
    page = adam.get(f"/settings/channels/{cast.channel.pk}/receipts/").content.decode()
    assert "&lt;script&gt;alert(1)" in page
    assert "<script>alert" not in page
    assert "Import, line 4" in re.sub(r"\s+", " ", page)
    assert "a" * 20_100 not in page


def test_receipts_come_in_pages_none_twice_and_none_left_out(cast, adam):
    for number in range(120):
        kept(cast, f"number {number:03}", at=NOW - timedelta(minutes=number // 3))
    url, seen = f"/settings/channels/{cast.channel.pk}/receipts/", []
    for _ in range(3):
        page = adam.get(url).content.decode()
        seen += re.findall(r"&quot;number (\d+)&quot;", page)
        more = re.search(r'href="(\?[^"]*after=[^"]+)"', page)
        url = f"/settings/channels/{cast.channel.pk}/receipts/{more[1].replace('&amp;', '&')}" if more else ""
    assert url == ""
    assert sorted(seen) == [f"{number:03}" for number in range(120)]


def test_trying_again_puts_one_or_all_of_a_time_back_to_waiting_and_the_ledger_adds_up(cast, adam):
    counted(cast, rejected=2, quarantined=1)
    one, two, three = kept(cast, "1"), kept(cast, "2"), kept(cast, "3", "quarantined")
    url = f"/settings/channels/{cast.channel.pk}/receipts/retry/"
    back = f"/settings/channels/{cast.channel.pk}/receipts/?state=rejected"
    answer = adam.post(url, {"receipt": one.pk, "back": back})
    assert answer["Location"] == back
    assert [Receipt.objects.get(pk=each.pk).state for each in (one, two, three)] == [
        "pending",
        "rejected",
        "quarantined",
    ]
    assert rows_of(adam.get("/settings/ledger/"))[-1] == "These days 3 0 0 0 0 1 1 1 0"
    adam.post(url, {"state": "quarantined"})
    assert Receipt.objects.get(pk=three.pk).state == "pending"
    adam.post(url, {"back": "https://evil.example/"})
    assert Receipt.objects.get(pk=two.pk).state == "pending"
    assert rows_of(adam.get("/settings/ledger/"))[-1] == "These days 3 0 0 0 0 0 0 3 0"


@pytest.mark.parametrize(
    "back", ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)", ""]
)
def test_trying_again_leads_nowhere_else(cast, adam, back):
    answer = adam.post(f"/settings/channels/{cast.channel.pk}/receipts/retry/", {"back": back})
    assert answer["Location"] == f"/settings/channels/{cast.channel.pk}/receipts/"


def test_receipts_of_another_channel_stay_where_they_are(cast, adam):
    other = Channel.objects.create(network="x", name="Another")
    one = kept(cast, "1")
    adam.post(f"/settings/channels/{other.pk}/receipts/retry/", {"receipt": one.pk})
    assert Receipt.objects.get().state == "rejected"


@pytest.mark.parametrize("path", ["", "ledger/", "receipts/"])
def test_a_page_costs_the_same_however_much_there_is(cast, adam, path):
    url = f"/settings/channels/{cast.channel.pk}/{path}"
    adam.get(url)
    with CaptureQueriesContext(
        connection,
    ) as few:
        adam.get(url)
    for number in range(30):
        channel = Channel.objects.create(network="x", name=f"Channel {number}")
        Pull.objects.create(channel=channel)
        counted(cast, channel=channel, stored=1)
        counted(cast, number, stored=1)
        kept(cast, f"{number}")
    with CaptureQueriesContext(connection) as many:
        adam.get(url)
        adam.get("/settings/channels/")
    with CaptureQueriesContext(connection) as listed:
        adam.get("/settings/channels/")
    assert len(many) - len(listed) == len(few)


def everything():
    """Every row of our own tables; sessions know when they were last used."""
    models = [one for one in apps.get_models() if one._meta.app_label in ("connectors", "inbox", "contacts", "people")]
    return {one.__name__: serializers.serialize("json", one.objects.order_by("pk")) for one in models}


def test_s29_looking_at_the_settings_changes_nothing(cast, adam):
    counted(cast, stored=3, rejected=1)
    kept(cast, "1")
    pk = cast.channel.pk
    urls = [f"/settings/channels/{pk}/{name}" for name in ("", "ledger/", "receipts/", "disconnect/", "mapping/")]
    urls += ["/settings/channels/", "/settings/ledger/", "/settings/channels/new/x/", "/settings/channels/docs/x.md"]
    urls += ["/settings/channels/callback/", "/settings/channels/callback/?state=a&code=b"]
    urls += [
        f"/settings/channels/{pk}/{name}/" for name in ("pull", "pause", "resume", "remove", "values", "subscription")
    ]
    before = everything()
    for url in urls:
        assert adam.get(url).status_code in (200, 302, 404, 405)
    assert everything() == before


@pytest.mark.parametrize("name", ["../manage.py", "..%2Fmanage.py", "configuration.md", "x.md/..", "nowhere.md"])
def test_only_pages_that_a_guide_names_are_shown(adam, name):
    assert adam.get(f"/settings/channels/docs/{name}").status_code == 404
    assert "# X" in adam.get("/settings/channels/docs/x.md").content.decode()

"""The reading pane over HTTP: days, what lies before, what is new, what a comment answers, times, and long messages."""

import json
import re
from datetime import timedelta
from html import unescape
from random import Random

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from inbox import places, seen
from inbox.models import Conversation, Event, Message
from tests.inbox.cast import Cast

pytestmark = pytest.mark.django_db
HTMX = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture
def cast():
    return Cast()


@pytest.fixture
def alice(cast):
    client = Client()
    client.force_login(cast.alice)
    return client


def read(client, url, **headers):
    response = client.get(url, **headers)
    assert response.status_code == 200
    return unescape(response.content.decode())


def pane(client, conversation, query=""):
    return read(client, f"/inbox/open/c/{conversation.pk}/{query}")


def part(client, conversation, query):
    return read(client, f"/inbox/open/c/{conversation.pk}/{query}", **HTMX)


def told(page):
    return re.findall(r"The (\d+)\. word", page)


@pytest.fixture
def talk(cast):
    """Sixty messages, a day apart, the last one today."""
    conversation = cast.asks(cast.dana[0], "The 0. word", ago=60 * 24 * 60)
    for n in range(1, 61):
        cast.says(conversation, f"The {n}. word", at=timezone.now() - timedelta(days=60 - n, minutes=1))
    Conversation.objects.filter(pk=conversation.pk).update(last_message_at=timezone.now())
    return conversation


def day_of(n):
    return f"{timezone.localtime() - timedelta(days=60 - n):%Y-%m-%d}"


def test_a_day_leads_to_its_first_event_with_a_little_of_what_was_before(alice, talk):
    page = part(alice, talk, f"?date={day_of(30)}&tl=conversation")
    goal = re.search(r"<li[^>]*data-goal[^>]*>.*?</li>", page, re.S)
    assert told(goal[0]) == ["30"]
    assert told(page)[:2] == ["20", "21"]
    assert told(page)[-1] == "60"
    assert 'id="earlier"' in page


def test_a_day_after_everything_says_so_and_shows_the_newest(alice, talk):
    page = part(alice, talk, "?date=2199-01-01")
    assert "Nothing happened on 1 January 2199 or later." in page
    assert told(page)[-1] == "60"


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_days_at_the_end_of_time_are_days(alice, talk, day):
    assert "word" in part(alice, talk, f"?date={day}")


@pytest.mark.parametrize("day", ["yesterday", "2026-02-31", "2026-2", "2026-01-01'--", "%00"])
def test_what_is_no_day_is_told_to_be_none(alice, talk, day):
    assert alice.get(f"/inbox/open/c/{talk.pk}/?date={day}", **HTMX).status_code == 400


def test_a_link_with_a_day_opens_the_whole_page_there(alice, talk):
    page = pane(alice, talk, f"?date={day_of(5)}")
    assert "<html" in page
    assert "data-goal" in page


def test_parts_join_without_a_gap_and_say_how_much_lies_before(alice, talk):
    page = pane(alice, talk, "?tl=conversation")
    assert told(page[page.index('id="timeline-scroll"') :])[0] == "11"
    before = re.search(r'data-before="([^"]+)"', page)[1].replace("+", "%2B")
    rest = part(alice, talk, f"?before={before}&tl=conversation")
    assert told(rest) == [str(n) for n in range(11)]
    assert "The beginning" in rest
    strip = read(alice, f"/inbox/open/c/{talk.pk}/strip/?before={before}", **HTMX)
    assert "11 earlier" in strip
    assert "<svg" in strip


def test_more_accounts_than_a_part_has_entries_are_told_in_one_order_without_a_gap(cast, alice):
    chance, now = Random(7), timezone.now()
    cases = [cast.asks(one, ago=60 * 24 * 90) for one in cast.contact("Dana Whitlock", *["x"] * 80)]
    for case in chance.choices(cases, k=200):
        # Many at the same moment, as networks tell of whole hours.
        cast.says(case, "Once more.", at=now - timedelta(hours=chance.randrange(60)))
    middle = Message.objects.filter(text="Once more.").order_by("posted_at")[100]
    Conversation.objects.filter(pk=middle.conversation_id).update(last_message_at=middle.posted_at)
    shown = pane(alice, middle.conversation)
    parts = [shown[shown.index('id="timeline-scroll"') :]]
    for way, at in (("before", 0), ("after", -1)):
        while found := re.search(rf'\?{way}=([^&"]+)', parts[at]):
            more = part(alice, middle.conversation, f"?{way}={found[1]}")
            parts.insert(0, more) if way == "before" else parts.append(more)
    told = [int(pk) for one in parts for pk in re.findall(r'<li[^>]* id="event-(\d+)"', one)]
    assert told == list(Event.objects.order_by("at", "id").values_list("pk", flat=True))
    assert len(parts) > 4


def test_what_lies_before_is_counted_up_to_a_thousand(alice, talk, monkeypatch):
    monkeypatch.setattr(places, "MOST", 5)
    end = places.day("2199-01-01")
    assert places.count_before(talk, "whole", end) == 6
    assert places.count_before(talk, "conversation", end) == 6


def test_a_line_stands_before_what_is_new_and_only_there(cast, alice):
    conversation = cast.asks(cast.dana[0], "Known", ago=60)
    seen.mark(conversation, by=cast.alice)
    for n in range(2):
        cast.says(conversation, f"News {n}", at=timezone.now() + timedelta(seconds=n))
    page = pane(alice, conversation)
    assert page.count("New since you looked") == 1
    assert page.index("Known") < page.index("New since you looked") < page.index("News 0")
    # Another colleague has never looked at it: then nothing is new.
    other = Client()
    other.force_login(cast.bob)
    assert "New since you looked" not in pane(other, conversation)


def test_our_own_post_is_shown_above_the_comment_that_answers_it(cast, alice):
    ours = cast.asks(cast.dana[0], "Look", ago=100)
    post = cast.says(ours, "The new estate is here.", direction="out", author=cast.bob, url="https://x.example/1")
    comment = cast.asks(cast.dana[1], "Opened here", ago=50)
    Message.objects.filter(conversation=comment).update(kind="comment")
    cast.says(comment, "Does it tow?", parent_id=post.external_id)
    page = pane(alice, comment)
    context = re.search(r'<blockquote class="context">.*?</blockquote>', page, re.S)[0]
    assert "In reply to us" in context
    assert "The new estate is here." in context
    assert 'href="https://x.example/1"' in context


def test_what_stands_right_above_is_not_told_again(cast, alice):
    conversation = cast.asks(cast.dana[0], "Does it start?")
    first = conversation.messages.get()
    cast.says(conversation, "No.", parent_id=first.external_id)
    quoted = [{"relation": "reply", "author": "Dana", "text": "No.", "url": ""}]
    cast.says(conversation, "Really.", context=quoted)
    assert "context" not in re.findall(r'class="(context)"', pane(alice, conversation))


def test_times_are_told_in_full_to_everybody(cast, alice):
    conversation = cast.asks(cast.dana[0])
    page = pane(alice, conversation)
    short, full = r'<span aria-hidden="true">\d\d:\d\d</span>', r'<span class="tip">\d+ \w+ \d{4}, \d\d:\d\d \w+'
    assert re.search(f'<time datetime="[^"]+">{short}{full}', page)


def test_of_many_files_a_few_are_shown_and_the_rest_is_one_step_away(cast, alice):
    conversation = cast.asks(cast.dana[0])
    files = [{"kind": "image", "url": f"https://p.example/{n}.png", "alt": f"Dent {n}"} for n in range(500)]
    message = cast.says(conversation, "Many", attachments=files)
    page = pane(alice, conversation)
    assert page.count('<img src="/media/') == 12
    assert "and 488 more" in page
    viewer = read(alice, f"/media/{message.pk}/?at=499", **HTMX)
    assert "500 of 500" in viewer
    assert "Dent 499" in viewer
    assert f"/media/{message.pk}/?at=498" in viewer
    assert 'data-turns="on"' not in viewer
    for wrong in ("500", "-1", "x", "9" * 30):
        assert alice.get(f"/media/{message.pk}/?at={wrong}").status_code in (200, 404)
    assert "<html" in read(alice, f"/media/{message.pk}/?at=0")


def test_a_long_message_is_cut_by_characters_and_by_lines(cast, alice):
    conversation = cast.asks(cast.dana[0], "word " * 100_000)
    cast.says(conversation, "\n".join(f"line {n}" for n in range(10_000)))
    page = pane(alice, conversation)
    assert page.count("Show all of it") == 2
    assert len(page) < 150_000
    assert "line 119" in page
    assert "line 121" not in page
    number = re.findall(r'id="event-(\d+)"', page)[-1]
    assert "line 9999" in read(alice, f"/inbox/open/c/{conversation.pk}/events/{number}/", **HTMX)


def test_what_is_too_long_to_be_searched_is_told_to_its_end_with_all_its_files(cast, alice, tmp_path):
    said = {
        "external_id": "long-1",
        "author": {"external_id": "x-9", "name": "Dana"},
        "posted_at": timezone.now().isoformat(),
        "text": " ".join(f"word{n}" for n in range(100_000)),
        "attachments": [{"kind": "image", "url": f"https://p.example/{n}.png"} for n in range(500)],
    }
    (tmp_path / "long.jsonl").write_text(json.dumps(said))
    call_command("import_messages", str(tmp_path / "long.jsonl"), channel="Long")
    message = Message.objects.get(external_id="long-1")
    page = pane(alice, message.conversation)
    assert "and 488 more" in page
    assert "1 of 500" in read(alice, f"/media/{message.pk}/?at=0", **HTMX)
    number = re.search(r'id="event-(\d+)"', page)[1]
    whole = read(alice, f"/inbox/open/c/{message.conversation_id}/events/{number}/", **HTMX)
    assert "word99999<" in whole


def test_marks_piled_on_a_name_do_not_stick_out_of_its_initials(cast, alice):
    page = pane(alice, cast.asks(cast.contact("D" + "\u0301" * 40 + " W")[0]))
    faces = re.findall(r'<span class="av.*?</span>', page, re.S)
    assert 0 < max(face.count("\u0301") for face in faces) <= 3


def test_words_do_not_read_backwards(cast, alice):
    conversation = cast.asks(cast.dana[0], "\u202eegnahc on")
    page = pane(alice, conversation)
    assert "\u202e" not in re.search(r"<article.*?</article>", page, re.S)[0]


def test_a_person_s_page_jumps_to_a_day_as_well(cast, alice, talk):
    url = f"/contacts/{cast.dana[0].contact_id}/"
    page = read(alice, f"{url}?date={day_of(30)}", **HTMX)
    assert told(re.search(r"<li[^>]*data-goal[^>]*>.*?</li>", page, re.S)[0]) == ["30"]
    parts = read(alice, f"{url}?part=1&before={places.day(day_of(30)).at.isoformat().replace('+', '%2B')},0", **HTMX)
    assert told(parts)[0] == "29"
    # What is put at the end leads on from there only.
    assert "Later" not in parts
    assert alice.get(f"{url}?date=never").status_code == 400

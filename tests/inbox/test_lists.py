"""Lists: what filters leave, what calls upon somebody or is followed, and what a line shows of it."""

import re
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.http import QueryDict
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from connectors.models import Channel
from inbox.filters import PRIORITIES, TONES, WAITING, WHO, Filters
from inbox.models import Conversation, ConversationTag, Draft, Follow, Mention, Note, SavedView, Seen
from inbox.orders import Order
from tests.inbox.cast import Cast


@pytest.fixture
def cast(db):
    return Cast()


@pytest.fixture
def client(cast):
    return client_of(cast.alice)


def client_of(user):
    client = Client()
    client.force_login(user)
    return client


def rows(client, url):
    response = client.get(url)
    assert response.status_code == 200, url
    return [int(one) for one in re.findall(r'id="row-(\d+)"', response.content.decode())]


def tagged(conversation, *names):
    for name in names:
        ConversationTag.objects.create(conversation=conversation, name=name, at=timezone.now())


def called(cast, conversation, user, text="@alice please look", ago=0):
    at = timezone.now() - timedelta(minutes=ago)
    note = Note.objects.create(conversation=conversation, author=cast.carol, text=text, created_at=at)
    return Mention.objects.create(note=note, conversation=conversation, user=user, at=at)


texts = st.text(max_size=60)
some = st.builds(
    Filters,
    unread=st.booleans(),
    late=st.booleans(),
    q=texts.map(lambda text: text.replace("\0", "").strip()),
    order=st.sampled_from(["", *Order.values]),
    doubt=st.booleans(),
    draft=st.booleans(),
    department=st.sampled_from(["", "support", "sales"]),
    who=st.sampled_from(["", *WHO]),
    network=st.sampled_from(["", "x", "email"]),
    channel=st.integers(0, 10**18 - 1),
    tag=texts.map(lambda text: text.replace("\0", "").strip()[:50].strip()),
    priority=st.sampled_from(["", *PRIORITIES]),
    waiting=st.sampled_from([0, *WAITING]),
    language=st.sampled_from(["", "de", "pt"]),
    tone=st.sampled_from(["", *TONES]),
)


@given(some, some)
def test_an_address_says_which_filters_are_set_whatever_a_saved_view_has_of_itself(filters, own):
    home = own.saved
    there = Filters(**{**{name: getattr(filters, name) for name in Filters.__slots__}, "home": home})
    assert Filters.parse(QueryDict(there.query().removeprefix("?")), home) == filters


@given(st.dictionaries(st.sampled_from([*Filters.__slots__]), st.text(max_size=300)))
def test_whatever_an_address_holds_is_read_as_some_filters(values):
    query = QueryDict(mutable=True)
    query.update(values)
    assert Filters.parse(query).query() is not None


def test_each_filter_leaves_what_it_says_and_they_combine(cast, client):
    other = Channel.objects.create(network="mastodon", name="Toots", account="@us")
    plain = cast.asks(cast.contact("Plain", "x")[0], ago=1, language="de", tone=-1)
    urgent = cast.asks(cast.contact("Urgent", "instagram")[0], ago=2, priority=3, assignee=cast.alice, tone=0)
    old = cast.asks(
        cast.contact("Old", "mastodon")[0], ago=90, department="sales", assignee=cast.carol, language="de", tone=1
    )
    Conversation.objects.filter(pk=old.pk).update(channel=other)
    tagged(urgent, "recall", "vip")
    tagged(plain, "vip")
    Draft.objects.create(user=cast.alice, conversation=plain, text="Dear", at=timezone.now())
    Draft.objects.create(user=cast.bob, conversation=old, text="Mine", at=timezone.now())
    Seen.objects.create(user=cast.alice, conversation=urgent, at=timezone.now())
    expected = {
        "department=sales": [old],
        "department=nowhere": [],
        "who=me": [urgent],
        "who=nobody": [plain],
        "who=somebody": [urgent, old],
        "network=instagram": [urgent],
        "network=mastodon": [old],
        f"channel={other.pk}": [old],
        "tag=vip": [plain, urgent],
        "tag=vip&priority=urgent": [urgent],
        "tag=vip&who=nobody": [plain],
        "priority=normal": [plain, old],
        "waiting=60": [old],
        "draft=1": [plain],
        "language=de": [plain, old],
        "language=fi": [],
        "language=de&tone=positive": [old],
        "tone=negative": [plain],
        "tone=neutral": [urgent],
        "tone=angry": [plain, urgent, old],
        "unread=1": [plain, old],
        "unread=1&department=sales&who=somebody&waiting=60&priority=normal": [old],
    }
    asked = {query: rows(client, f"/inbox/?{query}") for query in expected}
    assert asked == {query: [one.pk for one in found] for query, found in expected.items()}


@pytest.mark.parametrize("order", ["due", "waiting", "newest"])
def test_a_filter_holds_in_every_order(cast, client, order):
    some = [cast.asks(ago=n, priority=3 if n % 2 else 1) for n in range(1, 7)]
    Conversation.objects.filter(pk=some[0].pk).update(waiting_since=None, due_at=None)
    assert set(rows(client, f"/inbox/?priority=urgent&order={order}")) == {some[0].pk, some[2].pk, some[4].pk}


@pytest.mark.parametrize("order", ["due", "waiting", "newest"])
def test_a_narrowed_list_goes_on_where_its_first_page_ended(cast, client, order):
    newest = cast.asks(tone=-1)
    made = [newest, *cast.like(newest, 70, tone=-1), *cast.like(newest, 20, tone=1)]
    for number, one in enumerate(made):
        before = timedelta(minutes=number)
        one.last_message_at, one.waiting_since, one.due_at = (newest.last_message_at - before,) * 3
        if number % 4 == 0:
            one.waiting_since = one.due_at = None
    Conversation.objects.bulk_update(made, ["last_message_at", "waiting_since", "due_at"])
    page = client.get(f"/inbox/?tone=negative&order={order}").content.decode()
    more = re.search(r'class="more"><a class="link" href="([^"]+)"', page)[1].replace("&amp;", "&")
    both = rows(client, f"/inbox/?tone=negative&order={order}") + rows(client, more)
    angry = made[:71]
    if order != "newest":
        angry = [*reversed([one for one in angry if one.due_at]), *[one for one in angry if not one.due_at]]
    assert both == [one.pk for one in angry]


def test_what_is_set_shows_as_chips_that_take_it_away_and_stays_while_somebody_moves_on(cast, client):
    one = cast.asks()
    tagged(one, "vip")
    page = client.get("/inbox/?tag=vip&who=nobody").content.decode()
    assert 'href="/inbox/open/?who=nobody"' in page
    assert 'href="/inbox/open/?tag=vip"' in page
    assert f'href="/inbox/open/c/{one.pk}/?who=nobody&amp;tag=vip"' in page
    assert "Assigned to nobody" in client.get(f"/inbox/open/c/{one.pk}/?who=nobody&tag=vip").content.decode()


def test_the_dialog_of_filters_leads_to_an_address_that_holds_only_what_is_set(cast, client):
    one = cast.asks()
    tagged(one, "vip", "fleet")
    page = client.get("/inbox/open/filters/?tag=vip", headers={"HX-Request": "true"}).content.decode()
    assert '<option value="fleet">' in page
    assert 'value="vip"' in page
    assert "Instagram" in page
    sent = "/inbox/open/?narrowed=1&department=&who=nobody&priority=&network=&channel=&waiting=&tag=vip"
    assert client.get(sent)["Location"] == "/inbox/open/?who=nobody&tag=vip"
    answer = client.get(sent, headers={"HX-Request": "true"})
    assert answer["HX-Replace-Url"] == "/inbox/open/?who=nobody&tag=vip"
    assert 'hx-target="#dialogs"' in answer.content.decode()


def test_the_languages_that_occur_are_offered_by_name_and_a_view_keeps_language_and_tone(cast, client):
    cache.clear()
    cast.asks(language="zh")
    german = cast.asks(language="de", tone=-1)
    cast.alice.language = "de"
    cast.alice.save()
    page = client.get("/inbox/open/filters/?tone=negative", headers={"HX-Request": "true"}).content.decode()
    offered = re.search(r'<select name="language">(.*?)</select>', page, re.DOTALL)[1]
    assert re.findall(r"<option[^>]*>([^<]*)</option>", offered) == ["Beliebig", "Chinesisch", "Deutsch"]
    assert '<option value="negative" selected>Negativ</option>' in page
    client.post("/inbox/open/save/?language=de&tone=negative", {"name": "Ärger"})
    [view] = SavedView.objects.all()
    assert view.query == "language=de&tone=negative"
    assert rows(client, f"/inbox/v/{view.slug}/") == [german.pk]
    shown = client.get("/inbox/?language=de&tone=negative").content.decode()
    assert "<bdi>Deutsch</bdi>" in shown
    assert "<bdi>Ton: Negativ</bdi>" in shown


def test_nothing_left_offers_to_clear_the_filters_and_keeps_the_order(cast, client):
    cast.asks()
    page = client.get("/inbox/?tag=nothing&order=due").content.decode()
    assert "Nothing left with these filters" in page
    assert 'href="/inbox/open/?order=due"' in page


def test_mentions_are_there_newest_first_once_for_each_conversation_and_say_who_called(cast, client):
    first, second, third = cast.asks(), cast.asks(department="sales"), cast.asks()
    for conversation in (first, second, first):
        called(cast, conversation, cast.alice)
    called(cast, third, cast.bob)
    assert rows(client, "/inbox/mentions/") == [first.pk, second.pk]
    assert "Carol Costa: @alice please look" in client.get("/inbox/mentions/").content.decode()
    assert rows(client, "/inbox/mentions/?department=sales") == [second.pk]
    assert rows(client_of(cast.carol), "/inbox/mentions/") == []


def test_mentions_go_on_page_by_page_and_count_what_nobody_looked_at(cast, client):
    made = [cast.asks() for _ in range(60)]
    for conversation in made:
        called(cast, conversation, cast.alice)
    page = client.get("/inbox/mentions/").content.decode()
    assert 'id="list-count">60<' in page
    more = re.search(r'class="more"><a class="link" href="([^"]+)"', page)[1].replace("&amp;", "&")
    both = rows(client, "/inbox/mentions/") + rows(client, more)
    assert both == [one.pk for one in reversed(made)]
    client.get(f"/inbox/mentions/c/{made[0].pk}/")
    assert 'id="list-count">59<' in client.get("/inbox/mentions/").content.decode()


def test_what_is_followed_is_a_conversation_or_a_person_with_all_their_conversations(cast, client):
    followed, by_dana, others = cast.asks(ago=3), cast.asks(cast.dana[1], ago=2, state="closed"), cast.asks(ago=1)
    now = timezone.now()
    Follow.objects.create(user=cast.alice, conversation=followed, at=now)
    Follow.objects.create(user=cast.alice, contact=cast.dana[0].contact, at=now)
    Follow.objects.create(user=cast.bob, conversation=others, at=now)
    assert rows(client, "/inbox/following/") == [by_dana.pk, followed.pk]
    assert "You follow nothing yet" in client_of(cast.carol).get("/inbox/following/").content.decode()


def test_a_line_shows_ones_own_draft_the_tags_and_until_when_it_sleeps(cast, client):
    one = cast.asks(state="snoozed")
    tagged(one, "vip", "fleet")
    Draft.objects.create(user=cast.alice, conversation=one, text="Dear Sir <b>", at=timezone.now())
    page = client.get("/inbox/snoozed/").content.decode()
    assert "Draft: Dear Sir &lt;b&gt;" in page
    assert "fleet, vip" in page
    assert re.search(r"Until \d+ \w+, \d\d:\d\d", page)
    assert "Draft:" not in client_of(cast.bob).get("/inbox/snoozed/").content.decode()


def test_after_an_action_a_line_is_told_apart_by_the_filters_of_the_page(cast, client):
    one = cast.asks(assignee=cast.alice)
    headers = {"HX-Request": "true", "HX-Current-URL": "http://testserver/inbox/open/?who=me"}
    answer = client.post(f"/c/{one.pk}/assign/", {"to": ""}, headers=headers).content.decode()
    assert f'<li class="row unread gone" id="row-{one.pk}"' in answer or f'gone" id="row-{one.pk}"' in answer


@pytest.mark.parametrize(
    "url",
    [
        "/inbox/?tag=%00&department=%00&network=%00",
        "/inbox/?channel=99999999999999999999999&waiting=-1&priority=never&who=%F0%9F%98%80",
        f"/inbox/?tag={'x' * 4000}&q=",
        "/inbox/mentions/?before=nonsense",
        "/inbox/open/filters/?channel=9&network=%3Cscript%3E",
        "/inbox/v/nowhere/",
        "/inbox/views/nowhere/edit/",
    ],
)
def test_no_address_is_too_much(cast, client, url):
    assert client.get(url).status_code in (200, 400, 404)

"""What people find on the search page."""

import re
from urllib.parse import urlencode

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from contacts.merge import merge
from contacts.models import Attribute, AttributeValue, Contact, Role, RoleKind, Tag
from inbox import seen
from inbox.models import Delivery, Message
from inbox.search import messages, people
from inbox.search.operators import Context, understand
from inbox.search.query import parse
from tests.inbox.cast import Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast(db):
    return Cast()


@pytest.fixture
def ask(client, cast):
    client.force_login(cast.alice)

    def ask(q, **more):
        response = client.get("/search/?" + urlencode({"q": q} | more))
        assert response.status_code == 200
        return response.content.decode()

    return ask


def texts(cast, q, user=None, before=None, size=20, typing=False):
    """The texts of the messages that a query finds."""
    query = parse(q, typing=typing)
    narrowing = understand(Context(user or cast.alice, timezone.now(), query))
    return [hit.text for hit in messages.find(query, narrowing, before, size).hits]


def names(cast, q):
    """The names of the people that a query finds."""
    query = parse(q)
    found = people.find(query, understand(Context(cast.alice, timezone.now(), query))).ids
    return [Contact.objects.get(pk=pk).name for pk in found]


def test_it_finds_words_newest_first(cast):
    cast.asks(text="The delivery is late", ago=60 * 24 * 400)
    cast.asks(text="Delivery came", ago=5)
    cast.asks(text="Late again", ago=1)
    assert texts(cast, "delivery") == ["Delivery came", "The delivery is late"]
    assert texts(cast, "late delivery") == ["The delivery is late"]
    assert texts(cast, "DELIVERY -late") == ["Delivery came"]
    assert texts(cast, "came OR again") == ["Late again", "Delivery came"]


def test_it_finds_phrases_and_beginnings(cast):
    cast.asks(text="my brake light is on")
    cast.asks(text="light brake wear")
    assert texts(cast, '"brake light"') == ["my brake light is on"]
    assert texts(cast, '-"brake light" brake') == ["light brake wear"]
    assert texts(cast, "bra* we*") == ["light brake wear"]
    assert texts(cast, "brake li", typing=True) == ["light brake wear", "my brake light is on"]
    assert texts(cast, "brake li") == []


def test_it_finds_the_subject_of_a_mail(cast):
    conversation = cast.asks(text="See below.")
    Message.objects.filter(conversation=conversation).update(title="Invoice 4711", kind="email")
    assert texts(cast, "invoice 4711") == ["See below."]


def test_it_finds_characters_of_scripts_without_spaces_wherever_they_stand(cast):
    cast.asks(text="昨日の東京の天気はよかったです")
    cast.asks(text="京東で買いました")
    assert texts(cast, "東京") == ["昨日の東京の天気はよかったです"]
    assert texts(cast, "天気は") == ["昨日の東京の天気はよかったです"]
    assert texts(cast, "😍") == []


def test_it_finds_signs_that_are_no_words(cast):
    cast.asks(text="so nice 😍 thanks")
    cast.asks(text="so nice thanks")
    assert texts(cast, "😍") == ["so nice 😍 thanks"]
    assert texts(cast, "nice -😍") == ["so nice thanks"]


def test_operators_narrow_messages(cast):
    cast.asks(cast.dana[0], "brake one", department="support", ago=10)
    cast.asks(cast.dana[2], "brake two", department="sales", ago=60 * 24 * 10, state="closed")
    carl = cast.contact("Carl Young", "mastodon")[0]
    cast.asks(carl, "brake three", department="pr", ago=20, assignee=cast.alice)
    assert texts(cast, "brake from:dana") == ["brake one", "brake two"]
    assert texts(cast, "brake from:@carl_young") == ["brake three"]
    assert texts(cast, "brake -from:dana") == ["brake three"]
    assert texts(cast, "brake department:sales") == ["brake two"]
    assert texts(cast, "brake network:mail") == ["brake two"]
    assert texts(cast, "brake is:closed") == ["brake two"]
    assert texts(cast, "brake -is:closed -is:mine") == ["brake one"]
    assert texts(cast, "is:mine") == ["brake three"]
    assert texts(cast, "brake before:7d") == ["brake two"]
    assert texts(cast, "brake after:7d") == ["brake one", "brake three"]
    assert texts(cast, "department:pr") == ["brake three"]


def test_unread_is_asked_for_whoever_asks(cast):
    conversation = cast.asks(text="brake one")
    seen.mark(conversation, by=cast.alice)
    assert texts(cast, "is:unread") == []
    assert texts(cast, "is:unread", cast.bob) == ["brake one"]


def test_facts_narrow_messages_and_people_whatever_part_of_a_person_they_were_said_of(cast):
    cast.asks(cast.dana[0], "brake one")
    other = cast.contact("D. Whitlock", "mastodon")[0]
    cast.asks(other, "brake two", ago=20)
    now = timezone.now()
    kind = RoleKind.objects.get(slug="critic")
    Role.objects.create(contact=other.contact, kind=kind, since=now, source="person")
    Tag.objects.create(contact=other.contact, name="vip", at=now)
    city = Attribute.objects.create(slug="city", name="City", kind="text")
    AttributeValue.objects.create(
        contact=other.contact, attribute=city, value="New York", search_key="new york", source="person", at=now
    )
    assert texts(cast, "brake role:critic") == ["brake two"]
    merge(other.contact_id, cast.dana[0].contact_id, origin="person", at=now, by=cast.alice)
    for asked in ("role:critic", "tag:vip", 'city:"new york"', "city:new"):
        assert texts(cast, f"brake {asked}") == ["brake one", "brake two"]
        assert names(cast, asked) == ["Dana Whitlock"]
    assert texts(cast, "brake -role:critic") == []


def test_people_are_found_once_exactly_by_beginnings_and_nearly(cast):
    cast.contact("Anna Lindholm", "x", "mastodon")
    cast.contact("Zoë Ångström")
    cast.contact("Сергей Иванов")
    assert names(cast, "anna lindholm") == ["Anna Lindholm"]
    assert names(cast, "lindh") == ["Anna Lindholm"]
    assert names(cast, "@anna_l") == ["Anna Lindholm"]
    assert names(cast, "lindhlom") == ["Anna Lindholm"]
    assert names(cast, "ana lindholm") == ["Anna Lindholm"]
    assert names(cast, "zoe angstrom") == ["Zoë Ångström"]
    assert names(cast, "иванов") == ["Сергей Иванов"]
    assert names(cast, "from:иванов") == ["Сергей Иванов"]


def test_a_merged_person_is_found_by_every_name_as_one(cast):
    other = cast.contact("Danny the Driver", "mastodon")[0]
    merge(other.contact_id, cast.dana[0].contact_id, origin="person", at=timezone.now(), by=cast.alice)
    assert names(cast, "danny") == ["Dana Whitlock"]
    assert names(cast, "whitlock") == ["Dana Whitlock"]


def test_what_a_colleague_called_somebody_is_searched(cast):
    Contact.objects.filter(pk=cast.dana[0].contact_id).update(
        name="Frau Doktor", sort_key="frau doktor", named_by=cast.alice
    )
    assert names(cast, "doktor") == ["Frau Doktor"]
    cast.asks(cast.dana[0], "brake")
    assert texts(cast, "from:doktor") == ["brake"]


def test_what_means_nothing_is_told_with_the_nearest_and_the_rest_runs(cast, ask):
    cast.asks(text="brake one")
    page = ask("brake department:sale rol:critic before:someday")
    assert "There is no department “sale”." in page
    assert ">department:sales rol:critic before:someday brake<" in page
    assert "There is no operator “rol”." in page
    assert "“someday” is no date." in page
    assert "<mark>brake</mark> one" in page


def test_pages_follow_one_another_without_gaps(cast, client):
    for number in range(45):
        cast.asks(text=f"brake {number}", ago=number)
    client.force_login(cast.alice)
    url, found = "/search/?q=brake&show=messages", []
    while url:
        page = client.get(url, headers={"HX-Request": "true"}).content.decode()
        found += re.findall(r"</mark> (\d+)</p>", page)
        after = re.search(r'hx-get="(/search/[^"]*before[^"]*)"', page)
        url = after[1].replace("&amp;", "&") if after else ""
    assert found == [str(number) for number in range(45)]


def test_it_says_how_far_back_it_looked_when_time_is_up(cast, ask, monkeypatch):
    cast.asks(text="brake one", ago=60)
    cast.asks(text="brake two", ago=60 * 24 * 700)
    monkeypatch.setattr(messages, "SEARCH_MS", -1)
    page = ask("brake")
    assert "Search further" in page
    assert "No match" not in page


def test_replies_that_were_taken_back_are_not_found(cast):
    conversation = cast.asks(text="hello")
    message = cast.says(conversation, "brake answer", direction="out", author=cast.alice)
    assert texts(cast, "brake from:me") == ["brake answer"]
    Delivery.objects.create(
        message=message,
        channel=cast.channel,
        state="draft",
        click="00000000-0000-0000-0000-000000000001",
        client_key="00000000-0000-0000-0000-000000000002",
        send_after=timezone.now(),
    )
    assert texts(cast, "brake") == []


def test_what_people_wrote_is_shown_as_text(cast, ask):
    cast.asks(text="<script>alert(1)</script> brake & more")
    page = ask("brake")
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; <mark>brake</mark> &amp; more" in page


def test_the_number_of_statements_does_not_grow(cast, client, django_assert_max_num_queries):
    client.force_login(cast.alice)
    for number in range(15):
        person = cast.contact(f"Brake Person {number}", "x", "mastodon")
        cast.asks(person[0], f"brake {number}")
    with django_assert_max_num_queries(60):
        client.get("/search/?q=brake")


def test_whoever_hammers_it_is_told_to_wait(cast, client, monkeypatch):
    client.force_login(cast.alice)
    monkeypatch.setattr("inbox.views.search._MOST", 2)
    answers = [client.get("/search/?q=a") for _ in range(3)]
    assert [one.status_code for one in answers] == [200, 200, 429]
    assert answers[2]["Retry-After"] == "30"
    client.force_login(cast.bob)
    assert client.get("/search/?q=a").status_code == 200


def test_a_damaged_place_to_go_on_from_is_refused(cast, client):
    client.force_login(cast.alice)
    assert client.get("/search/?q=a&before=x").status_code == 400


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.sampled_from(
            [
                "a",
                "a*",
                "-a",
                '"a b"',
                "OR",
                "a-b*",
                "l'a*",
                "\\'",
                "%",
                "_",
                "日*",
                "-日",
                "😍",
                "-😍*",
                "is:open",
                "x:y",
            ]
            + [
                "from:a",
                "-from:@a",
                "from:%",
                "role:critic",
                "before:7d",
                "has:link",
                "is:late",
                'tag:"\'"',
                "network:x",
            ]
        ),
        max_size=6,
    )
    | st.text(max_size=30)
)
def test_no_query_breaks_it(cast, client, parts):
    client.force_login(cast.alice)
    q = parts if isinstance(parts, str) else " ".join(parts)
    for more in ({}, {"typing": "1"}, {"show": "people"}):
        assert client.get("/search/", {"q": q} | more, headers={"HX-Request": "true"}).status_code in (200, 429)


def test_the_list_of_conversations_understands_operators_too(cast, client):
    client.force_login(cast.alice)
    cast.asks(text="brake one", department="sales")
    cast.asks(text="brake two")
    page = client.get("/inbox/?q=brake+department:sales").content.decode()
    assert "</mark> one" in page
    assert "</mark> two" not in page


def test_words_of_the_future_are_no_further_than_those_of_the_past(cast):
    cast.asks(text="brake soon", ago=-60)
    cast.asks(text="brake long ago", ago=60 * 24 * 365 * 12)
    assert texts(cast, "brake") == ["brake soon", "brake long ago"]
    assert texts(cast, "long ago") == ["brake long ago"]

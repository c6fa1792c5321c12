"""Every address of the product, asked for by everybody; and that pages cost the same however much there is."""

import re
from uuid import uuid4

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, get_resolver, reverse
from django.utils import timezone

from contacts.crm import steps
from inbox import promises
from inbox.models import Delivery
from tests.inbox import (
    matrix_board,
    matrix_departments,
    matrix_explaining,
    matrix_facts,
    matrix_keys,
    matrix_learning,
    matrix_lists,
    matrix_merging,
    matrix_noise,
    matrix_notifications,
    matrix_people,
    matrix_presence,
    matrix_rules,
    matrix_sending,
    matrix_service,
    matrix_timeline,
    matrix_together,
    matrix_verbs,
    matrix_writing,
)
from tests.inbox.cast import PASSWORD, Cast

ROLES = ("anonymous", "charlie", "alice", "mia", "adam")
# What GET answers to anonymous, charlie (an agent elsewhere), alice (an agent of the owning department), mia, adam.
GET = {
    "home": [302, 302, 302, 302, 302],
    "inbox": [302, 200, 200, 200, 200],
    "view": [302, 200, 200, 200, 200],
    "changes": [302, 200, 200, 200, 200],
    "conversation": [302, 200, 200, 200, 200],
    "event": [302, 200, 200, 200, 200],
    "short": [302, 302, 302, 302, 302],
    "reply": [302, 405, 405, 405, 405],
    "contact_export": [302, 403, 403, 200, 200],
    "contact_erase": [302, 403, 403, 200, 200],
    "voice": [302, 200, 200, 200, 200],
    "draft": [302, 200, 200, 200, 200],
    "settle_promise": [302, 405, 405, 405, 405],
    "note": [302, 405, 405, 405, 405],
    "close": [302, 405, 405, 405, 405],
    "reopen": [302, 405, 405, 405, 405],
    "assign": [302, 403, 200, 200, 200],
    "move": [302, 403, 200, 200, 200],
    "unread": [302, 405, 405, 405, 405],
    # Colleagues see everything; this message has no attachment, its author no picture.
    "attachment": [302, 404, 404, 404, 404],
    "avatar": [302, 404, 404, 404, 404],
    "undo": [302, 405, 405, 405, 405],
    "retry": [302, 405, 405, 405, 405],
    "settle": [302, 405, 405, 405, 405],
    "contacts": [302, 200, 200, 200, 200],
    "search": [302, 200, 200, 200, 200],
    "contact": [302, 200, 200, 200, 200],
    "contact_event": [302, 200, 200, 200, 200],
    "contact_graph": [302, 200, 200, 200, 200],
    "contact_news": [302, 200, 200, 200, 200],
    "contact_density": [302, 200, 200, 200, 200],
    "contact_topics": [302, 200, 200, 200, 200],
    "contact_ways": [302, 200, 200, 200, 200],
    "contacts_export": [302, 403, 403, 200, 200],
    "imports": [302, 403, 403, 200, 200],
    "import": [302, 403, 403, 200, 200],
    "import_start": [302, 405, 405, 405, 405],
    "import_cancel": [302, 405, 405, 405, 405],
    "import_undo": [302, 403, 403, 200, 200],
    "import_rejected": [302, 403, 403, 200, 200],
    "settings": [302, 302, 302, 302, 302],
    "channels": [302, 403, 403, 403, 200],
    "channel": [302, 403, 403, 403, 200],
    "channels_pull": [302, 405, 405, 405, 405],
    # The sample needs no mapping.
    "mapping": [302, 403, 403, 403, 404],
    "channel_new": [302, 403, 403, 403, 200],
    "channel_docs": [302, 403, 403, 403, 200],
    # Nobody was sent anywhere, so nobody comes back: an admin is led to the list.
    "channel_callback": [302, 403, 403, 403, 302],
    "channel_pull": [302, 405, 405, 405, 405],
    "channel_pause": [302, 405, 405, 405, 405],
    "channel_resume": [302, 405, 405, 405, 405],
    "channel_disconnect": [302, 403, 403, 403, 200],
    "channel_remove": [302, 405, 405, 405, 405],
    "channel_subscription": [302, 405, 405, 405, 405],
    "channel_values": [302, 405, 405, 405, 405],
    "channel_ledger": [302, 403, 403, 403, 200],
    "ledger": [302, 403, 403, 403, 200],
    "receipts": [302, 403, 403, 403, 200],
    "receipts_retry": [302, 405, 405, 405, 405],
    "alarm_read": [302, 405, 405, 405, 405],
    "backfill": [302, 403, 403, 403, 302],
    "backfill_pause": [302, 405, 405, 405, 405],
    "backfill_resume": [302, 405, 405, 405, 405],
    "backfill_cancel": [302, 405, 405, 405, 405],
    "account_login": [200, 302, 302, 302, 302],
    "account_logout": [302, 200, 200, 200, 200],
    "account_inactive": [200, 200, 200, 200, 200],
    "account_reauthenticate": [302, 200, 200, 200, 200],
    "account_change_password": [302, 200, 200, 200, 200],
    "healthz": [200, 200, 200, 200, 200],
    "favicon": [302, 302, 302, 302, 302],
    **matrix_board.GET,
    **matrix_departments.GET,
    **matrix_facts.GET,
    **matrix_keys.GET,
    **matrix_learning.GET,
    **matrix_lists.GET,
    **matrix_merging.GET,
    **matrix_people.GET,
    **matrix_writing.GET,
    **matrix_presence.GET,
    **matrix_service.GET,
    **matrix_noise.GET,
    **matrix_notifications.GET,
    **matrix_rules.GET,
    **matrix_sending.GET,
    **matrix_explaining.GET,
    **matrix_timeline.GET,
    **matrix_together.GET,
    **matrix_verbs.GET,
    # No channel of the cast takes webhooks, and who asks does not matter.
    "webhook": [404, 404, 404, 404, 404],
}
# What POST answers: 302 is done (or refused with a message), 403 is not allowed.
POST = {
    **matrix_board.POST,
    **matrix_departments.POST,
    **matrix_facts.POST,
    **matrix_keys.POST,
    **matrix_learning.POST,
    **matrix_lists.POST,
    **matrix_merging.POST,
    **matrix_people.POST,
    **matrix_writing.POST,
    **matrix_presence.POST,
    **matrix_service.POST,
    **matrix_noise.POST,
    **matrix_rules.POST,
    **matrix_sending.POST,
    **matrix_explaining.POST,
    **matrix_together.POST,
    **matrix_verbs.POST,
    **matrix_notifications.POST,
    "reply": [302, 403, 302, 302, 302],
    "note": [302, 302, 302, 302, 302],
    "contact_erase": [302, 403, 403, 302, 302],
    "draft": [302, 403, 204, 204, 204],
    "settle_promise": [302, 403, 302, 302, 302],
    "close": [302, 403, 302, 302, 302],
    "reopen": [302, 403, 302, 302, 302],
    "assign": [302, 403, 302, 302, 302],
    "move": [302, 403, 302, 302, 302],
    "unread": [302, 302, 302, 302, 302],
    "undo": [302, 403, 302, 302, 302],
    "retry": [302, 403, 302, 302, 302],
    "settle": [302, 403, 302, 302, 302],
    # A file is missing; the form comes again.
    "imports": [302, 403, 403, 422, 422],
    "import": [302, 403, 403, 302, 302],
    "import_start": [302, 403, 403, 302, 302],
    "import_cancel": [302, 403, 403, 302, 302],
    "import_undo": [302, 403, 403, 302, 302],
    "channels_pull": [302, 403, 403, 403, 302],
    "mapping": [302, 403, 403, 403, 404],
    # The form comes again, and says what is missing.
    "channel_new": [302, 403, 403, 403, 422],
    # Nobody connects or subscribes the sample by hand.
    "channel": [302, 403, 403, 403, 404],
    "channel_subscription": [302, 403, 403, 403, 404],
    "channel_values": [302, 403, 403, 403, 404],
    "channel_pull": [302, 403, 403, 403, 302],
    "channel_pause": [302, 403, 403, 403, 302],
    "channel_resume": [302, 403, 403, 403, 302],
    "channel_disconnect": [302, 403, 403, 403, 302],
    "channel_remove": [302, 403, 403, 403, 302],
    "receipts_retry": [302, 403, 403, 403, 302],
    "alarm_read": [302, 403, 403, 403, 302],
    "backfill": [302, 403, 403, 403, 302],
    "backfill_pause": [302, 403, 403, 403, 302],
    "backfill_resume": [302, 403, 403, 403, 302],
    "backfill_cancel": [302, 403, 403, 403, 302],
}
# Looks at running processes (tests/platform/test_health.py).
ELSEWHERE = {"readyz"}


@pytest.fixture
def cast(db):
    return Cast()


def client_of(cast, name):
    client = Client()
    if name != "anonymous":
        client.force_login(cast.users[name])
    return client


def patterns(under=None):
    for pattern in get_resolver().url_patterns if under is None else under:
        yield from [pattern] if isinstance(pattern, URLPattern) else patterns(pattern.url_patterns)


def addresses(cast):
    """An address for each name, all about one conversation of Support and a reply in it."""
    conversation = cast.asks(cast.dana[0])
    event = conversation.events.get()
    ours = cast.says(conversation, "We look into it.", direction="out", author=cast.alice)
    Delivery.objects.create(
        message=ours, channel=cast.channel, state="failed", click=uuid4(), client_key=uuid4(), send_after=ours.posted_at
    )
    one = {"pk": conversation.pk}
    arguments = {
        **{name: {"pk": cast.channel.pk} for name in GET if name.startswith(("channel", "receipts", "mapping"))},
        **dict.fromkeys(("channels", "channels_pull", "channel_callback")),
        "view": {"view": "q/support"},
        "changes": {"view": "open"},
        "conversation": {"view": "open", **one},
        "event": {"view": "open", "event": event.pk, **one},
        "contact": {"pk": cast.dana[0].contact_id},
        "contact_graph": {"pk": cast.dana[0].contact_id},
        "contact_news": {"pk": cast.dana[0].contact_id},
        "contact_density": {"pk": cast.dana[0].contact_id},
        "contact_topics": {"pk": cast.dana[0].contact_id},
        "contact_ways": {"pk": cast.dana[0].contact_id},
        "contact_event": {"pk": cast.dana[0].contact_id, "event": event.pk},
        **dict.fromkeys(
            ("import", "import_start", "import_cancel", "import_undo", "import_rejected"), {"pk": uploaded_file().pk}
        ),
        "channel_new": {"network": "x"},
        "channel_docs": {"name": "x.md"},
        "webhook": {"uuid": cast.channel.uuid},
        **dict.fromkeys(("short", "reply", "note", "close", "reopen", "assign", "move", "unread"), one),
        **dict.fromkeys(("undo", "retry", "settle"), {"pk": ours.pk}),
        **dict.fromkeys(("backfill", "backfill_pause", "backfill_resume", "backfill_cancel"), {"pk": cast.channel.pk}),
        "attachment": {"pk": ours.pk, "position": 0},
        "avatar": {"pk": cast.dana[0].pk},
        **matrix_departments.addresses(),
        **matrix_facts.addresses(cast),
        **matrix_learning.addresses(cast),
        **matrix_lists.addresses(cast),
        **matrix_merging.addresses(cast),
        **matrix_people.addresses(cast),
        **matrix_writing.addresses(cast),
        **matrix_presence.addresses(cast),
        **matrix_service.addresses(cast),
        **matrix_noise.addresses(cast),
        "notification": {"pk": 1},
        **matrix_rules.addresses(),
        **matrix_sending.addresses(cast),
        **matrix_explaining.addresses(cast),
        **matrix_timeline.addresses(cast),
        **matrix_together.addresses(cast),
        **dict.fromkeys(("together", "ask", "leave", "hand_back", "link", "unlink", "follow"), one),
        **matrix_verbs.addresses(cast),
        **dict.fromkeys(("voice", "draft"), one),
        **dict.fromkeys(("contact_export", "contact_erase"), {"pk": cast.dana[0].contact_id}),
        "settle_promise": {"pk": promises.make(ours, by=cast.alice, until=None).pk},
    }
    return {name: reverse(name, kwargs=arguments.get(name)) for name in {*GET} - ELSEWHERE}


def uploaded_file():
    return steps.upload("people.csv", [b"Id,Name\n7,Ines\n"], system="hub", by=None, now=timezone.now())


def test_every_address_is_in_the_matrix():
    assert {pattern.name for pattern in patterns()} == {*GET, *ELSEWHERE}


@pytest.mark.parametrize("role", ROLES)
def test_who_may_open_what(cast, role):
    asked = {name: client_of(cast, role).get(url).status_code for name, url in addresses(cast).items()}
    assert asked == {name: answers[ROLES.index(role)] for name, answers in GET.items()}


@pytest.mark.parametrize("role", ROLES)
def test_who_may_do_what(cast, role):
    bodies = {
        **matrix_board.bodies(cast),
        **matrix_facts.bodies(),
        **matrix_lists.bodies(),
        **matrix_merging.bodies(cast),
        **matrix_people.bodies(),
        **matrix_writing.bodies(),
        **matrix_service.bodies(),
        **matrix_noise.bodies(cast),
        **matrix_rules.bodies(),
        **matrix_sending.bodies(),
        **matrix_explaining.bodies(),
        **matrix_together.bodies(cast),
        **matrix_verbs.bodies(cast),
        "reply": {"mode": "reply", "text": "Hello", "click": str(uuid4())},
        "note": {"mode": "note", "text": "Hello"},
        "move": {"department": "sales", "reason": "Wants a new car."},
        "assign": {"to": ""},
        "settle_promise": {"outcome": "kept"},
        "contact_erase": {"name": "Dana Whitlock"},
        "settle": {"outcome": "drop"},
    }
    urls, client = addresses(cast), client_of(cast, role)
    answered = {}
    for name in POST:
        # Nothing that was done is there for the next one.
        with transaction.atomic():
            answered[name] = client.post(urls[name], bodies.get(name, {})).status_code
            transaction.set_rollback(True)
    assert answered == {name: answers[ROLES.index(role)] for name, answers in POST.items()}


def test_no_action_without_a_csrf_token(cast):
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.alice)
    urls = addresses(cast)
    assert {name: client.post(urls[name]).status_code for name in POST} == dict.fromkeys(POST, 403)


# Those whose address says what they are about.
ABOUT = sorted(
    {
        "view",
        "changes",
        "conversation",
        "event",
        "contact",
        "contact_event",
        "contact_news",
        "contact_density",
        "contact_topics",
        "contact_ways",
        "channel",
        "channel_docs",
        "channel_ledger",
        "receipts",
        "contact_merge",
        "import_rejected",
        *matrix_timeline.GET,
        *POST,
    }
    - {
        "channels_pull",
        "alarm_read",
        "imports",
        *matrix_departments.WHOLE,
        *matrix_explaining.WHOLE,
        *matrix_facts.WHOLE,
        *matrix_keys.WHOLE,
        *matrix_learning.WHOLE,
        *matrix_merging.WHOLE,
        *matrix_people.WHOLE,
        *matrix_writing.WHOLE,
        *matrix_presence.WHOLE,
        *matrix_service.WHOLE,
        *matrix_noise.WHOLE,
        *matrix_board.POST,
        "notifications_read",
        "notifications_try",
        "my_notifications",
        *matrix_rules.WHOLE,
        *matrix_verbs.WHOLE,
    }
)


def test_what_does_not_exist_is_not_found(cast):
    missing = {
        "view": "q/nowhere",
        "network": "nowhere",
        "name": "nowhere.md",
        "slug": "nowhere",
        "token": "nothing",
        "pk": 999_999,
        "rule": 999_999,
        "key": "nothing",
        "number": 999_999,
        "event": 999_999,
        "kind": 1,
        "other": 999_998,
    }
    asked = {one.name: one.pattern.converters for one in patterns()}
    client, answered = client_of(cast, "adam"), {}
    for name in ABOUT:
        url = reverse(name, kwargs={key: missing[key] for key in asked[name]})
        answered[name] = (client.post(url) if name in POST else client.get(url)).status_code
    assert answered == dict.fromkeys(ABOUT, 404)


def test_a_colleague_who_was_switched_off_is_outside_at_once(cast):
    client = client_of(cast, "alice")
    assert client.get(reverse("inbox")).status_code == 200
    cast.alice.is_active = False
    cast.alice.save()
    assert client.get(reverse("inbox")).status_code == 302


def test_a_wrong_password_is_said_where_the_person_looks(cast):
    page = Client().post(reverse("account_login"), {"login": "alice", "password": "wrong"}).content.decode()
    assert 'role="alert"' in page
    assert "not correct" in page
    assert "wrong" not in re.findall(r'type="password"[^>]*', page)[0]


def test_logging_in_leads_to_the_inbox(cast):
    response = Client().post(reverse("account_login"), {"login": "alice", "password": PASSWORD})
    assert (response.status_code, response["Location"]) == (302, reverse("inbox"))


@pytest.mark.parametrize("name", sorted(name for name, answers in GET.items() if answers[-1] == 200))
def test_pages_need_no_inline_script_or_style(cast, name):
    response = client_of(cast, "adam").get(addresses(cast)[name])
    # A file is no page.
    if name == "healthz" or response.streaming:
        return
    page = response.content.decode()
    assert not re.search(r"\sstyle=|<style|\son\w+=|javascript:|hx-on|\bjs:", page)
    assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", page))


@pytest.mark.parametrize(
    ("url", "most"),
    [
        ("/inbox/", 10),
        ("/inbox/mine/", 10),
        ("/inbox/closed/", 10),
        ("/inbox/sent/", 10),
        ("/inbox/q/support/", 10),
        ("/inbox/?late=1", 10),
        ("/inbox/?unread=1", 10),
        ("/inbox/mentions/", 10),
        ("/inbox/following/", 10),
        ("/inbox/?tag=vip&draft=1&who=nobody&network=x&priority=high&waiting=60&order=due", 10),
        ("/inbox/?q=start", 12),
        ("/inbox/open/c/{pk}/", 15),
        ("/inbox/open/c/{pk}/?tl=conversation", 15),
    ],
)
def test_the_number_of_statements_does_not_depend_on_the_data(cast, url, most):
    client = client_of(cast, "adam")
    first = cast.asks(cast.dana[0], "It does not start", ago=5000)
    address = url.format(pk=first.pk)
    grow(cast, 5)
    client.get(address)
    few = statements(client, address)
    grow(cast, 195)
    many = statements(client, address)
    # What came later in other conversations moves the window, and costs one statement more, once.
    assert many - few <= 1
    assert many <= most


def test_the_first_look_at_a_conversation_writes_that_it_was_read_with_one_statement(
    cast, django_assert_max_num_queries
):
    conversation = cast.asks(cast.dana[0])
    cast.decided(conversation.messages.get())
    grow(cast, 60)
    client = client_of(cast, "adam")
    with django_assert_max_num_queries(15):
        client.get(f"/inbox/open/c/{conversation.pk}/")
    assert conversation.seen.get().user == cast.adam


def grow(cast, count):
    """More conversations, every third of them dana's, on all of her accounts."""
    for number in range(count):
        identity = cast.dana[number % 3] if number % 3 == 0 else None
        cast.asks(identity, f"It does not start, number {number}", ago=number + 1)


def statements(client, url):
    with CaptureQueriesContext(connection) as captured:
        assert client.get(url).status_code == 200
    return len(captured)


def test_static_files_of_others_keep_their_licences():
    vendor = settings.BASE_DIR / "static" / "vendor"
    assert all((folder / "LICENSE").stat().st_size > 200 for folder in vendor.iterdir())

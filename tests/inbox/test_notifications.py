"""Who is told of what, in the app and by e-mail, and when not."""

import re
import socket
from datetime import datetime, time, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Message as Handler
from django.core.mail.backends.smtp import EmailBackend
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given
from hypothesis import settings as trying
from hypothesis import strategies as st

from connectors.models import Channel
from inbox import events, holding
from inbox.deliver import deliver_due
from inbox.models import Assignment, Conversation, Delivery, Follow, Note, Notification
from inbox.notifying import following, mailing, reading
from inbox.notifying import given as giving
from inbox.notifying.kinds import KINDS
from inbox.notifying.telling import Told, tell
from people.models import User
from people.quiet import loud_from
from tests.inbox.cast import Cast


@pytest.fixture
def cast(db):
    return Cast()


def client_of(user):
    client = Client()
    client.force_login(user)
    return client


def told(user):
    return [one["text"] for one in reading.page(user, None, timezone.now())[0]]


def test_who_is_assigned_something_is_told_by_whom_and_nobody_else(cast):
    conversation = cast.asks(cast.dana[0])
    client_of(cast.mia).post(f"/c/{conversation.pk}/assign/", {"to": cast.alice.pk})
    assert told(cast.alice) == ["Mia Meyer assigned Dana Whitlock to you"]
    assert not Notification.objects.exclude(user=cast.alice).exists()


def test_nobody_is_told_of_what_they_did_themselves(cast):
    conversation = cast.asks(cast.dana[0])
    client_of(cast.alice).post(f"/c/{conversation.pk}/assign/", {"to": cast.alice.pk})
    assert not Notification.objects.exists()


def test_a_department_is_told_what_is_handed_over_to_it_and_why(cast):
    conversation = cast.asks(cast.dana[0])
    client_of(cast.alice).post(f"/c/{conversation.pk}/move/", {"department": "sales", "reason": "Wants a new car."})
    page = client_of(cast.carol).get("/notifications/").content.decode()
    assert "Alice Arnold handed Dana Whitlock over to Sales" in page and "Wants a new car." in page


def test_many_at_once_are_one_line(cast):
    ids = [cast.asks().pk for _ in range(7)]
    places = Conversation.objects.filter(pk__in=ids).values_list("pk", "channel_id", "identity_id")
    Conversation.objects.filter(pk__in=ids).update(department=cast.departments["sales"])
    data = {"from": "Support", "to": "Sales", "reason": "All of them."}
    events.act_on_all(places, "handover", by=cast.mia, at=timezone.now(), data=data)
    assert told(cast.carol) == ["Mia Meyer handed 7 conversations over to Sales"]


def test_the_same_again_is_told_once_until_it_is_read(cast):
    conversation = cast.asks(cast.dana[0], assignee=cast.alice)
    for _ in range(3):
        tell([Told("due", conversation.pk)])
    assert Notification.objects.filter(user=cast.alice).count() == 1
    reading.mark_read(cast.alice)
    tell([Told("due", conversation.pk)])
    assert Notification.objects.filter(user=cast.alice).count() == 2


def test_opening_the_conversation_reads_what_was_told_of_it(cast):
    conversation = cast.asks(cast.dana[0], assignee=cast.alice)
    tell([Told("due", conversation.pk)])
    client = client_of(cast.alice)
    assert "1 unread" in client.get("/notifications/count/").content.decode()
    client.get(f"/inbox/open/c/{conversation.pk}/")
    assert "unread" not in client.get("/notifications/count/").content.decode()


def test_a_line_leads_to_its_conversation_and_is_read_by_that(cast):
    conversation = cast.asks(cast.dana[0], assignee=cast.alice)
    tell([Told("due", conversation.pk)])
    one = Notification.objects.get()
    assert client_of(cast.bob).get(f"/notifications/{one.pk}/").status_code == 404
    assert client_of(cast.alice).get(f"/notifications/{one.pk}/").url == f"/c/{conversation.pk}/"
    assert reading.unread(cast.alice) == 0


def test_a_page_holds_thirty_and_the_next_begins_below(cast):
    ids = [cast.asks(assignee=cast.alice).pk for _ in range(35)]
    for pk in ids:
        tell([Told("due", pk)])
    first, more = reading.page(cast.alice, None, timezone.now())
    second, end = reading.page(cast.alice, more, timezone.now())
    assert (len(first), len(second), end) == (30, 5, None)
    assert not {one["id"] for one in first} & {one["id"] for one in second}


def test_people_choose_what_they_are_told_and_how(cast):
    wanted = {"assigned:mail": "1", "quiet_from": "18:00", "quiet_until": "08:00"}
    assert client_of(cast.alice).post("/settings/me/notifications/", wanted).status_code == 302
    cast.alice.refresh_from_db()
    assert cast.alice.notify == {kind: ["mail"] if kind == "assigned" else [] for kind in KINDS}
    User.objects.filter(pk=cast.alice.pk).update(email="alice@example.org")
    conversation = cast.asks(assignee=cast.alice)
    tell([Told("assigned", conversation.pk, cast.mia.pk), Told("due", conversation.pk)])
    one = Notification.objects.get()
    assert (one.kind, one.in_app, one.mail_after is not None) == ("assigned", False, True)


def test_quiet_hours_need_both_ends(cast):
    page = client_of(cast.alice).post("/settings/me/notifications/", {"quiet_from": "18:00", "due:app": "1"})
    assert page.status_code == 422 and "Quiet hours need a beginning and an end." in page.content.decode()


def test_quiet_hours_do_not_end_when_they_begin(cast):
    page = client_of(cast.alice).post("/settings/me/notifications/", {"quiet_from": "22:00", "quiet_until": "22:00"})
    assert page.status_code == 422 and "They end when they begin." in page.content.decode()


def test_the_open_page_says_how_many_came_since(cast):
    alice = client_of(cast.alice)
    tell([Told("assigned", cast.asks().pk, users=[cast.alice.pk])])
    news = re.search(r'hx-get="(/notifications/\?after=[^"]+)"', alice.get("/notifications/").content.decode())[1]
    assert "newpill" not in alice.get(news, headers={"HX-Request": "true"}).content.decode()
    tell([Told("assigned", cast.asks().pk, users=[cast.alice.pk])])
    assert "1 new" in alice.get(news, headers={"HX-Request": "true"}).content.decode()


def test_news_of_what_is_followed_are_told_once(cast):
    conversation, other = cast.asks(cast.dana[0]), cast.asks(cast.dana[1])
    before = timezone.now() - timedelta(hours=1)
    Follow.objects.create(user=cast.bob, conversation=conversation, at=before, told_at=before)
    Follow.objects.create(user=cast.carol, contact=cast.dana[0].contact, at=before, told_at=before)
    assert following.tell_news() == 2
    assert following.tell_news() == 0
    assert told(cast.bob) == ["Dana Whitlock, whom you follow, has news"]
    assert told(cast.carol) == ["2 conversations that you follow have news"]
    assert other.pk


def test_switched_off_colleagues_are_told_nothing(cast):
    conversation = cast.asks(assignee=cast.alice)
    User.objects.filter(pk=cast.alice.pk).update(is_active=False)
    tell([Told("due", conversation.pk)])
    assert not Notification.objects.exists()


def test_a_bulk_of_a_thousand_costs_one_statement(cast, django_assert_num_queries):
    with django_assert_num_queries(1):
        tell([Told("handed_over", pk, cast.mia.pk) for pk in range(1, 1000)])


class Box(Handler):
    """A mail server's handler that keeps what arrives, or refuses it."""

    def __init__(self):
        super().__init__()
        self.arrived, self.refuses = [], False

    async def handle_RCPT(self, server, session, envelope, address, options):
        if self.refuses:
            return "451 Try later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    def handle_message(self, message):
        self.arrived.append(message)


@pytest.fixture
def box(settings):
    """A real mail server on this machine."""
    handler = Box()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(handler, hostname="127.0.0.1", port=port)
    controller.start()
    settings.EMAIL_BACKEND = f"{EmailBackend.__module__}.{EmailBackend.__qualname__}"
    settings.EMAIL_HOST, settings.EMAIL_PORT, settings.EMAIL_USE_TLS = "127.0.0.1", port, False
    settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
    settings.EMAIL_URL, settings.SITE_URL = f"smtp://127.0.0.1:{port}?tls=off", "https://inbox.example.org"
    yield handler
    controller.stop()


@pytest.fixture
def late(cast):
    """Alice, with an address, is told that two replies are due."""
    User.objects.filter(pk=cast.alice.pk).update(email="alice@example.org")
    for identity in cast.dana[:2]:
        tell([Told("due", cast.asks(identity, assignee=cast.alice).pk)])
    return cast


def test_one_mail_gathers_what_is_due_and_says_where_to_choose(late, box):
    assert mailing.send_due() == 1
    assert mailing.send_due() == 0
    (message,) = box.arrived
    text = message.get_payload()[0].get_payload(decode=True).decode()
    assert message["To"] == "alice@example.org" and "and 1 more" in message["Subject"]
    assert text.count("The reply to Dana Whitlock is due soon, or late") == 2
    assert "https://inbox.example.org/settings/me/notifications/" in text
    assert message["List-Unsubscribe"] == "<https://inbox.example.org/settings/me/notifications/>"


def test_what_was_read_in_the_app_is_not_mailed(late, box):
    reading.mark_read(late.alice)
    assert mailing.send_due() == 0 and box.arrived == []


def test_a_server_that_refuses_loses_nothing_and_is_asked_again_later(late, box):
    box.refuses = True
    assert mailing.send_due() == 0
    assert Notification.objects.filter(mail_after__gt=timezone.now()).count() == 2
    box.refuses = False
    assert mailing.send_due(timezone.now() + timedelta(minutes=5)) == 1
    assert len(box.arrived) == 1


def test_in_quiet_hours_mails_wait_for_their_end(late, box):
    now = datetime(2026, 3, 4, 22, 0, tzinfo=ZoneInfo("UTC"))
    User.objects.filter(pk=late.alice.pk).update(quiet_from=time(20), quiet_until=time(7), time_zone="Europe/Berlin")
    Notification.objects.update(mail_after=now, at=now)
    assert mailing.send_due(now) == 0
    assert set(Notification.objects.values_list("mail_after", flat=True)) == {
        datetime(2026, 3, 5, 6, 0, tzinfo=ZoneInfo("UTC"))
    }
    assert mailing.send_due(now + timedelta(hours=8)) == 1


def test_of_who_is_erased_nobody_is_told_in_the_app_or_by_mail_any_more(cast, box, settings, tmp_path):
    settings.VAR_DIR = tmp_path
    User.objects.filter(pk=cast.carol.pk).update(
        email="carol@example.org", notify={"handed_over": ["app", "mail"], "assigned": ["app", "mail"]}
    )
    mia, move = client_of(cast.mia), "/inbox/open/bulk/"
    both, others = [cast.asks(cast.dana[0]).pk, cast.asks().pk], [cast.asks().pk, cast.asks().pk]
    mia.post(move, {"do": "move", "ids": both, "department": "sales", "reason": "Dana wants her money back."})
    mia.post(move, {"do": "move", "ids": others, "department": "sales", "reason": "They buy."})
    mia.post(f"/c/{both[0]}/assign/", {"to": cast.carol.pk})
    page = client_of(cast.carol).get("/notifications/").content.decode()
    assert "Dana wants her money back." in page and "assigned Dana Whitlock to you" in page
    url = f"/contacts/{cast.dana[0].contact_id}/erase/"
    assert mia.post(url, {"name": "Dana Whitlock", "reason": "Asked for it."}).status_code == 302
    page = client_of(cast.carol).get("/notifications/").content.decode()
    assert "Dana" not in page and cast.dana[0].external_id not in page
    assert page.count("Mia Meyer handed 2 conversations over to Sales") == 2 and "They buy." in page
    assert mailing.send_due(timezone.now() + timedelta(minutes=5)) == 1
    text = box.arrived[0].as_string() + box.arrived[0].get_payload()[0].get_payload(decode=True).decode()
    assert "They buy." in text and "Dana" not in text and "assigned" not in text


def test_a_mail_to_try_says_what_became_of_it(cast, box):
    client = client_of(cast.alice)
    page = client.post("/settings/me/notifications/try/", follow=True).content.decode()
    assert "You have no e-mail address here." in page
    User.objects.filter(pk=cast.alice.pk).update(email="alice@example.org")
    assert "Sent to alice@example.org" in client.post("/settings/me/notifications/try/", follow=True).content.decode()
    box.refuses = True
    assert (
        "The mail server did not take it"
        in client.post("/settings/me/notifications/try/", follow=True).content.decode()
    )


def test_a_note_that_calls_somebody_tells_them_what_it_says(cast):
    conversation = cast.asks(cast.dana[0])
    client_of(cast.alice).post(f"/c/{conversation.pk}/note/", {"mode": "note", "text": "@carol what does it cost?"})
    note = Note.objects.get()
    (one,), _more = reading.page(cast.carol, None, timezone.now())
    assert one["text"] == "Alice Arnold mentioned you about Dana Whitlock" and one["more"] == note.text


def test_a_hand_over_by_nobody_is_said_to_be_by_the_product(cast):
    conversation = cast.asks(cast.dana[0], department="sales")
    tell([Told("handed_over", conversation.pk, department="Sales")])
    assert told(cast.carol) == ["SocialCRM handed Dana Whitlock over to Sales"]


@trying(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    begins=st.times(), ends=st.times(), weekends=st.booleans(),
    at=st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 30)),
    zone=st.sampled_from(["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata"]),
)  # fmt: skip
def test_mails_leave_outside_of_quiet_hours_and_as_soon_as_they_may(begins, ends, weekends, at, zone):
    user = User(quiet_from=begins, quiet_until=ends, quiet_weekends=weekends)
    at, there = at.replace(tzinfo=ZoneInfo("UTC")), ZoneInfo(zone)
    found = loud_from(user, at, there)
    assert at <= found <= at + timedelta(days=4)
    assert loud_from(user, found, there) == found
    local = found.astimezone(there)
    assert not (weekends and local.weekday() >= 5)


@pytest.mark.parametrize("state", ["failed", "held"])
def test_who_wrote_a_reply_that_did_not_leave_is_told_why(cast, state):
    conversation = cast.asks(cast.dana[0])
    ours = cast.says(conversation, "On our way.", direction="out", author=cast.alice)
    delivery = Delivery.objects.create(
        message=ours, channel=cast.channel, state="queued", click=uuid4(), client_key=uuid4(),
        send_after=timezone.now() - timedelta(minutes=1), is_later=state == "held",
    )  # fmt: skip
    if state == "held":
        holding.hold_for_customer([conversation.pk])
    else:
        # Nobody answers for the sample's network here.
        Channel.objects.update(network="x", base_url="http://127.0.0.1:9")
        deliver_due()
    delivery.refresh_from_db()
    assert delivery.state == state
    assert told(cast.alice) == ["Your reply to Dana Whitlock did not leave"]
    assert not Notification.objects.exclude(user=cast.alice).exists()


def test_what_a_job_gives_to_somebody_is_told_them_once(cast):
    conversation = cast.asks(cast.dana[0], assignee=cast.alice)
    Assignment.objects.create(conversation=conversation, user=cast.alice, at=timezone.now())
    assert (giving.tell_given(), giving.tell_given()) == (1, 0)
    assert told(cast.alice) == ["SocialCRM assigned Dana Whitlock to you"]


def test_nothing_is_told_of_what_was_refused(cast):
    conversation = cast.asks(cast.dana[0])
    assert client_of(cast.charlie).post(f"/c/{conversation.pk}/assign/", {"to": cast.alice.pk}).status_code == 403
    assert not Notification.objects.exists()

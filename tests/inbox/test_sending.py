"""What leaves later, in several posts, or not at all: through the pages, the sender and what arrives."""

import json
import threading
import uuid
from datetime import timedelta

import pytest
from django.db import connections, transaction
from django.utils import timezone

from connectors import registry
from connectors.incoming import Author, Incoming
from inbox import replies, triage
from inbox.deliver import deliver_due
from inbox.ingest import ingest
from inbox.models import Conversation, Delivery, Draft, Event, Message
from people.models import User
from tests.inbox.platforms import PLATFORMS
from tests.inbox.test_deliver import conversation_on, end_leases, posts, run_worker

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
LONG = "The first part says hello. " + "Then a long story follows which nobody wants to read. " * 12


@pytest.fixture(autouse=True)
def platforms(monkeypatch, settings):
    settings.UNDO_SECONDS = 0
    for name, connector in PLATFORMS.items():
        monkeypatch.setitem(registry.CLASSES, name, f"{connector.__module__}.{connector.__qualname__}")


@pytest.fixture
def mia(db):
    return User.objects.create_user("mia", name="Mia", role="manager")


@pytest.fixture
def jonas(db):
    return User.objects.create_user("jonas", name="Jonas", role="manager")


@pytest.fixture
def conversation(tmp_path):
    return conversation_on("threads", tmp_path)


@pytest.fixture
def page(client, mia):
    client.force_login(mia)
    return client


def send(page, conversation, text="On our way.", **fields):
    body = {"mode": "reply", "text": text, "click": str(uuid.uuid4()), "seen": newest(), **fields}
    return page.post(f"/c/{conversation.pk}/reply/", body, headers=HTMX)


def newest():
    return Message.objects.latest("pk").pk


def says(conversation, text="Never mind.", number="2", **fields):
    author = Author(external_id="dana", handle="dana")
    item = Incoming(
        network="x", external_id=number, author=author, posted_at=timezone.now(), text=text, thread_id="1", **fields
    )
    ingest(conversation.channel, [item])


def due():
    Delivery.objects.filter(state="queued").update(send_after=timezone.now())


def states():
    return list(Delivery.objects.order_by("pk").values_list("state", flat=True))


# Later


def test_a_reply_for_tomorrow_waits_and_the_customer_still_waits_for_it(page, conversation, tmp_path):
    answer = send(page, conversation, later="tomorrow")
    assert answer.status_code == 200
    assert "goes out" in answer.content.decode()
    deliver_due()
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.is_later, posts(tmp_path)) == ("queued", True, [])
    conversation.refresh_from_db()
    assert conversation.waiting_since is not None
    assert conversation.snippet == "help"

    due()
    deliver_due()

    conversation.refresh_from_db()
    assert (states(), len(posts(tmp_path)), conversation.waiting_since) == (["sent"], 1, None)


def test_what_was_written_for_later_is_told_at_the_time_when_it_leaves(page, conversation):
    send(page, conversation, later="tomorrow")
    Message.objects.filter(direction="out").update(posted_at="2026-01-01T00:00Z", created_at="2026-01-01T00:00Z")
    Event.objects.filter(message__direction="out").update(at="2026-01-01T00:00Z")
    due()
    before = timezone.now()
    deliver_due()
    message = Message.objects.get(direction="out")
    assert message.posted_at >= before
    assert message.created_at == message.posted_at == Event.objects.get(message=message).at


def test_it_is_held_back_when_the_customer_writes_first_and_says_so(page, conversation, tmp_path):
    send(page, conversation, later="tomorrow", close_after="1")
    says(conversation)
    due()
    deliver_due()
    assert (states(), posts(tmp_path)) == (["held"], [])
    assert Event.objects.get(kind="held").data == {"reason": "The customer wrote first."}
    shown = page.get(f"/inbox/open/c/{conversation.pk}/").content.decode()
    assert "Held back." in shown
    assert "Send anyway" in shown
    assert Conversation.objects.get().state == "open"


@pytest.mark.parametrize("kind", ["automatic", "back-fill"])
def test_what_no_person_wrote_now_holds_nothing_back(page, conversation, kind):
    send(page, conversation, later="tomorrow")
    if kind == "automatic":
        says(conversation, automatic=True)
    else:
        author = Author(external_id="dana", handle="dana")
        at = timezone.now() - timedelta(days=9)
        old = Incoming(network="x", external_id="0", author=author, posted_at=at, text="before", thread_id="1")
        ingest(conversation.channel, [old], past=True)
    assert states() == ["queued"]


def test_it_is_held_back_when_a_colleague_answers_meanwhile(page, conversation, jonas):
    send(page, conversation, later="tomorrow")
    replies.queue(conversation, by=jonas, text="A truck is coming.", click=uuid.uuid4())
    assert states() == ["held", "queued"]
    assert Delivery.objects.earliest("pk").error == "Jonas answered meanwhile."


def test_who_plans_a_reply_is_told_when_the_customer_has_written_since(page, conversation):
    seen = newest()
    says(conversation, "Never mind, it works.")
    answer = send(page, conversation, later="tomorrow", seen=seen)
    assert answer.status_code == 409
    assert "Never mind, it works." in answer.content.decode()
    assert send(page, conversation, seen=seen).status_code == 200


def test_a_planned_reply_of_a_colleague_is_no_answer_yet(page, conversation, jonas):
    seen = newest()
    replies.queue(conversation, by=jonas, text="Later.", click=uuid.uuid4(), at=timezone.now() + timedelta(hours=3))
    assert send(page, conversation, seen=seen).status_code == 200


@pytest.mark.parametrize("way", ["now", "undo", "discard", "later"])
def test_a_held_reply_is_sent_edited_discarded_or_sent_at_another_time(page, conversation, tmp_path, way):
    send(page, conversation, later="tomorrow")
    says(conversation)
    message = Message.objects.get(direction="out")
    body = {"later": "tomorrow"} if way == "later" else {}
    assert page.post(f"/replies/{message.pk}/{way}/", body, headers=HTMX).status_code == 200
    assert states() == [{"now": "queued", "later": "queued"}.get(way, "draft")]
    deliver_due()
    assert len(posts(tmp_path)) == (way == "now")
    assert [draft.text for draft in Draft.objects.all()] == (["On our way."] if way == "undo" else [])
    # A second click of the same button finds that it is done.
    assert page.post(f"/replies/{message.pk}/{way}/", body, headers=HTMX).status_code == (
        200 if way == "later" else 409
    )


def test_a_time_that_is_none_is_refused_where_it_was_written(page, conversation):
    for own in ("", "soon", "2020-01-01T09:00", "9999-12-31T23:59", "2026-02-30T09:00", "\0", "1" * 500):
        answer = send(page, conversation, later="at", later_at=own)
        assert answer.status_code == 422, own
    message = replies.queue(
        conversation, by=User.objects.get(), text="x", click=uuid.uuid4(), at=timezone.now() + timedelta(1)
    ).message
    refused = page.post(f"/replies/{message.pk}/later/", {"later": "at", "later_at": "2020-01-01T09:00"}, headers=HTMX)
    assert refused.status_code == 422
    assert "Choose a time that is to come" in refused.content.decode()
    assert "Tomorrow morning" in page.get(f"/replies/{message.pk}/later/").content.decode()


# Several posts


def test_a_long_text_goes_out_as_posts_of_which_each_answers_the_one_before(page, conversation, tmp_path):
    preview = page.post(f"/c/{conversation.pk}/parts/", {"text": LONG, "numbered": "1"}, headers=HTMX).content.decode()
    assert "This goes out as 3 posts" in preview
    assert send(page, conversation, LONG).status_code == 422
    assert send(page, conversation, LONG, split="1", numbered="1").status_code == 200
    deliver_due()
    made = [(one["text"], one["answers"], one["key"]) for one in map(json.loads, posts(tmp_path))]
    assert [text[-4:] for text, _, _ in made] == [" 1/3", " 2/3", " 3/3"]
    assert [answers for _, answers, _ in made] == ["1", f"post-{made[0][2]}", f"post-{made[1][2]}"]
    assert all(len(text) <= 280 and text.split(" ")[-1] in preview for text, _, _ in made)


def test_one_click_is_one_series_of_posts_and_undo_takes_all_of_them_back(page, conversation, settings):
    settings.UNDO_SECONDS = 10
    click = str(uuid.uuid4())
    for _ in range(2):
        assert send(page, conversation, LONG, split="1", click=click).status_code == 200
    assert states() == ["queued"] * 3
    assert send(page, conversation, LONG + "!", split="1", click=click).status_code == 422
    last = Message.objects.latest("pk")
    assert page.post(f"/replies/{last.pk}/undo/", headers=HTMX).status_code == 200
    deliver_due()
    assert states() == ["draft"] * 3
    assert Draft.objects.get().text == LONG.strip()


def test_what_follows_a_part_that_failed_is_held_back_until_that_has_arrived(page, tmp_path):
    conversation = conversation_on("refusing", tmp_path, permanent=True)
    send(page, conversation, LONG, split="1")
    deliver_due()
    assert states() == ["failed", "held", "held"]
    first = Message.objects.filter(direction="out").earliest("pk")
    shown = page.get(f"/inbox/open/c/{conversation.pk}/").content.decode()
    assert shown.count("The part before it did not arrive.") == 2

    conversation.channel.network = "threads"
    conversation.channel.save()
    page.post(f"/replies/{first.pk}/retry/")
    deliver_due()
    assert states() == ["sent"] * 3
    assert len(posts(tmp_path)) == 3


@pytest.mark.parametrize("outcome", ["arrived", "drop"])
def test_what_follows_a_part_of_which_nobody_knows_waits_for_the_person_who_does(page, tmp_path, outcome):
    conversation = conversation_on("neither", tmp_path)
    send(page, conversation, LONG, split="1")
    first = Message.objects.filter(direction="out").earliest("pk")
    Delivery.objects.filter(pk=first.pk).update(
        state="sending", attempted_at=timezone.now(), lease_until=timezone.now() - timedelta(minutes=1), tries=1
    )
    deliver_due()
    assert states() == ["unconfirmed", "held", "held"]
    page.post(f"/replies/{first.pk}/settle/", {"outcome": outcome})
    deliver_due()
    assert states() == (["sent"] * 3 if outcome == "arrived" else ["failed", "held", "held"])


def test_the_rest_of_a_series_goes_on_although_the_customer_answers_its_first_post(page, conversation):
    send(page, conversation, LONG, split="1", later="tomorrow")
    due()
    deliver_due(limit=1)
    says(conversation)
    assert states() == ["sent", "queued", "queued"]
    deliver_due()
    assert states() == ["sent"] * 3


@pytest.mark.parametrize(
    "point", ["deliver.claimed", "deliver.before_network", "deliver.after_network", "deliver.recorded"]
)
@pytest.mark.django_db(transaction=True)
def test_a_worker_killed_between_the_parts_loses_none_doubles_none_and_keeps_their_order(
    tmp_path, process_env, mia, point
):
    conversation = conversation_on("threads", tmp_path)
    replies.queue(conversation, by=mia, text=LONG, click=uuid.uuid4(), split=True, numbered=True)
    assert run_worker(process_env, crash_at=point) == 137
    end_leases()
    deliver_due(limit=1)
    assert run_worker(process_env, crash_at=point) in (137, 0)
    end_leases()
    for _ in range(4):
        deliver_due()
        end_leases()
    texts = [json.loads(line)["text"] for line in posts(tmp_path)]
    assert [text[-4:] for text in texts] == [" 1/3", " 2/3", " 3/3"]
    assert states() == ["sent"] * 3


# At the same instant


@pytest.mark.django_db(transaction=True)
def test_a_reply_leaves_or_is_held_but_never_both_when_the_customer_writes_at_that_instant(tmp_path, mia):
    conversation = conversation_on("threads", tmp_path)
    for turn in range(12):
        start = threading.Barrier(2)
        replies.queue(conversation, by=mia, text=f"Turn {turn}", click=uuid.uuid4(), at=timezone.now())

        def work(act, start=start):
            try:
                start.wait()
                act()
            finally:
                connections.close_all()

        both = [
            threading.Thread(target=work, args=[lambda turn=turn: says(conversation, number=f"in-{turn}")]),
            threading.Thread(target=work, args=[deliver_due]),
        ]
        for one in both:
            one.start()
        for one in both:
            one.join()
        state = Delivery.objects.latest("pk").state
        assert state in ("sent", "held")
        assert any(f"Turn {turn}" in line for line in posts(tmp_path)) == (state == "sent")
        deliver_due()
        assert Delivery.objects.latest("pk").state == state


@pytest.mark.django_db(transaction=True)
def test_what_a_page_that_is_not_committed_would_hold_back_is_not_sent_and_leaves_if_the_page_fails(tmp_path, mia):
    conversation = conversation_on("threads", tmp_path)
    replies.queue(conversation, by=mia, text="Now", click=uuid.uuid4(), at=timezone.now())

    def deliver():
        try:
            deliver_due()
        finally:
            connections.close_all()

    with transaction.atomic():
        says(conversation)
        meanwhile = threading.Thread(target=deliver)
        meanwhile.start()
        meanwhile.join()
        assert posts(tmp_path) == []
        transaction.set_rollback(True)
    deliver_due()
    assert len(posts(tmp_path)) == 1


def test_taking_back_a_reply_that_closed_leaves_closed_what_was_closed_by_others(
    page, conversation, jonas, mia, settings
):
    settings.UNDO_SECONDS = 60
    # Closed before it was sent.
    Conversation.objects.update(state="open")
    triage.close(conversation, by=jonas)
    send(page, conversation, close_after="1")
    assert take_back(page) == "closed"
    # Opened again and closed by a colleague meanwhile.
    Conversation.objects.update(state="open")
    send(page, conversation, "Once more.", close_after="1")
    triage.reopen(conversation, by=jonas)
    triage.close(conversation, by=jonas)
    assert take_back(page) == "closed"
    # By nobody else.
    Conversation.objects.update(state="open")
    send(page, conversation, "And again.", close_after="1")
    assert Conversation.objects.get().state == "closed"
    assert take_back(page) == "open"


@pytest.mark.parametrize("before", ["open", "snoozed", "closed"])
@pytest.mark.parametrize("cut", [False, True])
def test_the_rest_of_a_series_that_closed_puts_back_what_was_before(page, tmp_path, jonas, before, cut):
    conversation = conversation_on("neither", tmp_path)
    triage.close(conversation, by=jonas)
    until = timezone.now() + timedelta(days=1) if before == "snoozed" else None
    Conversation.objects.update(state=before, snoozed_until=until)
    send(page, conversation, LONG, split="1", close_after="1")
    first, second, _third = Message.objects.filter(direction="out").order_by("pk")
    Delivery.objects.filter(pk=first.pk).update(
        state="sending", attempted_at=timezone.now(), lease_until=timezone.now() - timedelta(minutes=1), tries=1
    )
    deliver_due()
    assert states() == ["unconfirmed", "held", "held"]
    if cut:
        # It waits no more for what went before it.
        page.post(f"/replies/{second.pk}/later/", {"later": "tomorrow"}, headers=HTMX)
        assert Delivery.objects.get(pk=second.pk).follows is None
    assert Conversation.objects.get().state == "closed"
    assert page.post(f"/replies/{second.pk}/undo/", headers=HTMX).status_code == 200
    assert Conversation.objects.get().state == before
    assert Conversation.objects.get().snoozed_until == until


def test_what_was_snoozed_is_snoozed_again(page, conversation, settings):
    settings.UNDO_SECONDS = 60
    until = timezone.now() + timedelta(days=1)
    Conversation.objects.update(state="snoozed", snoozed_until=until)
    send(page, conversation, close_after="1")
    assert take_back(page) == "snoozed"
    assert Conversation.objects.get().snoozed_until == until


def take_back(page):
    page.post(f"/replies/{Message.objects.filter(direction='out').latest('pk').pk}/undo/", headers=HTMX)
    return Conversation.objects.get().state

"""Which of our accounts answers: chosen where there is a choice, kept, checked, sent through, and answered in turn."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from connectors import credentials
from connectors.channels.sample.connector import Sample
from connectors.incoming import Author, Incoming
from connectors.models import Channel, Ledger, Pull
from connectors.protocol import Capability
from inbox.deliver import deliver_due
from inbox.ingest import ingest
from inbox.models import Conversation, Delivery, Draft, DraftFile, Macro, Message
from tests.inbox.cast import Cast

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def cast(settings):
    settings.UNDO_SECONDS = 0
    return Cast()


@pytest.fixture
def care(cast):
    """A second account of the company on the same network."""
    made = Channel.objects.create(network="sample", name="Our care", account="@us_care")
    Pull.objects.create(channel=made, state=Pull.State.OK)
    return made


@pytest.fixture
def alice(cast):
    client = Client()
    client.force_login(cast.alice)
    return client


def shown(client, case):
    return client.get(f"/inbox/open/c/{case.pk}/").content.decode()


def send(client, case, text="On our way.", **fields):
    body = {"mode": "reply", "text": text, "click": str(uuid4()), **fields}
    return client.post(f"/c/{case.pk}/reply/", body, headers=HTMX)


def says(channel, case, external_id, parent="", **fields):
    """The customer of a conversation writes in its thread; `channel` hears of it."""
    author = Author(external_id=case.identity.external_id, handle=case.identity.handle)
    at = timezone.now() + timedelta(seconds=1)
    said = {"network": case.identity.network, "thread_id": case.thread_id, "parent_id": parent, "text": "Thanks!"}
    return ingest(channel, [Incoming(external_id=external_id, author=author, posted_at=at, **{**said, **fields})])


def test_where_several_accounts_can_answer_one_is_chosen_and_the_others_offered(cast, care, alice):
    page = shown(alice, case := cast.asks(cast.dana[0]))
    assert page.count("Public reply as @us on X</option>") == page.count("Public reply as @us_care on X</option>") == 1
    assert f'<option value="{cast.channel.pk}" data-limit="500" selected>' in page
    assert send(alice, case, account=care.pk).status_code == 200
    deliver_due()
    sent = Message.objects.get(direction="out")
    assert (sent.channel, sent.delivery.channel, sent.delivery.state) == (cast.channel, care, "sent")
    page = shown(alice, case)
    assert "as @us_care" in page
    # Who spoke here last is the usual one from now on.
    assert f'<option value="{care.pk}" data-limit="500" selected>' in page


@pytest.mark.parametrize(
    ("state", "later", "spoke"),
    [
        ("queued", False, True),
        ("sending", False, True),
        ("unconfirmed", False, True),
        ("queued", True, False),
        ("held", True, False),
        ("failed", False, False),
        ("draft", False, False),
    ],
)
def test_only_an_account_that_speaks_is_the_usual_one(cast, care, alice, state, later, spoke):
    case = cast.asks(cast.dana[0])
    send(alice, case, account=care.pk)
    now = timezone.now()
    Delivery.objects.update(state=state, is_later=later, attempted_at=now, lease_until=now)
    usual = care if spoke else cast.channel
    assert f'<option value="{usual.pk}" data-limit="500" selected>' in shown(alice, case)


@pytest.mark.parametrize("why", ["direct", "alone", "paused", "broken", "other network", "refusing"])
def test_where_only_one_account_can_answer_nothing_is_shown_and_no_other_is_taken(cast, care, alice, monkeypatch, why):
    case = cast.asks(cast.dana[0])
    if why == "direct":
        Message.objects.update(kind="direct")
    elif why == "alone":
        monkeypatch.setattr(Sample, "stands_in", False)
    elif why == "paused":
        Channel.objects.filter(pk=care.pk).update(is_active=False)
    elif why == "broken":
        Pull.objects.filter(channel=care).update(state=Pull.State.BROKEN)
    elif why == "other network":
        Channel.objects.filter(pk=care.pk).update(network="mastodon")
    else:
        no = Capability(can_reply=False, reason="No.")
        able = Sample.capability
        monkeypatch.setattr(
            Sample, "capability", lambda it, one: no if it.account.name == "Our care" else able(it, one)
        )
    page = shown(alice, case)
    assert "data-account" not in page and 'name="account"' not in page and "@us_care" not in page
    answer = send(alice, case, account=care.pk)
    assert answer.status_code == 422
    assert "The chosen account cannot answer here. Choose another one." in answer.content.decode()
    assert not Delivery.objects.exists()


def test_another_account_answers_for_one_that_cannot_and_it_is_said(cast, care, alice):
    case = cast.asks(cast.dana[0])
    Channel.objects.filter(pk=cast.channel.pk).update(is_active=False)
    page = shown(alice, case)
    assert "Public reply as @us_care on X" in page and "data-account" not in page
    assert f'<input type="hidden" name="account" value="{care.pk}">' in page


def test_who_may_not_answer_may_not_by_another_account(cast, care):
    case = cast.asks(cast.dana[0])
    charlie = Client()
    charlie.force_login(cast.charlie)
    assert "data-account" not in shown(charlie, case)
    assert send(charlie, case, account=care.pk).status_code == 403


def test_the_limits_are_those_of_the_chosen_account(cast, care, alice, monkeypatch):
    case = cast.asks(cast.dana[0])
    able = Sample.capability

    def less(it, original):
        found = able(it, original)
        return Capability(can_reply=True, text_limit=5, splits="chain") if it.account.name == "Our care" else found

    monkeypatch.setattr(Sample, "capability", less)
    assert f'<option value="{care.pk}" data-limit="5">' in shown(alice, case)
    assert "the network takes 5" in send(alice, case, account=care.pk).content.decode()
    url = f"/c/{case.pk}/parts/"
    words = {"text": "one two three"}
    assert "goes out as" not in alice.post(url, words).content.decode()
    assert "goes out as" in alice.post(url, {**words, "account": care.pk}).content.decode()


def test_the_choice_is_kept_with_the_draft_and_comes_back_when_the_reply_is_taken_back(cast, care, alice, settings):
    settings.UNDO_SECONDS = 60
    case = cast.asks(cast.dana[0])
    alice.post(f"/c/{case.pk}/draft/", {"text": "Dear", "mode": "reply", "account": care.pk, "macros": ["7", "8"]})
    assert f'<option value="{care.pk}" data-limit="500" selected>' in shown(alice, case)
    assert 'data-macros="7 8"' in shown(alice, case)
    kept = alice.get(f"/c/{case.pk}/draft/").json()["reply"]
    assert (kept["account"], kept["macros"]) == (care.pk, [7, 8])
    send(alice, case, account=care.pk)
    assert not Draft.objects.exists()
    alice.post(f"/replies/{Message.objects.get(direction='out').pk}/undo/", headers=HTMX)
    assert Draft.objects.get().account == care.pk
    # A channel that cannot answer any more is chosen no more.
    Channel.objects.filter(pk=care.pk).update(is_active=False)
    assert "Public reply as @us on X" in shown(alice, case)


def test_whoever_chose_an_account_that_is_gone_sees_who_can_answer_now(cast, care, alice):
    case = cast.asks(cast.dana[0])
    third = Channel.objects.create(network="sample", name="Our third", account="@us_third")
    Channel.objects.filter(pk=care.pk).update(is_active=False)
    page = send(alice, case, account=care.pk).content.decode()
    assert "The chosen account cannot answer here" in page
    assert f'hx-target="#composer-{case.pk} .reach"' in page
    assert f'<option value="{third.pk}"' in page and f'<option value="{care.pk}"' not in page
    third.delete()
    page = send(alice, case, account=care.pk).content.decode()
    assert "Public reply as @us on X" in page and 'name="account"' not in page
    # Other complaints leave it as it is.
    assert ".reach" not in send(alice, case, "").content.decode()


def test_files_are_judged_by_the_account_that_is_chosen(cast, care, alice, monkeypatch):
    case = cast.asks(cast.dana[0])
    able = Sample.capability

    def none(it, original):
        return Capability(can_reply=True) if it.account.name == "Our care" else able(it, original)

    monkeypatch.setattr(Sample, "capability", none)
    url = f"/c/{case.pk}/files/"

    def given(**fields):
        file = SimpleUploadedFile("car.png", b"picture", "image/png")
        return alice.post(url, {"attached": [file], **fields}, headers=HTMX).content.decode()

    refused = "takes no files"
    assert refused in given(account=care.pk)
    assert refused not in given(account=cast.channel.pk)
    assert refused not in given()
    # What is begun says it, where the composer does not.
    alice.post(f"/c/{case.pk}/draft/", {"text": "Dear", "mode": "reply", "account": care.pk})
    assert refused in given()
    assert refused not in given(account=cast.channel.pk)
    assert DraftFile.objects.count() == 3


def test_macros_name_the_account_that_is_chosen(cast, care, alice):
    case = cast.asks(cast.dana[0])
    Macro.objects.create(name="Who", text="Yours, {account}", changed_at=timezone.now())

    def text(**asked):
        return alice.get(f"/c/{case.pk}/macros/", asked).json()["all"][0]["text"]

    assert text() == text(account=cast.channel.pk) == text(account="x") == "Yours, @us"
    assert text(account=care.pk) == "Yours, @us_care"
    alice.post(f"/c/{case.pk}/draft/", {"text": "Dear", "mode": "reply", "account": care.pk})
    assert text() == "Yours, @us_care"
    # One that cannot answer is not chosen.
    Channel.objects.filter(pk=care.pk).update(is_active=False)
    assert text(account=care.pk) == "Yours, @us"


@pytest.mark.parametrize("number", ["x", "0", "-1", str(10**30)])
def test_what_is_no_account_is_refused(cast, care, alice, number):
    assert send(alice, cast.asks(cast.dana[0]), account=number).status_code == 422


def test_what_the_customer_answers_to_the_other_account_stays_in_the_conversation(cast, care, alice):
    case = cast.asks(cast.dana[0])
    send(alice, case, account=care.pk)
    deliver_due()
    ours = Message.objects.get(direction="out").external_id
    assert says(care, case, "back", ours).outcomes == {"stored": 1}
    message = Message.objects.get(external_id="back")
    assert (message.conversation, message.channel) == (case, cast.channel)
    assert Conversation.objects.count() == 1
    # Our own account may hear of it too, and the other one may tell of it again: it is there once.
    assert says(cast.channel, case, "back", ours).outcomes == {"duplicate": 1}
    assert says(care, case, "back", ours).outcomes == {"duplicate": 1}
    # What they say next in the thread, an edit and a deletion find it there.
    says(care, case, "more", "back")
    says(care, case, "more", action="edit", text="Thanks a lot!", thread_id="")
    assert Message.objects.get(external_id="more").text == "Thanks a lot!"
    says(care, case, "more", action="delete", text="", thread_id="")
    assert Message.objects.get(external_id="more").deleted_at is not None
    assert case.messages.count() == 4
    # It is answered in turn, from either account.
    assert send(alice, case, "You are welcome.").status_code == 200
    deliver_due()
    assert set(Delivery.objects.values_list("state", flat=True)) == {"sent"}
    # Each account's ledger has what it heard.
    told = Ledger.objects.filter(channel=care).get()
    assert (told.stored, told.duplicate, told.edited, told.deleted) == (2, 1, 1, 1)


@pytest.mark.parametrize("kind", ["direct", "email", "review"])
def test_what_the_customer_tells_the_other_account_in_private_is_a_conversation_with_that_one(cast, care, alice, kind):
    case = cast.asks(cast.dana[0])
    send(alice, case, account=care.pk)
    deliver_due()
    ours = Message.objects.get(direction="out").external_id
    says(care, case, "private", ours, kind=kind)
    own = Conversation.objects.get(channel=care)
    assert Message.objects.get(external_id="private").conversation == own
    says(care, case, "private", action="edit", text="Only you.", kind=kind, thread_id="")
    assert Message.objects.get(external_id="private").text == "Only you."
    assert Conversation.objects.count() == 2
    # What they say in public still goes where they were answered, and an edit finds it there, whatever it is called.
    says(care, case, "public", ours, thread_id="another-thread")
    says(care, case, "public", action="edit", text="Thanks, all!", kind=kind, thread_id="")
    assert Message.objects.get(external_id="public").conversation == case
    assert Message.objects.get(external_id="public").text == "Thanks, all!"


def test_another_thread_and_another_person_are_conversations_of_the_account_that_heard_them(cast, care, alice):
    case, other = cast.asks(cast.dana[0]), cast.asks()
    send(alice, case, account=care.pk)
    deliver_due()
    says(care, case, "elsewhere", thread_id="another-thread")
    says(care, other, "stranger", thread_id=case.thread_id)
    assert set(Message.objects.filter(external_id__in=["elsewhere", "stranger"]).values_list("channel", flat=True)) == {
        care.pk
    }
    assert Conversation.objects.filter(channel=care).count() == 2


def test_an_account_that_has_a_conversation_of_its_own_there_keeps_what_is_no_answer_to_us(cast, care, alice):
    case = cast.asks(cast.dana[0])
    says(care, case, "both")
    send(alice, case, account=care.pk)
    deliver_due()
    own = Conversation.objects.get(channel=care)
    says(care, case, "more", "both")
    says(care, case, "back", Message.objects.get(direction="out").external_id)
    assert Message.objects.get(external_id="more").conversation == own
    assert Message.objects.get(external_id="back").conversation == case


def test_a_reply_in_several_posts_leaves_through_one_account(cast, care, alice):
    case = cast.asks(cast.dana[0])
    send(alice, case, "A long story. " * 60, account=care.pk, split="1")
    for _ in range(3):
        deliver_due()
    assert set(Delivery.objects.values_list("channel", "state")) == {(care.pk, "sent")}
    first, second = Message.objects.filter(direction="out").order_by("pk")
    assert second.parent_id == first.external_id


def test_a_channel_that_broke_while_a_reply_waited_lets_it_fail_with_the_reason(cast, care, alice):
    case = cast.asks(cast.dana[0])
    send(alice, case, account=care.pk)
    Channel.objects.filter(pk=care.pk).update(is_active=False, connected_at=None)
    deliver_due()
    assert Delivery.objects.get().state == "failed"
    assert "disconnected" in Delivery.objects.get().error


def test_a_pane_costs_the_same_however_many_accounts_could_answer(cast, care, alice):
    case = cast.asks(cast.dana[0])
    costs = []
    for number in range(6):
        made = Channel.objects.create(network="sample", name=f"Account {number}", account=f"@us_{number}")
        Pull.objects.create(channel=made, state=Pull.State.OK)
        credentials.store(made, {"token": "secret"})
        shown(alice, case)
        with CaptureQueriesContext(connection) as captured:
            assert f"as @us_{number}" in shown(alice, case)
        costs.append(len(captured))
    assert len(set(costs)) == 1

"""A mailbox from its server to the timeline and back."""

from uuid import uuid4

import pytest
from django.utils import timezone

from connectors import ledger
from connectors.connect import Incorrect, change, connect
from connectors.models import Channel, Pull
from contacts.models import Identity
from inbox.deliver import deliver_due
from inbox.models import Conversation, Delivery, Message
from inbox.pull import pull
from inbox.replies import capability, queue
from people import departments
from people.models import Department
from tests.connectors.mails import Post, mail, post
from tests.connectors.test_email_mails import MAILS
from tests.inbox.cast import Cast


@pytest.fixture
def servers(settings):
    settings.OUTBOUND_ALLOW = ["127.0.0.0/8"]
    settings.UNDO_SECONDS = 0
    with post() as running:
        yield running


def given(servers: Post, **settings):
    return {
        name: value
        for name, value in servers.account(**settings).settings.items()
        if name not in ("client_id",) and value
    }


@pytest.fixture
def channel(db, servers):
    departments.ensure(Department)
    return connect(network="email", name="Support", settings=given(servers), credentials={"password": "a-password"})


@pytest.fixture
def cast(channel):
    return Cast()


def say(cast, conversation, text, **options):
    message = queue(conversation, by=cast.adam, text=text, click=uuid4(), **options).message
    deliver_due()
    message.refresh_from_db()
    return message


def test_a_mail_is_answered_and_the_answer_to_that_lands_in_the_same_conversation(cast, channel, servers):
    servers.arrives(mail("Where is my order?", message_id="<m1@cust.test>"))
    assert pull(channel).outcomes == {"stored": 1}
    conversation = Conversation.objects.get(channel=channel)
    message = say(cast, conversation, "On its way.")
    assert message.delivery.state == Delivery.State.SENT
    ((_, recipients, content),) = servers.world.sent
    assert recipients == ["dana@cust.test"]
    ours = content.partition(b"Message-ID: ")[2].partition(b"\r\n")[0].decode()
    # A program that keeps nothing but the id of what it answers.
    servers.arrives(mail("Thank you!", In_Reply_To=ours, subject="AW: My order"))
    # And somebody else, to whom it was passed on.
    servers.arrives(mail("I am her lawyer.", In_Reply_To=ours, sender="eve@evil.test"))
    assert pull(channel).outcomes == {"stored": 2}
    said = conversation.messages.order_by("pk").values_list("text", flat=True)
    assert list(said) == ["Where is my order?", "On its way.", "Thank you!"]
    other = Conversation.objects.get(channel=channel, identity__external_id="eve@evil.test")
    assert other.thread_id == conversation.thread_id
    assert list(other.messages.values_list("text", flat=True)) == ["I am her lawyer."]


def test_our_own_reply_does_not_come_back_as_a_message(cast, channel, servers):
    servers.arrives(mail())
    pull(channel)
    say(cast, Conversation.objects.get(channel=channel), "On its way.")
    servers.arrives(servers.world.sent[0][2])
    assert pull(channel).outcomes["stored"] == 0
    assert Message.objects.filter(channel=channel).count() == 2


def test_new_numbers_at_the_server_double_nothing_and_the_ledger_adds_up(channel, servers):
    for n in range(3):
        servers.arrives(mail(f"Mail {n}"))
    pull(channel)
    servers.world.inbox.renumber(start=7)
    servers.arrives(mail("Mail 3"))
    assert pull(channel).outcomes == {"duplicate": 3, "stored": 1}
    assert Message.objects.filter(channel=channel).count() == 4
    assert pull(channel).outcomes == {}
    (told,) = [one for one in ledger.summary() if one["channel"] == "Support"]
    assert (told["received"], told["stored"], told["duplicate"]) == (7, 4, 3)


def test_a_bounce_reopens_the_conversation_that_it_is_about(cast, channel, servers):
    servers.arrives(mail())
    pull(channel)
    conversation = Conversation.objects.get(channel=channel)
    say(cast, conversation, "On its way.", close_after=True)
    ours = servers.world.sent[0][2].partition(b"Message-ID: <")[2].partition(b">")[0]
    undated = (MAILS / "bounce.eml").read_bytes().replace(b"\nDate:", b"\nX-Date:")
    servers.arrives(undated.replace(b"OUR-ID", ours))
    pull(channel)
    last = conversation.messages.order_by("pk").last()
    assert last.automatic
    assert last.text.startswith("The reply to dana@cust.test could not be delivered.")
    assert "could not be delivered" in capability(conversation).notice


def test_s15_whom_the_server_does_not_confirm_stands_apart(channel, servers):
    passed = "mx.brand.test; dmarc=pass header.from=cust.test"
    failed = "mx.brand.test; dmarc=fail header.from=cust.test"
    Channel.objects.filter(pk=channel.pk).update(settings=channel.settings | {"judge": "mx.brand.test"})
    channel.refresh_from_db()
    servers.arrives(mail("It is me", message_id="<m1@cust.test>", Authentication_Results=passed))
    servers.arrives(mail("Send it elsewhere", References="<m1@cust.test>", Authentication_Results=failed))
    pull(channel)
    genuine = Identity.objects.get(external_id="dana@cust.test")
    forged = Identity.objects.get(external_id="unconfirmed:dana@cust.test")
    assert genuine.contact_id != forged.contact_id
    assert Conversation.objects.filter(channel=channel).count() == 2


def test_an_interrupted_reply_that_nobody_can_find_is_left_to_a_person(cast, channel, servers):
    servers.arrives(mail())
    pull(channel)
    servers.smtp.faults.add("lose", "DATA", count=1)
    message = say(cast, Conversation.objects.get(channel=channel), "On its way.")
    Delivery.objects.filter(pk=message.pk).update(lease_until=timezone.now())
    deliver_due()
    message.delivery.refresh_from_db()
    assert message.delivery.state == Delivery.State.UNCONFIRMED
    assert "cannot tell whether it has sent" in message.delivery.error
    assert len(servers.world.sent) == 1


def test_a_server_that_is_away_is_told_and_the_next_pull_goes_on(channel, servers):
    servers.arrives(mail())
    servers.imap.faults.add("bye", "CONNECT", count=1)
    assert pull(channel).error is not None
    state = Pull.objects.get(channel=channel)
    assert state.state == Pull.State.RETRYING
    assert pull(channel).outcomes == {"stored": 1}


@pytest.mark.parametrize("name", ["imap_host", "imap_port", "imap_security", "smtp_host", "smtp_port", "smtp_security"])
def test_s32_another_server_asks_for_the_password_again(channel, servers, name):
    other = {"imap_security": "starttls", "smtp_security": "tls"}.get(
        name, "127.0.0.2" if name.endswith("host") else "1"
    )
    logins = len([one for one in servers.imap.commands if one.startswith("LOGIN")])
    for settings in (given(servers) | {name: other}, {key: one for key, one in given(servers).items() if key != name}):
        with pytest.raises(Incorrect, match="Give the secrets again"):
            change(channel, settings=settings)
    assert len([one for one in servers.imap.commands if one.startswith("LOGIN")]) == logins
    change(channel, settings=given(servers) | {"display_name": "Another name"})
    change(channel, settings=given(servers) | {"smtp_host": "localhost"}, credentials={"password": "a-password"})
    channel.refresh_from_db()
    assert channel.settings["smtp_host"] == "localhost"

"""Facebook and Instagram from the network to the timeline and back: nothing comes twice, nothing goes out twice."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from connectors import ledger
from connectors.connect import connect
from connectors.models import Channel, Receipt
from connectors.subscribe import subscribe
from contacts.models import Identity
from inbox.deliver import deliver_due
from inbox.drain import drain
from inbox.models import Conversation, Delivery, Message
from inbox.pull import pull
from inbox.replies import CannotReply, capability, queue
from people import departments
from people.models import Department
from tests.inbox.cast import Cast
from tests.servers import meta_hooks as hooks
from tests.servers.meta import serving
from tests.servers.meta_world import APP, APP_SECRET, IG, PAGE, PAGE_TOKEN


@pytest.fixture
def server(settings):
    settings.OUTBOUND_ALLOW = ["127.0.0.0/8"]
    settings.UNDO_SECONDS = 0
    with serving(proof=True) as running:
        yield running


def channel_on(network, server):
    departments.ensure(Department)
    made = connect(
        network=network,
        name=network,
        base_url=server.url,
        settings={"app_id": APP},
        credentials={"access_token": PAGE_TOKEN, "app_secret": APP_SECRET},
    )
    assert subscribe(made, f"https://crm.example/webhooks/{made.uuid}/") is None
    return Channel.objects.get(pk=made.pk)


def deliver(channel, body):
    headers = {name.title(): value for name, value in hooks.sign(body).items()}
    answer = Client().post(f"/webhooks/{channel.uuid}/", body, content_type="application/json", headers=headers)
    assert answer.status_code == 200
    drain()


def texts():
    return sorted(Message.objects.filter(deleted_at=None, direction="in").values_list("text", flat=True))


@pytest.mark.django_db
def test_what_webhooks_brought_is_a_duplicate_for_the_pull(server):
    channel = channel_on("facebook", server)
    assert (channel.account, channel.settings["page_id"]) == ("Halden Bikes", PAGE)
    world, dana = server.world, server.world.person("dana")
    post = world.post("Our new Touring")
    comment = world.comment(post, "When?", dana)
    message = world.message(dana, "Hello?")
    who = {"id": dana["id"], "name": dana["name"]}
    told = hooks.feed(sender=who, post_id=post["id"], parent_id=post["id"], comment_id=comment["id"], message="When?")
    event = hooks.event(dana["id"], mid=message["id"], text="Hello?")
    body = hooks.delivery(hooks.entry(changes=[told], messaging=[event]))
    deliver(channel, body)
    deliver(channel, body)
    assert texts() == ["Hello?", "When?"]
    assert pull(channel).outcomes == {"duplicate": 2}
    world.comment(post, "And what does it cost?", dana)
    assert pull(channel).outcomes["stored"] == 1
    # A comment and a message of the same person are two conversations of one identity.
    assert Conversation.objects.count() == 2
    assert Identity.objects.filter(network="facebook").count() == 1
    assert [one["pending"] for one in ledger.summary()] == [0]


@pytest.mark.django_db
def test_edits_deletions_and_what_is_unsent_arrive_by_webhook(server):
    channel = channel_on("facebook", server)
    one = hooks.feed(comment_id="500_1", message="Wehn?")
    deliver(channel, hooks.delivery(hooks.entry(changes=[one])))
    edit = hooks.feed(verb="edited", comment_id="500_1", message="When?")
    deliver(channel, hooks.delivery(hooks.entry(changes=[edit])))
    assert texts() == ["When?"]
    deliver(channel, hooks.delivery(hooks.entry(changes=[hooks.feed(verb="remove", comment_id="500_1")])))
    assert texts() == []
    gram = channel_on("instagram", server)
    said = hooks.event(recipient=IG, mid="ig1", text="Oops")
    deliver(gram, hooks.delivery(hooks.instagram(messaging=[said]), kind="instagram"))
    assert texts() == ["Oops"]
    unsent = hooks.event(recipient=IG, mid="ig1", text="", is_deleted=True)
    deliver(gram, hooks.delivery(hooks.instagram(messaging=[unsent]), kind="instagram"))
    assert texts() == []


@pytest.mark.django_db
@pytest.mark.parametrize("network", ["facebook", "instagram"])
def test_an_interrupted_answer_to_a_message_is_found_and_not_sent_again(network, server):
    cast, channel = Cast(), channel_on(network, server)
    platform = "messenger" if network == "facebook" else "instagram"
    server.world.message(server.world.person("dana"), "Is my bike ready?", platform=platform)
    pull(channel)
    conversation = Conversation.objects.get(channel=channel)
    able = capability(conversation)
    assert able.can_reply
    assert able.until is not None
    server.faults.add("drop_after_processing", "/me/messages", method="POST", count=1)
    sent = queue(conversation, by=cast.users["adam"], text="It is.", click=uuid4()).message
    deliver_due()
    assert Delivery.objects.get().state == Delivery.State.SENDING
    Delivery.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    deliver_due()
    sent.refresh_from_db()
    assert (sent.delivery.state, sent.external_id) == (Delivery.State.SENT, server.world.sent[0]["id"])
    assert len(server.world.sent) == 1
    assert pull(channel).outcomes["stored"] == 0
    Message.objects.filter(direction="in").update(posted_at=timezone.now() - timedelta(hours=25))
    with pytest.raises(CannotReply, match="24 hours"):
        queue(conversation, by=cast.users["adam"], text="And paid.", click=uuid4())


@pytest.mark.django_db
def test_what_is_not_ours_is_set_aside_with_the_reason(server):
    channel = channel_on("facebook", server)
    body = hooks.delivery(
        hooks.entry(changes=[hooks.feed()], id="999"), hooks.entry(changes=[hooks.feed(message="Mine")])
    )
    deliver(channel, body)
    assert texts() == ["Mine"]
    assert "It is for 999" in Receipt.objects.get(state="rejected").reason
    forged = Client().post(
        f"/webhooks/{channel.uuid}/", body + b" ", content_type="application/json", headers=hooks.sign(body)
    )
    assert forged.status_code in (400, 401, 403)

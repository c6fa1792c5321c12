"""From connecting to the answer, with networks that have no test like that of their own."""

import json
import uuid
from datetime import timedelta

import pytest
from django.core.management import call_command

from connectors.models import Channel, Gap
from inbox import replies
from inbox.deliver import deliver_due
from inbox.models import Conversation, Delivery, Message
from inbox.pull import pull
from people import departments
from people.models import Department, User
from tests.servers import feed, mastodon


@pytest.fixture
def mia(db, settings):
    settings.OUTBOUND_ALLOW = ["127.0.0.0/8"]
    settings.UNDO_SECONDS = 0
    departments.ensure(Department)
    return User.objects.create_user("mia", role="manager")


def connect(tmp_path, network, credentials, **settings):
    secrets = tmp_path / "credentials.json"
    secrets.write_text(json.dumps(credentials))
    base_url = settings.pop("base_url", "")
    call_command(
        "connect_channel", network, network, base_url=base_url, given=json.dumps(settings), credentials=str(secrets)
    )
    return Channel.objects.get(name=network)


def test_a_private_mention_on_mastodon_is_answered_privately_and_not_taken_for_news(mia, tmp_path):
    with mastodon.serving() as server:
        server.world.post("@brand my order?", "bo@far.test", visibility="direct")
        channel = connect(tmp_path, "mastodon", {"access_token": "brand-token"}, base_url=server.url)
        assert channel.account == "@brand@social.test"
        assert pull(channel).outcomes == {"stored": 1}
        conversation = Conversation.objects.get()
        assert Message.objects.get().text == "@brand my order?"

        replies.queue(conversation, by=mia, text="It is on its way.", click=uuid.uuid4())
        deliver_due()

        delivery = Delivery.objects.get()
        assert (delivery.state, delivery.error) == ("sent", "")
        [made] = server.world.replies()
        assert (made["visibility"], delivery.message.external_id) == ("direct", made["uri"])

        server.world.post("@brand thanks", "bo@far.test", visibility="direct", to=made)
        assert pull(channel).outcomes == {"stored": 1}
        assert Conversation.objects.get().pk == conversation.pk
        assert Message.objects.count() == 3


def test_a_feed_comes_in_with_headlines_and_layout_and_says_what_it_missed(mia, tmp_path):
    with feed.serving() as server:
        first = server.add("one", "<p>Old <b>words</b></p>", author="Dana")
        first.at -= timedelta(days=3)
        channel = connect(tmp_path, "feed", {}, url=f"{server.url}/")
        assert channel.account == "Halden News"
        assert pull(channel).outcomes == {"stored": 1}
        message = Message.objects.get()
        assert (message.title, message.text, message.kind) == ("About one", "Old words", "post")
        assert "<b>" in message.html
        assert not replies.capability(Conversation.objects.get()).can_reply

        first.content, first.updated = "<p>New words</p>", first.at + timedelta(hours=1)
        assert pull(channel).outcomes == {"edited": 1}
        server.entries.clear()
        server.add("two")
        assert pull(channel).outcomes == {"stored": 1}
        assert Gap.objects.get().channel == channel

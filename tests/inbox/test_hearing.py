"""The language and the tone of what customers wrote last stand with their conversations, and lists can ask for them."""

import re
from datetime import UTC, datetime, timedelta
from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client
from django.utils import timezone

from connectors.incoming import Author, Incoming
from connectors.models import Channel
from inbox import second_look
from inbox.ingest import ingest
from inbox.models import Conversation, Decision
from people import departments
from people.models import Department, User

pytestmark = pytest.mark.django_db
T0 = datetime(2026, 5, 1, 12, tzinfo=UTC)
ANGRY = "Das ist eine Unverschämtheit, mein Auto ist schon wieder kaputt und niemand hilft mir. Furchtbarer Service!"
GLAD = "Vielen Dank, das hat wunderbar funktioniert. Ihr seid großartig, ich bin sehr zufrieden!"


@pytest.fixture
def channel():
    departments.ensure(Department)
    return Channel.objects.create(network="x", name="Our X", account="us")


@pytest.fixture
def client():
    client = Client()
    client.force_login(User.objects.create_user("mia", "correct horse battery", name="Mia", role="manager"))
    return client


def said(text, external_id="1", *, minutes=0, **fields):
    author = Author(external_id="dana", handle="dana", name="Dana")
    common = {"network": "x", "author": author, "thread_id": "t", "text": text}
    return Incoming(external_id=external_id, posted_at=T0 + timedelta(minutes=minutes), **common | fields)


def listed(client, query):
    page = client.get(f"/inbox/open/?{query}").content.decode()
    return len(re.findall(r'id="row-\d+"', page))


def test_what_came_in_is_found_by_its_language_and_tone(channel, client):
    ingest(channel, [said(ANGRY)])
    assert listed(client, "language=de&tone=negative") == 1
    assert listed(client, "language=en") == listed(client, "tone=neutral") == 0


def test_the_last_message_counts_and_one_too_short_to_tell_leaves_the_language(channel, client):
    ingest(channel, [said(ANGRY), said("Ok!", "2", minutes=1)])
    assert listed(client, "language=de") == 1
    assert listed(client, "tone=negative") == 0
    ingest(channel, [said(GLAD, "3", minutes=5)])
    assert listed(client, "language=de&tone=positive") == 1
    ingest(channel, [said("👍", "4", minutes=6), said("I am out of the office.", "5", minutes=7, automatic=True)])
    assert listed(client, "language=de") == 1
    assert listed(client, "language=en") == 0


def test_what_was_deleted_is_heard_no_more(channel, client):
    ingest(channel, [said(ANGRY)])
    ingest(channel, [said(GLAD, "2", minutes=1)])
    ingest(channel, [said("", "2", action="delete", minutes=2)])
    assert listed(client, "language=de&tone=negative") == 1
    ingest(channel, [said("", action="delete", minutes=3)])
    assert listed(client, "language=de") == 0
    assert Conversation.objects.get().tone is None


def test_a_second_look_that_hears_something_else_is_believed(channel, client):
    ingest(channel, [said(ANGRY)])
    Decision.objects.update(look="quick")
    Conversation.objects.update(language="nl", tone=1)
    second_look.look(timezone.now())
    assert listed(client, "language=de&tone=negative") == 1


def test_conversations_from_before_are_filled_in_where_nobody_has_listened_yet(channel, client):
    ingest(channel, [said(ANGRY), said("My car does not start, can you help me?", "b", thread_id="b")])
    Conversation.objects.update(language="", tone=None)
    Decision.objects.filter(message__external_id="b").update(signals={})
    Conversation.objects.get(thread_id="b").messages.update(language="en-GB", sentiment=0)
    fill = import_module("inbox.migrations.0023_heard_so_far").fill
    fill(apps, connection.schema_editor())
    assert listed(client, "language=de&tone=negative") == 1
    assert listed(client, "language=en&tone=neutral") == 1

"""What a network allows of a reply beside its words: who may read it, files, and until when."""

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from connectors import registry
from connectors.incoming import Author, Incoming
from connectors.models import Channel, Pull
from connectors.protocol import Capability, Connector, Enclosable, Original, Outgoing, Sent
from inbox.deliver import deliver_due
from inbox.ingest import ingest
from inbox.models import Conversation, Delivery
from people import departments
from people.models import Department, User

pytestmark = pytest.mark.django_db
TAKEN: list[Outgoing] = []


class Choosy(Connector):
    """Takes two pictures, and lets the writer choose their readers."""

    network = "choosy"
    label = "Choosy"
    counts = "graphemes"

    def verify(self) -> str:
        return "@us"

    def fetch(self, cursor: Any) -> Iterator[Any]:
        yield from ()

    def reply(self, outgoing: Outgoing) -> Sent:
        TAKEN.append(outgoing)
        return Sent(external_id=outgoing.client_key)

    def find(self, outgoing: Outgoing) -> None:
        return None

    def capability(self, original: Original) -> Capability:
        return Capability(
            can_reply=True,
            text_limit=300,
            audiences=(("public", "Everybody"), ("followers", "Our followers")),
            files=Enclosable(count=2, size=1000, types=("image/",), alt=100),
            notice="Their whole town reads this.",
        )


@pytest.fixture
def conversation(monkeypatch: pytest.MonkeyPatch, settings: Any) -> Conversation:
    settings.UNDO_SECONDS = 0
    TAKEN.clear()
    monkeypatch.setitem(registry.CLASSES, "choosy", f"{__name__}.Choosy")
    departments.ensure(Department)
    channel = Channel.objects.create(network="choosy", name="Choosy")
    Pull.objects.create(channel=channel)
    author = Author(external_id="dana")
    ingest(channel, [Incoming(network="choosy", external_id="1", author=author, posted_at=timezone.now(), text="Hi")])
    return Conversation.objects.get()


@pytest.fixture
def mia(client: Client) -> Client:
    client.force_login(User.objects.create_user("mia", name="Mia", role="manager"))
    return client


def picture(name: str = "car.png", size: int = 10, kind: str = "image/png") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, b"x" * size, content_type=kind)


def send(client: Client, conversation: Conversation, **fields: Any) -> Any:
    body = {"mode": "reply", "text": "On our way.", "click": str(uuid.uuid4()), **fields}
    return client.post(f"/c/{conversation.pk}/reply/", body, headers={"HX-Request": "true"})


def test_the_composer_offers_what_the_network_allows(conversation: Conversation, mia: Client) -> None:
    page = mia.get(f"/inbox/open/c/{conversation.pk}/").content.decode()
    assert 'data-counts="graphemes"' in page
    assert '<option value="followers">Our followers</option>' in page
    assert 'accept="image/*"' in page
    assert "Their whole town reads this." in page


def test_files_and_readers_reach_the_network(conversation: Conversation, mia: Client) -> None:
    answer = send(mia, conversation, audience="followers", attached=[picture(), picture("my\u202ecar.png")])
    assert answer.status_code == 200
    deliver_due()
    assert Delivery.objects.get().state == "sent"
    (taken,) = TAKEN
    assert taken.audience == "followers"
    assert [(one.name, one.content_type, one.content) for one in taken.files] == [
        ("car.png", "image/png", b"x" * 10),
        ("mycar.png", "image/png", b"x" * 10),
    ]


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"attached": [picture(), picture(), picture()]}, "at most 2 files"),
        ({"attached": [picture(size=1001)]}, "too large"),
        ({"attached": [picture(kind="text/html")]}, "does not take"),
        ({"attached": [picture(size=0)]}, "empty"),
        ({"audience": "world"}, "Choose again"),
    ],
)
def test_what_the_network_would_not_take_is_refused_with_the_reason(
    conversation: Conversation, mia: Client, fields: dict[str, Any], why: str
) -> None:
    answer = send(mia, conversation, **fields)
    assert answer.status_code == 422
    assert why in answer.content.decode()
    assert not Delivery.objects.exists()

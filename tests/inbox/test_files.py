"""Files of a reply: put to the draft at once, described, kept, sent with it, given back, and nobody else's."""

import io
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from PIL import Image

from inbox import attaching
from inbox.deliver import deliver_due
from inbox.models import Conversation, Delivery, DraftFile, Message, Upload
from people.models import User
from tests.inbox.test_composer import TAKEN, conversation, mia, picture  # noqa: F401

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


def png() -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (40, 20), (10, 20, 200)).save(made, "PNG")
    return made.getvalue()


@pytest.fixture
def place(conversation: Conversation) -> Conversation:  # noqa: F811
    return conversation


@pytest.fixture
def page(mia: Client) -> Client:  # noqa: F811
    return mia


def add(page: Client, place: Conversation, *files: SimpleUploadedFile) -> Any:
    return page.post(f"/c/{place.pk}/files/", {"attached": list(files)}, headers=HTMX)


def send(page: Client, place: Conversation, **fields: Any) -> Any:
    body = {"mode": "reply", "text": "Look.", "click": str(uuid.uuid4()), **fields}
    return page.post(f"/c/{place.pk}/reply/", body, headers=HTMX)


def test_a_file_is_there_at_once_survives_a_reload_and_leaves_with_its_description(
    page: Client, place: Conversation
) -> None:
    assert "car.png" in add(page, place, SimpleUploadedFile("car.png", png(), "image/png")).content.decode()
    file = DraftFile.objects.get()
    assert page.post(f"/files/{file.pk}/alt/", {f"alt-{file.pk}": "A blue car\0"}).status_code == 204
    shown = page.get(f"/inbox/open/c/{place.pk}/").content.decode()
    assert 'value="A blue car"' in shown
    assert send(page, place, file=[file.pk], **{f"alt-{file.pk}": "A blue car, from behind"}).status_code == 200
    assert not DraftFile.objects.exists()
    deliver_due()
    ((sent,),) = [one.files for one in TAKEN]
    assert (sent.name, sent.content_type, sent.content, sent.alt) == (
        "car.png",
        "image/png",
        png(),
        "A blue car, from behind",
    )
    message = Message.objects.get(direction="out")
    assert f"/media/{message.pk}/0/" in page.get(f"/inbox/open/c/{place.pk}/").content.decode()
    assert page.get(f"/media/{message.pk}/0/").headers["Content-Type"] == "image/webp"


def test_what_is_taken_back_has_its_files_again(page: Client, place: Conversation, settings: Any) -> None:
    settings.UNDO_SECONDS = 10
    add(page, place, picture())
    file = DraftFile.objects.get()
    send(page, place, file=[file.pk], **{f"alt-{file.pk}": "A car"})
    message = Message.objects.get(direction="out")
    answer = page.post(f"/replies/{message.pk}/undo/", headers=HTMX).content.decode()
    assert "car.png" in answer
    assert "Look." in answer
    assert not Upload.objects.exists()
    assert DraftFile.objects.values_list("name", "alt", "size").get() == ("car.png", "A car", 10)


def test_of_many_files_each_is_judged_by_itself(page: Client, place: Conversation) -> None:
    answer = add(page, place, picture(size=1001), picture(kind="text/html"), picture(size=0), picture("a\u202eb.png"))
    said = answer.content.decode()
    assert all(why in said for why in ("too large", "does not take", "is empty"))
    assert [one.name for one in DraftFile.objects.all()] == ["ab.png"]
    assert "at most 2 files" in add(page, place, picture(), picture()).content.decode()
    assert DraftFile.objects.count() == 2


def test_five_hundred_files_at_once_are_answered(page: Client, place: Conversation) -> None:
    answer = add(page, place, *(picture(f"{n}.png") for n in range(500)))
    assert answer.status_code in (200, 400, 413)
    assert DraftFile.objects.count() <= 2
    assert send(page, place, attached=[picture(f"{n}.png") for n in range(500)]).status_code in (400, 413, 422)
    assert send(page, place, file=[*range(1, 500)]).status_code == 422
    assert not Delivery.objects.exists()


def test_only_a_picture_is_shown_and_made_anew(page: Client, place: Conversation) -> None:
    add(
        page,
        place,
        SimpleUploadedFile("car.png", png(), "image/png"),
        SimpleUploadedFile("x.png", b"<svg/>", "image/png"),
    )
    real, false = DraftFile.objects.order_by("pk")
    answer = page.get(f"/files/{real.pk}/")
    assert answer.headers["Content-Type"] == "image/webp"
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert page.get(f"/files/{false.pk}/").status_code == 404


def test_a_file_of_a_draft_is_its_writers_alone(page: Client, place: Conversation, client: Client) -> None:
    add(page, place, picture())
    file = DraftFile.objects.get()
    adam = Client()
    adam.force_login(User.objects.create_user("adam", name="Adam", role="admin"))
    assert adam.get(f"/files/{file.pk}/").status_code == 404
    assert adam.post(f"/files/{file.pk}/remove/").status_code == 404
    assert adam.post(f"/files/{file.pk}/alt/", {"alt": "mine"}).status_code == 404
    assert "car.png" not in adam.get(f"/inbox/open/c/{place.pk}/").content.decode()
    assert send(adam, place, file=[file.pk]).status_code == 422
    assert page.post(f"/files/{file.pk}/remove/", headers=HTMX).status_code == 200
    assert not DraftFile.objects.exists()


def test_files_that_nobody_sends_any_more_are_swept_away(page: Client, place: Conversation) -> None:
    add(page, place, picture())
    now = timezone.now()
    assert attaching.forget(now + timedelta(days=29)) == 0
    assert attaching.forget(now + timedelta(days=31)) == 1

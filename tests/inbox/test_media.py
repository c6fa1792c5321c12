"""Pictures and files of the networks, through our proxy."""

import io
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from PIL import Image

from connectors.disconnect import disconnect
from connectors.incoming import Attachment, Author, Incoming
from connectors.models import Channel
from contacts.models import Identity
from inbox import media
from inbox.ingest import ingest
from inbox.models import Message
from people.models import User

pytestmark = pytest.mark.django_db


def png(width: int = 40, height: int = 30) -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (width, height), "red").save(made, "PNG")
    return made.getvalue()


class Host:
    """A web server that counts what is asked of it."""

    def __init__(self) -> None:
        self.files: dict[str, tuple[int, bytes, dict[str, str]]] = {}
        self.asked: list[str] = []
        self.url, self.port = "", 0


@pytest.fixture
def host(settings: Any, tmp_path: Any) -> Iterator[Any]:
    settings.OUTBOUND_ALLOW = ["127.0.0.0/8"]
    settings.VAR_DIR = tmp_path
    known = Host()
    released = Event()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            known.asked.append(self.path)
            if self.path.startswith("/slow/"):
                released.wait(10)
            status, body, headers = known.files.get(self.path, (404, b"gone", {}))
            self.send_response(status)
            for name, value in {"Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    known.port = server.server_port
    known.url = f"http://127.0.0.1:{known.port}"
    yield known
    released.set()
    server.shutdown()


@pytest.fixture
def alice(client: Client) -> Client:
    client.force_login(User.objects.create_user("alice", name="Alice"))
    return client


def arrive(*attachments: Attachment, avatar: str = "") -> Message:
    channel = Channel.objects.create(network="import", name="Old")
    author = Author(external_id="dana", name="Dana", avatar_url=avatar)
    item = Incoming(
        network="import",
        external_id="1",
        author=author,
        posted_at=timezone.now(),
        text="Look",
        attachments=attachments,
    )
    ingest(channel, [item])
    return Message.objects.get(external_id="1")


def test_a_picture_is_made_anew_and_fetched_once(host: Any, alice: Client) -> None:
    host.files["/a.png"] = (200, png(4000, 3000), {"Content-Type": "text/html"})
    message = arrive(Attachment(url=f"{host.url}/a.png", kind="image"))
    for _ in range(2):
        answer = alice.get(f"/media/{message.pk}/0/")
        assert answer.status_code == 200
        assert answer["Content-Type"] == "image/webp"
        assert "sandbox" in answer["Content-Security-Policy"]
        with Image.open(io.BytesIO(answer.content)) as shown:
            assert shown.format == "WEBP"
            assert max(shown.size) == media.PICTURE
    assert host.asked == ["/a.png"]


def test_a_face_is_shown_over_the_initials(host: Any, alice: Client) -> None:
    host.files["/face"] = (200, png(500, 500), {})
    message = arrive(avatar=f"{host.url}/face")
    page = alice.get(f"/inbox/open/c/{message.conversation_id}/").content.decode()
    address = f"/media/avatar/{message.identity_id}/"
    assert address in page
    assert f"{host.url}/face" not in page
    with Image.open(io.BytesIO(alice.get(address).content)) as shown:
        assert shown.size == (media.FACE, media.FACE)


@pytest.mark.parametrize(
    "body",
    [
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"GIF89a",
        b"",
        b"\x89PNG\r\n\x1a\n" + b"\0" * 100,
        b"<html><script>alert(1)</script>",
    ],
)
def test_s22_what_is_no_picture_is_not_shown_as_one(host: Any, alice: Client, body: bytes) -> None:
    host.files["/a.png"] = (200, body, {"Content-Type": "image/png"})
    message = arrive(Attachment(url=f"{host.url}/a.png", kind="image"))
    answer = alice.get(f"/media/{message.pk}/0/")
    assert answer.status_code == 404
    assert answer["Content-Type"].startswith("text/plain")
    assert b"<" not in answer.content


def test_s24_a_picture_of_too_many_pixels_is_refused(host: Any, alice: Client) -> None:
    host.files["/bomb"] = (200, png(9000, 9000), {})
    message = arrive(Attachment(url=f"{host.url}/bomb", kind="image"))
    assert alice.get(f"/media/{message.pk}/0/").status_code == 404


def test_a_failure_is_not_asked_for_again_at_once(host: Any, alice: Client) -> None:
    message = arrive(Attachment(url=f"{host.url}/gone", kind="image"))
    for _ in range(3):
        answer = alice.get(f"/media/{message.pk}/0/")
        assert answer.status_code == 404
        assert "404" in answer.content.decode()
    assert host.asked == ["/gone"]


def test_s22_a_file_leaves_as_a_download_whatever_it_says_it_is(host: Any, alice: Client) -> None:
    host.files["/bill"] = (200, b"<script>alert(1)</script>", {"Content-Type": "text/html"})
    message = arrive(Attachment(url=f"{host.url}/bill", kind="file", name="../bi\u202ell.html"))
    answer = alice.get(f"/media/{message.pk}/0/")
    assert answer["Content-Type"] == "application/octet-stream"
    assert answer["Content-Disposition"] == 'attachment; filename=".._bill.html"'
    assert answer["X-Content-Type-Options"] == "nosniff"


def test_s18_an_address_inside_is_not_reached(host: Any, alice: Client, settings: Any) -> None:
    message = arrive(Attachment(url=f"{host.url}/a.png", kind="image"), avatar=f"{host.url}/face")
    settings.OUTBOUND_ALLOW = []
    assert alice.get(f"/media/{message.pk}/0/").status_code == 404
    answer = alice.get(f"/media/avatar/{message.identity_id}/")
    assert answer.status_code == 404
    assert "127.0.0.1" not in answer.content.decode()
    assert host.asked == []


def test_s18_what_cannot_be_reached_is_told_without_its_address(host: Any, alice: Client) -> None:
    message = arrive(Attachment(url="http://127.0.0.1:9/a.png?signature=secret", kind="image"))
    answer = alice.get(f"/media/{message.pk}/0/")
    assert answer.status_code == 404
    assert not [word for word in ("127.0.0.1", "a.png", "secret") if word in answer.content.decode()]


def test_a_host_that_was_too_slow_keeps_nobody_else_waiting(
    host: Any, alice: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow, quick = f"http://localhost:{host.port}", host.url
    host.files["/face"] = (200, png(), {})
    first = arrive(*(Attachment(url=f"{slow}/slow/{n}", kind="image") for n in range(3)), avatar=f"{quick}/face")
    monkeypatch.setattr(media, "_SECONDS", 0.3)

    for n in range(3):
        assert alice.get(f"/media/{first.pk}/{n}/").status_code == 404

    assert host.asked == ["/slow/0"]
    assert alice.get(f"/media/avatar/{first.identity_id}/").status_code == 200
    assert host.asked == ["/slow/0", "/face"]


def test_public_pictures_of_a_disconnected_channel_are_shown_and_its_files_say_why_not(
    host: Any, alice: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    host.files["/a.png"] = (200, png(), {})
    message = arrive(Attachment(url=f"{host.url}/a.png", kind="image"), Attachment(url="media:1", kind="file"))
    Channel.objects.update(network="x", base_url=host.url)
    disconnect(message.channel)
    assert alice.get(f"/media/{message.pk}/0/").status_code == 200
    answer = alice.get(f"/media/{message.pk}/1/")
    assert answer.status_code == 404
    assert "disconnected" in answer.content.decode()


def test_what_is_not_there_is_not_found(host: Any, alice: Client) -> None:
    message = arrive(Attachment(url="media:secret", kind="file"))
    assert alice.get(f"/media/{message.pk}/0/").status_code == 404
    assert alice.get(f"/media/{message.pk}/1/").status_code == 404
    assert alice.get("/media/999999/0/").status_code == 404
    assert alice.get(f"/media/avatar/{message.identity_id}/").status_code == 404
    assert Identity.objects.get().avatar_url == ""


def test_nobody_else_sees_it(host: Any, client: Client) -> None:
    message = arrive(Attachment(url=f"{host.url}/a.png", kind="image"))
    assert client.get(f"/media/{message.pk}/0/").status_code in (302, 403)
    assert host.asked == []


def test_old_pictures_are_forgotten(host: Any, alice: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    host.files["/a.png"] = (200, png(), {})
    message = arrive(Attachment(url=f"{host.url}/a.png", kind="image"))
    alice.get(f"/media/{message.pk}/0/")
    assert media.prune() == 0
    monkeypatch.setattr(media, "_KEPT_SECONDS", -1)
    assert media.prune() == 1
    alice.get(f"/media/{message.pk}/0/")
    assert host.asked == ["/a.png", "/a.png"]

"""Pictures and files that stay at the networks, shown through us.

A browser never learns where they lie, and a network never who looks at them: we fetch, through the one door, what a
message or an identity names and nothing else. Pictures are made anew (inbox/pictures.py) and kept for a while; all
other files leave as a download, as they are.
"""

import hashlib
import json
import os
import random
import tempfile
import time
from base64 import b64decode
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from connectors import http, isolation
from connectors.models import Channel
from connectors.protocol import ConnectorError, Media
from connectors.sessions import connected
from contacts.models import Identity
from inbox import attaching
from inbox.models import Conversation, Message
from people.models import User

PICTURE, FACE = 1_200, 96
_MOST_BYTES = 25 * 1024 * 1024
_SECONDS = 20
# What could not be fetched is not asked for again by every page that would show it.
_FAILURE_SECONDS = 600
# A host that was too slow is left alone for a while: those who wait for it keep all other pictures waiting.
_SLOW_SECONDS = 60
_KEPT_SECONDS = 7 * 24 * 3600
_KEPT_BYTES = 1024**3
# One in so many pictures that are kept pays for a look at all of them: each machine tidies its own disk.
_TIDY_EVERY = 200
# What sound and video begin with.
_BEGINNINGS = (
    (b"\x1a\x45\xdf\xa3", "{}/webm"),
    (b"OggS", "{}/ogg"),
    (b"fLaC", "audio/flac"),
    (b"ID3", "audio/mpeg"),
    *((bytes((0xFF, second)), "audio/mpeg") for second in (0xFB, 0xFA, 0xF3, 0xF2)),
    *((bytes((0xFF, second)), "audio/aac") for second in (0xF1, 0xF9)),
)
Way = Literal["show", "play", "save"]


class Absent(Exception):
    """There is no such picture or file, or it is not for this person."""


class Unreachable(Exception):
    """The network did not hand it over; says why."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What a browser gets: a picture of our own making, or a file for the person who asks for it."""

    content: bytes = field(repr=False)
    content_type: str
    name: str = ""
    # Whether the browser shows it itself: it is what it says, and nothing that could act.
    is_shown: bool = False


def message_of(user: User, message_id: int) -> Message:
    """A message that may have attachments. One statement. Raises Absent."""
    visible = Conversation.objects.visible_to(user)
    found = Message.objects.filter(pk=message_id, conversation__in=visible).select_related("channel", "identity")
    if (message := found.first()) is None:
        raise Absent
    return message


def attachment(user: User, message_id: int, position: int, way: Way = "show") -> Shown:
    """One attachment of a message: a picture to show, sound or video to play, or the file as it is to save.

    Raises Absent, Unreachable.
    """
    message = message_of(user, message_id)
    if not 0 <= position < len(message.attachments):
        raise Absent
    one = message.attachments[position]
    kind, url = one.get("kind"), str(one.get("url", ""))
    fetch = _sender(message, url) if url.startswith(attaching.OWN) else _fetcher(message.channel, url)
    if way == "play":
        return _played(f"{message.channel_id} {url}", fetch, is_sound=kind == "audio")
    if way == "show" and kind == "image":
        return _picture(f"{message.channel_id} {url}", PICTURE, fetch)
    got = fetch()
    return Shown(got.content, got.content_type, str(one.get("name") or got.name))


def avatar(identity_id: int) -> Shown:
    """The face of an identity; contacts are everybody's. Raises Absent, Unreachable."""
    identity = Identity.objects.filter(pk=identity_id).exclude(avatar_url="").first()
    if identity is None:
        raise Absent
    url = identity.avatar_url
    return _picture(url, FACE, lambda: _public(url))


def prune() -> int:
    """Forget pictures that have been kept long enough, and the oldest where they take too much room; how many."""
    kept = sorted(_folder().glob("*/*"), key=lambda one: one.stat().st_mtime)
    room = sum(one.stat().st_size for one in kept) - _KEPT_BYTES
    gone = 0
    for one in kept:
        if room <= 0 and one.stat().st_mtime > time.time() - _KEPT_SECONDS:
            break
        room -= one.stat().st_size
        one.unlink(missing_ok=True)
        gone += 1
    return gone


def forget(avatars: Collection[str]) -> None:
    """Faces that were kept, of people who are erased."""
    for url in avatars:
        _path(f"{FACE} {url}").unlink(missing_ok=True)


def _sender(message: Message, url: str) -> Callable[[], Media]:
    def fetch() -> Media:
        own = attaching.sent(message, url)
        if own is None:
            raise Absent
        return Media(content=bytes(own.content), content_type=own.content_type, name=own.name)

    return fetch


def _fetcher(channel: Channel, url: str) -> Callable[[], Media]:
    def fetch() -> Media:
        is_private = url.startswith("media:")
        # What anybody can see needs no access of ours.
        if is_private or not channel.is_disconnected:
            try:
                private = connected(channel).media(url)
            except ConnectorError as error:
                raise Unreachable(f"{error.message} {error.remedy}".strip()) from error
            if private is not None:
                return private
        if is_private:
            raise Absent
        return _public(url)

    return fetch


def _public(url: str) -> Media:
    slow = _path(f"slow {urlsplit(url).netloc}")
    _read(slow, _SLOW_SECONDS)
    try:
        with http.session(redirects=http.MAX_REDIRECTS, max_bytes=_MOST_BYTES, total=_SECONDS) as session:
            answer = session.get(url)
    except http.Timeout as error:
        said = _("The network was too slow.")
        _write_failure(slow, said)
        raise Unreachable(said) from error
    except http.RequestException as error:
        # Its own words name the address, and where that leads inside.
        raise Unreachable(_("The network cannot be reached (%(kind)s).") % {"kind": type(error).__name__}) from error
    if answer.status_code != 200:
        raise Unreachable(_("The network answered %(status)d.") % {"status": answer.status_code})
    return Media(content=answer.content, content_type=answer.headers.get("Content-Type", "application/octet-stream"))


def _picture(key: str, side: int, fetch: Callable[[], Media]) -> Shown:
    path = _path(f"{side} {key}")
    kept = _read(path, _FAILURE_SECONDS)
    if kept is None:
        try:
            kept = b64decode(isolation.call("inbox.pictures:shrink", fetch().content, side=side))
        except (Unreachable, isolation.Unreadable) as error:
            why = str(error).removeprefix("NotShowable: ")[:500]
            _write_failure(path, why)
            raise Unreachable(why) from error
        _write(path, kept)
    return Shown(kept, "image/webp", is_shown=True)


def _played(key: str, fetch: Callable[[], Media], *, is_sound: bool) -> Shown:
    path = _path(f"played {key}")
    kept = _read(path, _FAILURE_SECONDS)
    if kept is None:
        try:
            kept = fetch().content
            playable(kept, is_sound=is_sound)
        except Unreachable as error:
            _write_failure(path, str(error)[:500])
            raise
        # A player asks for it piece by piece.
        _write(path, kept)
    return Shown(kept, playable(kept, is_sound=is_sound), is_shown=True)


def playable(content: bytes, *, is_sound: bool) -> str:
    """The content type of sound or video, by what it begins with: a network's word is no proof. Raises Unreachable."""
    kind = "audio" if is_sound else "video"
    if content[4:8] == b"ftyp":
        return f"{kind}/mp4"
    if content[:4] == b"RIFF" and content[8:12] == b"WAVE":
        return "audio/wav"
    for start, content_type in _BEGINNINGS:
        if content.startswith(start):
            return content_type.format(kind)
    raise Unreachable(_("It is no sound or video that can be played here."))


def _path(key: str) -> Path:
    name = hashlib.sha256(key.encode()).hexdigest()
    return _folder() / name[:2] / name


def _read(path: Path, failure_lasts: float) -> bytes | None:
    """The picture, or None where it has to be fetched. Raises Unreachable where that was in vain a moment ago."""
    try:
        content, age = path.read_bytes(), time.time() - path.stat().st_mtime
    except OSError:
        return None
    if not content.startswith(b"{"):
        return content
    if age > failure_lasts:
        return None
    failure: dict[str, Any] = json.loads(content)
    raise Unreachable(str(failure.get("why", "")))


def _write_failure(path: Path, why: str) -> None:
    _write(path, json.dumps({"why": why}).encode())


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
    # Whole or not at all, also for somebody who reads at this moment.
    os.replace(temporary, path)
    if random.randrange(_TIDY_EVERY) == 0:
        prune()


def _folder() -> Path:
    return Path(settings.VAR_DIR) / "media"

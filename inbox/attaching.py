"""Files that go out with replies: put to a draft as they are dropped or pasted, described, and sent along with it."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from django.contrib.postgres.expressions import ArraySubquery
from django.db import connection, transaction
from django.db.models import OuterRef, QuerySet, Sum
from django.db.models.functions import JSONObject
from django.template.defaultfilters import filesizeformat
from django.utils import timezone
from django.utils.translation import gettext as _

from connectors.clean import clean_name
from connectors.protocol import Enclosable
from inbox.models import Conversation, DraftFile, Message, Upload
from inbox.triage import lock
from people.models import User

# Of one person, over all that they have begun.
MOST_BYTES = 200 * 1024 * 1024
# Files of a draft that nobody has touched for so long go.
KEPT = timedelta(days=30)
LONGEST_ALT = 2_000
# What a browser may show of a file; all else is a name.
PICTURES = ("image/jpeg", "image/png", "image/gif", "image/webp")
# The address of a file of our own in `Message.attachments`; what begins with "media:" leaves through us only.
OWN = "media:upload/"

_SEND = """
    INSERT INTO inbox_upload (message_id, name, content_type, alt, content)
    SELECT %s, f.name, f.content_type, n.alt, f.content
    FROM unnest(%s::bigint[], %s::text[]) AS n(id, alt) JOIN inbox_draftfile f ON f.id = n.id ORDER BY f.id
"""
_GIVE_BACK = """
    WITH back AS (
        DELETE FROM inbox_upload WHERE message_id = ANY(%s) RETURNING id, name, content_type, alt, content
    )
    INSERT INTO inbox_draftfile (user_id, conversation_id, name, content_type, size, alt, content, at)
    SELECT %s, %s, name, content_type, length(content), alt, content, %s FROM back ORDER BY id
"""


class Enclosed(Protocol):
    """A file as far as a network's limits go."""

    @property
    def name(self) -> str | None: ...
    @property
    def size(self) -> int | None: ...
    @property
    def content_type(self) -> str | None: ...


class Attached(Enclosed, Protocol):
    """A file as a browser uploads it."""

    def read(self) -> bytes: ...


class CannotReply(Exception):
    """The network does not take this reply; the text says why, for the person who wrote it."""


class CannotAnswer(CannotReply):
    """The account that was chosen cannot answer, or not any more; another one may."""


@transaction.atomic
def add(conversation: Conversation, allowed: Enclosable | None, files: Sequence[Attached], *, by: User) -> list[str]:
    """Put files to what `by` is writing here; returns of those that were not taken why.

    Each is judged by itself: one that is too large keeps none of the others away. Raises NotAllowed.
    """
    # Two windows of one person at once: together they may not exceed what the network takes either.
    lock(conversation, by=by)
    kept: list[Enclosed] = list(_of(conversation, by))
    used = DraftFile.objects.filter(user=by).aggregate(bytes=Sum("size"))["bytes"] or 0
    complaints: list[str] = []
    for one in files:
        try:
            refuse(allowed, [*kept, one])
            if used + (one.size or 0) > MOST_BYTES:
                most = {"most": filesizeformat(MOST_BYTES)}
                raise CannotReply(_("The files of your drafts exceed %(most)s. Remove some first.") % most)
        except CannotReply as error:
            if str(error) not in complaints:
                complaints.append(str(error))
            continue
        content = one.read()
        made = DraftFile(
            user=by,
            conversation_id=conversation.pk,
            name=clean_name(one.name or "") or _("file"),
            content_type=clean_name(one.content_type or "", 100),
            size=len(content),
            content=content,
            at=timezone.now(),
        )
        made.save(force_insert=True)
        kept.append(made)
        used += len(content)
    return complaints


def kept(user: User) -> ArraySubquery:
    """The files of a person's draft in a conversation, without their content; an annotation, so no statement more."""
    theirs = DraftFile.objects.filter(conversation=OuterRef("pk"), user=user)
    names = ("id", "name", "content_type", "size", "alt")
    return ArraySubquery(theirs.values(json=JSONObject(**{name: name for name in names})))


def _of(conversation: Conversation, by: User) -> QuerySet[DraftFile]:
    return DraftFile.objects.filter(conversation=conversation.pk, user=by).defer("content").order_by("id")


def describe(file: DraftFile, alt: str) -> None:
    """Say what a picture shows, for whoever cannot see it."""
    file.alt = clean_name(alt, LONGEST_ALT)
    file.save(update_fields=["alt"])


def chosen(conversation: Conversation, by: User, alts: Mapping[int, str]) -> list[DraftFile]:
    """The files that stood at the composer, with what stood there as their descriptions. Raises CannotReply where one
    is gone."""
    if not alts:
        return []
    found = list(_of(conversation, by).filter(pk__in=list(alts)))
    if len(found) < len(alts):
        raise CannotReply(_("A file is not there any more. Reload the page and look at the files again."))
    for one in found:
        one.alt = clean_name(alts[one.pk], LONGEST_ALT) or one.alt
    return found


def refuse(allowed: Enclosable | None, files: Sequence[Enclosed]) -> None:
    """Raises CannotReply where a network does not take these files with one reply."""
    if not files:
        return
    if allowed is None:
        raise CannotReply(_("The network takes no files with this reply."))
    if len(files) > allowed.count:
        raise CannotReply(_("The network takes at most %(n)d files with a reply.") % {"n": allowed.count})
    for one in files:
        named = {"name": one.name, "most": filesizeformat(allowed.size), "types": ", ".join(allowed.types)}
        if not one.size:
            raise CannotReply(_("“%(name)s” is empty.") % named)
        if one.size > allowed.size:
            raise CannotReply(_("“%(name)s” is too large; the network takes up to %(most)s.") % named)
        if not any((one.content_type or "").startswith(kind) or kind == "*/*" for kind in allowed.types):
            raise CannotReply(_("The network does not take “%(name)s”. It takes %(types)s.") % named)


def send(message: Message, kept: Sequence[DraftFile], attached: Sequence[Attached]) -> None:
    """Let files go out with a reply: those of its draft, and those that came with it. They are told on its message."""
    told = [_told(one.name, one.content_type, one.alt) for one in kept]
    if kept:
        ids, alts = [one.pk for one in kept], [one.alt for one in kept]
        with connection.cursor() as cursor:
            cursor.execute(_SEND, [message.pk, ids, alts])
        DraftFile.objects.filter(pk__in=ids).delete()
    uploads = [
        Upload(
            message=message,
            name=clean_name(one.name or "") or _("file"),
            content_type=(one.content_type or "")[:100],
            content=one.read(),
        )
        for one in attached
    ]
    Upload.objects.bulk_create(uploads)
    told += [_told(one.name, one.content_type, "") for one in uploads]
    if told:
        message.attachments = [{**one, "url": f"{OWN}{message.pk}/{place}"} for place, one in enumerate(told)]
        message.save(update_fields=["attachments"])


def _told(name: str, content_type: str, alt: str) -> dict[str, str]:
    return {"kind": "image" if content_type in PICTURES else "file", "name": name, "alt": alt}


def sent(message: Message, url: str) -> Upload | None:
    """A file that went out with a reply, by the address under which its message tells of it."""
    place = url.removeprefix(f"{OWN}{message.pk}/")
    if message.direction != Message.Direction.OUT or not (place.isascii() and place.isdecimal() and len(place) < 4):
        return None
    return Upload.objects.filter(message=message).order_by("id")[int(place) :].first()


def give_back(messages: Sequence[int], conversation_id: int, user_id: int) -> None:
    """The files of replies that are taken back stand at their writer's draft again."""
    with connection.cursor() as cursor:
        cursor.execute(_GIVE_BACK, [list(messages), user_id, conversation_id, timezone.now()])


def forget(now: datetime) -> int:
    """Sweep away the files of drafts that nobody will send any more; returns how many."""
    return DraftFile.objects.filter(at__lt=now - KEPT).delete()[0]

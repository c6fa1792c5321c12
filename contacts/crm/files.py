"""The content of an imported file: kept compressed, written and read piece by piece, let go after thirty days."""

import zlib
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from django.db.models import BinaryField, Value
from django.db.models.functions import Substr
from django.utils.translation import gettext as _

from contacts.models import Import

LARGEST = 50 * 1024 * 1024
KEPT = timedelta(days=30)
_PIECE = 1 << 20


class TooLarge(Exception):
    """The file is larger than `LARGEST`; the text says so."""


class LetGo(Exception):
    """The content of the file is not kept any more; the text says so."""


def packed(chunks: Iterable[bytes]) -> bytes:
    """The content as it is stored. Raises TooLarge, before more than that was read."""
    size, packer, parts = 0, zlib.compressobj(6), []
    for chunk in chunks:
        size += len(chunk)
        if size > LARGEST:
            raise TooLarge(_("The file is larger than 50 MB. Divide it and import its parts one by one."))
        parts.append(packer.compress(chunk))
    return b"".join([*parts, packer.flush()])


def content(import_id: int) -> Iterator[bytes]:
    """The content of a file, a piece at a time. Raises LetGo."""
    unpacker, place = zlib.decompressobj(), 1
    while piece := _piece(import_id, place):
        place += len(piece)
        while piece:
            yield unpacker.decompress(piece, _PIECE)
            piece = unpacker.unconsumed_tail
    # It may have been emptied while it was being read.
    if not unpacker.eof:
        raise LetGo(_("The content of this file is not kept any more. Upload it again."))


def is_kept(import_id: int) -> bool:
    """Whether the content of the file is still there."""
    return Import.objects.filter(pk=import_id).exclude(content=b"").exists()


def let_go(now: datetime) -> int:
    """Empty the content of files that nobody has needed for thirty days; returns how many."""
    busy = (Import.State.CHECKING, Import.State.QUEUED, Import.State.RUNNING)
    old = Import.objects.filter(created_at__lt=now - KEPT).exclude(state__in=busy).exclude(content=b"")
    return old.update(content=b"")


def _piece(import_id: int, place: int) -> bytes:
    piece = Substr("content", Value(place), Value(_PIECE), output_field=BinaryField())
    found = Import.objects.filter(pk=import_id).annotate(piece=piece).values_list("piece", flat=True).first()
    return bytes(found or b"")

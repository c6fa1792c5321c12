"""People who are never to be blocked, a colleague has said; who takes that back takes back all that came of it."""

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from inbox.models import Conversation, Deed
from routing.models import Block

if TYPE_CHECKING:
    from people.models import User

Kind = Block.Kind
# What is kept with the part of a deed: the blocks that came into force and went out of it.
Trust = dict[str, list[int]]


def trust(value: str, label: str, *, by: "User") -> Trust:
    """Nobody blocks this person again, and no block of theirs is in force any more."""
    now = timezone.now()
    standing = Block.objects.filter(value=value, lifted_at=None)
    lifted = list(standing.filter(kind=Kind.PERSON).values_list("pk", flat=True))
    Block.objects.filter(pk__in=lifted).update(lifted_by=by, lifted_at=now)
    if standing.filter(kind=Kind.TRUSTED).exists():
        return {"given": [], "lifted": lifted}
    given = Block.objects.create(kind=Kind.TRUSTED, value=value, label=label[:300], by=by, at=now)
    return {"given": [given.pk], "lifted": lifted}


def keep(deed: int, of_each: Mapping[int, Trust]) -> None:
    """Keep with a deed what trust it gave to whom, by identity, so that it is taken back with it."""
    kept = Deed.objects.select_for_update().get(pk=deed)
    authors = dict(Conversation.objects.filter(pk__in=[one["id"] for one in kept.parts]).values_list("pk", "identity"))
    for part in kept.parts:
        part["trust"] = of_each[authors[part["id"]]]
    kept.save(update_fields=["parts"])


def take_back(trusts: Collection[Mapping[str, Any]], *, by: "User") -> None:
    """What came into force is lifted, and what was lifted is in force again, where nobody has blocked anew since."""
    given = {pk for one in trusts for pk in one["given"]}
    lifted = {pk for one in trusts for pk in one["lifted"]}
    if given:
        Block.objects.filter(pk__in=given, lifted_at=None).update(lifted_by=by, lifted_at=timezone.now())
    for block in Block.objects.filter(pk__in=lifted).exclude(lifted_at=None):
        if not Block.objects.filter(kind=block.kind, value=block.value, lifted_at=None).exists():
            block.lifted_by = block.lifted_at = None
            block.save(update_fields=["lifted_by", "lifted_at"])

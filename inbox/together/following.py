"""Colleagues who want to know what happens in a conversation, or to a person. Told by inbox/notifying/following.py."""

from typing import Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from inbox import undo
from inbox.acted import Done
from inbox.models import Follow
from people.models import User


@transaction.atomic
def toggle(user: User, *, conversation: int | None = None, contact: int | None = None) -> bool:
    """Follow what was not followed, and no longer what was; returns whether it is now. Exactly one of both is given."""
    what: dict[str, Any] = {"conversation_id": conversation, "contact_id": contact}
    if Follow.objects.filter(user=user, **what).delete()[0]:
        return False
    Follow.objects.bulk_create([Follow(user=user, at=timezone.now(), **what)], ignore_conflicts=True)
    return True


@transaction.atomic
def turn(conversation: int, *, by: User) -> Done:
    """The same of a conversation, as a deed that can be taken back."""
    follows = toggle(by, conversation=conversation)
    said = _("You follow this conversation") if follows else _("You follow it no more")
    part = {"id": conversation, "before": {"follows": not follows}, "after": {"follows": follows}}
    return Done([conversation], said, deed=undo.record("follow" if follows else "unfollow", said, [part], by=by))


def followers(conversation: int, person: int) -> list[User]:
    """Who follows a conversation or its person, by name. One statement."""
    meant = Q(follows__conversation=conversation) | Q(follows__contact=person)
    return list(User.objects.filter(meant, is_active=True).distinct().order_by("name", "pk"))


def follows(user: User, contact: int) -> bool:
    """Whether somebody follows a person."""
    return Follow.objects.filter(user=user, contact=contact).exists()

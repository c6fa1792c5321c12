"""Telling whoever is at a page that a reply of theirs is due, once."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.core.cache import cache
from django.db.models import Q
from django.utils.translation import gettext

from inbox.models import Escalation
from inbox.rows import base
from routing.models import Step

if TYPE_CHECKING:
    from people.models import User

# Who looks later than this sees it in the list.
_FRESH = timedelta(minutes=2)
# Says that there are warnings to look for at all.
_THERE, _MOST = "warnings", 3


def announce() -> None:
    """Let pages look for warnings from now on, for as long as those are fresh."""
    cache.set(_THERE, 1, _FRESH / timedelta(seconds=1))


def unheard(user: "User", ids: Collection[int], now: datetime) -> list[dict[str, str]]:
    """Warnings about these conversations that are for `user` and that no page of theirs has shown. One statement
    while there are any."""
    if not ids or not cache.get(_THERE):
        return []
    theirs = Q(conversation__assignee=user) | Q(
        conversation__assignee=None, conversation__department__membership__user=user
    )
    wanted = Q(step__action=Step.Action.WARN) & theirs
    if user.is_manager:
        wanted |= Q(step__action=Step.Action.MANAGERS)
    found = (
        Escalation.objects.filter(wanted, conversation__in=ids, conversation__state="open", at__gte=now - _FRESH)
        .select_related("conversation__identity__contact")
        .order_by("conversation__due_at", "pk")
        .distinct()
    )
    return [_said(one, now) for one in found if cache.add(f"warned:{user.pk}:{one.pk}", 1, 600)][:_MOST]


def _said(one: Escalation, now: datetime) -> dict[str, str]:
    identity, due = one.conversation.identity, one.conversation.due_at
    name = identity.contact.name or str(identity)
    late = due is not None and due <= now
    text = gettext("The reply to %(name)s is late.") if late else gettext("A reply to %(name)s is due soon.")
    return {"text": text % {"name": name}, "url": f"{base('open')}c/{one.conversation_id}/"}

"""Taking back what one did: the last thing, or any of those that the history shows."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST, require_safe

from inbox import deeds, undo
from inbox.models import Conversation, Deed, Message
from inbox.presentation import day_name, full
from inbox.refusals import Conflict
from inbox.views import replies
from inbox.views.frame import Request, answer, refreshed, refuse, refusing
from inbox.views.returning import page_behind

# What left the list comes back into it, and is opened again.
_LEFT = ("close", "snooze", "move", "spam", "back", "reopen")
SHOWN = 200


@require_POST
def newest(request: Request) -> HttpResponse:
    """Take back what this person did last: a deed, or a reply that has not left yet."""
    last = undo.newest(request.user)
    if last is None:
        return refuse(request, gettext("There is nothing to take back."))
    return replies.take_back(request, last) if isinstance(last, Message) else one(request, last.pk)


@require_POST
@refusing
def one(request: Request, pk: int) -> HttpResponse:
    """Take back one deed of this person's own."""
    back = undo.take_back(pk, by=request.user)
    if back is None:
        if not Deed.objects.filter(pk=pk, user=request.user).exists():
            raise Http404
        raise Conflict(gettext("This was taken back already, or it is too long ago."))
    if not back.ids:
        raise Conflict(back.said())
    if not request.htmx:
        messages.success(request, back.said())
        return redirect(page_behind(request) or "history")
    if len(back.ids) > 1 or back.left:
        return refreshed(request, back.said(), back.ids)
    verb = back.deed.verb
    # No timeline tells who follows.
    told = {"is_shared": True} if verb in ("follow", "unfollow") else {}
    return answer(request, back.ids[0], back.said(), returns=verb in _LEFT, **told)


@require_safe
def history(request: Request) -> HttpResponse:
    """What this person did in the last days, and what of it can still be taken back."""
    now = timezone.now()
    deeds = list(Deed.objects.filter(user=request.user, at__gt=now - undo.KEPT).order_by("-at", "-id")[:SHOWN])
    first = {one.pk: one.parts[0]["id"] for one in deeds if len(one.parts) == 1}
    names = Conversation.objects.visible_to(request.user).filter(pk__in=first.values())
    called = {one.pk: one for one in names.select_related("identity__contact")}
    told = [_told(one, called.get(first.get(one.pk, 0)), now) for one in deeds]
    return render(request, "inbox/history.html", {"deeds": told})


def _told(deed: Deed, conversation: Conversation | None, now: datetime) -> dict[str, Any]:
    back, day = sum("back" in part for part in deed.parts), day_name(deed.at, now)
    return {
        "pk": deed.pk,
        "said": deeds.told(deed),
        "at": deed.at,
        "full": full(deed.at),
        "day": day,
        "conversation": conversation and conversation.pk,
        "name": conversation and (conversation.identity.contact.name or str(conversation.identity)),
        "is_back": deed.undone_at is not None,
        "back": back,
        "all": len(deed.parts),
    }

"""A conversation and the timeline of its contact."""

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.safestring import mark_safe
from django.views.decorators.http import require_safe

from connectors import markup
from inbox import card, places, reading, seen, timeline
from inbox import strip as strips
from inbox.cursors import Cursor
from inbox.entries import entries, entry
from inbox.lists import Scope
from inbox.models import Conversation
from inbox.posts import posts
from inbox.presentation import day_name
from inbox.views.frame import Request, scope_of, view_behind
from inbox.views.lists import found, listing
from people.access import wants_fragment


@require_safe
def show(request: Request, view: str, pk: int) -> HttpResponse:
    """The three panes; htmx gets the timeline and the card, or with `before`, `after` or `date` a part of that."""
    conversation = reading.find(request.user, pk)
    scope = scope_of(request, view, current=pk, about=conversation if wants_fragment(request) else None)
    tl: timeline.Scope = "conversation" if request.GET.get("tl") == "conversation" else "whole"
    if wants_fragment(request) and {"before", "after", "date"} & request.GET.keys():
        return _part(request, conversation, scope, tl)
    context = reading.pane(conversation, scope, tl, places.day(request.GET.get("date", "")))
    mark_seen(conversation, request)
    if wants_fragment(request):
        return render(request, "inbox/_opened.html", context)
    return render(request, "inbox/page.html", listing(scope, found(scope)) | context | {"pane": "thread"})


def complaint(request: Request, pk: int, why: str, voice: dict[str, Any] | None = None) -> HttpResponse:
    """The three panes again, with what was written still in the composer and above it what is wrong with it: `why`, and
    where others have something open with the person, that (`voice`)."""
    scope = scope_of(request, view_behind(request)[0], current=pk)
    conversation = reading.find(request.user, pk)
    context = reading.pane(conversation, scope, "whole")
    words, mode = request.POST.get("text", ""), request.POST.get("mode", "")
    context["composer"] |= {"draft": words, "complaint": why, "voice": voice}
    if mode in ("reply", "note"):
        context["composer"]["mode"] = mode
    if mode != "note" and context["composer"]["can_reply"]:
        context["composer"]["posts"] = posts(conversation, words, numbered=True)
    context = listing(scope, found(scope)) | context | {"pane": "thread"}
    return render(request, "inbox/page.html", context, status=422)


@require_safe
def event(request: Request, view: str, pk: int, event: int) -> HttpResponse:
    """One entry of the timeline: opened with all of its text, with `formatted=1` as its sender laid it out, or with
    `closed=1` as a line again."""
    conversation = reading.find(request.user, pk)
    scope = scope_of(request, view, current=pk, about=conversation)
    values = timeline.one(conversation.identity.contact_id, event)
    if values is None:
        raise Http404
    is_open = request.GET.get("closed") != "1"
    told = entry(values, reading.telling(conversation, scope), is_open=is_open, in_full=True)
    told["versions"] = timeline.versions(values) if is_open else []
    if request.GET.get("formatted") == "1" and not values["message__deleted_at"]:
        told["formatted"] = mark_safe(markup.safe(values["html"] or ""))  # noqa: S308 - made safe by this very call
    return render(request, "inbox/_event.html", {"e": told, "c": reading.head(conversation, scope, "whole")})


@require_safe
def strip(request: Request, view: str, pk: int) -> HttpResponse:
    """What stands above the timeline: how much lies before the part that is shown (`before`), since when, how dense."""
    conversation = reading.find(request.user, pk)
    scope = scope_of(request, view, current=pk, about=conversation)
    tl: timeline.Scope = "conversation" if request.GET.get("tl") == "conversation" else "whole"
    before = Cursor.parse(request.GET.get("before", ""))
    context: dict[str, Any] = {"earlier": str(before or ""), "tl": tl}
    if before:
        context["count"] = places.count_before(conversation, tl, before)
    if tl == "whole":
        context["since"] = card.since(conversation.identity.contact_id)
        url = f"{scope.base}c/{pk}/"
        context["chart"] = strips.narrow(conversation, scope.departments, scope.now, url)
    return render(request, "inbox/_strip.html", context)


def _part(request: Request, conversation: Conversation, scope: Scope, tl: timeline.Scope) -> HttpResponse:
    """A part of the timeline: what lies before or after a place, or around the beginning of a day."""
    before, after = (Cursor.parse(request.GET.get(name, "")) for name in ("before", "after"))
    day, goal = places.day(request.GET.get("date", "")), None
    if before:
        window = timeline.before(conversation, tl, before)
    elif after:
        window = timeline.after(conversation, tl, after)
    elif day:
        window, goal = places.around(conversation, tl, day)
    else:
        raise Http404
    part = {
        "entries": entries(window.events, reading.telling(conversation, scope)),
        "c": reading.head(conversation, scope, tl),
        "goal": goal,
        "nothing_since": day_name(day.at, scope.now) if day and goal is None else "",
        # A part that goes on below what is there has no top of its own; what stands at the top of others is kept.
        "no_top": after is not None,
        "has_strip": before is not None,
        **reading.ends(window),
    }
    if window.earlier and not after:
        part["count"] = places.count_before(conversation, tl, window.earlier)
    return render(request, "inbox/_events.html", part)


def mark_seen(conversation: Conversation, request: Request) -> None:
    """Opening is reading; written only where there was something unread, so that looking around writes nothing."""
    seen_at = getattr(conversation, "seen_at", None)
    is_opened = request.method == "GET" and "HX-Preload" not in request.headers
    if is_opened and (seen_at is None or seen_at < conversation.last_inbound_at):
        seen.mark(conversation, by=request.user)

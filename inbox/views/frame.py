"""What the pages of the inbox share: who asks for which view, and how an action answers with and without htmx."""

from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django.contrib import messages
from django.core.exceptions import BadRequest, PermissionDenied, TooManyFieldsSent
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import Resolver404, resolve, reverse
from django.utils import timezone
from django.utils.translation import gettext
from django_htmx.http import trigger_client_event

from inbox import composing, named_lists, reading, sidebar
from inbox.changes import Shown, of_conversation, of_line, of_list
from inbox.filters import Filters
from inbox.lists import Scope
from inbox.models import Conversation
from inbox.orders import Order
from inbox.refusals import Conflict, NotAllowed
from people import access

if TYPE_CHECKING:
    from connectors.watching import Alarm


class Request(access.Request):
    """A request of a colleague, whose page has the frame."""

    alarms: "Sequence[Alarm]"


# Of one thing, by its number or as it was found.
Action = Callable[[Request, Any], HttpResponse]


def scope_of(request: Request, slug: str, current: int | None = None, *, about: Conversation | None = None) -> Scope:
    """The view that is looked at, with its sidebar and filters. Two statements; one where all that is drawn is `about`
    a conversation that `reading.find` has found."""
    now = timezone.now()
    channels = [one for one in [about.channel] if one.is_active] if about else None
    side = sidebar.load(request.user, now, channels)
    if about is None:
        # The frame of the page shows them too, and need not ask again.
        request.alarms = side.alarms
    query: QueryDict = request.GET
    if request.resolver_match and "view" in request.resolver_match.kwargs:
        view = named_lists.find(slug, side)
    else:
        view, query = _still_there(slug, side), query_behind(request)
    by = query.get("by", "")
    filters = Filters.parse(query, view.home)
    return Scope(request.user, view, side, now, filters, current, by if by in Order.values else "")


def _still_there(slug: str, side: sidebar.Sidebar) -> named_lists.View:
    """The view in which somebody pressed a button, also where it is gone by now."""
    try:
        return named_lists.find(slug, side)
    except Http404:
        return named_lists.find("open", side)


def view_behind(request: Request) -> tuple[str, int | None]:
    """The view and the conversation in which somebody pressed a button, from the address of their page."""
    page = _behind(request)
    return (str(page["view"]), page.get("pk")) if "view" in page else ("open", None)


def _behind(request: Request) -> Mapping[str, Any]:
    """What the address of their page says. A page about one conversation is the inbox, and what cannot be told is."""
    current = request.htmx.current_url or request.headers.get("Referer", "")
    try:
        page = resolve(urlsplit(current).path)
    except (Resolver404, ValueError):
        return {"view": "open"}
    return {"view": "open", **page.kwargs} if page.route.startswith("c/") else page.kwargs


def query_behind(request: Request) -> QueryDict:
    """The filters of the page in which somebody pressed a button; none where they cannot be read."""
    try:
        return QueryDict(urlsplit(request.htmx.current_url or request.headers.get("Referer", "")).query)
    except (ValueError, BadRequest, TooManyFieldsSent):
        return QueryDict()


def answer(request: Request, pk: int, said: str, **context: Any) -> HttpResponse:
    """After an action: the parts of the page that changed for htmx, else the conversation again with a message.

    A page that is not the inbox has none of these parts, and is only told that it is to ask again.
    `deed` is what can be taken back; `leaves` says that work goes on with the next one; `answers` is the message that a
    reply answers, where it is known. Where it is not open, or the page goes on at once (`on`), its timeline is nobody's
    business.
    """
    slug, current = view_behind(request)
    if not request.htmx:
        if said:
            messages.success(request, said, extra_tags=undo_of(context.get("deed")))
        return redirect("conversation", slug, pk)
    if "view" not in _behind(request):
        return refreshed(request, said, [pk], deed=context.get("deed"), clears=context.get("closes_dialog"))
    parts = {"pk": pk, "said": said, **context}
    if "on" in request.POST or (current not in (None, pk) and not context.get("writes")):
        return render(request, "inbox/_acted.html", of_list(scope_of(request, slug, current), pk) | parts)
    conversation: Any = reading.find(request.user, pk)
    scope = scope_of(request, slug, current, about=conversation)
    parts |= of_conversation(conversation, scope, Shown.parse(request.POST))
    parts |= of_line(scope, conversation, parts["recent"])
    # Who has moved a conversation away may not answer there any more.
    writes = context.pop("writes", False) or not conversation.may_act
    if writes:
        parts["composer"] = composing.composer(conversation, parts["seen"], context.pop("answers", None))
    return render(request, "inbox/_acted.html", parts | context | {"writes": writes})


def refreshed(request: Request, said: str, ids: list[int], **context: Any) -> HttpResponse:
    """What was done, and that the page is to ask for its list again. `clears`: nothing is chosen any more."""
    response = render(request, "inbox/_done_to_many.html", {"said": said, **context})
    told = {"ids": ids, "leaves": bool(context.get("leaves")), "clears": bool(context.get("clears"))}
    return trigger_client_event(response, "inbox:done", told)


def at_hand(request: Request, pk: int) -> Conversation:
    """The conversation that an action is about, as far as the action needs it. Raises Http404 where there is none."""
    visible = Conversation.objects.visible_to(request.user)
    found = visible.filter(pk=pk).select_related("department").first()
    if found is None:
        raise Http404
    return found


def undo_of(deed: int | None) -> str:
    """The address that takes a deed back."""
    return reverse("deed_undo", args=[deed]) if deed else ""


def dialog_context(request: Request, conversation: Any) -> dict[str, Any]:
    """What every dialog about a conversation needs. Raises NotAllowed where its choice would be refused."""
    if not conversation.may_act:
        raise NotAllowed(gettext("This conversation belongs to %(owner)s.") % {"owner": conversation.department.name})
    scope = scope_of(request, view_behind(request)[0], conversation.pk)
    head = reading.head(conversation, scope, "whole")
    about = {"action": request.path, "back": head["url"]}
    return {"c": head, "about": about, "sidebar": scope.sidebar, "scope": scope}


def refuse(request: Request, why: str, status: int = 409) -> HttpResponse:
    """An action that could not be done, and why, for the person who asked for it."""
    if request.htmx:
        return render(request, "inbox/_refused.html", {"why": why}, status=status)
    messages.error(request, why)
    slug, current = view_behind(request)
    return redirect("conversation", slug, current) if current else redirect("view", slug)


def refusing(view: Action) -> Action:
    """Lets an action raise what it may not do, or what makes no sense any more, and tells the person."""

    @wraps(view)
    def wrapped(request: Request, pk: Any) -> HttpResponse:
        try:
            return view(request, pk)
        except NotAllowed as error:
            if not request.htmx:
                raise PermissionDenied(str(error)) from error
            return refuse(request, str(error), status=403)
        except Conflict as error:
            return refuse(request, str(error))

    return wrapped

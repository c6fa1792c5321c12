"""A list of conversations."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_safe

from connectors.models import Channel
from inbox import lists, narrowing_form, saved_views, sidebar
from inbox.filters import Filters
from inbox.lists import Page, Scope
from inbox.orders import Order, Place
from inbox.search import conversations as search
from inbox.views.frame import Request, scope_of
from people.access import wants_fragment


@require_safe
def show(request: Request, view: str) -> HttpResponse:
    """A page of a view; with `before`, htmx gets the rows that follow and puts them below."""
    scope = scope_of(request, view)
    narrowed = "narrowed" in request.GET
    if narrowed and not wants_fragment(request):
        return redirect(scope.base + scope.query)
    before = Place.parse(request.GET.get("before", ""))
    page = found(scope, before)
    context = listing(scope, page) | {"pane": "list"}
    if not wants_fragment(request):
        return render(request, "inbox/page.html", context)
    response = render(request, "inbox/_rows.html" if before else "inbox/_listed.html", context | {"narrowed": narrowed})
    if narrowed:
        # The form sends what is empty too; the address holds only what is set.
        response["HX-Replace-Url"] = scope.base + scope.query
    return response


@require_safe
def queue(request: Request, place: int) -> HttpResponse:
    """Leads to the queue that has this place beside the list, for the keys of pages that show no queues."""
    queues = sidebar.load(request.user, timezone.now()).queues
    return redirect("view", queues[place - 1].path) if 1 <= place <= len(queues) else redirect("inbox")


def found(scope: Scope, before: Place | None = None) -> Page:
    """What the filters leave of the view, or what the query finds."""
    if scope.filters.q:
        return search.page(scope, before.cursor if before else None)
    return lists.page(scope, before)


def listing(scope: Scope, page: Page) -> dict[str, object]:
    """What the list's templates need."""
    filters = scope.filters
    view = scope.view
    return {
        "scope": scope,
        "sidebar": scope.sidebar,
        "title": gettext("Search") if filters.q else view.title,
        "count": scope.count,
        "page": page,
        "next_url": f"{scope.base}{filters.query(before=page.next, by=scope.order)}" if page.next else "",
        "unread_url": f"{scope.base}{filters.query(unread=not filters.unread, q='')}",
        "late_url": f"{scope.base}{filters.query(late=not filters.late, q='')}",
        "orders": tuple(Order.choices),
        "chips": narrowing_form.chips(scope),
        "clear_url": scope.base + Filters(order=filters.order, home=filters.home).query(),
        "at_risk": view.at_risk(scope.sidebar),
        "may_edit": view.saved is not None and saved_views.may_change(view.saved, scope.user),
        "doubt_url": f"{scope.base}{filters.query(doubt=not filters.doubt, unread=False, q='')}",
        "no_channel": page.is_empty and not Channel.objects.exists(),
    }

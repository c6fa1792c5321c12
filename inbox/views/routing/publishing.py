"""The draft as a whole: put in force, or forgotten."""

from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from inbox.ruling import book as books
from inbox.ruling import drafting, faults
from inbox.ruling.differences import Version, between
from inbox.ruling.names import Names
from inbox.ruling.rule_forms import NoForm, ReasonForm
from inbox.views.frame import Request
from inbox.views.routing.dialogs import Dialog, fill
from inbox.views.routing.frame import changed, editing, revision_of


@require_http_methods(["GET", "HEAD", "POST"])
@editing
def publish(request: Request) -> HttpResponse:
    """GET: what would change, what is wrong, and the question why. POST: the draft is in force."""
    book = books.load()
    wrong = faults.look(book, Names())
    form = ReasonForm(request.POST if request.method == "POST" else None)

    def act(said: dict[str, Any]) -> HttpResponse:
        if wrong.errors(book):
            raise drafting.Refused(gettext("Put right what is wrong with the rules first. It stands above."))
        version = drafting.publish(request.user, revision_of(request), said["reason"])
        return changed(request, gettext("Version %(number)s is in force") % {"number": version.number})

    more = {"differences": _differences(book), "errors": wrong.errors(book), "warnings": wrong.warnings(book)}
    dialog = Dialog(
        gettext("Publish the draft"),
        gettext("Publish"),
        reverse("routing"),
        hint=gettext("New messages are routed like this at once."),
        template="inbox/routing/_publish.html",
        more=more,
    )
    return fill(request, form, act, dialog)


@require_http_methods(["GET", "HEAD", "POST"])
@editing
def discard(request: Request) -> HttpResponse:
    """GET: asks. POST: the draft is gone, and the page shows what is in force."""
    book = books.load()
    form = NoForm(request.POST if request.method == "POST" else None)

    def act(said: dict[str, Any]) -> HttpResponse:
        drafting.discard(revision_of(request))
        return changed(request, gettext("The draft is gone"))

    dialog = Dialog(
        gettext("Discard the draft"),
        gettext("Discard"),
        reverse("routing"),
        hint=gettext("This cannot be undone. What is in force stays."),
        danger=True,
        template="inbox/routing/_publish.html",
        more={"differences": _differences(book)},
    )
    return fill(request, form, act, dialog)


def _differences(book: books.Book) -> list[Any]:
    if book.draft is None:
        return []
    old = book.published
    before = Version(old.rules, old.thresholds) if old else Version([], {})
    return between(before, Version(book.draft.rules, book.draft.thresholds), Names())

"""What the views of the rules share: the page, its parts after a change, and how a change is refused."""

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import Resolver404, resolve, reverse
from django.utils.translation import gettext

from inbox.ruling import book as books
from inbox.ruling import faults as all_faults
from inbox.ruling import page
from inbox.ruling.book import Book, Rule
from inbox.ruling.drafting import Conflict, Refused
from inbox.ruling.examples import offered
from inbox.ruling.names import Names
from inbox.ruling.tree import BadPlace
from inbox.ruling.trial_forms import kind_choices, network_choices
from inbox.views.frame import Request
from people.access import for_managers, wants_fragment
from routing.conditions import BadCondition

View = Callable[..., HttpResponseBase]


def revision_of(request: Request) -> int | None:
    """How often the draft had been changed when the page was made; None where there was no draft."""
    said = request.POST.get("revision", "")
    return int(said) if said.isascii() and said.isdecimal() and len(said) < 10 else None


def find(pk: int) -> tuple[Book, Rule]:
    """The rules and one of them. Raises Http404 where it is gone."""
    book = books.load()
    rule = book.rule(pk)
    if rule is None:
        raise Http404
    return book, rule


def behind(request: Request) -> page.Asked:
    """Which part of the list and which rule are on the page that asked."""
    try:
        current = urlsplit(request.htmx.current_url or request.headers.get("Referer", ""))
        kwargs = resolve(current.path).kwargs
        return page.Asked.parse(dict(parse_qsl(current.query)), kwargs.get("rule"))
    except (Resolver404, ValueError):
        return page.Asked()


def context(book: Book, asked: page.Asked) -> dict[str, Any]:
    """All that the page shows, in a constant number of statements."""
    names = Names()
    faults = all_faults.look(book, names)
    return {
        "nav": "settings",
        "head": page.head(book),
        "list": page.listing(book, names, faults, asked),
        **_beside(book, asked, names, faults),
    }


def _beside(book: Book, asked: page.Asked, names: Names, faults: all_faults.Faults) -> dict[str, Any]:
    rule = book.rule(asked.rule) if asked.rule else None
    return {
        "editor": page.editor(book, rule, names, faults) if rule else None,
        "trial": {"networks": network_choices(names), "kinds": kind_choices()},
        "examples": offered(names),
    }


def shown(request: Request, asked: page.Asked, status: int = 200) -> HttpResponse:
    """The page, or beside the list what htmx swaps."""
    book = books.load()
    if wants_fragment(request) and asked.rule:
        names = Names()
        parts = {"head": page.head(book), **_beside(book, asked, names, all_faults.look(book, names))}
        return render(request, "inbox/routing/_beside.html", parts, status=status)
    return render(request, "inbox/routing/rules.html", context(book, asked), status=status)


def changed(
    request: Request,
    said: str = "",
    *,
    rule: int | None = None,
    undo: Mapping[str, Any] | None = None,
    focus: str = "",
) -> HttpResponse:
    """After a change: the parts of the page for htmx, else the page again. `rule`: which one to open, if another."""
    asked = behind(request)
    asked = page.Asked(rule, asked.words, asked.start) if rule is not None else asked
    if not request.htmx:
        if said:
            messages.success(request, said)
        open_rule = rule or asked.rule
        return redirect("rule", open_rule) if open_rule and books.load().rule(open_rule) else redirect("routing")
    parts = context(books.load(), asked) | {"said": said, "undo": undo, "focus": focus, "reopens": rule is not None}
    response = render(request, "inbox/routing/_changed.html", parts)
    if rule is not None:
        response["HX-Push-Url"] = reverse("rule", args=[rule]) if rule else reverse("routing")
    return response


def editing(view: View) -> View:
    """For managers; and what cannot be done is said, with the page as it is now."""

    @for_managers
    @wraps(view)
    def wrapped(request: Request, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            return view(request, *args, **kwargs)
        except (Conflict, Refused, BadPlace) as error:
            return refused(request, str(error))
        except BadCondition as error:
            return refused(request, gettext("This cannot be used. %(remedy)s") % {"remedy": error.remedy})

    return wrapped


def refused(request: Request, why: str) -> HttpResponse:
    """What could not be done, and the page as it is now."""
    asked = behind(request)
    if not request.htmx:
        messages.error(request, why)
        is_there = asked.rule and books.load().rule(asked.rule)
        return redirect("rule", asked.rule) if is_there else redirect("routing")
    parts = context(books.load(), asked) | {"why": why}
    return render(request, "inbox/routing/_changed.html", parts, status=409)

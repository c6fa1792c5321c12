"""What the views of facts share: whom they are about, their dialogs, and how they answer with and without htmx."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import Any, Protocol
from urllib.parse import parse_qs, urlsplit

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext

from contacts.models import Contact
from contacts.refused import Refused
from inbox.facts import sections
from inbox.models import Conversation
from inbox.views.frame import Request
from people.access import wants_fragment


@dataclass(frozen=True, slots=True)
class About:
    """Whom something is said of: the person, and the contact of theirs that it is said of.

    What is said from a conversation follows its identity, what is said on the person's page stays with the person.
    """

    person: int
    contact: int
    name: str
    conversation: int | None = None

    @classmethod
    def of(cls, request: Request, contact_id: int) -> "About":
        """The person that a contact belongs to, and where a parameter `conversation` says so, that identity's own
        contact. Raises Http404 for a contact or a conversation of theirs that is not there, and while it is erased."""
        found = Contact.objects.filter(pk=contact_id, is_erased=False).select_related("root").first()
        if found is None:
            raise Http404
        person = found.root or found
        name = person.name or gettext("This person")
        asked = request.POST.get("conversation") or request.GET.get("conversation") or ""
        if not asked:
            return cls(person.pk, person.pk, name)
        if not asked.isascii() or not asked.isdecimal() or len(asked) > 18:
            raise Http404
        theirs = Conversation.objects.visible_to(request.user).filter(pk=asked, identity__contact=person)
        conversation = theirs.select_related("identity").first()
        if conversation is None:
            raise Http404
        return cls(person.pk, conversation.identity.own_contact_id, name, conversation.pk)

    @property
    def url(self) -> str:
        """The page on which it was said."""
        return (
            reverse("short", args=[self.conversation]) if self.conversation else reverse("contact", args=[self.person])
        )

    @property
    def nav(self) -> str:
        """The entry of the navigation that stands for it."""
        return "contacts"


class Place(Protocol):
    """The page that a dialog belongs to."""

    @property
    def url(self) -> str: ...
    @property
    def nav(self) -> str: ...
    @property
    def conversation(self) -> int | None: ...


View = Callable[..., HttpResponse]


def of_person(view: View) -> View:
    """Finds whom the address is about, and tells the person what could not be done."""

    @wraps(view)
    def wrapped(request: Request, pk: int, **others: Any) -> HttpResponse:
        about = About.of(request, pk)
        return refusing(request, about, lambda: view(request, about, **others))

    return wrapped


def refusing(request: Request, about: About, act: Callable[[], HttpResponse]) -> HttpResponse:
    """The answer of `act`, or what was in its way."""
    try:
        return act()
    except Refused as error:
        return refuse(request, about, str(error))


def refuse(request: Request, about: About, why: str, status: int = 409) -> HttpResponse:
    """What could not be done, and why, for the person who asked for it."""
    if request.htmx:
        return render(request, "inbox/_refused.html", {"why": why}, status=status)
    messages.error(request, why)
    return redirect(about.url)


@dataclass(frozen=True, slots=True)
class Dialog:
    """The words of a dialog, and what stands in it beside its form."""

    title: str
    submit: str
    hint: str = ""
    action: str = ""
    danger: bool = False
    template: str = "inbox/facts/_dialog.html"
    more: Mapping[str, Any] | None = None


def fill(
    request: Request, about: Place, form: forms.Form, act: Callable[[Any], HttpResponse], dialog: Dialog
) -> HttpResponse:
    """The dialog, or when it was filled in what `act` makes of it; with what was wrong beside the field it is about."""
    if request.method == "POST" and form.is_valid():
        try:
            return act(form.cleaned_data)
        except Refused as error:
            form.add_error(error.field if error.field in form.fields else None, str(error))
    context = {
        "about": about,
        "form": form,
        "dialog": dialog,
        "nav": about.nav,
        "action": dialog.action or request.path,
        **(dialog.more or {}),
    }
    template = dialog.template if wants_fragment(request) else "inbox/facts/alone.html"
    return render(request, template, context, status=422 if form.errors else 200)


@dataclass(frozen=True, slots=True)
class Undo:
    """A button in a toast: where it posts what."""

    url: str
    fields: Mapping[str, str]


def done(
    request: Request, about: About, said: str, changed: Collection[str], *, undo: Undo | None = None
) -> HttpResponse:
    """After something was said: the sections that changed for htmx, else back with a message."""
    if not request.htmx:
        messages.success(request, said)
        return redirect(about.url)
    facts = sections(about.person, request.user, changed)
    timeline = _shows_timeline(request, about)
    context = {"facts": facts, "changed": changed, "said": said, "undo": undo, "timeline": timeline}
    return render(request, "inbox/facts/_done.html", context)


def _shows_timeline(request: Request, about: About) -> bool:
    """Whether the browser shows the newest end of the person's timeline, which tells it now, too."""
    try:
        current = urlsplit(request.htmx.current_url or "")
    except ValueError:
        return False
    asked = parse_qs(current.query)
    return current.path == reverse("contact", args=[about.person]) and not ({"before", "after"} & set(asked))

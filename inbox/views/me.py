"""What everybody chooses for themselves: who they are, the language, time and look of their pages, and their keys."""

from collections.abc import Iterator
from copy import copy
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from inbox import keyboard, preferences
from inbox.views.frame import Request
from people.access import wants_fragment
from people.company import company_of
from people.models import User


class MeForm(forms.ModelForm):  # type: ignore[type-arg]
    """Somebody about themselves."""

    language = forms.ChoiceField(
        label=_("Language"),
        required=False,
        error_messages={"invalid_choice": _("SocialCRM does not speak this language yet.")},
    )
    time_zone = forms.ChoiceField(
        label=_("Time zone"),
        required=False,
        error_messages={"invalid_choice": _("There is no such time zone. Choose one of the list.")},
    )

    class Meta:
        model = User
        fields = ("name", "email", "language", "time_zone", "is_compact")
        labels = {"name": _("Name"), "email": _("E-mail"), "is_compact": _("Narrow lines in lists")}
        help_texts = {"email": _("Where notifications go. Nobody logs in with it."), "is_compact": ""}
        widgets = {
            "name": forms.TextInput({"autocomplete": "name", "dir": "auto"}),
            "email": forms.EmailInput({"autocomplete": "email"}),
        }
        error_messages = {
            "name": {"required": _("Write your name: colleagues see it beside what you do.")},
            "email": {"invalid": _("This is no e-mail address. Write it as in name@example.com.")},
        }

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        company = preferences.named(company_of(self.instance).time_zone) or settings.TIME_ZONE
        self._choose("language", [("", gettext("As the browser asks")), *settings.LANGUAGES])
        self._choose("time_zone", [("", gettext("As the company: %(zone)s") % {"zone": company}), *zones()])

    def _choose(self, name: str, choices: list[Any]) -> None:
        field = self.fields[name]
        if isinstance(field, forms.ChoiceField):
            field.choices = choices

    def clean_name(self) -> str:
        """Without the blanks around it; a name of blanks is none."""
        return " ".join(self.cleaned_data["name"].split())


def zones() -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """The time zones of the world by continent, as they are called for places; UTC by itself."""
    parts: dict[str, list[tuple[str, str]]] = {}
    for name in sorted(available_timezones() - {"Etc/UTC"}):
        continent, _slash, place = name.partition("/")
        if place and continent not in ("Etc", "SystemV", "US", "Brazil", "Canada", "Chile", "Mexico"):
            parts.setdefault(continent, []).append((name, place.replace("_", " ")))
    yield "UTC", [("UTC", "UTC")]
    yield from parts.items()


@require_http_methods(["GET", "HEAD", "POST"])
def show(request: Request) -> HttpResponse:
    """GET: what somebody has chosen. POST: they chose otherwise, and the answer speaks their new language."""
    # A copy: the frame of the page goes on to show what is kept.
    mine = copy(request.user)
    form = MeForm(request.POST if request.method == "POST" else None, instance=mine)
    if form.is_valid():
        mine.save(update_fields=MeForm.Meta.fields)
        with translation.override(preferences.language_of(mine) or translation.get_language()):
            messages.success(request, gettext("Saved"))
        return redirect("me")
    return render(
        request, "inbox/me/page.html", {"form": form, "at": "me", "nav": "me"}, status=422 if form.errors else 200
    )


@require_safe
def sheet(request: Request) -> HttpResponse:
    """All keys in a dialog."""
    context = {"sections": keyboard.sheet()}
    return render(request, "_keys.html" if wants_fragment(request) else "inbox/me/sheet.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def keys(request: Request) -> HttpResponse:
    """GET: every action with its keys. POST: other `keys` for an `action`, or with `do=reset` its own ones again;
    without an action, all of them."""
    wrong = _choose(request) if request.method == "POST" else {}
    fragment = wants_fragment(request)
    if request.method == "POST" and not wrong and not fragment:
        messages.success(request, gettext("Saved"))
        return redirect("keyboard")
    with keyboard.of_person(request.user, request.headers.get("User-Agent", "")):
        context = {
            "sections": keyboard.sheet(),
            "at": "keyboard",
            "nav": "me",
            "wrong": wrong,
            "any": bool(request.user.keys),
        }
        template = "inbox/me/_keyboard.html" if fragment else "inbox/me/keyboard.html"
        return render(request, template, context | {"saved": request.method == "POST"}, status=422 if wrong else 200)


def _choose(request: Request) -> dict[str, str]:
    """Keep what was chosen; what is wrong with it otherwise."""
    user, action = request.user, request.POST.get("action", "")
    mine = keyboard.usable(user.keys)
    if request.POST.get("do") == "reset":
        mine = {name: one for name, one in mine.items() if action and name != action}
        wanted = action
    else:
        wanted = " ".join(request.POST.get("keys", "").split())
    known = keyboard.BY_ID.get(action)
    if action and (known is None or known.is_fixed):
        return {"action": action, "says": gettext("This action is not there any more. Reload the page.")}
    if wanted and not keyboard.is_choice(wanted):
        says = gettext("“%(keys)s” cannot be a shortcut. Choose one key, or two that are pressed one after the other.")
        return {"action": action, "keys": wanted[:40], "says": says % {"keys": wanted[:40]}}
    if wanted and (other := keyboard.conflict(action, wanted, mine)):
        says = gettext("“%(keys)s” stands for “%(other)s” already. Choose other keys, or change that one first.")
        return {"action": action, "keys": wanted, "says": says % {"keys": wanted, "other": other.name}}
    if action:
        mine = {name: one for name, one in mine.items() if name != action}
        if wanted != action:
            mine[action] = wanted
    user.keys = mine
    user.save(update_fields=["keys"])
    return {}


@require_POST
def switch(request: Request) -> HttpResponse:
    """Single keys act (`on`), or none of them does."""
    request.user.keys_on = bool(request.POST.get("on"))
    request.user.save(update_fields=["keys_on"])
    if request.htmx:
        return HttpResponse(status=204)
    messages.success(request, gettext("Saved"))
    return redirect("keyboard")

"""Saying whether one is there."""

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from inbox.views.frame import Request
from people import presence
from people.models import Presence, User
from socialcrm import jobs


class PresenceForm(forms.Form):
    """Here, or away."""

    state = forms.ChoiceField(
        choices=Presence.State.choices,
        error_messages={
            "required": _("Choose whether you are here or away."),
            "invalid_choice": _("Choose whether you are here or away."),
        },
    )


@require_POST
def choose(request: Request) -> HttpResponse:
    """From now on the person who asks is here, or away. Whoever comes back is given what waits."""
    form = PresenceForm(request.POST)
    if not form.is_valid():
        return _answer(request, error=str(form.errors["state"][0]))
    state = Presence.State(form.cleaned_data["state"])
    if presence.say(request.user, state, timezone.now()):
        jobs.ring(jobs.ASSIGN)
    said = (
        gettext("You are here")
        if state == Presence.State.ONLINE
        else gettext("You are away: nobody gives you anything new")
    )
    return _answer(request, said)


def _answer(request: Request, said: str = "", error: str = "") -> HttpResponse:
    if request.htmx:
        user = User.objects.select_related("presence").get(pk=request.user.pk)
        if error:
            return render(request, "inbox/_refused.html", {"why": error}, status=422)
        return render(request, "inbox/routing/_presence_chosen.html", {"user": user, "said": said})
    if error:
        messages.error(request, error)
    else:
        messages.success(request, said)
    back = request.headers.get("Referer", "")
    is_ours = url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure())
    return redirect(back if is_ours else "inbox")

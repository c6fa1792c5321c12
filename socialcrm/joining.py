"""The page behind a link: somebody becomes a colleague, or a colleague chooses a new password."""

from typing import Any

from allauth.core.internal import ratelimit
from django import forms
from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from people import invitations
from people.invite import CannotInvite
from people.models import Invitation, User
from socialcrm.login import counted


class PasswordForm(forms.Form):
    """A password, and once more against slips."""

    password = forms.CharField(
        label=_("Password"), strip=False, max_length=1_000, error_messages={"required": _("Choose a password.")}
    )
    again = forms.CharField(
        label=_("The same password again"),
        strip=False,
        max_length=1_000,
        error_messages={"required": _("Enter the password again.")},
    )

    def clean(self) -> dict[str, Any]:
        """Both are the same."""
        said = dict(super().clean() or {})
        if "password" in said and "again" in said and said["password"] != said["again"]:
            self.add_error("again", gettext("This is another password than above. Enter the same one."))
        return said


class JoinForm(PasswordForm):
    """Somebody new."""

    name = forms.CharField(
        label=_("Name"), max_length=150, error_messages={"required": _("Write your name: colleagues see it.")}
    )
    username = forms.CharField(
        label=_("User name"), max_length=150, error_messages={"required": _("Choose a user name to log in with.")}
    )


@login_not_required
@never_cache
@counted
@require_http_methods(["GET", "HEAD", "POST"])
def join(request: HttpRequest, token: str) -> HttpResponseBase:
    """GET: asks for a name and a password. POST: they are somebody's. A link that does not work never says why."""
    if not ratelimit.consume(request, app="allauth.account", action="join", limit_get=True):
        return render(request, "429.html", status=429)
    try:
        invitation = invitations.find(token)
        if request.user.is_authenticated:
            return render(request, "account/join_other.html", {"invitation": invitation})
        kind = PasswordForm if invitation.user_id else JoinForm
        form = kind(request.POST or None, initial=_proposed(invitation), label_suffix="")
        if request.method == "POST" and form.is_valid():
            done = _act(request, token, invitation, form)
            if done is not None:
                return done
        return render(
            request, "account/join.html", {"form": form, "invitation": invitation}, status=422 if form.errors else 200
        )
    except invitations.LinkGone:
        return render(request, "account/join_gone.html", status=404)


def _act(request: HttpRequest, token: str, invitation: Invitation, form: forms.Form) -> HttpResponse | None:
    """What the form asks for; None where it will not do, with the reason beside its field."""
    said = form.cleaned_data
    try:
        if invitation.user_id:
            invitations.set_password(token, said["password"])
            return render(request, "account/join_password.html")
        user = invitations.accept(
            token, username=said["username"], name=" ".join(said["name"].split()), password=said["password"]
        )
    except CannotInvite as error:
        form.add_error(error.field if error.field in form.fields else None, str(error))
        return None
    # They have no second factor yet, so the password that they have just chosen is all that a log-in asks for.
    login(request, user, backend=settings.AUTHENTICATION_BACKENDS[0])
    return redirect(settings.LOGIN_REDIRECT_URL)


def _proposed(invitation: Invitation) -> dict[str, str]:
    """The name as it was written, and a user name that may be free."""
    username = (invitation.email.split("@")[0] or invitation.name.split(" ")[0]).casefold()
    proposed = "".join(character for character in username if character.isalnum() or character in "@.+-_")
    taken = User.objects.filter(username__iexact=proposed).exists()
    return {"name": invitation.name, "username": "" if taken else proposed}

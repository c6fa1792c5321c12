"""Settings: what the company is called, where it is, and whether everybody needs a second factor."""

from zoneinfo import available_timezones

from allauth.mfa.models import Authenticator
from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods

from inbox.views.frame import Request
from people import company
from people.access import for_admins


class CompanyForm(forms.Form):
    """What an admin says of the company."""

    name = forms.CharField(
        label=_("Name"),
        max_length=80,
        widget=forms.TextInput({"autocomplete": "organization", "dir": "auto"}),
        help_text=_("It stands on every page."),
        error_messages={"required": _("Write the name of your company.")},
    )
    time_zone = forms.ChoiceField(
        label=_("Time zone"),
        required=False,
        help_text=_("Of colleagues who chose none."),
        error_messages={"invalid_choice": _("There is no such time zone. Choose one of the list.")},
    )
    language = forms.ChoiceField(
        label=_("Language"),
        required=False,
        choices=[("", _("As the browser asks")), *settings.LANGUAGES],
        help_text=_("Of colleagues who chose none."),
        error_messages={"invalid_choice": _("SocialCRM does not speak this language yet.")},
    )
    needs_second_factor = forms.BooleanField(
        label=_("Everybody needs a second factor"),
        required=False,
        help_text=_("Whoever has none sets one up before they see anything else."),
    )

    def __init__(self, *args: object, has_factor: bool, **options: object) -> None:
        super().__init__(*args, **options)  # type: ignore[arg-type]
        self.label_suffix, self.has_factor = "", has_factor
        zone = self.fields["time_zone"]
        if isinstance(zone, forms.ChoiceField):
            as_server = gettext("As the server: %(zone)s") % {"zone": settings.TIME_ZONE}
            zone.choices = [("", as_server), *((one, one.replace("_", " ")) for one in sorted(available_timezones()))]
        if settings.WORKSPACE_NAME:
            self.fields["name"].disabled = True
            self.fields["name"].help_text = gettext(
                "The environment variable WORKSPACE_NAME says so. Take it away to change the name here."
            )

    def clean_needs_second_factor(self) -> bool:
        """Who asks it of everybody has one."""
        wanted = bool(self.cleaned_data["needs_second_factor"])
        if wanted and not self.has_factor:
            raise forms.ValidationError(gettext("Set up your own second factor first, under Your settings, Security."))
        return wanted


@require_http_methods(["GET", "HEAD", "POST"])
@for_admins
def index(request: Request) -> HttpResponse:
    """GET: what is known. POST: it is as was said; from the set-up, back to it."""
    known = company.load()
    start = {name: getattr(known, name) for name in ("name", "time_zone", "language", "needs_second_factor")}
    if settings.WORKSPACE_NAME:
        start["name"] = settings.WORKSPACE_NAME
    has_factor = known.needs_second_factor or Authenticator.objects.filter(user=request.user).exists()
    form = CompanyForm(request.POST if request.method == "POST" else None, initial=start, has_factor=has_factor)
    back = "welcome" if request.GET.get("back") == "welcome" else "company"
    if form.is_valid():
        said = dict(form.cleaned_data)
        if settings.WORKSPACE_NAME:
            del said["name"]
        company.change(**said)
        messages.success(request, gettext("Saved"))
        return redirect(back)
    context = {"form": form, "back": back, "at": "company", "nav": "settings"}
    return render(request, "inbox/people/company.html", context, status=422 if form.errors else 200)

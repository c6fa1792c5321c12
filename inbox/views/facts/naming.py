"""What a person is called."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods
from django_htmx.http import HttpResponseClientRedirect

from contacts.models import Contact
from inbox.facts import naming
from inbox.facts.forms import NameForm
from inbox.views.facts.frame import About, Dialog, fill, of_person
from inbox.views.frame import Request


@require_http_methods(["GET", "HEAD", "POST"])
@of_person
def rename(request: Request, about: About) -> HttpResponse:
    """GET: asks for the name. POST: this is what they are called here."""
    now = Contact.objects.values_list("name", flat=True).get(pk=about.person)
    form = NameForm(request.POST if request.method == "POST" else None, initial={"name": now})

    def act(said: dict[str, Any]) -> HttpResponse:
        contact = naming.rename(about.person, name=said["name"], by=request.user, at=timezone.now())
        messages.success(request, gettext("Renamed to %(name)s") % {"name": contact.name})
        return HttpResponseClientRedirect(about.url) if request.htmx else redirect(about.url)

    hint = gettext("Their accounts keep the names that they have at their networks.")
    return fill(request, about, form, act, Dialog(gettext("Rename"), gettext("Rename"), hint=hint))

"""Settings: how well messages are routed, the models that were trained here, and what they learn from."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from contacts.refused import Refused
from inbox import lessons_page, quality, quality_models, quality_page
from inbox.facts.forms import FactForm
from inbox.views.facts.frame import Dialog, fill
from inbox.views.facts.kinds import Settings, saved
from inbox.views.frame import Request
from people.access import for_managers, wants_fragment
from routing import promotion
from routing.models import Example, TrainedModel
from socialcrm import jobs


class BackForm(FactForm):
    """Why another model is to decide."""

    reason = forms.CharField(
        label=_("Why"),
        max_length=500,
        widget=forms.Textarea({"rows": 2, "dir": "auto"}),
        error_messages={"required": _("Say why. It is kept with the model.")},
    )


@require_safe
@for_managers
def show(request: Request) -> HttpResponse:
    """The page; for htmx the list of examples alone, when it is searched or goes on."""
    now = timezone.now()
    learnt = lessons_page.load(request.GET.get("q", ""), request.GET.get("after", ""), now)
    if wants_fragment(request):
        template = "inbox/routing/_lessons_rows.html" if learnt["is_more"] else "inbox/routing/_lessons.html"
        return render(request, template, learnt)
    context = {"nav": "settings", **quality_page.page(now), **learnt}
    return render(request, "inbox/routing/quality.html", context)


@require_safe
@for_managers
def box(request: Request) -> HttpResponse:
    """The classifier in a few figures, as a part of the page of rules."""
    return render(request, "inbox/routing/_classifier_box.html", quality_page.box(timezone.now()))


@require_safe
@for_managers
def models(request: Request) -> HttpResponse:
    """The list of models, asked for again and again while one is trained."""
    if not wants_fragment(request):
        return redirect("quality")
    return _models(request)


@require_POST
@for_managers
def learn(request: Request) -> HttpResponse:
    """Train on what was put right so far, even if it is little."""
    promotion.ask(by=request.user, reason=request.POST.get("reason", "").replace("\0", "")[:500])
    jobs.later(jobs.TRAIN)
    if wants_fragment(request):
        return _models(request)
    messages.success(request, gettext("The training begins in a moment. It takes some minutes."))
    return redirect("quality")


@require_http_methods(["GET", "HEAD", "POST"])
@for_managers
def back(request: Request, pk: int) -> HttpResponse:
    """GET: asks why. POST: this model decides again; 0 is the shipped one."""
    model = get_object_or_404(TrainedModel.objects.defer("weights"), pk=pk) if pk else None
    version = (model.version or "") if model else promotion.SHIPPED
    form = BackForm(request.POST if request.method == "POST" else None)

    def act(said: dict[str, Any]) -> HttpResponse:
        try:
            promotion.roll_back(version, by=request.user, reason=said["reason"])
        except promotion.Refused as error:
            raise Refused(str(error)) from error
        return saved(request, _page().url, gettext("This model decides from now on"))

    title = (
        gettext("Put model %(version)s in use again") % {"version": version} if pk else gettext("Use the shipped model")
    )
    hint = gettext(
        "New messages are decided by it at once. What was decided stays. The next training is compared with it."
    )
    dialog = Dialog(title, gettext("Put in use"), hint=hint)
    return fill(request, _page(), form, act, dialog)


@require_POST
@for_managers
def withdraw(request: Request, pk: int) -> HttpResponse:
    """Nobody learns from this example any more; the conversation stays where it is."""
    get_object_or_404(Example, pk=pk).delete()
    said = gettext("Taken out. The next training does without it.")
    if wants_fragment(request):
        return render(request, "inbox/routing/_lesson_gone.html", {"pk": pk, "said": said})
    messages.success(request, said)
    return redirect("quality")


def _models(request: Request) -> HttpResponse:
    now = timezone.now()
    context = quality_page.models_part(quality_models.newest(), quality.load(now), now)
    return render(request, "inbox/routing/_models.html", context)


def _page() -> Settings:
    return Settings(reverse("quality"))

"""How sure the classifier must be before it decides alone."""

from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_http_methods

from inbox import quality_page
from inbox.ruling import book as books
from inbox.ruling import changing
from inbox.ruling.names import Names
from inbox.ruling.threshold_forms import ThresholdsForm
from inbox.views.frame import Request
from inbox.views.routing.dialogs import Dialog, fill
from inbox.views.routing.frame import changed, editing, revision_of


@require_http_methods(["GET", "HEAD", "POST"])
@editing
def thresholds(request: Request) -> HttpResponse:
    """GET: the figures with what they mean. POST: they are in the draft."""
    curves = quality_page.curves()
    chosen = {one["slug"]: one["chosen"] for one in curves if one["chosen"]} if "choose" in request.GET else {}
    now = {**books.load().thresholds, **chosen}
    form = ThresholdsForm(request.POST if request.method == "POST" else None, now, Names(), curves)

    def act(said: dict[str, Any]) -> HttpResponse:
        changing.set_thresholds(request.user, revision_of(request), form.thresholds())
        return changed(request, gettext("The thresholds are in the draft"))

    dialog = Dialog(
        gettext("Thresholds"),
        gettext("Save in the draft"),
        reverse("routing"),
        template="inbox/routing/_thresholds.html",
        more={"curves": curves, "is_chosen": bool(chosen)},
    )
    return fill(request, form, act, dialog)

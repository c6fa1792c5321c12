"""Trying again to take in what was rejected or set aside."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from connectors.models import Channel, Receipt
from connectors.views.ledger import Asked
from inbox.drain import retry
from inbox.numbers import row_number
from inbox.views.frame import Request
from people.access import for_admins

# One press takes so many along; pressing again takes the next.
_MOST = 1_000


@require_POST
@for_admins
def again(request: Request, pk: int) -> HttpResponse:
    """One receipt of a channel, or all of a stretch of time: they wait once more, with nothing counted against them."""
    channel = get_object_or_404(Channel, pk=pk)
    kept = Receipt.objects.filter(channel=channel)
    one = row_number(request.POST.get("receipt", ""))
    found = Asked(request.POST).narrow(kept) if one is None else kept.filter(pk=one)
    tried = retry(list(found.exclude(state=Receipt.State.PENDING).values_list("pk", flat=True)[:_MOST]))
    said = ngettext("%(n)s is tried again", "%(n)s are tried again", tried) % {"n": tried}
    messages.success(request, said)
    back = request.POST.get("back", "")
    is_ours = back.startswith("/") and url_has_allowed_host_and_scheme(back, None)
    return redirect(back if is_ours else reverse("receipts", args=[pk]))

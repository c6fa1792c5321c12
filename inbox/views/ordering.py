"""How somebody's lists of conversations are sorted."""

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from inbox.filters import Filters
from inbox.orders import Order
from inbox.views.frame import Request, query_behind, refuse, scope_of, view_behind
from people.models import User


class OrderForm(forms.Form):
    """One of the orders."""

    order = forms.ChoiceField(
        choices=Order.choices,
        error_messages={"required": _("Choose an order."), "invalid_choice": _("There is no such order.")},
    )


@require_POST
def choose(request: Request) -> HttpResponse:
    """All lists of theirs are sorted like this from now on, a saved view until they leave it; back to the list, or the
    conversation, they came from."""
    form = OrderForm(request.POST)
    if not form.is_valid():
        return refuse(request, str(form.errors["order"][0]), status=422)
    order = form.cleaned_data["order"]
    slug, current = view_behind(request)
    if slug.startswith("v/"):
        # A saved view may have an order of its own, so it is only for this once, unless they save it.
        kept = scope_of(request, slug).filters.query(order=order)
    else:
        User.objects.filter(pk=request.user.pk).update(list_order=order)
        kept = Filters.parse(query_behind(request)).query(order="")
    return redirect((reverse("conversation", args=[slug, current]) if current else reverse("view", args=[slug])) + kept)

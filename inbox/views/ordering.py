"""How somebody's lists of conversations are sorted."""

from urllib.parse import urlsplit

from django import forms
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from inbox.lists import Filters
from inbox.orders import Order
from inbox.views.frame import Request, refuse, view_behind
from people.models import User


class OrderForm(forms.Form):
    """One of the orders."""

    order = forms.ChoiceField(
        choices=Order.choices,
        error_messages={"required": _("Choose an order."), "invalid_choice": _("There is no such order.")},
    )


@require_POST
def choose(request: Request) -> HttpResponse:
    """All lists of theirs are sorted like this from now on; back to the list, or the conversation, they came from."""
    form = OrderForm(request.POST)
    if not form.is_valid():
        return refuse(request, str(form.errors["order"][0]), status=422)
    User.objects.filter(pk=request.user.pk).update(list_order=form.cleaned_data["order"])
    slug, current = view_behind(request)
    kept = Filters.parse(_query_behind(request)).query(order="")
    return redirect((reverse("conversation", args=[slug, current]) if current else reverse("view", args=[slug])) + kept)


def _query_behind(request: Request) -> QueryDict:
    """The filters of the page that somebody came from; none where it cannot be read."""
    try:
        return QueryDict(urlsplit(request.headers.get("Referer", "")).query)
    except ValueError:
        return QueryDict()

"""What people see once a channel is stored: what has to be copied, shown this one time."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_POST

from connectors import addressed, connect, forms, subscribe
from connectors.connect import Candidate
from connectors.guides import translated
from connectors.models import Channel
from connectors.protocol import Connector
from connectors.registry import CONNECTORS
from connectors.views.channels import opened
from people.access import Request, for_admins, wants_fragment


@require_POST
@for_admins
def values(request: Request, pk: int) -> HttpResponse:
    """Make the values that have to be copied anew, and show them. The old ones are worth nothing from then on."""
    channel = get_object_or_404(Channel, pk=pk)
    made = connect.make_anew(channel, by=request.user)
    if not made:
        raise Http404
    messages.success(request, gettext("New values are made"))
    return shown(request, channel, copies(request, channel, made, made.keys()))


@sensitive_variables()
def saved(request: Request, candidate: Candidate, channel: Channel, *, subscribes: bool = True) -> HttpResponse:
    """The channel's page after saving: we ask for its webhooks, and what has to be copied is shown."""
    messages.success(request, gettext("%(name)s is saved") % {"name": channel})
    if subscribes:
        subscribe_too(request, channel)
    return shown(request, channel, copies(request, channel, candidate.secrets, candidate.made))


def subscribe_too(request: Request, channel: Channel) -> None:
    """Ask for the channel's webhooks. It works without them, so a refusal is said and that is all."""
    if not channel.is_active or not subscribe.can_subscribe(channel):
        return
    error = subscribe.subscribe(channel, addressed.webhook(request, channel))
    if error is not None:
        said = gettext("Webhooks are not set up; polling brings everything all the same.")
        messages.error(request, f"{said} {forms.complaint(error, CONNECTORS[channel.network])}")


@sensitive_variables()
def copies(request: Request, channel: Channel, secrets: Any, fresh: Any) -> list[dict[str, str]]:
    """What has to be written elsewhere: values that were made just now, and with them our address."""
    kind: type[Connector] = CONNECTORS[channel.network]
    found = [
        {"name": one.name, "label": translated(one.label), "value": secrets[one.name], "help": translated(one.help)}
        for one in kind.fields
        if one.copied and one.secret and one.generated and one.name in fresh
    ]
    if found and kind.takes_webhooks:
        address = addressed.webhook(request, channel)
        found.insert(0, {"name": "webhook", "label": gettext("Webhook address"), "value": address, "help": ""})
    return found


@sensitive_variables()
def shown(request: Request, channel: Channel, to_copy: list[dict[str, str]]) -> HttpResponse:
    """The channel's page in the answer itself: what is shown once cannot be fetched by an address."""
    address = reverse("channel", args=[channel.pk])
    context = opened(request, channel, copies=to_copy, address=address)
    if wants_fragment(request):
        response = render(request, "connectors/_saved.html", context)
        response["HX-Retarget"], response["HX-Reswap"], response["HX-Push-Url"] = "#main", "outerHTML", address
        return response
    return render(request, "connectors/channels.html", context)

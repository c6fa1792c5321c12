"""Coming back from a network's page where somebody has signed in."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_GET

from connectors import connect, forms, signin
from connectors.connect import Incorrect
from connectors.protocol import ConnectorError
from connectors.registry import CONNECTORS
from connectors.views.saved import copies, shown, subscribe_too
from people.access import Request, for_admins


@require_GET
@for_admins
@sensitive_variables()
def callback(request: Request) -> HttpResponse:
    """Take the code that the network has sent along, and lead to the channel in every case."""
    begun = signin.channel_of(request.session)
    try:
        channel = signin.finish(request.session, request.user, request.GET.dict())
    except (signin.Refused, Incorrect) as error:
        messages.error(request, str(error))
        return redirect("channels")
    except ConnectorError as error:
        if begun is None:
            raise
        messages.error(request, forms.complaint(error, CONNECTORS[begun.network]))
        return redirect("channel", begun.pk)
    messages.success(request, gettext("%(name)s is connected") % {"name": channel})
    made = connect.make_anew(channel, by=request.user) if begun and begun.connected_at is None else {}
    subscribe_too(request, channel)
    if made:
        return shown(request, channel, copies(request, channel, made, made.keys()))
    return redirect("channel", channel.pk)

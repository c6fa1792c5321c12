"""The list of channels, with one of them beside it: how it is, its form, what can be done with it."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from connectors import addressed, backfills, disconnect, drawing, forms, guides, overview, subscribe, watching
from connectors.models import Channel
from connectors.registry import CONNECTORS
from connectors.sentences import told
from people.access import Request, for_admins


@require_safe
@for_admins
def channels(request: Request) -> HttpResponse:
    """All channels: state, last pull, calls left, and the ledger's numbers; and the networks to connect."""
    return render(request, "connectors/channels.html", listed())


@require_POST
@for_admins
def pull_all(request: Request) -> HttpResponse:
    """Bring in what is new on every channel, now."""
    found = Channel.objects.filter(is_active=True, pull__next_at__isnull=False)
    for channel in found:
        disconnect.pull_now(channel)
    n = len(found)
    messages.success(request, ngettext("Pulling %(n)s channel", "Pulling %(n)s channels", n) % {"n": n})
    return redirect("channels")


@require_POST
@for_admins
def pull(request: Request, pk: int) -> HttpResponse:
    """Bring in what is new on one channel, now."""
    channel = get_object_or_404(Channel, pk=pk)
    disconnect.pull_now(channel)
    messages.success(request, gettext("Pulling %(name)s") % {"name": channel})
    return redirect("channel", pk)


@require_POST
@for_admins
def pause(request: Request, pk: int) -> HttpResponse:
    """Let a channel rest: nothing comes in until it is resumed."""
    channel = get_object_or_404(Channel, pk=pk)
    disconnect.pause(channel)
    messages.success(request, gettext("%(name)s is paused") % {"name": channel})
    return redirect("channel", pk)


@require_POST
@for_admins
def resume(request: Request, pk: int) -> HttpResponse:
    """Let a channel go on."""
    channel = get_object_or_404(Channel, pk=pk)
    disconnect.resume(channel)
    messages.success(request, gettext("%(name)s goes on") % {"name": channel})
    return redirect("channel", pk)


@require_http_methods(["GET", "HEAD", "POST"])
@for_admins
def leave(request: Request, pk: int) -> HttpResponse:
    """GET: what disconnecting means. POST: disconnect."""
    channel = get_object_or_404(Channel, pk=pk)
    if request.method != "POST":
        fragment = request.htmx and not request.htmx.history_restore_request
        template = "connectors/_disconnect.html" if fragment else "connectors/disconnect.html"
        return render(request, template, {"nav": "settings", "at": "channels", "channel": channel})
    error = disconnect.disconnect(channel)
    if error is not None:
        said = gettext("%(name)s is disconnected here. %(network)s did not take our access back: %(words)s %(remedy)s")
        values = {"words": told(error.message), "remedy": told(error.remedy)}
        values |= {"name": str(channel), "network": _label(channel)}
        messages.error(request, said % values)
    else:
        messages.success(request, gettext("%(name)s is disconnected") % {"name": channel})
    return redirect("channel", pk)


@require_POST
@for_admins
def remove(request: Request, pk: int) -> HttpResponse:
    """Forget a channel that was never finished."""
    channel = get_object_or_404(Channel, pk=pk)
    if not disconnect.remove_draft(channel):
        messages.error(request, gettext("%(name)s has a history, which stays. Disconnect it.") % {"name": channel})
        return redirect("channel", pk)
    messages.success(request, gettext("%(name)s is removed") % {"name": channel})
    return redirect("channels")


@require_POST
@for_admins
def subscription(request: Request, pk: int) -> HttpResponse:
    """Ask the network once more to deliver to us."""
    channel = get_object_or_404(Channel, pk=pk)
    if not subscribe.can_subscribe(channel):
        raise Http404
    error = subscribe.subscribe(channel, addressed.webhook(request, channel))
    if error is not None:
        messages.error(request, forms.complaint(error, CONNECTORS[channel.network]))
    else:
        messages.success(request, gettext("%(network)s delivers to us now") % {"network": _label(channel)})
    return redirect("channel", pk)


def listed(chosen: int | None = None) -> dict[str, Any]:
    """What the list needs."""
    found = overview.rows()
    kinds = [one["kind"] for one in found]
    return {
        "nav": "settings",
        "at": "channels",
        "channels": found,
        "chosen": next((one for one in found if one["id"] == chosen), None),
        "working": kinds.count("good"),
        "caring": kinds.count("warn"),
        "broken": kinds.count("bad"),
        "can_pull": any(one["pulls"] and one["is_active"] for one in found),
        "gallery": guides.gallery(),
    }


def opened(request: Request, channel: Channel, **changes: Any) -> dict[str, Any]:
    """What the list needs with one channel beside it. `changes` are what somebody has entered, tried or saved."""
    context = listed(channel.pk) | {"watch": watching.facts(channel), "backfill": backfills.facts(channel)}
    kind = CONNECTORS.get(channel.network)
    if kind is not None and kind.guide is not None:
        addresses = {"callback": addressed.callback(request)}
        if kind.takes_webhooks:
            addresses["webhook"] = addressed.webhook(request, channel)
        context |= {
            "form": forms.draw(kind, channel=channel),
            "guide": guides.guide_of(kind, addresses),
            "webhook": addresses.get("webhook", ""),
            "maps": drawing.can_draw(channel),
            "subscribes": subscribe.can_subscribe(channel),
            "to_copy": [
                guides.translated(one.label) for one in kind.fields if one.copied and one.generated and one.secret
            ],
        }
    return context | changes


def _label(channel: Channel) -> str:
    kind = CONNECTORS.get(channel.network)
    return guides.translated(kind.label) if kind else channel.network

"""Settings: who and what is blocked, by whom and why, and how much that sets aside."""

from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from inbox import blocking
from inbox.facts.forms import FactForm
from inbox.numbers import row_number
from inbox.presentation import short_date
from inbox.rows import mate
from inbox.views.facts.frame import Dialog, fill
from inbox.views.facts.kinds import Settings, saved
from inbox.views.frame import Request
from people.access import for_managers
from people.shares import grouped
from routing.models import Block

_PAGE = 100


class HostForm(FactForm):
    """A domain or a server, and why."""

    kind = forms.ChoiceField(
        label=_("What it is"),
        choices=[
            (Block.Kind.DOMAIN, _("Domain of e-mails and links")),
            (Block.Kind.SERVER, _("Server of handles, like that of @ann@server.example")),
        ],
    )
    value = forms.CharField(
        label=_("Domain or server"),
        max_length=300,
        widget=forms.TextInput({"autocomplete": "off", "spellcheck": "false", "placeholder": "shop.example"}),
        help_text=_("What is below it is blocked, too."),
        error_messages={"required": _("Write the domain or the server.")},
    )
    reason = forms.CharField(
        label=_("Reason"), required=False, max_length=1_000, widget=forms.Textarea({"rows": 2, "dir": "auto"})
    )
    is_sure = forms.BooleanField(label=_("I mean all of them, however many"), required=False)


@require_safe
@for_managers
def index(request: Request) -> HttpResponse:
    """What is in force, newest first, and what was lifted lately."""
    named, now = blocking.lately(), timezone.now()
    standing = Block.objects.filter(lifted_at=None).select_related("by").order_by("-at", "-pk")
    before = row_number(request.GET.get("before", ""))
    if before is not None:
        standing = standing.filter(pk__lt=before)
    found = list(standing.order_by("-pk")[: _PAGE + 1])
    lifted = Block.objects.exclude(lifted_at=None).select_related("by", "lifted_by").order_by("-pk")[:10]
    context: dict[str, Any] = {
        "nav": "settings",
        "at": "blocks",
        "rows": [_row(one, named, now) for one in found[:_PAGE]],
        "lifted": [_row(one, named, now) for one in lifted],
        "next_url": reverse("blocks", query={"before": found[_PAGE - 1].pk}) if len(found) > _PAGE else "",
        "looked_at": grouped(blocking.LOOKED_AT),
    }
    return render(request, "inbox/routing/blocks.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@for_managers
def new(request: Request) -> HttpResponse:
    """GET: asks for a domain or a server. POST: what comes from there is set aside from now on."""
    form = HostForm(request.POST if request.method == "POST" else None)

    def act(said: dict[str, Any]) -> HttpResponse:
        choice = blocking.of_host(said["kind"], said["value"])
        blocking.block(choice, by=request.user, reason=said["reason"], is_sure=said["is_sure"])
        return saved(request, reverse("blocks"), gettext("Blocked: %(who)s") % {"who": choice.label})

    hint = gettext("What comes from there is set aside, not deleted.")
    return fill(request, Settings(reverse("blocks")), form, act, Dialog(gettext("Block"), gettext("Block"), hint=hint))


@require_POST
@for_managers
def lift(request: Request, pk: int) -> HttpResponse:
    """What comes from there is read again."""
    found = get_object_or_404(Block, pk=pk)
    lifted = blocking.lift(pk, by=request.user)
    said = gettext("Lifted: %(who)s") if lifted else gettext("%(who)s had been lifted already")
    return saved(request, reverse("blocks"), said % {"who": found.label or found.value})


def _row(block: Block, named: dict[tuple[str, str], int], now: Any) -> dict[str, Any]:
    return {
        "id": block.pk,
        "kind": block.kind,
        "kind_name": block.get_kind_display(),
        "label": block.label or block.value,
        "network": block.value.partition(":")[0] if block.kind in (Block.Kind.PERSON, Block.Kind.TRUSTED) else "",
        "reason": block.reason,
        "by": mate(block.by_id, str(block.by)) if block.by else None,
        "when": short_date(block.at, now),
        "count": named.get((block.kind, block.value), 0),
        "lifted_by": mate(block.lifted_by_id, str(block.lifted_by)) if block.lifted_by else None,
        "lifted": short_date(block.lifted_at, now) if block.lifted_at else "",
    }

"""The form of a channel: filled in, tried, saved; for a new one and for one that is there."""

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_http_methods

from connectors import addressed, connect, forms, guides, signin, trial
from connectors.connect import Candidate, Incorrect
from connectors.looks import is_draft
from connectors.models import Channel
from connectors.protocol import Connector, ConnectorError
from connectors.registry import CONNECTORS
from connectors.views.channels import opened
from connectors.views.saved import saved
from people.access import Request, for_admins, wants_fragment


@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters()
@for_admins
def new(request: Request, network: str) -> HttpResponse:
    """The guide and the form of a network. POST tries, saves, or leaves for the network's page to sign in."""
    kind = CONNECTORS.get(network)
    if kind is None or kind.guide is None:
        raise Http404
    if request.method == "POST":
        return _Form(request, kind).act()
    form = forms.draw(kind)
    form["name"] = _free_name(guides.translated(kind.label))
    return render(request, "connectors/new.html", guided(request, kind) | {"form": form})


@require_http_methods(["GET", "HEAD", "POST"])
@sensitive_post_parameters()
@for_admins
def channel(request: Request, pk: int) -> HttpResponse:
    """One channel beside the list of all. POST tries, saves, or leaves for the network's page to sign in."""
    found = get_object_or_404(Channel, pk=pk)
    kind = CONNECTORS.get(found.network)
    if request.method != "POST":
        return render(request, "connectors/channels.html", opened(request, found))
    if kind is None or kind.guide is None:
        raise Http404
    return _Form(request, kind, found).act()


def guided(request: Request, kind: type[Connector]) -> dict[str, Any]:
    """What the page of a new channel needs beside its form."""
    guide = guides.guide_of(kind, {"callback": addressed.callback(request)})
    return {
        "nav": "settings",
        "at": "channels",
        "network": kind.network,
        "label": guides.translated(kind.label),
        "guide": guide,
    }


class _Form:
    """A form that was sent, and what its answer needs."""

    @sensitive_variables()
    def __init__(self, request: Request, kind: type[Connector], channel: Channel | None = None) -> None:
        self.request, self.kind, self.is_new = request, kind, channel is None
        self.entered = forms.read(kind, request.POST)
        self.channel = channel or self._own_draft()

    @sensitive_variables()
    def act(self) -> HttpResponse:
        """Do what the button says. Whatever is wrong is said beside the form, which keeps what was entered."""
        doing = self.request.POST.get("do", "save")
        try:
            candidate = self._candidate()
            if doing == "sign-in" and self.kind.signs_in:
                return self._leave(candidate)
            if doing != "test" and self._only_renames(candidate):
                return self._renamed(candidate)
            tried = trial.run(candidate)
            if doing == "test" or tried.failed:
                return self._again(tried=tried, errors=_at_field(tried, self.kind, candidate))
            return saved(self.request, candidate, connect.store(candidate, tried.handle, by=self.request.user))
        except Incorrect as error:
            return self._again(errors=error.errors)
        except ConnectorError as error:
            return self._again(errors={"network": forms.complaint(error, self.kind)})

    def _own_draft(self) -> Channel | None:
        """Whoever starts over after leaving for the network's page goes on with what they have begun."""
        drafts = Channel.objects.filter(network=self.kind.network, name=self.entered["name"].strip(), is_active=False)
        found = drafts.select_related("pull").first()
        return found if found is not None and is_draft(found) else None

    @sensitive_variables()
    def _candidate(self) -> Candidate:
        if self.channel is not None:
            return connect.prepare_change(self.channel, **self.entered)
        return connect.prepare(network=self.kind.network, **self.entered)

    def _only_renames(self, candidate: Candidate) -> bool:
        before = candidate.before
        return (
            candidate.keeps_secrets
            and before is not None
            and before.connected_at is not None
            and before.settings == candidate.channel.settings
            and before.name != candidate.channel.name
        )

    def _renamed(self, candidate: Candidate) -> HttpResponse:
        candidate.channel.save(update_fields=["name"])
        return saved(self.request, candidate, candidate.channel, subscribes=False)

    @sensitive_variables()
    def _leave(self, candidate: Candidate) -> HttpResponse:
        request = self.request
        address, channel = signin.start(request.session, request.user, candidate, addressed.callback(request))
        if request.htmx:
            return HttpResponse(headers={"HX-Redirect": address})
        # A form may lead nowhere but to us (the content policy); this page's link and its refresh may.
        context = {
            "nav": "settings",
            "at": "channels",
            "address": address,
            "label": guides.translated(self.kind.label),
            "channel": channel,
        }
        return render(request, "connectors/leave.html", context)

    def _again(self, *, tried: trial.Trial | None = None, errors: Any = None) -> HttpResponse:
        form = forms.draw(self.kind, entered=self.entered, channel=self.channel, errors=errors)
        context = {"form": form, "tried": tried, "label": guides.translated(self.kind.label)}
        status = 422 if errors or (tried and tried.failed) else 200
        if wants_fragment(self.request):
            return render(self.request, "connectors/_tried.html", context, status=status)
        if self.channel is not None and not self.is_new:
            beside = opened(self.request, self.channel, **context)
            return render(self.request, "connectors/channels.html", beside, status=status)
        return render(self.request, "connectors/new.html", guided(self.request, self.kind) | context, status=status)


def _free_name(label: str) -> str:
    """A name to start with."""
    taken = set(Channel.objects.filter(name__startswith=label).values_list("name", flat=True))
    names = [label, *(f"{label} {n}" for n in range(2, len(taken) + 2))]
    return next(name for name in names if name not in taken)


def _at_field(tried: trial.Trial, kind: type[Connector], candidate: Candidate) -> dict[str, str]:
    """A refusal that can only be about one secret is said at its field."""
    secrets = [one.name for one in kind.fields if one.secret and not one.generated and one.name in candidate.secrets]
    refusals = [step.error for step in tried.steps if step.error is not None and step.error.permanent]
    if len(secrets) != 1 or not refusals or len(refusals) != tried.failed:
        return {}
    return {secrets[0]: forms.complaint(refusals[0], kind)}

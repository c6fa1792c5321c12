"""What departments share about a conversation: who takes part, its way, its links, and who follows it."""

from typing import Any

from django import forms
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from contacts.models import Contact
from inbox import triage
from inbox.facts.forms import FactForm, ReasonForm
from inbox.models import Conversation
from inbox.numbers import row_number
from inbox.together import chain, contributing, following, linking
from inbox.views.facts.frame import Dialog, fill
from inbox.views.facts.kinds import Settings
from inbox.views.frame import Request, answer, at_hand, refuse, refusing
from people.access import wants_fragment
from people.models import Department


class AskForm(FactForm):
    """Which department, and why."""

    department = forms.ModelChoiceField(
        Department.objects.order_by("position", "pk"),
        to_field_name="slug",
        label=_("Department"),
        empty_label=_("Choose a department"),
        error_messages={"invalid_choice": _("There is no such department.")},
    )
    reason = forms.CharField(
        label=_("Reason, shown on the timeline"),
        max_length=contributing.LONGEST_REASON,
        widget=forms.Textarea({"rows": 3, "dir": "auto"}),
        error_messages={"required": _("Say why: whoever is asked sees your reason.")},
    )

    def offer(self, conversation: Conversation) -> None:
        """Those that could still be asked; what became of another one meanwhile is told when it is chosen."""
        field: Any = self.fields["department"]
        others = field.queryset.exclude(pk=conversation.department_id)
        others = others.exclude(contributions__conversation=conversation.pk)
        field.choices = lambda: [("", field.empty_label), *((one.slug, one.name) for one in others)]


@require_safe
def show(request: Request, pk: int) -> HttpResponse:
    """All of it, beside the timeline. Seven statements."""
    conversation = _find(request, pk)
    may_act = Conversation.objects.actionable_by(request.user).filter(pk=pk).exists()
    steps = chain.steps(pk)
    followers = following.followers(pk, conversation.identity.contact_id)
    context = {
        "id": pk,
        "may_act": may_act,
        "taking_part": contributing.of(pk),
        "steps": steps,
        "leads_back": chain.leads_back(steps, conversation.department.name),
        "is_often": conversation.handovers >= chain.OFTEN,
        "linked": linking.linked(pk, request.user),
        "followers": followers,
        "follows": request.user in followers,
    }
    return render(request, "inbox/together/_card.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@refusing
def ask(request: Request, pk: int) -> HttpResponse:
    """GET: the departments to choose from. POST: one of them takes part from now on."""
    conversation = at_hand(request, pk)
    form = AskForm(request.POST if request.method == "POST" else None)
    form.offer(conversation)

    def act(said: dict[str, Any]) -> HttpResponse:
        done = contributing.ask(conversation, department=said["department"], by=request.user, reason=said["reason"])
        return answer(request, pk, done.said, deed=done.deed, closes_dialog=True)

    title = gettext("Ask another department to take part")
    return fill(
        request, _page(pk), form, act, Dialog(title, gettext("Ask"), gettext("Its people may answer here, too."))
    )


@require_POST
@refusing
def leave(request: Request, pk: int) -> HttpResponse:
    """A department takes part no more."""
    conversation = at_hand(request, pk)
    department = Department.objects.filter(slug=request.POST.get("department", "").replace("\0", "")).first()
    if department is None:
        return refuse(request, gettext("There is no such department."), status=422)
    done = contributing.leave(conversation, department=department, by=request.user)
    return answer(request, pk, done.said, deed=done.deed)


@require_http_methods(["GET", "HEAD", "POST"])
@refusing
def hand_back(request: Request, pk: int) -> HttpResponse:
    """GET: asks why. POST: it goes back to the department that handed it over, and to the person who had it there."""
    if request.method != "POST":
        at_hand(request, pk)
    to, person, gone = chain.previous(pk)
    form = ReasonForm(request.POST if request.method == "POST" else None)

    def act(said: dict[str, Any]) -> HttpResponse:
        done = triage.hand_over(Conversation(pk=pk), to=to, by=request.user, reason=said["reason"], person=person)
        return answer(request, pk, done.said, deed=done.deed, leaves=True, closes_dialog=True)

    named = {"department": to.name, "name": person or gone}
    title = gettext("Hand back to %(department)s") % named
    hint = ""
    if person is not None:
        hint = gettext("%(name)s, who had it, gets it again.") % named
    elif gone is not None:
        hint = gettext("%(name)s, who had it, does not work there any more, so nobody has it then.") % named
    return fill(request, _page(pk), form, act, Dialog(title, gettext("Hand back"), hint))


@require_http_methods(["GET", "HEAD", "POST"])
@refusing
def link(request: Request, pk: int) -> HttpResponse:
    """GET: what could be meant (`q`). POST: `other` belongs together with this one."""
    conversation = _find(request, pk)
    if request.method == "POST":
        other = row_number(request.POST.get("other", "").strip().removeprefix("#"))
        if other is None:
            return refuse(request, gettext("Choose a conversation, or write its number."), status=422)
        reason = request.POST.get("reason", "").replace("\0", "")
        done = linking.link(conversation, other, by=request.user, reason=reason)
        return answer(request, pk, done.said, deed=done.deed, closes_dialog=True)
    q = request.GET.get("q", "").replace("\0", "")[:200]
    context = {"id": pk, "q": q, "offered": linking.offered(conversation, request.user, q), "url": _page(pk).url}
    if "q" in request.GET and wants_fragment(request):
        return render(request, "inbox/together/_offered.html", context)
    template = "_link" if wants_fragment(request) else "link"
    return render(request, f"inbox/together/{template}.html", context)


@require_POST
@refusing
def unlink(request: Request, pk: int) -> HttpResponse:
    """`other` does not belong together with this one."""
    conversation = at_hand(request, pk)
    other = row_number(request.POST.get("other", ""))
    if other is None:
        return refuse(request, gettext("Choose a link."), status=422)
    done = linking.unlink(conversation, other, by=request.user)
    return answer(request, pk, done.said, deed=done.deed)


@require_POST
@refusing
def follow(request: Request, pk: int) -> HttpResponse:
    """I want to know what happens here, or no longer."""
    at_hand(request, pk)
    done = following.turn(pk, by=request.user)
    # No timeline tells of it.
    return answer(request, pk, done.said, deed=done.deed, is_shared=True)


@require_http_methods(["GET", "HEAD", "POST"])
def follow_person(request: Request, pk: int) -> HttpResponse:
    """GET: the button, for the person's page. POST: I follow this person, or no longer."""
    person = get_object_or_404(Contact, pk=pk, is_erased=False)
    person = person.root or person
    if request.method == "POST":
        follows = following.toggle(request.user, contact=person.pk)
        if not request.htmx:
            return redirect("contact", person.pk)
    else:
        follows = following.follows(request.user, person.pk)
    return render(request, "inbox/together/_follow_person.html", {"person": person.pk, "follows": follows})


def _find(request: Request, pk: int) -> Conversation:
    visible = Conversation.objects.visible_to(request.user)
    found = visible.filter(pk=pk).select_related("identity", "department").first()
    if found is None:
        raise Http404
    return found


def _page(pk: int) -> Settings:
    return Settings(reverse("short", args=[pk]), nav="inbox")

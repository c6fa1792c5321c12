"""The words that a conversation is filed under."""

from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from inbox import reading, tagging
from inbox.models import Conversation
from inbox.views.frame import Request, answer, dialog_context, refusing
from people.access import wants_fragment


class TagForm(forms.Form):
    """Tags to add, divided by commas, and tags to take away."""

    new = forms.CharField(max_length=2_000, required=False)
    off = forms.CharField(max_length=2_000, required=False)

    def added(self) -> list[str]:
        """What to file under."""
        return [one for one in self.cleaned_data["new"].split(",") if one.strip()]

    def removed(self) -> list[str]:
        """What to take away."""
        return [one for one in self.cleaned_data["off"].split(",") if one.strip()]


@require_http_methods(["GET", "HEAD", "POST"])
@refusing
def tags(request: Request, pk: int) -> HttpResponse:
    """GET: the tags that there are. POST: those in `keep` stay of those that were shown (`had`), `new` are added, and
    `off` is taken away."""
    conversation = reading.find(request.user, pk)
    form = TagForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        return _dialog(request, conversation, form)
    shown, kept = request.POST.getlist("had")[:200], set(request.POST.getlist("keep")[:500])
    add = [*form.added(), *(one for one in kept if one not in shown)]
    remove = [*form.removed(), *(one for one in shown if one not in kept)]
    try:
        done = tagging.tag(conversation, add=add, remove=remove, by=request.user)
    except ValueError as error:
        form.add_error("new", str(error))
        return _dialog(request, conversation, form)
    return answer(request, pk, done.said, deed=done.deed, closes_dialog=True)


def _dialog(request: Request, conversation: Conversation, form: TagForm) -> HttpResponse:
    context: dict[str, Any] = dialog_context(request, conversation) | offered(form)
    context |= {"mine": tagging.of(conversation.pk)}
    template = "inbox/_tags.html" if wants_fragment(request) else "inbox/tags.html"
    return render(request, template, context, status=422 if form.errors else 200)


def offered(form: TagForm) -> dict[str, Any]:
    """What the dialog shows."""
    return {"form": form, "known": tagging.known()}

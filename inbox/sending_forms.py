"""What colleagues fill in when a reply is to leave: its files, its posts, its time."""

from datetime import datetime
from typing import Any

from django import forms
from django.utils import timezone

from inbox import later
from inbox.forms import ReplyForm, SeveralNumbers

_LONGEST_TIME = 40


class LaterForm(forms.Form):
    """A time at which a reply is to leave: one that is offered, or one of one's own."""

    later = forms.CharField(max_length=20, required=False)
    later_at = forms.CharField(max_length=_LONGEST_TIME, required=False)

    def clean(self) -> dict[str, Any]:
        """`at` is the time, or nothing where none was chosen."""
        said = super().clean() or self.cleaned_data
        name = said.pop("later", "")
        own = said.pop("later_at", "")
        said["at"] = None
        if name:
            try:
                said["at"] = later.chosen(name, own, timezone.now())
            except ValueError as error:
                self.add_error("later_at", str(error))
        return said


class SendForm(LaterForm, ReplyForm):
    """A reply with everything that its composer holds."""

    split = forms.BooleanField(required=False)
    numbered = forms.BooleanField(required=False)
    file = SeveralNumbers(required=False)

    def clean(self) -> dict[str, Any]:
        """`files`: what was put to the draft, each with its description as it stands in the composer."""
        said = super().clean()
        said["files"] = {pk: str(self.data.get(f"alt-{pk}", "")) for pk in said.pop("file", [])}
        return said


def when(form: LaterForm) -> datetime:
    """The time that was chosen. Raises ValueError where none was, or none that can be."""
    for lines in form.errors.values():
        raise ValueError(str(lines[0]))
    at: datetime | None = form.cleaned_data["at"]
    return at or later.chosen("at", "", timezone.now())

"""What colleagues fill in on the pages of the inbox."""

from datetime import datetime, time
from typing import Any

from django import forms
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _

from inbox.models import Draft
from inbox.numbers import row_numbers
from people.models import TRIAGE, Department, Membership, User

LONGEST = 20_000
"""Characters of a reply or a note; networks take less."""

TOO_LONG = _("The text has %(show_value)d characters, at most %(limit_value)d fit. Shorten it.")
# Days ahead that something can be promised for.
_FARTHEST = 3652
# The highest number that a row can have.
_LARGEST = 2**63 - 1
_MOST_NUMBERS = 100


class SeveralFiles(forms.FileField):
    """Files of one input, as a list; none is an empty one."""

    def __init__(self, **options: Any) -> None:
        super().__init__(widget=_SeveralFilesInput(), **options)

    def clean(self, data: Any, initial: Any = None) -> Any:
        """Each file by itself."""
        return [super(SeveralFiles, self).clean(one) for one in data or ()]


class _SeveralFilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class SeveralKeys(forms.Field):
    """Short names that stand in the page several times, as a set; anything overlong is none of them."""

    widget = forms.MultipleHiddenInput

    def clean(self, value: Any) -> frozenset[str]:
        """At most a hundred of them."""
        return frozenset(one for one in (value or ())[:100] if len(one) <= 50)


class SeveralNumbers(forms.Field):
    """Ids that stand in the page several times; what is none is left out."""

    widget = forms.MultipleHiddenInput

    def clean(self, value: Any) -> list[int]:
        """Each once, in their order."""
        return list(dict.fromkeys(row_numbers((value or ())[:_MOST_NUMBERS])))


class ReplyForm(forms.Form):
    """A reply: its words and files, the click that sends it, who may read it, and what its writer had read."""

    mode = forms.ChoiceField(choices=[("reply", "reply")], error_messages={"invalid_choice": _("This is a note.")})
    text = forms.CharField(
        max_length=LONGEST, error_messages={"required": _("The reply is empty."), "max_length": TOO_LONG}
    )
    click = forms.UUIDField()
    seen = forms.IntegerField(required=False, min_value=0)
    close_after = forms.BooleanField(required=False)
    audience = forms.CharField(max_length=20, required=False)
    account = forms.IntegerField(
        required=False,
        min_value=1,
        max_value=_LARGEST,
        error_messages=dict.fromkeys(
            ("invalid", "min_value", "max_value"), _("The chosen account cannot answer here. Choose another one.")
        ),
    )
    heard = SeveralKeys(required=False)
    confirmed = forms.BooleanField(required=False)
    promise = forms.BooleanField(required=False)
    promise_until = forms.DateField(
        required=False, error_messages={"invalid": _("Say the day of the promise as year-month-day, as in 2026-03-24.")}
    )
    attached = SeveralFiles(
        required=False,
        max_length=200,
        error_messages={"empty": _("A file is empty."), "max_length": _("The name of a file is too long.")},
    )

    def clean_promise_until(self) -> datetime | None:
        """The end of that day, where the company is. What is not promised may name any."""
        day = self.cleaned_data["promise_until"]
        if not day or not self.cleaned_data.get("promise"):
            return None
        ahead = (day - timezone.localdate()).days
        if not 0 <= ahead <= _FARTHEST:
            raise forms.ValidationError(_("Choose a day for the promise from today on, within the next ten years."))
        return timezone.make_aware(datetime.combine(day, time(23, 59)))


class DraftForm(forms.Form):
    """What stands in the composer while somebody writes."""

    text = forms.CharField(max_length=LONGEST, required=False, strip=False)
    mode = forms.ChoiceField(choices=Draft.Mode.choices, required=False)
    click = forms.UUIDField(required=False)
    known = forms.CharField(required=False, max_length=40)
    account = forms.IntegerField(required=False, min_value=1, max_value=_LARGEST)
    macros = SeveralNumbers(required=False)

    def clean_mode(self) -> str:
        """A reply, where nothing is said."""
        return str(self.cleaned_data["mode"] or Draft.Mode.REPLY)

    def clean_known(self) -> datetime | None:
        """When the draft that these words go on from was kept; nothing where it can't be read."""
        try:
            return parse_datetime(self.cleaned_data["known"])
        except ValueError:
            return None


class NoteForm(forms.Form):
    """A note for colleagues."""

    mode = forms.ChoiceField(choices=[("note", "note")], error_messages={"invalid_choice": _("This is a reply.")})
    text = forms.CharField(
        max_length=LONGEST, error_messages={"required": _("The note is empty."), "max_length": TOO_LONG}
    )
    click = forms.UUIDField(required=False)


class MoveForm(forms.Form):
    """Another department for a conversation, and why."""

    department = forms.ModelChoiceField(
        Department.objects.all(),
        to_field_name="slug",
        error_messages={"required": _("Choose a department."), "invalid_choice": _("There is no such department.")},
    )
    reason = forms.CharField(
        max_length=1_000, error_messages={"required": _("Say why: whoever gets this sees your reason.")}
    )
    was = forms.IntegerField(required=False, min_value=1)


class AssignForm(forms.Form):
    """A colleague for a conversation, or nobody."""

    to = forms.ModelChoiceField(
        User.objects.none(), required=False, error_messages={"invalid_choice": _("Choose one of these colleagues.")}
    )

    def __init__(self, conversation: int, *args: Any) -> None:
        super().__init__(*args)
        field = self.fields["to"]
        if isinstance(field, forms.ModelChoiceField):
            field.queryset = workers(conversation)


class SettleForm(forms.Form):
    """What became of a reply that nobody could find out about."""

    outcome = forms.ChoiceField(choices=[("arrived", ""), ("again", ""), ("drop", "")])


def workers(conversation: int) -> Any:
    """Who may be given a conversation: the people of the department that owns it, everybody in Triage."""
    owner = Department.objects.filter(conversations=conversation)
    theirs = Exists(Membership.objects.filter(user=OuterRef("pk"), department__in=owner))
    return User.objects.filter(theirs | Exists(owner.filter(slug=TRIAGE)), is_active=True).order_by("name", "id")

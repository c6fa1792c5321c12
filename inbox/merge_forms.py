"""What colleagues fill in where they merge and separate persons."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

# Suggestions that are decided on with one click.
_MOST = 100


class DecisionForm(forms.Form):
    """What a colleague says of suggestions that two persons are one: of one of them, or of all that they chose."""

    accept = forms.IntegerField(required=False, min_value=1, max_value=2**63 - 1)
    reject = forms.IntegerField(required=False, min_value=1, max_value=2**63 - 1)
    chosen = forms.TypedMultipleChoiceField(required=False, coerce=int)
    all = forms.ChoiceField(required=False, choices=[("accept", ""), ("reject", "")])

    def __init__(self, data: Any) -> None:
        super().__init__(data)
        field = self.fields["chosen"]
        if isinstance(field, forms.TypedMultipleChoiceField):
            field.choices = [(one, one) for one in data.getlist("chosen")[:_MOST] if one.isdecimal() and len(one) < 19]

    def clean(self) -> dict[str, Any]:
        """Adds `ids`, and whether they are `same`."""
        values = super().clean() or self.cleaned_data
        one = values.get("accept") or values.get("reject")
        values["ids"] = [one] if one else list(dict.fromkeys(values.get("chosen") or []))
        values["same"] = bool(values.get("accept")) if one else values.get("all") == "accept"
        if not values["ids"] or not (one or values.get("all")):
            raise forms.ValidationError(_("Nothing is selected. Choose pairs first."))
        return values


class FrontForm(forms.Form):
    """Which of two contacts stands for both."""

    front = forms.TypedChoiceField(coerce=int, error_messages={"invalid_choice": _("Choose one of these two.")})

    def __init__(self, people: Sequence[int], *args: Any) -> None:
        super().__init__(*args)
        field = self.fields["front"]
        if isinstance(field, forms.TypedChoiceField):
            field.choices = [(str(one), "") for one in people]

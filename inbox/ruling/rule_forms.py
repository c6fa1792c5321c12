"""What managers fill in about a whole rule."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from inbox.ruling.inputs import Words
from inbox.ruling.names import Names

LONGEST_NAME = 100
_NAME = _("Say what the rule is for.")


class RuleForm(forms.Form):
    """A dialog about rules."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **{"auto_id": "rule-form-%s", **options})


def _name() -> forms.CharField:
    return forms.CharField(
        label=_("Name"),
        max_length=LONGEST_NAME,
        widget=forms.TextInput({"dir": "auto", "autocomplete": "off"}),
        error_messages={"required": _NAME},
    )


class NameForm(RuleForm):
    """What a rule is called."""

    name = _name()


class NewRuleForm(RuleForm):
    """A rule in its simplest form: words that send a message somewhere. Everything else is added to its sentence."""

    name = _name()
    words = Words(label=_("When a message says one of"), help_text=_("Other conditions can be added afterwards."))
    department = forms.ChoiceField(
        label=_("Send it to"),
        widget=forms.RadioSelect,
        error_messages={
            "required": _("Choose a department."),
            "invalid_choice": _("There is no such department any more."),
        },
    )

    def __init__(self, *args: Any, names: Names, **options: Any) -> None:
        super().__init__(*args, **options)
        department = self.fields["department"]
        if isinstance(department, forms.ChoiceField):
            department.choices = [
                (slug, names.department(slug)) for slug, one in names.departments.items() if not one.is_triage
            ]

    def rule(self) -> dict[str, Any]:
        """As versions keep it; the id comes later."""
        said = self.cleaned_data
        leaf = {"field": "text", "op": "contains", "value": said["words"]}
        return {
            "name": said["name"],
            "on": True,
            "conditions": {"all": [leaf]},
            "actions": {"owner": said["department"]},
        }


class PlaceForm(RuleForm):
    """Which number a rule has in the order."""

    to = forms.IntegerField(
        min_value=1, label=_("Number in the order"), error_messages={"invalid": _("Write a number.")}
    )

    def __init__(self, *args: Any, last: int, now: int) -> None:
        super().__init__(*args, initial={"to": now})
        self.fields["to"].help_text = _("From 1, which is asked first, to %(last)d.") % {"last": last}
        self.last = last

    def clean_to(self) -> int:
        """Beyond the last is the last."""
        return min(int(self.cleaned_data["to"]), self.last)


class ReasonForm(RuleForm):
    """Why."""

    reason = forms.CharField(
        label=_("Reason, shown in the history"),
        max_length=1_000,
        widget=forms.Textarea({"rows": 3, "dir": "auto"}),
        error_messages={"required": _("Say why: whoever looks for the cause later reads it.")},
    )


class NoForm(RuleForm):
    """Nothing is asked but yes."""

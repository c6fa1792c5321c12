"""What admins fill in about colleagues to be, and about the company."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from inbox.facts.forms import FactForm
from people.models import Department, User


class InviteForm(FactForm):
    """Somebody who is to work here."""

    name = forms.CharField(
        label=_("Name"),
        max_length=150,
        widget=forms.TextInput({"autocomplete": "off", "dir": "auto"}),
        error_messages={"required": _("Write a name, so that colleagues know who it is.")},
    )
    email = forms.EmailField(
        label=_("E-mail"),
        required=False,
        widget=forms.EmailInput({"autocomplete": "off"}),
        error_messages={"invalid": _("This is no e-mail address. Write it as in name@example.com.")},
    )
    role = forms.ChoiceField(
        label=_("Role"),
        choices=User.Role.choices,
        initial=User.Role.AGENT,
        help_text=_(
            "Agents answer in their departments. Managers see to all departments and to routing. Admins also connect "
            "channels and invite people."
        ),
    )
    departments = forms.ModelMultipleChoiceField(
        Department.objects.order_by("position", "pk"),
        label=_("Departments"),
        required=False,
        error_messages=dict.fromkeys(
            ("invalid_choice", "invalid_pk_value", "invalid_list"), _("There is no such department.")
        ),
    )

    @property
    def plain(self) -> list[forms.BoundField]:
        """The fields that need no drawing of their own."""
        return [self[name] for name in ("name", "email", "role")]

    def clean_name(self) -> str:
        """Without spaces around and doubled within."""
        return " ".join(str(self.cleaned_data["name"]).split())


class SwitchForm(FactForm):
    """Asks, and nothing else."""

    on = forms.BooleanField(required=False, widget=forms.HiddenInput())

    def clean(self) -> dict[str, Any]:
        """Whether they may log in from now on."""
        return dict(super().clean() or {})

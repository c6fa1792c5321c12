"""The message that somebody tries."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from inbox.presentation import network_name
from inbox.ruling.inputs import Number
from inbox.ruling.names import Names
from inbox.ruling.phrases import VALUES
from routing.fields import field_of
from routing.signals import Signals

LONGEST = 65_536
_KINDS = [(str(kind), name) for kind, name in VALUES["kind"].items()]


class TrialForm(forms.Form):
    """A text and what else can be said of a message before it comes."""

    text = forms.CharField(
        max_length=LONGEST,
        error_messages={
            "required": _("Write what the message says."),
            "max_length": _("The text is too long to be tried. Shorten it to 65,536 characters."),
        },
    )
    network = forms.ChoiceField(required=False)
    kind = forms.ChoiceField(required=False, choices=_KINDS)
    author = forms.CharField(required=False, max_length=200)
    followers = Number(required=False)
    rule = forms.IntegerField(required=False, min_value=1)

    def __init__(self, *args: Any, names: Names, **options: Any) -> None:
        super().__init__(*args, **options)
        network = self.fields["network"]
        if isinstance(network, forms.ChoiceField):
            network.choices = network_choices(names)

    def signals(self) -> Signals:
        """The message as the router sees one."""
        said = self.cleaned_data
        kind = said["kind"] or _KINDS[0][0]
        return Signals(
            said["text"],
            network=said["network"] or "x",
            kind=kind,
            author_name=said["author"],
            followers=said["followers"],
            subject=said["text"].partition("\n")[0] if kind == "email" else "",
            is_reply=kind == "comment",
            is_first=True,
            customer=None,
        )

    @property
    def problem(self) -> str:
        """The first thing that is wrong."""
        return next((str(errors[0]) for errors in self.errors.values()), "")


def network_choices(names: Names) -> list[tuple[str, str]]:
    """Networks that messages come from here, else those that there are."""
    field = field_of("network")
    used = [one.network for one in names.channels]
    known = [one.value for one in names.choices(field)] if field else []
    return [(one, network_name(one)) for one in dict.fromkeys([*used, *known])]


def kind_choices() -> list[tuple[str, Any]]:
    """Kinds of messages."""
    return _KINDS

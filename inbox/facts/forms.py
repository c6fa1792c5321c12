"""What colleagues fill in about a person, in dialogs."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from contacts import pins
from contacts.models import Attribute, Deal, RoleKind
from people.models import Department, User

if TYPE_CHECKING:
    from contacts.values import Shown

# Ids of fields, so that a dialog's differ from those of the page below it.
AUTO_ID = "fact-%s"
_REASON = _("Reason, shown on the timeline")


class FactForm(forms.Form):
    """A dialog's form: errors come from the verbs, too, each beside the field that it is about."""

    use_required_attribute = True

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **{"auto_id": AUTO_ID, **options})


class ReasonForm(FactForm):
    """Why."""

    reason = forms.CharField(
        label=_REASON,
        max_length=1_000,
        widget=forms.Textarea({"rows": 3, "dir": "auto"}),
        error_messages={"required": _("Say why: your colleagues see the reason.")},
    )


class RoleForm(FactForm):
    """A role, since when, and why."""

    kind = forms.ModelChoiceField(
        RoleKind.objects.none(),
        label=_("Role"),
        empty_label=None,
        error_messages={"required": _("Choose a role."), "invalid_choice": _("There is no such role.")},
    )
    since = forms.DateField(
        label=_("Since"),
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": _("This is not a day. Write year, month and day: 2024-05-03.")},
    )
    reason = forms.CharField(
        label=_REASON,
        max_length=1_000,
        widget=forms.Textarea({"rows": 3, "dir": "auto"}),
        error_messages={"required": _("Say why: your colleagues see the reason on the timeline.")},
    )

    def __init__(self, *args: Any, taken: Iterable[int] = (), **options: Any) -> None:
        today = timezone.localdate()
        super().__init__(*args, initial={"since": today}, **options)
        offered = RoleKind.objects.filter(is_active=True).exclude(pk__in=taken).order_by("position", "pk")
        kind = self.fields["kind"]
        if isinstance(kind, forms.ModelChoiceField):
            kind.queryset = offered
        self.fields["since"].widget.attrs["max"] = today.isoformat()


class DealForm(FactForm):
    """What may be sold, for how much, and how far it has come."""

    title = forms.CharField(label=_("What it is about"), max_length=200, widget=forms.TextInput({"dir": "auto"}))
    amount = forms.DecimalField(
        label=_("Amount"),
        required=False,
        max_digits=14,
        decimal_places=2,
        localize=False,
        widget=forms.TextInput({"inputmode": "decimal", "autocomplete": "off"}),
        error_messages={"invalid": _("This is not an amount. Write it like 46900 or 46900.50.")},
    )
    currency = forms.CharField(
        label=_("Currency"),
        required=False,
        max_length=3,
        initial="EUR",
        widget=forms.TextInput({"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
    )
    stage = forms.ChoiceField(label=_("Stage"), choices=Deal.Stage.choices, initial=Deal.Stage.NEW)
    department = forms.ModelChoiceField(
        Department.objects.order_by("position", "pk"),
        label=_("Department"),
        required=False,
        empty_label=_("none"),
        error_messages={"invalid_choice": _("There is no such department.")},
    )
    seen = forms.CharField(required=False, max_length=20, widget=forms.HiddenInput())


class PinForm(FactForm):
    """A note on the person as such."""

    text = forms.CharField(
        label=_("Note, in sight of every department"),
        max_length=pins.LONGEST,
        widget=forms.Textarea({"rows": 4, "dir": "auto"}),
        error_messages={"required": _("The note is empty.")},
    )


class NameForm(FactForm):
    """What they are called here."""

    name = forms.CharField(
        label=_("Name"),
        max_length=200,
        widget=forms.TextInput({"dir": "auto", "autocomplete": "off"}),
        error_messages={"required": _("Write a name.")},
    )


class OwnersForm(FactForm):
    """Who looks after them, for each department: `to_<id>`, and in `was_<id>` who did when the form was opened."""

    def __init__(self, choices: dict[Department, list[User]], now: dict[int, int], *args: Any) -> None:
        super().__init__(*args)
        for department, people in choices.items():
            owner = now.get(department.pk)
            self.fields[f"to_{department.pk}"] = forms.TypedChoiceField(
                label=department.name,
                required=False,
                choices=[("", _("Nobody")), *((str(one.pk), str(one)) for one in people)],
                coerce=int,
                empty_value=None,
                initial=owner,
                error_messages={"invalid_choice": _("Choose one of these colleagues.")},
            )
            was = forms.IntegerField(required=False, initial=owner, widget=forms.HiddenInput())
            self.fields[f"was_{department.pk}"] = was

    def changes(self) -> dict[int, int | None]:
        """For each department where another choice was made, the colleague's id."""
        ids = [int(name.removeprefix("to_")) for name in self.fields if name.startswith("to_")]
        said = self.cleaned_data
        return {one: said[f"to_{one}"] for one in ids if said[f"to_{one}"] != said[f"was_{one}"]}


class ValuesForm(FactForm):
    """The attributes of a person: `value_<slug>`, and in `was_<slug>` what showed when the form was opened."""

    def __init__(self, known: Iterable["Shown"], *args: Any) -> None:
        super().__init__(*args)
        for one in known:
            slug = one.attribute.slug
            self.fields[f"value_{slug}"] = _field_of(one.attribute, one.value)
            was = forms.CharField(required=False, initial=one.value, widget=forms.HiddenInput(), strip=False)
            self.fields[f"was_{slug}"] = was

    def changes(self) -> dict[str, str]:
        """For each attribute that says something else than before, what."""
        slugs = [name.removeprefix("value_") for name in self.fields if name.startswith("value_")]
        said = {slug: self.cleaned_data[f"value_{slug}"] for slug in slugs}
        return {
            slug: value for slug, value in said.items() if _lines(value) != _lines(self.cleaned_data[f"was_{slug}"])
        }


def _lines(text: str) -> str:
    """Browsers send line ends of their own."""
    return text.replace("\r\n", "\n").strip()


def _field_of(attribute: Attribute, value: str) -> forms.CharField:
    """Never a narrower field than the verb takes: it says better what is wrong."""
    kinds: dict[str, dict[str, str]] = {
        Attribute.Kind.NUMBER: {"inputmode": "decimal"},
        Attribute.Kind.DATE: {"type": "date"},
        Attribute.Kind.LINK: {"inputmode": "url", "placeholder": "https://"},
        Attribute.Kind.EMAIL: {"inputmode": "email"},
        Attribute.Kind.PHONE: {"inputmode": "tel"},
    }
    offered = list(attribute.choices)
    if attribute.kind == Attribute.Kind.YES_NO:
        pairs = [("", "–"), ("yes", _("Yes")), ("no", _("No"))]
    else:
        pairs = [("", "–"), *((one, one) for one in offered)]
    widget: forms.Widget = forms.TextInput({"autocomplete": "off", "dir": "auto", **kinds.get(attribute.kind, {})})
    if attribute.kind in (Attribute.Kind.YES_NO, Attribute.Kind.CHOICE):
        widget = forms.Select(choices=pairs)
    return forms.CharField(label=attribute.name, required=False, initial=value, widget=widget)

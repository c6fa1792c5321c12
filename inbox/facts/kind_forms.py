"""What admins fill in about roles and attributes."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from contacts.criteria import MEASURES
from contacts.models import Attribute, RoleKind
from inbox.facts.forms import FactForm

# Of the sprite; the words are read out.
ICONS = {
    "user": _("Person"),
    "user-check": _("Person with a tick"),
    "users": _("People"),
    "trending-up": _("Rising line"),
    "megaphone": _("Megaphone"),
    "activity": _("Pulse"),
    "zap": _("Lightning"),
    "heart": _("Heart"),
    "thumbs-up": _("Thumb"),
    "badge-check": _("Badge"),
    "shield-check": _("Shield"),
    "flag": _("Flag"),
    "bookmark": _("Bookmark"),
    "bell": _("Bell"),
    "siren": _("Siren"),
    "frown": _("Sad face"),
    "angry": _("Angry face"),
    "smile": _("Smile"),
    "coffee": _("Cup"),
    "globe": _("Globe"),
    "eye": _("Eye"),
    "circle-dollar-sign": _("Coin"),
    "scale": _("Scales"),
    "tag": _("Tag"),
}
_SLUG = _("For searches: role:name. Empty makes one from the name.")


class RoleKindForm(FactForm):
    """A role: how it looks, and when somebody has it by itself."""

    name = forms.CharField(label=_("Name"), max_length=100, widget=forms.TextInput({"autocomplete": "off"}))
    slug = forms.SlugField(
        label=_("Short name"),
        max_length=50,
        required=False,
        help_text=_SLUG,
        error_messages={"invalid": _("Letters a to z, digits, - and _ only.")},
    )
    tone = forms.ChoiceField(label=_("Tone"), choices=RoleKind.Tone.choices, initial=RoleKind.Tone.PLAIN)
    icon = forms.ChoiceField(
        label=_("Icon"), choices=list(ICONS.items()), initial="user", widget=forms.RadioSelect(), required=True
    )
    measure = forms.ChoiceField(
        label=_("Given automatically when"),
        required=False,
        choices=[("", _("never, colleagues give it")), *((name, one.name) for name, one in MEASURES.items())],
    )
    at_least = forms.IntegerField(
        label=_("At least"),
        required=False,
        widget=forms.TextInput({"inputmode": "numeric", "autocomplete": "off"}),
        help_text=_("Influence is a percentage: 98 is listened to more than 98 of 100 people."),
        error_messages={"invalid": _("Write a whole number.")},
    )
    days = forms.IntegerField(
        label=_("Within how many days"),
        required=False,
        widget=forms.TextInput({"inputmode": "numeric", "autocomplete": "off"}),
        help_text=_("Empty counts everything. Followers and influence are as of now."),
        error_messages={"invalid": _("Write a whole number of days.")},
    )
    is_active = forms.BooleanField(
        label=_("In use"), required=False, initial=True, help_text=_("Who has a role that is not in use keeps it.")
    )

    def __init__(self, *args: Any, is_new: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        del self.fields["is_active" if is_new else "slug"]

    def criterion(self) -> Mapping[str, Any] | None:
        """What the admin demands, as contacts/criteria.py reads it."""
        said = self.cleaned_data
        if not said["measure"]:
            return None
        days = {"days": said["days"]} if said["days"] is not None else {}
        return {"measure": said["measure"], "at_least": said["at_least"], **days}


class AttributeForm(FactForm):
    """An attribute: what it is called and what its values look like."""

    name = forms.CharField(label=_("Name"), max_length=100, widget=forms.TextInput({"autocomplete": "off"}))
    slug = forms.SlugField(
        label=_("Short name"),
        max_length=50,
        required=False,
        help_text=_("For searches: city:berlin. Empty makes one from the name."),
        error_messages={"invalid": _("Letters a to z, digits, - and _ only.")},
    )
    kind = forms.ChoiceField(label=_("Kind"), choices=Attribute.Kind.choices, initial=Attribute.Kind.TEXT)
    choices = forms.CharField(
        label=_("Choices, one on each line"),
        required=False,
        max_length=20_000,
        widget=forms.Textarea({"rows": 5, "dir": "auto"}),
        help_text=_("Only where the kind is one of a list."),
    )

    def __init__(self, *args: Any, of: Attribute | None = None, **options: Any) -> None:
        super().__init__(*args, **options)
        if of is not None:
            del self.fields["slug"], self.fields["kind"]
            if of.kind != Attribute.Kind.CHOICE:
                del self.fields["choices"]

    def choices_said(self) -> list[str]:
        """The lines that say something."""
        return [line.strip() for line in self.cleaned_data.get("choices", "").splitlines() if line.strip()]

"""What managers fill in about a macro."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from inbox import tagging
from inbox.facts.forms import FactForm
from inbox.forms import LONGEST, TOO_LONG
from inbox.models import Conversation, Macro
from people.models import Department, User

_HOURS = (1, 3, 24, 72, 168, 336, 720)
_WORDS = {
    1: _("for an hour"),
    3: _("for 3 hours"),
    24: _("for a day"),
    72: _("for 3 days"),
    168: _("for a week"),
    336: _("for 2 weeks"),
    720: _("for 30 days"),
}


class MacroForm(FactForm):
    """A macro: its words, whose it is, and what happens to the conversation when it is used."""

    name = forms.CharField(
        label=_("Name"), max_length=80, widget=forms.TextInput({"autocomplete": "off", "dir": "auto"})
    )
    text = forms.CharField(
        label=_("Text"),
        required=False,
        max_length=LONGEST,
        widget=forms.Textarea({"rows": 6, "dir": "auto"}),
        error_messages={"max_length": TOO_LONG},
    )
    department = forms.ModelChoiceField(
        Department.objects.order_by("position", "pk"),
        label=_("Whose it is"),
        to_field_name="slug",
        required=False,
        empty_label=_("Everybody's"),
        error_messages={"invalid_choice": _("There is no such department.")},
    )
    is_note = forms.BooleanField(label=_("For a note to colleagues, not for a reply"), required=False)
    tags = forms.CharField(label=_("Add tags, divided by commas"), required=False, max_length=500)
    priority = forms.TypedChoiceField(
        label=_("Priority"),
        required=False,
        coerce=int,
        empty_value=None,
        choices=[("", _("As it is")), *Conversation.Priority.choices[::-1]],
    )
    assign = forms.ChoiceField(label=_("Assign"), required=False)
    snooze = forms.TypedChoiceField(
        label=_("Snooze"),
        required=False,
        coerce=int,
        empty_value=None,
        choices=[("", _("No")), *((hours, _WORDS[hours]) for hours in _HOURS)],
    )
    move = forms.ModelChoiceField(
        Department.objects.order_by("position", "pk"),
        label=_("Move to"),
        to_field_name="slug",
        required=False,
        empty_label=_("Stays where it is"),
        error_messages={"invalid_choice": _("There is no such department.")},
    )
    close = forms.BooleanField(label=_("Close the conversation"), required=False)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        people = User.objects.filter(is_active=True).order_by("name", "pk").values_list("pk", "name", "username")
        field = self.fields["assign"]
        if isinstance(field, forms.ChoiceField):
            named = [(str(pk), name or username) for pk, name, username in people]
            field.choices = [
                ("", _("Nobody else")),
                ("me", _("Whoever uses it")),
                ("nobody", _("Nobody")),
                *named,
            ]

    def clean_tags(self) -> list[str]:
        """Each once."""
        try:
            return tagging.named(one for one in self.cleaned_data["tags"].split(",") if one.strip())
        except ValueError as error:
            raise forms.ValidationError(str(error)) from error

    def clean(self) -> dict[str, Any]:
        """What is closed does not come back from a snooze."""
        said = super().clean() or {}
        if said.get("close") and said.get("snooze"):
            self.add_error("snooze", _("Choose one: close it, or snooze it."))
        return said

    def written(self, macro: Macro) -> Macro:
        """The macro as it was filled in; not kept yet."""
        said = self.cleaned_data
        macro.name, macro.text, macro.is_note = said["name"], said["text"], said["is_note"]
        macro.department = said["department"]
        macro.actions = {name: value for name, value in self._actions().items() if value not in (None, "", [], False)}
        return macro

    def _actions(self) -> dict[str, Any]:
        said = self.cleaned_data
        to = said["move"]
        return {
            "tags": said["tags"],
            "priority": said["priority"],
            "assign": self._assign(said["assign"]),
            "snooze": said["snooze"],
            "close": said["close"],
            "move": {"id": to.pk, "name": to.name} if to else None,
        }

    def _assign(self, who: str) -> dict[str, Any] | None:
        if who in ("me", "nobody"):
            return {"who": who}
        names = dict(self.fields["assign"].choices)  # type: ignore[attr-defined]
        return {"who": "somebody", "id": int(who), "name": str(names[who])} if who else None


def start(macro: Macro) -> dict[str, Any]:
    """What stands in the form of a macro that is there."""
    said = macro.actions
    who = said.get("assign") or {}
    move = Department.objects.filter(pk=said["move"]["id"]).first() if "move" in said else None
    return {
        "name": macro.name,
        "text": macro.text,
        "department": macro.department.slug if macro.department else "",
        "is_note": macro.is_note,
        "tags": ", ".join(said.get("tags", [])),
        "priority": said.get("priority"),
        "assign": str(who.get("id")) if who.get("who") == "somebody" else who.get("who", ""),
        "snooze": said.get("snooze"),
        "close": said.get("close", False),
        "move": move.slug if move else "",
    }

"""What managers fill in about service, in dialogs."""

import re
from typing import Any

from django import forms
from django.utils.translation import gettext, gettext_lazy
from django.utils.translation import gettext_lazy as _

from contacts.models import RoleKind
from inbox.facts.forms import FactForm
from inbox.models import Conversation
from people.models import Department
from routing import openings
from routing.hours import BadHours, countries, is_zone
from routing.models import Calendar, Step

LONGEST = 60 * 24 * 60
_TIME = re.compile(r"(?:(\d{1,4})\s*h)?\s*(?:(\d{1,6})\s*(?:m|min)?)?", re.ASCII | re.IGNORECASE)
DAYS = (
    gettext_lazy("Monday"),
    gettext_lazy("Tuesday"),
    gettext_lazy("Wednesday"),
    gettext_lazy("Thursday"),
    gettext_lazy("Friday"),
    gettext_lazy("Saturday"),
    gettext_lazy("Sunday"),
)


def written(minutes: int) -> str:
    """Minutes as people write them: “45m”, “4h”, “1h 30m”."""
    hours, rest = divmod(minutes, 60)
    return " ".join(filter(None, (f"{hours}h" if hours else "", f"{rest}m" if rest or not hours else "")))


class MinutesField(forms.CharField):
    """A stretch of business time, as minutes: “45”, “4h”, “1h 30m”."""

    def __init__(self, *, least: int = 1, **options: Any) -> None:
        super().__init__(max_length=20, **options)
        self.least = least

    def prepare_value(self, value: Any) -> Any:
        """Minutes as they are written."""
        return written(value) if isinstance(value, int) else value

    def clean(self, value: Any) -> Any:
        """As minutes."""
        text = super().clean(value)
        found = _TIME.fullmatch(text.strip())
        if not found or not any(found.groups()):
            raise forms.ValidationError(
                gettext("“%(text)s” is no stretch of time. Write 45m, 4h or 1h 30m.") % {"text": text}
            )
        minutes = int(found[1] or 0) * 60 + int(found[2] or 0)
        if not self.least <= minutes <= LONGEST:
            said = {"least": written(self.least), "most": written(LONGEST)}
            raise forms.ValidationError(gettext("Choose between %(least)s and %(most)s.") % said)
        return minutes


def _departments(label: Any, **options: Any) -> "forms.ModelChoiceField[Department]":
    return forms.ModelChoiceField(
        Department.objects.order_by("position", "pk"),
        label=label,
        to_field_name="slug",
        error_messages={"invalid_choice": _("There is no such department.")},
        **options,
    )


class ServeForm(FactForm):
    """How a department serves."""

    first = MinutesField(label=_("First reply within"), help_text=_("Of business time, as in 45m or 4h."))
    later = MinutesField(label=_("Next replies within"))
    calendar = forms.ModelChoiceField(
        Calendar.objects.order_by("name", "pk"),
        label=_("Hours"),
        required=False,
        empty_label=_("Always there"),
        error_messages={"invalid_choice": _("These hours are not there any more.")},
    )
    snoozed = forms.BooleanField(label=_("The clock stands still while a conversation is snoozed"), required=False)
    elsewhere = forms.BooleanField(
        label=_("The clock stands still until a department that was asked to take part has answered"), required=False
    )


class ExceptionForm(FactForm):
    """A target for what is more, or less, urgent than the rest."""

    department = _departments(_("Department"), required=False, empty_label=_("All of them"))
    priority = forms.TypedChoiceField(
        label=_("Priority"),
        choices=[("", _("Whatever it is")), *Conversation.Priority.choices[::-1]],
        coerce=int,
        empty_value=None,
        required=False,
        error_messages={"invalid_choice": _("There is no such priority.")},
    )
    role = forms.ModelChoiceField(
        RoleKind.objects.filter(is_active=True).order_by("position", "pk"),
        label=_("The customer is"),
        to_field_name="slug",
        required=False,
        empty_label=_("Anybody"),
        error_messages={"invalid_choice": _("There is no such role.")},
    )
    first = MinutesField(label=_("First reply within"), help_text=_("Of business time, as in 45m or 4h."))
    later = MinutesField(label=_("Next replies within"))


class StepForm(FactForm):
    """What happens by itself, and when."""

    amount = MinutesField(label=_("When"), least=0, help_text=_("Of business time, as in 15m; 0 is when it is due."))
    side = forms.ChoiceField(
        label=_("Before or after"),
        choices=[("before", _("before a reply is due")), ("after", _("after it was due"))],
        error_messages={"invalid_choice": _("Choose before or after.")},
    )
    action = forms.ChoiceField(
        label=_("What happens"),
        choices=Step.Action.choices,
        error_messages={"invalid_choice": _("There is no such step.")},
    )
    to = _departments(_("Which department"), required=False, empty_label=_("None"))
    department = _departments(_("In conversations of"), required=False, empty_label=_("All departments"))

    def minutes(self) -> int:
        """Below zero is before."""
        said = self.cleaned_data
        return int(said["amount"]) * (-1 if said["side"] == "before" else 1)


class HoursForm(FactForm):
    """When somebody works: a week, public holidays, and days of one's own."""

    name = forms.CharField(label=_("Name"), max_length=100, widget=forms.TextInput({"autocomplete": "off"}))
    time_zone = forms.CharField(
        label=_("Time zone"),
        max_length=64,
        widget=forms.TextInput({"list": "time-zones", "autocomplete": "off", "spellcheck": "false"}),
        help_text=_("As in Europe/Berlin. Clock changes are taken care of."),
    )
    country = forms.CharField(
        label=_("Public holidays of"),
        max_length=2,
        required=False,
        widget=forms.TextInput({"autocomplete": "off", "spellcheck": "false"}),
        help_text=_("Two letters of a country, as in DE or US; empty for none."),
    )
    subdivision = forms.CharField(
        label=_("Part of the country"),
        max_length=10,
        required=False,
        widget=forms.TextInput({"autocomplete": "off", "spellcheck": "false"}),
        help_text=_("Where it has holidays of its own, as in BY or CA."),
    )
    exceptions = forms.CharField(
        label=_("Days of your own"),
        max_length=20_000,
        required=False,
        widget=forms.Textarea({"rows": 3, "dir": "auto", "spellcheck": "false"}),
        help_text=_("One a line: 2026-12-24 09:00-12:00 Christmas Eve, or 2026-12-31 closed Stocktaking."),
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for number, name in enumerate(DAYS):
            self.fields[f"day_{number}"] = forms.CharField(
                label=name,
                max_length=200,
                required=False,
                widget=forms.TextInput(
                    {"placeholder": gettext("closed"), "autocomplete": "off", "spellcheck": "false"}
                ),
            )
        self.order_fields(["name", "time_zone", *self.days(), "country", "subdivision", "exceptions"])

    @staticmethod
    def days() -> list[str]:
        """The names of the fields of a week."""
        return [f"day_{number}" for number in range(7)]

    def clean_time_zone(self) -> str:
        """A zone of the IANA database."""
        name = str(self.cleaned_data["time_zone"])
        if not is_zone(name):
            raise forms.ValidationError(
                gettext("There is no time zone “%(name)s”. Choose one of the list, as Europe/Berlin.") % {"name": name}
            )
        return name

    def clean(self) -> dict[str, Any]:
        """The week as a whole, and what depends on another field."""
        said = super().clean() or {}
        week = []
        for name in self.days():
            week.append(self._read(name, openings.read_day, said.get(name, "")) or [])
        if not self.errors and (clash := openings.overlap(week)):
            self.add_error(
                f"day_{clash[0]}",
                gettext("%(span)s begins before the hours before it have ended.") % {"span": clash[1]},
            )
        said["hours"] = [[list(span) for span in day] for day in week]
        said["exceptions"] = self._read("exceptions", openings.read_days, said.get("exceptions", ""))
        self._check_place(said)
        return said

    def _read(self, name: str, reader: Any, text: str) -> Any:
        try:
            return reader(text)
        except BadHours as error:
            self.add_error(name, str(error))
            return None

    def _check_place(self, said: dict[str, Any]) -> None:
        said["country"] = said.get("country", "").upper()
        said["subdivision"] = said.get("subdivision", "").upper()
        known = countries()
        if said["country"] and said["country"] not in known:
            self.add_error(
                "country",
                gettext("The holidays of “%(code)s” are not known. Leave it empty and write the days below.")
                % {"code": said["country"]},
            )
        elif said["subdivision"] and said["subdivision"] not in known.get(said["country"], ()):
            parts = ", ".join(known.get(said["country"], ())[:60])
            self.add_error(
                "subdivision",
                gettext("Choose one of these: %(parts)s.") % {"parts": parts}
                if parts
                else gettext("This country has no parts with holidays of their own. Leave it empty."),
            )

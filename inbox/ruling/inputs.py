"""The inputs of conditions: words, numbers, choices, times, each reading what people write."""

from collections.abc import Callable, Iterable, Mapping
from datetime import time
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from contacts.models import Attribute
from inbox.ruling.names import Choice, Names
from inbox.ruling.phrases import VALUES
from inbox.ruling.sentences import one_value
from routing.fields import ATTRIBUTE, Field, Kind

Leaf = dict[str, Any]
Inputs = dict[str, forms.Field]

# Fields of which some values are known, but others can be written.
_FREE = ("tags",)


class Words(forms.CharField):
    """Words and phrases, one on each line; as a list."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            max_length=60_000,
            widget=forms.Textarea({"rows": 4, "dir": "auto", "data-chips": "", "spellcheck": "false"}),
            error_messages={"required": _("Write at least one word.")},
            **options,
        )

    def clean(self, value: Any) -> list[str]:
        """Each line once, without empty ones."""
        return list(dict.fromkeys(" ".join(line.split()) for line in super().clean(value).splitlines() if line.strip()))


class Number(forms.CharField):
    """A number as people write it: 10,000 or 10 000."""

    def __init__(self, *, whole: bool = True, **options: Any) -> None:
        self.whole = whole
        super().__init__(
            max_length=20,
            widget=forms.TextInput({"inputmode": "decimal", "autocomplete": "off"}),
            error_messages={"required": _("Write a number.")},
            **options,
        )

    def clean(self, value: Any) -> Any:
        """Without the marks between thousands; None where nothing is written and nothing has to be."""
        if not str(value or "").strip() and not self.required:
            return None
        text = super().clean(value).replace("\u00a0", "").replace(" ", "").replace("'", "")
        text = text.replace(",", "") if self.whole else text.replace(",", ".")
        try:
            return int(text) if self.whole else float(text)
        except ValueError as error:
            raise forms.ValidationError(_("Write a number, like 10,000.")) from error


class Percent(Number):
    """A share in per cent; as a probability."""

    def clean(self, value: Any) -> Any:
        """Between 0 and 1."""
        share = super().clean(str(value or "").strip().removesuffix("%"))
        if share is None:
            return None
        if not 0 <= share <= 100:
            raise forms.ValidationError(_("Write a number from 0 to 100."))
        return round(share / 100, 4)


def _of_attribute(field: Field, value: Any, names: Names) -> forms.Field:
    attribute = names.attributes.get(field.name.removeprefix(ATTRIBUTE))
    kind = attribute.kind if attribute else Attribute.Kind.TEXT
    if kind == Attribute.Kind.NUMBER:
        return Number(label=_("Number"), initial=value, whole=False)
    if kind == Attribute.Kind.DATE:
        day = forms.DateInput({"type": "date"}, format="%Y-%m-%d")
        return forms.CharField(label=_("Day"), initial=value, max_length=10, widget=day)
    if kind == Attribute.Kind.YES_NO:
        pairs = [Choice(one, str(words)) for one, words in VALUES["yes_no"].items() if isinstance(one, str)]
        return _one(pairs, value[0] if isinstance(value, list) and value else value)
    if kind == Attribute.Kind.CHOICE:
        return _several(field, value, names)
    return Words(label=_("One of these"), initial=_lines(value))


def _lines(value: Any) -> str:
    values = value if isinstance(value, list) else [value] if value is not None else []
    return "\n".join(map(str, values))


def _pattern(value: Any) -> forms.Field:
    return forms.CharField(
        label=_("Pattern (RE2)"),
        initial=value,
        max_length=500,
        strip=False,
        widget=forms.TextInput({"autocomplete": "off", "spellcheck": "false", "dir": "ltr", "data-pattern": ""}),
        help_text=_("Large and small letters are the same. \\b is the edge of a word."),
    )


def _flag(words: Mapping[Any, Any], value: Any) -> forms.Field:
    return forms.ChoiceField(
        label="",
        choices=[("yes", words[True]), ("no", words[False])],
        initial="no" if value is False else "yes",
        widget=forms.RadioSelect,
    )


def _several(field: Field, value: Any, names: Names) -> forms.Field:
    held = value if isinstance(value, list) else [value] if isinstance(value, str) else []
    offered = [(one, one_value(field.name, one, names)) for one in field.choices]
    offered = offered or [(one.value, one.name) for one in names.choices(field)]
    known = {one for one, _name in offered}
    # What is gone stays to be seen, so that somebody can take it out.
    offered += [(one, one) for one in held if one not in known]
    return forms.MultipleChoiceField(
        label="",
        choices=offered,
        initial=held,
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "required": _("Choose at least one."),
            "invalid_choice": _("There is no such choice any more."),
        },
    )


def _one(offered: Iterable[Choice], value: Any) -> forms.Field:
    pairs = [(one.value, one.name) for one in offered]
    if value is not None and value not in {one for one, _name in pairs}:
        pairs.append((value, str(value)))
    return forms.ChoiceField(
        label="",
        choices=pairs,
        initial=value or (pairs[0][0] if pairs else None),
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose one."), "invalid_choice": _("There is no such choice any more.")},
    )


def _times(value: Any) -> dict[str, forms.Field]:
    start, end = value if isinstance(value, list) and len(value) == 2 else ("22:00", "06:00")
    wrong = {"invalid": _("Write a time like 17:30."), "required": _("Write a time like 17:30.")}
    pick = forms.TimeInput({"type": "time"}, format="%H:%M")
    return {
        "start": forms.TimeField(label=_("From"), initial=_time(start), widget=pick, error_messages=wrong),
        "end": forms.TimeField(label=_("until before"), initial=_time(end), widget=pick, error_messages=wrong),
    }


def _time(text: Any) -> time | None:
    try:
        return time.fromisoformat(str(text).zfill(5))
    except ValueError:
        return None


def _zone(leaf: Leaf) -> dict[str, forms.Field]:
    zones = sorted(available_timezones())
    return {
        "zone": forms.ChoiceField(
            label=_("Time zone"),
            choices=[(one, one) for one in zones],
            initial=leaf.get("zone") or timezone.get_default_timezone_name(),
            error_messages={"invalid_choice": _("There is no such time zone.")},
        )
    }


def inputs(field: Field, op: str, leaf: Leaf, names: Names) -> Inputs:
    """The inputs that fit a field and a way to compare it, filled with what a condition says now."""
    value = leaf.get("value")
    if op == "known":
        return {"flag": _flag(VALUES["known"], value)}
    if op == "matches":
        return {"value": _pattern(value)}
    if op == "contains" or (field.kind in (Kind.NAMES, Kind.WORDS) and not _has_choices(field)):
        return {"value": Words(label=_("Words or phrases"), initial=_lines(value))}
    return _BY_KIND[field.kind](field, leaf, names)


def _has_choices(field: Field) -> bool:
    return bool(field.choices or (field.source and field.source not in _FREE))


def _share(value: Any) -> forms.Field:
    percent = round(value * 100) if isinstance(value, int | float) else None
    return Percent(label=_("Per cent"), initial=percent, whole=False)


_BY_KIND: Mapping[Kind, Callable[[Field, Leaf, Names], Inputs]] = {
    Kind.NAMES: lambda field, leaf, names: {"value": _several(field, leaf.get("value"), names)},
    Kind.NUMBER: lambda field, leaf, names: {"value": Number(label=_("People"), initial=leaf.get("value"))},
    Kind.SHARE: lambda field, leaf, names: {"value": _share(leaf.get("value"))},
    Kind.FLAG: lambda field, leaf, names: {"flag": _flag(VALUES[field.name], leaf.get("value"))},
    Kind.TIMES: lambda field, leaf, names: _times(leaf.get("value")) | _zone(leaf),
    Kind.DAYS: lambda field, leaf, names: {"value": _several(field, leaf.get("value"), names)} | _zone(leaf),
    Kind.CALENDAR: lambda field, leaf, names: {"value": _one(names.choices(field), leaf.get("value"))},
    Kind.ATTRIBUTE: lambda field, leaf, names: {"value": _of_attribute(field, leaf.get("value"), names)},
}

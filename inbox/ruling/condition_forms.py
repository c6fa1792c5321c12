"""The form of one condition: which field, how it is compared, and the input that fits."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from contacts.models import Attribute
from inbox.ruling.inputs import inputs
from inbox.ruling.names import Names
from inbox.ruling.phrases import GROUPS, OPERATORS, PHRASES
from routing.conditions import BadCondition, check
from routing.fields import ATTRIBUTE, FIELDS, Field, Kind, field_of

Leaf = dict[str, Any]
Asked = Mapping[str, Any]

_START = "text"
_BY_KIND: Mapping[str, tuple[str, ...]] = {
    Attribute.Kind.NUMBER: ("at_least", "at_most", "known"),
    Attribute.Kind.DATE: ("before", "after", "is", "known"),
    Attribute.Kind.YES_NO: ("is", "known"),
    Attribute.Kind.CHOICE: ("in", "known"),
}
_OTHERWISE = ("in", "contains", "known")


def field_choices(names: Names) -> list[tuple[str, list[tuple[str, str]]]]:
    """All that a condition can ask about, in groups."""
    groups: dict[str, list[tuple[str, str]]] = {}
    for one in FIELDS:
        phrase = PHRASES.get(one.name)
        groups.setdefault(one.group, []).append((one.name, str(phrase.name) if phrase else one.label))
    customer = groups.setdefault("The customer", [])
    customer += [(f"{ATTRIBUTE}{slug}", one.name) for slug, one in names.attributes.items()]
    return [(str(GROUPS.get(group, group)), members) for group, members in groups.items()]


def operators(field: Field, names: Names) -> tuple[str, ...]:
    """How a field can be compared here: one of two that say the same is enough."""
    if field.kind == Kind.ATTRIBUTE:
        attribute = names.attributes.get(field.name.removeprefix(ATTRIBUTE))
        return _BY_KIND.get(attribute.kind, _OTHERWISE) if attribute else _OTHERWISE
    able = [op for op in field.operators if op != "is" or "in" not in field.operators]
    return tuple(sorted(able, key=lambda op: op == "is"))


class ConditionForm(forms.Form):
    """A condition. `cleaned_data["leaf"]` is its JSON, checked as the engine will."""

    field = forms.ChoiceField(label=_("Look at"), error_messages={"invalid_choice": _("There is no such field.")})
    op = forms.ChoiceField(label=_("How"), error_messages={"invalid_choice": _("It cannot be compared like this.")})

    def __init__(self, data: Asked | None, names: Names, leaf: Leaf | None = None, asked: Asked | None = None) -> None:
        super().__init__(data, auto_id="pop-%s")
        chosen = (data or asked or {}).get("field") or (leaf or {}).get("field") or _START
        self.names = names
        self.about = field_of(chosen) or field_of(_START) or FIELDS[0]
        known = operators(self.about, names)
        op = (data or asked or {}).get("op") or ("in" if (leaf or {}).get("op") == "is" else (leaf or {}).get("op"))
        self.how = op if op in known else "is" if op == "in" and "is" in known else known[0]
        now = leaf if leaf and leaf.get("field") == self.about.name and self._same(leaf) else {}
        field, how = self.fields["field"], self.fields["op"]
        if isinstance(field, forms.ChoiceField) and isinstance(how, forms.ChoiceField):
            field.choices = field_choices(names)
            how.choices = [(one, OPERATORS[one]) for one in known]
        self.initial = {"field": self.about.name, "op": self.how}
        for one in (field, how):
            one.widget.attrs["aria-label"] = one.label
        if len(known) == 1:
            how.widget = forms.HiddenInput()
        self.fields.update(inputs(self.about, self.how, now, names))

    def _same(self, leaf: Leaf) -> bool:
        """Whether the value of before fits the comparison of now."""
        plain = {"is": "in"}
        return plain.get(str(leaf.get("op")), leaf.get("op")) == plain.get(self.how, self.how) or {
            str(leaf.get("op")),
            self.how,
        } <= {"at_least", "at_most", "is"}

    @property
    def inputs(self) -> list[forms.BoundField]:
        """The fields below the two choices."""
        return [self[name] for name in self.fields if name not in ("field", "op")]

    def clean(self) -> dict[str, Any]:
        """Make a condition of it, and let the engine look at it."""
        said = super().clean() or {}
        if self.errors:
            return said
        leaf: Leaf = {"field": self.about.name, "op": self.how, "value": _value(said)}
        if said.get("zone"):
            leaf["zone"] = said["zone"]
        try:
            check(leaf)
        except BadCondition as error:
            raise forms.ValidationError(error.remedy) from error
        return {**said, "leaf": leaf}


def _value(said: Asked) -> Any:
    if "start" in said:
        return [f"{said['start']:%H:%M}", f"{said['end']:%H:%M}"]
    if "flag" in said:
        return said["flag"] == "yes"
    return said["value"]

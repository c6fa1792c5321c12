"""The form of one part of what a rule does."""

from collections.abc import Callable, Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from inbox.ruling.doings import Actions
from inbox.ruling.inputs import Words
from inbox.ruling.names import Names
from inbox.ruling.phrases import PRIORITIES

_SPAM, _NOBODY = ":spam", ""
_GONE = _("There is no such choice any more.")
# Of tags: contacts/tags.py keeps no longer ones.
_LONGEST_TAG, _MOST_TAGS = 50, 20


class DoingForm(forms.Form):
    """`key` is the part of the sentence (inbox/ruling/doings.py); `actions()` what the rule does with it."""

    def __init__(self, key: str, data: Mapping[str, Any] | None, actions: Actions, names: Names) -> None:
        super().__init__(data, auto_id="pop-%s")
        self.key, self.now = key, actions
        self.fields["value"] = FIELDS[key](actions, names)

    @property
    def inputs(self) -> list[forms.BoundField]:
        """The one field."""
        return [self["value"]]

    def actions(self) -> dict[str, Any]:
        """All that the rule does, with this part as it was chosen."""
        value = self.cleaned_data["value"]
        kept = {key: said for key, said in self.now.items() if key != self.key}
        if self.key == "then":
            kept.pop("go_on", None)
            return kept | ({"go_on": True} if value == "go" else {})
        if self.key == "owner":
            kept.pop("spam", None)
            return kept | ({"spam": True} if value == _SPAM else {"owner": value} if value else {})
        if self.key == "assignee":
            value = int(value)
        return kept | {self.key: value}

    def clean_value(self) -> Any:
        """Tags no longer than a person's."""
        value = self.cleaned_data["value"]
        if self.key != "tags":
            return value
        if len(value) > _MOST_TAGS or any(len(one) > _LONGEST_TAG for one in value):
            raise forms.ValidationError(
                _("Write at most %(most)d tags of at most %(longest)d characters.")
                % {"most": _MOST_TAGS, "longest": _LONGEST_TAG}
            )
        return value


def without(actions: Actions, key: str) -> dict[str, Any]:
    """What the rule does, without this part."""
    return {name: said for name, said in actions.items() if name != key}


def _radio(pairs: list[tuple[str, Any]], now: Any, *, required: bool = True) -> forms.ChoiceField:
    if now not in {value for value, _name in pairs} and now:
        pairs = [*pairs, (str(now), str(now))]
    return forms.ChoiceField(
        label="",
        choices=pairs,
        initial=now,
        required=required,
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose one."), "invalid_choice": _GONE},
    )


def _departments(names: Names) -> list[tuple[str, str]]:
    return [(slug, names.department(slug)) for slug, one in names.departments.items() if not one.is_triage]


def _owner(actions: Actions, names: Names) -> forms.Field:
    others: list[tuple[str, Any]] = [
        (_NOBODY, _("Nowhere: later rules or the classifier decide")),
        (_SPAM, _("Set it aside as spam")),
    ]
    now = _SPAM if actions.get("spam") else actions.get("owner", "")
    return _radio([*_departments(names), *others], now, required=False)


def _contributors(actions: Actions, names: Names) -> forms.Field:
    held = list(actions.get("contributors", ()))
    pairs = [one for one in _departments(names) if one[0] != actions.get("owner")]
    pairs += [(one, one) for one in held if one not in dict(pairs)]
    return forms.MultipleChoiceField(
        label="",
        choices=pairs,
        initial=held,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one."), "invalid_choice": _GONE},
    )


def _assignee(actions: Actions, names: Names) -> forms.Field:
    pairs = [(str(pk), str(one)) for pk, one in names.colleagues.items()]
    now = actions.get("assignee")
    return _radio(pairs, "" if now is None else str(now))


def _priority(actions: Actions, names: Names) -> forms.Field:
    return _radio(list(PRIORITIES.items()), actions.get("priority", "high"))


def _tags(actions: Actions, names: Names) -> forms.Field:
    return Words(label=_("Tags"), initial="\n".join(actions.get("tags", ())))


def _role(actions: Actions, names: Names) -> forms.Field:
    return _radio(list(names.roles.items()), actions.get("role", ""))


def _then(actions: Actions, names: Names) -> forms.Field:
    pairs = [("stop", _("Stop: no later rule is asked")), ("go", _("Go on: later rules may add to it"))]
    return _radio(pairs, "go" if actions.get("go_on") else "stop")


FIELDS: Mapping[str, Callable[[Actions, Names], forms.Field]] = {
    "owner": _owner,
    "contributors": _contributors,
    "assignee": _assignee,
    "priority": _priority,
    "tags": _tags,
    "role": _role,
    "then": _then,
}

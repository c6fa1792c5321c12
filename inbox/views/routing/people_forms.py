"""What managers fill in about colleagues: what they take on, what they can do, where they work."""

import re
from functools import cache
from typing import Any

from django import forms
from django.conf.locale import LANG_INFO
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from inbox import giving
from inbox.facts.forms import FactForm
from people.models import Department, User

_MOST_OPEN = 1_000
_MOST_WORDS, _LONGEST_WORD = 30, 50
_PLAIN = ("name", "email", "capacity", "languages", "skills", "role")
_CODE = re.compile(r"[a-z]{2,3}\Z")


@cache
def _codes() -> dict[str, str]:
    """The codes of languages by their English and their own names, in small letters."""
    found: dict[str, str] = {}
    for code, facts in LANG_INFO.items():
        if "-" not in code and "name" in facts:
            found[facts["name"].casefold()] = found[facts["name_local"].casefold()] = code
    return found


class WordsField(forms.CharField):
    """Words with commas between them, as a list; each once, whatever its capitals."""

    def __init__(self, **options: Any) -> None:
        attributes = {"autocomplete": "off", "spellcheck": "false"}
        super().__init__(required=False, max_length=2_000, widget=forms.TextInput(attributes), **options)

    def prepare_value(self, value: Any) -> Any:
        """A list as it is written."""
        return ", ".join(giving.listed(value)) if isinstance(value, list) else value

    def clean(self, value: Any) -> Any:
        """At most thirty words of at most fifty characters."""
        text = str(super().clean(value))
        words = {" ".join(word.split()).casefold(): " ".join(word.split()) for word in re.split(r"[,;\n]", text)}
        words.pop("", None)
        if len(words) > _MOST_WORDS:
            raise forms.ValidationError(gettext("These are too many: %(n)s at most.") % {"n": _MOST_WORDS})
        long = next((word for word in words.values() if len(word) > _LONGEST_WORD), None)
        if long:
            says = ngettext(
                "“%(word)s…” is longer than %(n)s character.", "“%(word)s…” is longer than %(n)s characters.", 50
            )
            raise forms.ValidationError(says % {"word": long[:20], "n": _LONGEST_WORD})
        return list(words.values())


class LanguagesField(WordsField):
    """Languages by code or name, as a list of codes."""

    def prepare_value(self, value: Any) -> Any:
        """Codes as names."""
        if isinstance(value, list):
            return ", ".join(giving.language_name(code) for code in giving.listed(value))
        return value

    def clean(self, value: Any) -> Any:
        """Names become codes. Raises ValidationError for what is neither."""
        codes = []
        for word in super().clean(value):
            code = _codes().get(word.casefold()) or word.casefold()
            if not _CODE.match(code):
                says = gettext(
                    "“%(word)s” is no language that is known here. Write its name in English, or its code: de."
                )
                raise forms.ValidationError(says % {"word": word})
            codes.append(code)
        return list(dict.fromkeys(codes))


class ColleagueForm(FactForm):
    """A colleague, as managers may change them."""

    capacity = forms.IntegerField(
        label=_("How many open conversations they are given at most"),
        min_value=0,
        max_value=_MOST_OPEN,
        help_text=_("0: none by itself. Others can still assign them more."),
    )
    languages = LanguagesField(
        label=_("Languages"), help_text=_("With commas between them: German, English. Empty: any.")
    )
    skills = WordsField(
        label=_("Skills"), help_text=_("Words as in tags and products, with commas between them: refunds, heat pump.")
    )
    departments = forms.ModelMultipleChoiceField(
        Department.objects.order_by("position", "pk"),
        label=_("Departments"),
        required=False,
        error_messages={
            "invalid_choice": _("There is no such department."),
            "invalid_pk_value": _("There is no such department."),
            "invalid_list": _("There is no such department."),
        },
    )

    @property
    def plain(self) -> list[forms.BoundField]:
        """The fields that need no drawing of their own."""
        return [self[name] for name in _PLAIN if name in self.fields]


class WholeColleagueForm(ColleagueForm):
    """A colleague, as admins may change them. What was not asked for stays as it is."""

    name = forms.CharField(
        label=_("Name"), required=False, max_length=150, widget=forms.TextInput({"autocomplete": "off", "dir": "auto"})
    )
    email = forms.EmailField(
        label=_("E-mail"),
        required=False,
        widget=forms.EmailInput({"autocomplete": "off"}),
        error_messages={"invalid": _("This is no e-mail address. Write it as in name@example.com.")},
    )
    role = forms.ChoiceField(label=_("Role"), choices=User.Role.choices)
    is_active = forms.BooleanField(
        label=_("May log in"),
        required=False,
        help_text=_("Who may not is logged out at once, and what they have open goes back to the queues."),
    )

    def clean(self) -> dict[str, Any]:
        """Only what was sent."""
        said = dict(super().clean() or {})
        return {key: value for key, value in said.items() if key not in ("name", "email") or key in self.data}


class AssignsForm(forms.Form):
    """The departments that give new conversations to whoever is there."""

    assigns = forms.ModelMultipleChoiceField(
        Department.objects.all(),
        to_field_name="slug",
        required=False,
        error_messages={"invalid_choice": _("There is no such department.")},
    )

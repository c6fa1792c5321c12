"""Sentences that were written down in English, told in the language of whoever reads them.

What jobs write down (why a channel stands still, why two people were merged) is read later, by people of several
languages. It is kept as it is written here, in English, which is what translators know it by; so what was kept by an
older version is understood as well. Names and the words of networks in it stay as they are.

What people were told that they did stands in the language that they read then, and is understood in each.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from typing import Any

from django.conf import settings
from django.utils.translation import get_language, gettext, ngettext, override

from people.memory import forgettable
from people.shares import grouped

_VALUE = re.compile(r"\{(\w+)\}|%\((\w+)\)[sd]")
# Characters. What is longer is no sentence of ours, and one that holds another and that a third could go on for ever.
_LONGEST = 1_500
_NUMBERS, _NUMBER = ("n", "count", "days", "percent", "share"), r"\d[\d.,]*"


class Sentences:
    """Some that may have been kept. Of several that fit, the first one counts.

    `texts` gives them, in English or as what will be translated: with values by name, in braces or after a per cent; as
    a pair where there is one form for one and another for many. What is called `n`, `count`, `days`, `percent` or
    `share` is a number, `language` the name of one, and `what` a sentence itself. `spoken`: to a person, in any of the
    languages that there are.
    """

    def __init__(self, texts: Callable[[], Iterable[Any]], *, spoken: bool = False) -> None:
        self._texts, self._spoken = texts, spoken
        # A reason may quote the customer.
        self._told = forgettable(5_000)(self._tell)

    def told(self, text: str, **known: str) -> str:
        """The sentence in the language that is in force; what is none of these as it is. `known`: values that do not
        stay as they stand in it."""
        if len(text) > _LONGEST:
            return text
        return self._told(text, get_language() or "", tuple(sorted(known.items())))

    def fits(self, text: str) -> bool:
        """Whether it is one of these."""
        return text in self._whole or any(pattern.fullmatch(text) for pattern, _ in self._patterns)

    def _tell(self, text: str, language: str, known: tuple[tuple[str, str], ...] = ()) -> str:
        if language.startswith("en") and not self._spoken:
            return text
        if text in self._whole:
            return gettext(self._whole[text])
        for pattern, forms in self._patterns:
            if (found := pattern.fullmatch(text)) and self._fits_within(values := found.groupdict()):
                return self._with(_form(forms, values), values | dict(known), language)
        return text

    def _fits_within(self, values: Mapping[str, str]) -> bool:
        return "what" not in values or self.fits(values["what"])

    def _with(self, sentence: str, values: Mapping[str, str], language: str) -> str:
        said = {name: _number(value) if name in _NUMBERS else value for name, value in values.items()}
        if "what" in said:
            said["what"] = self._tell(said["what"], language)
        if "language" in said:
            said["language"] = gettext(said["language"])
        return _VALUE.sub(lambda one: said[one[1] or one[2]], sentence.replace("%%", "%"))

    @cached_property
    def _written(self) -> tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]:
        """How each stands there, and the same in English."""
        with override("en"):
            texts = [tuple(map(str, one)) if isinstance(one, tuple) else (str(one),) for one in self._texts()]
        written = [(forms, forms) for forms in texts]
        for language, _name in settings.LANGUAGES if self._spoken else ():
            with override(language):
                written += [(_forms(forms), forms) for forms in texts]
        return tuple(dict.fromkeys(written))

    @cached_property
    def _whole(self) -> Mapping[str, str]:
        return {there: english for (there, *_), (english, *_) in self._written if not _VALUE.search(english)}

    @cached_property
    def _patterns(self) -> tuple[tuple[re.Pattern[str], tuple[str, ...]], ...]:
        return tuple(
            (_pattern(one), english) for there, english in self._written for one in there if _VALUE.search(one)
        )


def _forms(english: tuple[str, ...]) -> tuple[str, ...]:
    one, *many = english
    return (ngettext(one, many[0], 1), ngettext(one, many[0], 2)) if many else (gettext(one),)


def _number(written: str) -> str:
    """A number as it stands in English, as its reader writes it."""
    whole = written.replace(",", "")
    return grouped(int(whole)) if "," in written and whole.isdecimal() else written


def _form(forms: tuple[str, ...], values: Mapping[str, str]) -> str:
    one, *many = forms
    if not many:
        return gettext(one)
    numbers = (value.replace(",", "") for value in values.values())
    return ngettext(one, many[0], next((int(number) for number in numbers if number.isdecimal()), 0))


def _pattern(sentence: str) -> re.Pattern[str]:
    written, end = "", 0
    for value in _VALUE.finditer(sentence):
        name = value[1] or value[2]
        written += f"{_plain(sentence[end : value.start()])}(?P<{name}>{_NUMBER if name in _NUMBERS else '.*'})"
        end = value.end()
    return re.compile(written + _plain(sentence[end:]), re.DOTALL)


def _plain(words: str) -> str:
    return re.escape(words.replace("%%", "%"))

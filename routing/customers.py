"""Comparisons of a customer's attributes, which the company defines: texts, numbers, days, choices, yes or no."""

from collections.abc import Callable, Mapping

from routing.fields import ATTRIBUTE, WORDINGS, Field
from routing.moments import day_of
from routing.outcomes import LONGEST_TERM, BadCondition, Outcome, Result, unknown
from routing.subject import Subject
from routing.values import figure, names, shown, yes_or_no
from routing.wording import Phrase, Wording, fold


def attribute(field: Field, op: str, value: object) -> Callable[[Subject], Result]:
    """A comparison of an attribute of the customer, whose values are kept in their canonical form."""
    slug, no_customer = field.name.removeprefix(ATTRIBUTE), unknown(field)
    compare = _known(field, value) if op == "known" else _attribute_value(field, op, value)

    def evaluate(subject: Subject) -> Result:
        customer = subject.signals.customer
        return no_customer if customer is None else compare(customer.attributes.get(slug, ""))

    return evaluate


def _known(field: Field, value: object) -> Callable[[str], Result]:
    wanted = yes_or_no(field, value)
    yes, no = f"the {field.noun} is known", f"the {field.noun} is not known"
    matched = Result(Outcome.MATCH, yes if wanted else no)
    no_match = Result(Outcome.NO_MATCH, no if wanted else yes)
    return lambda said: matched if bool(said) is wanted else no_match


def _attribute_value(field: Field, op: str, value: object) -> Callable[[str], Result]:
    compare = _ATTRIBUTES[op](field, op, value)
    failed = unknown(field)
    unlike = Result(Outcome.FAILED, f"the {field.noun} cannot be compared like this")
    wording = WORDINGS[op].replace("is", "is not", 1)
    no_match = Result(Outcome.NO_MATCH, f"the {field.noun} {wording} {shown(value)}")

    def evaluate(said: str) -> Result:
        if not said:
            return failed
        holds = compare(said)
        return unlike if holds is None else Result(Outcome.MATCH, said[:LONGEST_TERM]) if holds else no_match

    return evaluate


def _attribute_names(field: Field, op: str, value: object) -> Callable[[str], bool | None]:
    wanted = {fold(each) for each in names(field, value)}
    return lambda said: fold(said) in wanted


def _attribute_words(field: Field, op: str, value: object) -> Callable[[str], bool | None]:
    phrases = [Phrase(each) for each in names(field, value)]

    def compare(said: str) -> bool:
        text = Wording(said)
        return any(text.says(phrase) for phrase in phrases)

    return compare


def _attribute_figure(field: Field, op: str, value: object) -> Callable[[str], bool | None]:
    bound = figure(field, value)

    def compare(said: str) -> bool | None:
        try:
            return float(said) >= bound if op == "at_least" else float(said) <= bound
        except ValueError:
            return None

    return compare


def _attribute_day(field: Field, op: str, value: object) -> Callable[[str], bool | None]:
    bound = day_of(value)
    if bound is None:
        raise BadCondition(field.name, value, "Give a day as year, month and day: 2026-05-03.")

    def compare(said: str) -> bool | None:
        day = day_of(said)
        return None if day is None else day < bound if op == "before" else day > bound

    return compare


_ATTRIBUTES: Mapping[str, Callable[[Field, str, object], Callable[[str], bool | None]]] = {
    "is": _attribute_names,
    "in": _attribute_names,
    "contains": _attribute_words,
    "at_least": _attribute_figure,
    "at_most": _attribute_figure,
    "before": _attribute_day,
    "after": _attribute_day,
}

"""Numbers as each language writes them: 88.4% and 1,200 in English, 88,4 % and 1.200 in German."""

from django.utils.formats import number_format
from django.utils.translation import gettext


def grouped(number: int) -> str:
    """A whole number with its thousands apart."""
    return number_format(number, force_grouping=True)


def percent(number: float, digits: int = 0) -> str:
    """A number of per cent."""
    return gettext("%(n)s%%") % {"n": number_format(number, digits)}


def signed(number: float, digits: int) -> str:
    """A number with its sign, also where it is above nothing."""
    return f"{'+' if number >= 0 else '−'}{number_format(abs(number), digits)}"

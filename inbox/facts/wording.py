"""How facts about a person read on a page: values of attributes, who said them, amounts of money."""

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from django.utils.formats import date_format, number_format
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from contacts.currencies import SIGNS
from contacts.models import Attribute
from contacts.models.facts import Source
from inbox.presentation import link, short_date

if TYPE_CHECKING:
    from contacts.models import AttributeValue

Kind = Attribute.Kind


def shown(kind: str, value: str) -> SafeString:
    """A value in the reader's way of writing; links, addresses and numbers of telephones can be followed."""
    if kind == Kind.NUMBER and value:
        digits = len(value.partition(".")[2])
        return escape(number_format(Decimal(value), decimal_pos=digits, force_grouping=True))
    if kind == Kind.DATE and value:
        return escape(date_format(date.fromisoformat(value), gettext("j F Y")))
    if kind == Kind.YES_NO and value:
        return escape(gettext("Yes") if value == "yes" else gettext("No"))
    if kind == Kind.LINK and value:
        return link(value)
    if kind == Kind.EMAIL and value:
        return format_html('<a class="link" href="mailto:{}">{}</a>', value, value)
    if kind == Kind.PHONE and value:
        return format_html('<a class="link" href="tel:{}">{}</a>', value, value)
    return escape(value)


def said_by(said: "AttributeValue", now: datetime) -> str:
    """Who said a value, and when: "Jonas Weber, 3 May", "Import from salesforce, 2 May"."""
    day = short_date(said.at, now)
    if said.source == Source.PERSON:
        name = str(said.by) if said.by else gettext("A former colleague")
        return f"{name}, {day}"
    if said.source_import is not None:
        return gettext("Import from %(system)s, %(day)s") % {"system": said.source_import.system, "day": day}
    return gettext("Import, %(day)s") % {"day": day}


def money(amount: Decimal | None, currency: str) -> str:
    """An amount with its currency: "€46,900", "1,250.50 CHF"; empty for none."""
    if amount is None:
        return ""
    digits = 0 if amount == amount.to_integral_value() else 2
    number = number_format(amount, decimal_pos=digits, force_grouping=True)
    return f"{SIGNS[currency]}{number}" if currency in SIGNS else f"{number} {currency}"

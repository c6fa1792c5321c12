"""The one form in which a value of an attribute is kept, whatever way it was written in."""

import re
import unicodedata
from collections.abc import Callable, Collection, Mapping
from datetime import date
from decimal import Decimal
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from contacts.models.facts import Attribute
from contacts.names import fold
from contacts.refused import Refused

Kind = Attribute.Kind
LONGEST = 2_000
_DIGITS = 30
_YES = frozenset({"yes", "y", "true", "1", "on", "ja", "oui", "si", "sim", "да"})
_NO = frozenset({"no", "n", "false", "0", "off", "nein", "non", "nao", "нет"})
_NUMBER = re.compile(r"[+-]?\d[\d.,]*|[+-]?[.,]\d+")
_DAY = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ]00:00(?::00(?:\.0+)?)?Z?)?|(\d{4})/(\d{1,2})/(\d{1,2})")
_GERMAN_DAY = re.compile(r"(\d{1,2})\. ?(\d{1,2})\. ?(\d{4})")
_HOST = re.compile(r"(?=.{1,253}$)[^\s./@]+(\.[^\s./@]+)+\.?")


def canonical(kind: str, text: str, choices: Collection[str] = ()) -> str:
    """The form in which `text` is kept; empty for nothing. The canonical form of one is itself.

    Raises Refused with what is wrong with the value and how to write it.
    """
    # Control characters and lone surrogates mean nothing to anybody, and the database refuses them.
    text = "".join(c for c in text if c == "\n" or unicodedata.category(c) not in ("Cc", "Cs")).strip()
    if not text:
        return ""
    if len(text) > LONGEST:
        raise Refused(_("The value has %(n)d characters. Shorten it to 2,000.") % {"n": len(text)}, field="value")
    if kind == Kind.CHOICE:
        return _choice(text, choices)
    return _FORMS[kind](text)


def _text(text: str) -> str:
    return text


def _choice(text: str, choices: Collection[str]) -> str:
    found = next((one for one in choices if one == text), None)
    found = found or next((one for one in choices if fold(one) == fold(text)), None)
    if found is None:
        named = {"value": _short(text), "choices": ", ".join(choices)}
        raise _wrong(_("“%(value)s” is none of the choices. Choose one of: %(choices)s.") % named)
    return found


def _number(text: str) -> str:
    plain = "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in text)
    plain = re.sub(r"(?<=\d)[\s\u00a0\u2009\u202f'’_](?=\d{3}(?!\d))", "", plain.replace("\u2212", "-"))
    if not _NUMBER.fullmatch(plain) or sum(c.isdigit() for c in plain) > _DIGITS:
        raise _wrong(_("“%(value)s” is not a number. Write it like 1234.5.") % {"value": _short(text)})
    number = Decimal(_with_point(plain, text))
    shown = f"{number:f}"
    shown = shown.rstrip("0").rstrip(".") if "." in shown else shown
    return "0" if not number else shown


def _with_point(plain: str, text: str) -> str:
    """The number with a point before its fraction and nothing else between its digits."""
    points, commas = plain.count("."), plain.count(",")
    if points and commas:
        mark, other = (".", ",") if plain.rindex(".") > plain.rindex(",") else (",", ".")
        whole, _mark, fraction = plain.rpartition(mark)
        if mark in whole or not _is_grouped(whole, other):
            raise _wrong(_("“%(value)s” is not a number. Write it like 1234.5.") % {"value": _short(text)})
        return f"{whole.replace(other, '')}.{fraction}"
    mark = "," if commas else "."
    if points + commas > 1:
        if not _is_grouped(plain, mark):
            raise _wrong(_("“%(value)s” is not a number. Write it like 1234.5.") % {"value": _short(text)})
        return plain.replace(mark, "")
    if re.fullmatch(r"[+-]?[1-9]\d{0,2},\d{3}", plain):
        joined, pointed = plain.replace(",", ""), plain.replace(",", ".")
        named = {"value": _short(text), "joined": joined, "pointed": pointed}
        raise _wrong(_("“%(value)s” can mean two numbers. Write %(joined)s or %(pointed)s.") % named)
    return plain.replace(",", ".")


def _is_grouped(whole: str, mark: str) -> bool:
    first, *others = whole.lstrip("+-").split(mark)
    return 1 <= len(first) <= 3 and bool(others) and all(len(one) == 3 and one.isdigit() for one in others)


def _day(text: str) -> str:
    plain = "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in text)
    if match := _DAY.fullmatch(plain):
        year, month, day = match.group(1, 2, 3) if match[1] else match.group(4, 5, 6)
    elif match := _GERMAN_DAY.fullmatch(plain):
        day, month, year = match.groups()
    else:
        raise _wrong(_("“%(value)s” is not a date. Write year, month and day: 2024-05-03.") % {"value": _short(text)})
    try:
        return date(int(year), int(month), int(day)).isoformat()
    except ValueError as error:
        raise _wrong(_("There is no day %(value)s. Check the month and the day.") % {"value": _short(text)}) from error


def _yes_no(text: str) -> str:
    said = fold(text)
    if said not in _YES | _NO:
        raise _wrong(_("“%(value)s” is neither yes nor no. Write yes or no.") % {"value": _short(text)})
    return "yes" if said in _YES else "no"


def _link(text: str) -> str:
    has_scheme = re.match(r"[a-zA-Z][\w+.-]*:(?!\d)", text) is not None
    url = text if has_scheme else f"https://{text}"
    try:
        parsed = urlsplit(url)
        host, _port = parsed.hostname or "", parsed.port
    except ValueError:
        parsed, host = urlsplit(""), ""
    # What nobody gave a scheme must at least have a dot, or every word would be an address.
    is_host = bool(host) if has_scheme else _HOST.fullmatch(host) is not None
    if parsed.scheme not in ("http", "https") or not is_host or "@" in parsed.netloc or re.search(r"[\s\\]", url):
        named = {"value": _short(text)}
        raise _wrong(_("“%(value)s” is not a link. Write an address that begins with https://.") % named)
    return f"{parsed.scheme}:{url.partition(':')[2]}"


def _email(text: str) -> str:
    address = text.removeprefix("mailto:").casefold()
    try:
        validate_email(address)
    except ValidationError as error:
        named = {"value": _short(text)}
        raise _wrong(_("“%(value)s” is not an e-mail address. Write it like name@example.org.") % named) from error
    return address


def _phone(text: str) -> str:
    plain = "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in text)
    bare = re.sub(r"[\s\u00a0\u202f().\-\u2010-\u2013/]", "", plain.removeprefix("tel:")).replace("\uff0b", "+")
    bare = f"+{bare[2:]}" if bare.startswith("00") else bare
    if not re.fullmatch(r"\+?\d{3,15}", bare):
        named = {"value": _short(text)}
        raise _wrong(_("“%(value)s” is not a phone number. Write it like +49 841 1234, without an extension.") % named)
    return bare


def _wrong(why: str) -> Refused:
    return Refused(why, field="value")


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:59]}…"


_FORMS: Mapping[str, Callable[[str], str]] = {
    Kind.TEXT: _text,
    Kind.NUMBER: _number,
    Kind.DATE: _day,
    Kind.YES_NO: _yes_no,
    Kind.LINK: _link,
    Kind.EMAIL: _email,
    Kind.PHONE: _phone,
}

"""Phone numbers, e-mail addresses and order numbers that people type in messages. Free of Django.

All in time that grows with the text alone: the patterns are bounded, and an RE2 engine runs them.
"""

import re2

from contacts.names import fold

Typed = tuple[str, str]  # kind, value
# What somebody pastes a list of is not theirs.
_MOST = 10
_DIGITS = frozenset("0123456789")
# Whose addresses many people answer for.
_ROLES = """
abuse admin billing contact customerservice donotreply hello help helpdesk hi hr info jobs kontakt mail mailer-daemon
marketing media news newsletter no-reply noreply no_reply office orders postmaster pr press privacy sales security
service shop support team webmaster
"""
ROLE_ADDRESSES = frozenset(_ROLES.split())
_EMAIL = re2.compile(r"[A-Za-z0-9_%+][A-Za-z0-9._%+-]{0,63}@[A-Za-z0-9][A-Za-z0-9.-]{0,180}\.[A-Za-z]{2,24}")
# Digits in groups as people write phone numbers, with at least seven of them (E.164 allows fifteen).
_PHONE = re2.compile(r"(?:\+|\b00)?\(?\d(?:(?:[ .\-/\x{a0}]|\)[ \-/]?|[ ]?\(| - )?\d){6,16}\b")
_ANNOUNCED = """
anrufen call cell celular fono handy mobil mobile movil móvil phone rufnummer tel telefon telefone telefono teléfono
telephone téléphone whatsapp
"""
_PHONE_WORDS = frozenset(fold(one) for one in _ANNOUNCED.split())
# Numbers that a company pays for are no customer's own: 0800, 00800, 1-888 and their like.
_FREE = re2.compile(r"(?:00|\+)?(?:800|0?0800\d|0180\d|1?8(?:00|33|44|55|66|77|88)\d{7}$)")
_GROUPED = re2.compile(r"(?:1[ .-])?\(?[2-9]\d{2}\)?[ .-]{1,2}\d{3}[ .-]\d{4}")
# A word that announces a number, and what follows it: "order no. R-2291", "Bestellnummer: 4711-22".
_ORDER = re2.compile(
    r"(?i)(?:^|[^\pL\pN])(?:order|booking|case|ticket|invoice|reference|ref|receipt|reservation|tracking|contract|policy|claim|"
    r"bestell(?:ung|nummer|nr)?|auftrags?(?:nummer|nr)?|rechnungs?(?:nummer|nr)?|vorgangs?(?:nummer|nr)?|fall|"
    r"kunden(?:nummer|nr)|commande|facture|dossier|r[ée]servation|pedido|encomenda|factura|fatura|reserva|caso|ordine|"
    r"fattura|prenotazione|заказ(?:а|у|ом)?|заявк[аи])"
    r"[ \t]{0,2}(?:id|is|was|no|nr|num|number|nummer|numero|número|num[ée]ro|n[°º]|№|code)?[ \t.:#№-]{0,4}"
    r"([A-Za-z]{0,6}[-/]?\d[A-Za-z0-9]{0,12}(?:[-/][A-Za-z0-9]{1,12}){0,3})\b"
)
_SHAPE = re2.compile(r"\b([A-Z]{1,5})-(\d{4,12})\b")
# Shapes that are names of standards, models and records, which many people write about.
_STANDARDS = """
AES AMD ANSI CEN CVE DIN EN EU GPT GTX IEC IEEE INTEL ISO MH NGC PEP RFC RTX RX SHA SN TLS UTF WH
"""
_NO_ORDERS = frozenset(_STANDARDS.split())
_YEARS = range(1900, 2100)


def typed(text: str) -> list[Typed]:
    """What a text tells of its writer, at most ten findings: ("phone", "715554471"), ("email", "dana@example.org"),
    ("order", "R-2291").

    A phone number is kept by its last nine digits, which are the same with and without the country's code. Prices,
    years, dates, hashtags and bare numbers are nothing.
    """
    digits, found = sum(map(text.count, "0123456789")), list[Typed]()
    if "@" in text and "." in text:
        found += _emails(text)
    if digits >= 7:
        found += _phones(text)
    if digits >= 4:
        found += _orders(text)
    return list(dict.fromkeys(found))[:_MOST]


def _emails(text: str) -> list[Typed]:
    found = []
    for match in _EMAIL.finditer(text):
        address = match[0].casefold()
        if ".." not in address and address.partition("@")[0] not in ROLE_ADDRESSES:
            found.append(("email", address[:200]))
        if len(found) == _MOST:
            break
    return found


def _phones(text: str) -> list[Typed]:
    found: list[Typed] = []
    for match in _PHONE.finditer(text):
        start, end = match.span()
        if _is_phone(match[0], text[max(0, start - 24) : start], text[end : end + 1]):
            value = phone(match[0])
            found += [("phone", value)] if value else []
        if len(found) == _MOST:
            break
    return found


def _is_phone(written: str, before: str, after: str) -> bool:
    if (
        before[-1:].isalnum()
        or before[-1:] in ("#", "@", "_", "-", "$", "€", "£", "+", "=", "/", ".")
        or after in ("_", "%")
    ):
        return False
    bare = "".join(one for one in written if one in _DIGITS)
    if _FREE.match(bare):
        return False
    if written.startswith(("+", "00")):
        return 9 <= len(bare) <= 17
    if _GROUPED.fullmatch(written):
        return True
    announced = any(word.strip(".:,;()") in _PHONE_WORDS for word in fold(before).replace(":", " ").split())
    if announced:
        return True
    # A trunk prefix and groups; a single run of digits may be anything, and a date has its own shape.
    return written.startswith(("0", "(0")) and len(bare) >= 9 and len(bare) < len(written) and written[2:3] not in "./-"


def phone(written: str) -> str:
    """The form in which a phone number is compared: its last nine digits, without the zeros before it; empty where it
    has fewer than seven."""
    bare = "".join(one for one in written if one in _DIGITS).lstrip("0")
    return bare[-9:] if len(bare) >= 7 and len(set(bare)) > 1 else ""


def _orders(text: str) -> list[Typed]:
    found = []
    for match in _ORDER.finditer(text):
        value = _order(match[1])
        if value:
            found.append(("order", value))
        if len(found) == _MOST:
            return found
    for match in _SHAPE.finditer(text):
        if match[1] not in _NO_ORDERS and not (len(match[2]) == 4 and int(match[2]) in _YEARS):
            found.append(("order", f"{match[1]}-{match[2]}"))
        if len(found) == _MOST:
            break
    return found


def _order(written: str) -> str:
    """An order number in one form: "r2291" → "R-2291". Empty for what is too short or is a year."""
    text = written.upper().replace("/", "-")
    digits = [one for one in text if one in _DIGITS]
    if len(digits) < 4 or (text.isdecimal() and len(text) == 4 and int(text) in _YEARS):
        return ""
    letters = len(text) - len(text.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
    if letters and text[letters:].isdecimal():
        return f"{text[:letters]}-{text[letters:]}"
    return text

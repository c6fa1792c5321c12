"""From a row of a table to what it says of a person, or to the reason why it cannot be taken in."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from contacts import tags
from contacts.canonical import canonical
from contacts.models.facts import Attribute
from contacts.names import fold
from contacts.refused import Refused
from contacts.sheets import accounts
from contacts.sheets.accounts import Account
from contacts.sheets.decoding import BROKEN, shown
from contacts.sheets.sheet import Row

_SEVERAL = re.compile(r"[;|\n]")
_SEVERAL_WORDS = re.compile(r"[,;|\n]")
_EMAIL = re.compile(r"[^\s@<>\"(),:;\[\]\\]{1,64}@[^\s@<>\"(),:;\[\]\\]{1,250}\.[^\s@<>\"(),:;\[\]\\.]{2,}")
_CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]+")
_KEY = 400
_NAME = 200
_URL = 2_000


class Rejected(Exception):
    """A row that cannot be taken in; the text names the column, what stands there, and what to do."""


@dataclass(frozen=True, slots=True)
class Terms:
    """The company's words that a row may use: ids of roles by name and slug (folded), of owners by department and
    username, and the kinds and choices of attributes by slug."""

    roles: Mapping[str, int] = field(default_factory=dict)
    owners: Mapping[tuple[str, str], tuple[int, int]] = field(default_factory=dict)
    attributes: Mapping[str, tuple[str, Sequence[str]]] = field(default_factory=dict)
    encoding: str = "UTF-8"


@dataclass(slots=True)
class Record:
    """What a row says of a person. `keys`: of records in systems, as they stand on the network `crm`."""

    line: int
    key: str = ""
    name: str = ""
    given: str = ""
    family: str = ""
    url: str = ""
    emails: list[str] = field(default_factory=list)
    accounts: list[Account] = field(default_factory=list)
    roles: list[int] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    owners: list[tuple[int, int]] = field(default_factory=list)
    do_not_contact: bool = False
    values: dict[str, str] = field(default_factory=dict)

    @property
    def anchor(self) -> tuple[str, str]:
        """By what the person is known when the file is read again: their key, else an address, else an account."""
        if self.key:
            return "key", self.key
        if self.emails:
            return "email", self.emails[0]
        one = self.accounts[0]
        return one.network, one.external_id or f"@{one.handle}"


def read(row: Row, names: Sequence[str], meanings: Sequence[str], terms: Terms) -> Record:
    """What a row says. Raises Rejected."""
    if row.trouble:
        raise Rejected(row.trouble)
    record = Record(row.line)
    for name, meaning, cell in zip(names, meanings, row.cells, strict=False):
        if meaning and cell:
            _check(name, cell, terms)
            # The apostrophe that exports put before what a spreadsheet would take for a formula.
            plain = cell[1:] if cell[0] == "'" and cell[1:2] in ("=", "+", "-", "@", "\t", "\r") else cell
            if plain := plain.strip():
                _say(record, name, meaning, plain, terms)
    record.name = record.name or f"{record.given} {record.family}".strip()
    if len(record.name) > _NAME:
        raise Rejected(_("The name has %(n)d characters. Shorten it to 200.") % {"n": len(record.name)})
    if not (record.key or record.emails or record.accounts):
        raise Rejected(
            _("There is no key, no e-mail address and no account, so nobody could be recognised by this row.")
        )
    return record


def _check(name: str, cell: str, terms: Terms) -> None:
    if BROKEN.search(cell):
        said = _(
            "“%(value)s” holds bytes that mean nothing in %(encoding)s. Choose another encoding, or mend the cell."
        )
        raise _wrong(name, said % {"value": _short(cell), "encoding": terms.encoding})
    if "\x00" in cell:
        raise _wrong(name, _("“%(value)s” holds a zero byte. Take it out of the cell.") % {"value": _short(cell)})


def _say(record: Record, name: str, meaning: str, cell: str, terms: Terms) -> None:
    head, _colon, rest = meaning.partition(":")
    if head in ("name", "given_name", "family_name"):
        setattr(record, head.removesuffix("_name"), one_line(cell))
    elif head == "attribute":
        slug = rest.partition(":")[0]
        kind, choices = terms.attributes.get(slug, (rest.partition(":")[2], ()))
        try:
            value = canonical(kind, cell, choices)
        except Refused as error:
            raise _wrong(name, str(error)) from error
        if value:
            record.values[slug] = value
    elif head in ("account", "account_id"):
        record.accounts += [_account(name, head, rest, part) for part in _parts(cell, _SEVERAL)]
    else:
        _SAY[head](record, name, cell, terms)


def _email(record: Record, name: str, cell: str, terms: Terms) -> None:
    for part in _parts(cell, re.compile(r"[,;|\s]+")):
        address = part.removeprefix("mailto:").strip("<>").casefold()
        if not _EMAIL.fullmatch(address):
            said = _("“%(value)s” is not an e-mail address. Write it like name@example.org.")
            raise _wrong(name, said % {"value": _short(part)})
        if address not in record.emails:
            record.emails.append(address)


def _key(record: Record, name: str, cell: str, terms: Terms) -> None:
    record.key = one_line(cell)
    if len(record.key) > _KEY:
        raise _wrong(name, _("The key has %(n)d characters. 400 are possible.") % {"n": len(record.key)})


def _url(record: Record, name: str, cell: str, terms: Terms) -> None:
    if not re.match(r"https?://[^\s/]+", cell, re.IGNORECASE) or len(cell) > _URL or not cell.isprintable():
        said = _("“%(value)s” is not a web address. Write it with https:// at its beginning.")
        raise _wrong(name, said % {"value": _short(cell)})
    record.url = cell


def _profile(record: Record, name: str, cell: str, terms: Terms) -> None:
    for part in _parts(cell, re.compile(r"[;|\s]+")):
        account = accounts.of_profile(part)
        if account is None:
            said = _("“%(value)s” is not the address of a profile on a network we know. Take it out of the cell.")
            raise _wrong(name, said % {"value": _short(part)})
        record.accounts.append(account)


def _role(record: Record, name: str, cell: str, terms: Terms) -> None:
    for part in _parts(cell, _SEVERAL_WORDS):
        kind = terms.roles.get(fold(part))
        if kind is None:
            said = _("There is no role “%(value)s”. Make it in the settings first, or take it out of the cell.")
            raise _wrong(name, said % {"value": _short(part)})
        if kind not in record.roles:
            record.roles.append(kind)


def _tag(record: Record, name: str, cell: str, terms: Terms) -> None:
    for part in _parts(cell, _SEVERAL_WORDS):
        try:
            tag = tags.clean(part)
        except Refused as error:
            raise _wrong(name, str(error)) from error
        if tag not in record.tags:
            record.tags.append(tag)


def _owner(record: Record, name: str, cell: str, terms: Terms) -> None:
    for part in _parts(cell, _SEVERAL_WORDS):
        department, _colon, username = part.partition(":")
        found = terms.owners.get((fold(department), username.strip()))
        if found is None:
            said = _(
                "“%(value)s” is nobody who can look after people there. Write department:username, like sales:jonas."
            )
            raise _wrong(name, said % {"value": _short(part)})
        if found not in record.owners:
            record.owners.append(found)


def _do_not_contact(record: Record, name: str, cell: str, terms: Terms) -> None:
    try:
        record.do_not_contact = fold(cell) == "x" or canonical(Attribute.Kind.YES_NO, cell) == "yes"
    except Refused as error:
        raise _wrong(name, str(error)) from error


_SAY = {
    "email": _email,
    "key": _key,
    "url": _url,
    "profile": _profile,
    "role": _role,
    "tag": _tag,
    "owner": _owner,
    "do_not_contact": _do_not_contact,
}


def _account(name: str, how: str, network: str, text: str) -> Account:
    network, _colon, system = network.partition(":")
    if how == "account_id":
        account = accounts.by_id(network, f"{system}:{text}" if system else text)
    else:
        account = accounts.on(network, text)
    if account is None:
        said = _("“%(value)s” is not an account on %(network)s. Write its handle or the address of its profile.")
        raise _wrong(name, said % {"value": _short(text), "network": accounts.NETWORKS.get(network, network)})
    return account


def one_line(text: str) -> str:
    """The text on one line, without characters that nobody sees."""
    return " ".join(_CONTROLS.sub(" ", text).split()) if not text.isprintable() or "  " in text else text


def _parts(cell: str, separator: re.Pattern[str]) -> list[str]:
    return [part for one in separator.split(cell) if (part := one_line(one).strip())]


def _wrong(column: str, why: str) -> Rejected:
    return Rejected(f"{column}: {why}")


def _short(text: str) -> str:
    text = shown(text)
    return text if len(text) <= 60 else f"{text[:59]}…"

"""What is known of an account, as far as it tells whose it is. Free of Django."""

from dataclasses import dataclass
from functools import cached_property

from contacts.matching import names
from contacts.names import fold

RECORD = "crm"  # the network of records of a company's customer management


@dataclass(frozen=True, kw_only=True)
class Facts:
    """One account, with what a file of customers says of it. All texts as people wrote them, but for the sets:

    `phones`, `emails` and `orders` are in the form that `contacts.matching.typed` gives them, `addresses` (of the
    account's own pages) and `links` (to pages that it names) as contacts/resolve.py writes them down. `records` are
    the customers that its person is known as: pairs of system and key.
    """

    identity: int = 0
    network: str = ""
    handle: str = ""
    name: str = ""
    location: str = ""
    birth_date: str = ""
    street: str = ""
    postal_code: str = ""
    city: str = ""
    number: str = ""
    phones: frozenset[str] = frozenset()
    emails: frozenset[str] = frozenset()
    orders: frozenset[str] = frozenset()
    addresses: frozenset[str] = frozenset()
    links: frozenset[str] = frozenset()
    records: frozenset[tuple[str, str]] = frozenset()

    @cached_property
    def name_parts(self) -> tuple[str, ...]:
        """The parts of the name. An address or a handle that stands in a name's place is none."""
        if "@" in self.name or "://" in self.name:
            return ()
        return names.parts(self.name)

    @cached_property
    def place(self) -> str:
        """The town, folded, without the country behind it."""
        town = fold((self.city or self.location)[:200])
        for mark in (",", "/", "|", " - ", "·", "•", "&", " and "):
            town = town.partition(mark)[0] or town
        return "".join(one for one in town if one.isalnum() or one in " -'").strip()

    @cached_property
    def way(self) -> tuple[str, ...]:
        """The street's words and the number of the house, in alphabetical order."""
        text = "".join(one if one.isalnum() else " " for one in fold(self.street[:200]))
        return tuple(sorted({_WAYS.get(one, one) for one in text.split()} - {""}))

    @cached_property
    def zip(self) -> str:
        """The postal code without what is between its characters."""
        return "".join(one for one in fold(self.postal_code[:20]) if one.isalnum())

    @cached_property
    def born(self) -> str:
        """The date of birth as eight digits, year first; empty where it is none."""
        digits = "".join(one for one in self.birth_date[:20] if one in "0123456789")
        return digits if len(digits) == 8 else ""


# What kind of way it is, is often left out, shortened, or mistaken.
_WAY_WORDS = """
street st str strasse straße road rd avenue ave av lane ln drive dr place pl court ct crescent cres circuit cct close
cl way weg allee platz gasse rue via calle boulevard blvd parade pde terrace tce highway hwy square sq
"""
_WAYS = dict.fromkeys((fold(one) for one in _WAY_WORDS.split()), "")

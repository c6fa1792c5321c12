"""What an import needs beside its file: what its columns mean, and the company's words that its cells may use."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from contacts.crm import files
from contacts.models import Attribute, Import, RoleKind
from contacts.names import fold
from contacts.sheets import sheet
from contacts.sheets.decoding import ENCODINGS
from contacts.sheets.record import Record, Terms, read
from contacts.sheets.sheet import Layout, Row
from people.models import Department, User

_ANCHORS = ("key", "email", "account", "account_id", "profile")


@dataclass(frozen=True, slots=True)
class Plan:
    """How to read a file: its layout, the meaning of each column, and the words. `attributes`: their ids by slug."""

    source: Import
    layout: Layout
    meanings: Sequence[str]
    terms: Terms
    attributes: dict[str, int]

    def rows(self) -> Iterator[Row]:
        """All rows of the file. Raises files.LetGo."""
        return sheet.rows(files.content(self.source.pk), self.source.encoding, self.layout)

    def read(self, row: Row) -> Record:
        """What a row says. Raises Rejected."""
        return read(row, self.layout.names, self.meanings, self.terms)

    def anchor(self, row: Row) -> Record:
        """As `read`, as far as it says whom the row is about."""
        only = [one if one.partition(":")[0] in _ANCHORS else "" for one in self.meanings]
        return read(row, self.layout.names, only, self.terms)


def plan(source: Import) -> Plan:
    """The plan of an import, from its mapping."""
    meanings: list[str] = source.mapping.get("meanings", [])
    layout = Layout(source.delimiter, bool(source.mapping.get("header", True)), source.mapping.get("names", []))
    found = {one.slug: one for one in Attribute.objects.filter(slug__in=slugs(meanings))}
    roles: dict[str, int] = {}
    for one in RoleKind.objects.filter(is_active=True) if "role" in meanings else ():
        roles |= {fold(one.name): one.pk, fold(one.slug): one.pk}
    terms = Terms(
        roles=roles,
        owners=_owners() if "owner" in meanings else {},
        attributes={slug: (one.kind, tuple(one.choices)) for slug, one in found.items()},
        encoding=ENCODINGS.get(source.encoding, source.encoding),
    )
    return Plan(source, layout, meanings, terms, {slug: one.pk for slug, one in found.items()})


def slugs(meanings: Sequence[str]) -> set[str]:
    """The attributes that a mapping speaks of."""
    return {one.split(":")[1] for one in meanings if one.startswith("attribute:")}


def _owners() -> dict[tuple[str, str], tuple[int, int]]:
    """Who can look after people in which department: its members, and those who manage all."""
    users = User.objects.filter(is_active=True)
    managing = list(users.filter(role__in=[User.Role.MANAGER, User.Role.ADMIN]).values_list("username", "pk"))
    found: dict[tuple[str, str], tuple[int, int]] = {}
    for department in Department.objects.prefetch_related("members"):
        members = [(one.username, one.pk) for one in department.members.all() if one.is_active]
        for username, pk in [*members, *managing]:
            for name in (fold(department.slug), fold(department.name)):
                found[name, username] = department.pk, pk
    return found

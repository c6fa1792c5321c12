"""What rules may name: the departments, colleagues, roles … that there are now. None: nobody looked."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Names:
    """Slugs of departments and roles, ids of colleagues, names of calendars, kinds of attributes by slug."""

    departments: Collection[str] | None = None
    colleagues: Collection[int] | None = None
    roles: Collection[str] | None = None
    calendars: Collection[str] | None = None
    attributes: Mapping[str, str] | None = None


def is_gone(name: object, known: Collection[object] | None) -> bool:
    """Whether somebody looked and did not find it."""
    return known is not None and name not in known

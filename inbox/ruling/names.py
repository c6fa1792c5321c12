"""The company's own names that rules may use: departments, colleagues, roles, channels, products, hours, attributes."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.conf.locale import LANG_INFO
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from connectors.models import Channel
from connectors.registry import CLASSES
from contacts.models import Attribute, RoleKind
from inbox import marks
from inbox.presentation import network_name
from people.models import Department, User
from routing.fields import ATTRIBUTE, Field
from routing.models import Calendar, Product
from routing.names import Names as Known


@dataclass(frozen=True, slots=True)
class Choice:
    """One of the values a condition may have: what is stored, what is read."""

    value: str
    name: str


class Names:
    """Looked up when they are first needed, one statement for each list."""

    @cached_property
    def departments(self) -> dict[str, Department]:
        """By slug, in their order."""
        return {one.slug: one for one in Department.objects.order_by("position", "pk")}

    @cached_property
    def colleagues(self) -> dict[int, User]:
        """Those who work here, by id."""
        return {one.pk: one for one in User.objects.filter(is_active=True).order_by("name", "pk")}

    @cached_property
    def roles(self) -> dict[str, str]:
        """What contacts can be, by slug."""
        return dict(RoleKind.objects.order_by("position", "pk").values_list("slug", "name"))

    @cached_property
    def attributes(self) -> dict[str, Attribute]:
        """By slug."""
        return {one.slug: one for one in Attribute.objects.order_by("position", "pk")}

    @cached_property
    def channels(self) -> list[Channel]:
        """All that were connected."""
        return list(Channel.objects.order_by("name", "pk").only("pk", "name", "network"))

    @cached_property
    def products(self) -> list[Product]:
        """Ours and those of rivals."""
        return list(Product.objects.order_by("name").only("name", "is_rival"))

    @cached_property
    def calendars(self) -> list[str]:
        """Names of working hours."""
        return list(Calendar.objects.order_by("name").values_list("name", flat=True))

    @cached_property
    def known(self) -> Known:
        """What rules may name, as the engine and the linter want it."""
        return Known(
            departments=set(self.departments),
            colleagues=set(self.colleagues),
            roles=set(self.roles),
            calendars=set(self.calendars),
            attributes={slug: one.kind for slug, one in self.attributes.items()},
        )

    def department(self, slug: str) -> SafeString:
        """A department with its mark; its slug where it is gone."""
        found = self.departments.get(slug)
        return marks.department(found.mark, found.name) if found else marks.department("triage", slug)

    def department_name(self, slug: str) -> str:
        """As people call it."""
        found = self.departments.get(slug)
        return found.name if found else slug

    def colleague_name(self, pk: object) -> str:
        """As people call them."""
        found = self.colleagues.get(pk) if isinstance(pk, int) else None
        return str(found) if found else gettext("a colleague who is gone")

    def choices(self, field: Field) -> list[Choice]:
        """What a field with a list of the company's own can be; empty where anything can be written."""
        match field.source:
            case "departments":
                return [Choice(slug, one.name) for slug, one in self.departments.items()]
            case "roles":
                return [Choice(slug, name) for slug, name in self.roles.items()]
            case "networks":
                used = {one.network for one in self.channels}
                return [Choice(one, network_name(one)) for one in sorted({*used, *CLASSES})]
            case "channels":
                return [Choice(one.name, one.name) for one in self.channels]
            case "products" | "rivals":
                wanted = field.source == "rivals"
                return [Choice(one.name, one.name) for one in self.products if one.is_rival is wanted]
            case "calendars":
                return [Choice(one, one) for one in self.calendars]
            case "languages":
                return languages()
        if field.name.startswith(ATTRIBUTE):
            attribute = self.attributes.get(field.name.removeprefix(ATTRIBUTE))
            return [Choice(one, one) for one in attribute.choices] if attribute else []
        return []


def languages() -> list[Choice]:
    """Languages by ISO 639-1, in the order of their names."""
    known: dict[str, dict[str, Any]] = LANG_INFO
    found = [Choice(code, gettext(one["name"])) for code, one in known.items() if len(code) == 2 and "name" in one]
    return sorted(found, key=lambda one: one.name)

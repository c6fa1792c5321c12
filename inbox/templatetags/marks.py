"""The marks of the product for templates."""

from typing import Any

from django import template
from django.utils.safestring import SafeString

from inbox import marks, presentation

register = template.Library()

register.simple_tag(marks.icon, name="icon")
register.simple_tag(marks.network, name="net")
register.simple_tag(marks.department, name="dept")
register.simple_tag(marks.customer, name="customer")
register.simple_tag(marks.priority, name="priority")
register.filter("network_name", presentation.network_name)


@register.simple_tag
def colleague(person: dict[str, Any] | None, size: str = "s20") -> SafeString:
    """A colleague as the pages hold one; a dashed place where there is nobody."""
    return marks.colleague(person["name"], person["id"], size) if person else marks.colleague("", None, size)


@register.simple_tag
def me(user: Any, size: str = "s28") -> SafeString:
    """The colleague who is logged in."""
    return marks.colleague(str(user), user.pk, size)

"""The managers' rules from the database, as the engine uses them."""

from routing.models import Rule
from routing.rulebook import RuleSpec


def published() -> tuple[RuleSpec, ...]:
    """The rules in force, in the managers' order: two statements, however many there are."""
    rules = Rule.objects.published().select_related("department").prefetch_related("contributors")
    return tuple(
        RuleSpec(
            id=rule.pk,
            name=rule.name,
            conditions=rule.conditions,
            department=rule.department.slug,
            contributors=tuple(sorted(department.slug for department in rule.contributors.all())),
        )
        for rule in rules
    )

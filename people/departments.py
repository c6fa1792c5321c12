"""The departments that every workspace starts with."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from people.models import Department

# slug, name, mark, minutes to the first reply; in the order of the sidebar. Triage is where the router sends what it is
# unsure of, so no workspace is without it.
DEFAULTS = (
    ("triage", "Triage", "triage", 120),
    ("sales", "Sales", "sales", 240),
    ("support", "Support", "support", 120),
    ("pr", "PR", "pr", 60),
    ("marketing", "Marketing", "marketing", 480),
)


def ensure(model: "type[Department]") -> None:
    """Create the departments that are missing. Takes the model, so that a migration can hand in its own."""
    for position, (slug, name, mark, minutes) in enumerate(DEFAULTS):
        model.objects.get_or_create(
            slug=slug, defaults={"name": name, "mark": mark, "position": position, "reply_minutes": minutes}
        )

from django.contrib.postgres.operations import AddConstraintNotValid, AddIndexConcurrently, ValidateConstraint
from django.db import migrations, models


class Migration(migrations.Migration):
    """Without holding the large tables."""

    atomic = False

    dependencies = [("inbox", "0011_routing")]

    operations = [
        AddConstraintNotValid(
            model_name="conversation",
            constraint=models.CheckConstraint(
                condition=models.Q(("priority__gte", 0), ("priority__lte", 3)), name="conversation_priority_known"
            ),
        ),
        ValidateConstraint(model_name="conversation", name="conversation_priority_known"),
        AddIndexConcurrently(
            model_name="conversation",
            index=models.Index(
                models.F("department"),
                models.F("waiting_since"),
                models.F("id"),
                condition=models.Q(("state", "open"), ("waiting_since__isnull", False)),
                name="open_waiting",
            ),
        ),
        AddIndexConcurrently(
            model_name="decision",
            index=models.Index(
                models.OrderBy(models.F("at"), descending=True),
                models.OrderBy(models.F("message"), descending=True),
                name="decision_newest",
            ),
        ),
        AddIndexConcurrently(
            model_name="decision",
            index=models.Index(condition=models.Q(("look", "quick")), fields=["message"], name="decision_quick"),
        ),
        AddIndexConcurrently(
            model_name="decision",
            index=models.Index(
                condition=models.Q(("rule__isnull", False)), fields=["rule", "at"], name="decision_by_rule"
            ),
        ),
    ]

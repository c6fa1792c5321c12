from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """Without holding the large table."""

    atomic = False

    dependencies = [("inbox", "0013_deadlines")]

    operations = [
        AddIndexConcurrently(
            model_name="conversation",
            index=models.Index(
                models.F("waiting_since"),
                models.F("id"),
                condition=models.Q(("state", "open"), ("waiting_since__isnull", False)),
                name="all_open_waiting",
            ),
        ),
        AddIndexConcurrently(
            model_name="conversation",
            index=models.Index(
                models.F("assignee"),
                models.F("waiting_since"),
                models.F("id"),
                condition=models.Q(("state", "open"), ("waiting_since__isnull", False)),
                name="assigned_waiting",
            ),
        ),
        AddIndexConcurrently(
            model_name="conversation",
            index=models.Index(
                models.F("due_at"),
                models.F("id"),
                condition=models.Q(("due_at__isnull", False), ("state", "open")),
                name="all_open_due",
            ),
        ),
        AddIndexConcurrently(
            model_name="conversation",
            index=models.Index(
                models.F("assignee"),
                models.F("due_at"),
                models.F("id"),
                condition=models.Q(("due_at__isnull", False), ("state", "open")),
                name="assigned_due",
            ),
        ),
    ]

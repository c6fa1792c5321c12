from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """Without holding the large table. The wider indexes stand before the narrower ones go."""

    atomic = False

    dependencies = [("inbox", "0018_drafts_by_mode")]

    operations = [
        AddIndexConcurrently(
            model_name="conversation",
            index=models.Index(
                models.F("last_message_at").desc(),
                models.F("id").desc(),
                models.F("department"),
                models.F("assignee"),
                models.F("channel"),
                models.F("priority"),
                models.F("waiting_since"),
                models.F("due_at"),
                condition=models.Q(("state", "open")),
                name="open_newest_filtered",
            ),
        ),
        AddIndexConcurrently(
            model_name="conversation",
            index=models.Index(
                models.F("waiting_since"),
                models.F("id"),
                models.F("department"),
                models.F("assignee"),
                models.F("channel"),
                models.F("priority"),
                models.F("due_at"),
                condition=models.Q(("state", "open"), ("waiting_since__isnull", False)),
                name="open_waiting_filtered",
            ),
        ),
        AddIndexConcurrently(
            model_name="conversation",
            index=models.Index(
                models.F("due_at"),
                models.F("id"),
                models.F("department"),
                models.F("assignee"),
                models.F("channel"),
                models.F("priority"),
                models.F("waiting_since"),
                condition=models.Q(("due_at__isnull", False), ("state", "open")),
                name="open_due_filtered",
            ),
        ),
        AddIndexConcurrently(
            model_name="mention",
            index=models.Index(models.F("user"), models.F("id").desc(), name="mentions_newest"),
        ),
        RemoveIndexConcurrently(model_name="conversation", name="open_newest"),
        RemoveIndexConcurrently(model_name="conversation", name="all_open_waiting"),
        RemoveIndexConcurrently(model_name="conversation", name="all_open_due"),
    ]

from django.contrib.postgres.operations import RemoveIndexConcurrently
from django.db import migrations, models

from people.indexes import AddIndexConcurrently

_FILTERED = [models.F(name) for name in ("department", "assignee", "channel", "priority", "language", "tone")]


class Migration(migrations.Migration):
    """Without holding the large table. The wider indexes stand before the narrower ones go."""

    atomic = False

    dependencies = [("inbox", "0023_heard_so_far")]

    operations = [
        AddIndexConcurrently(
            model_name="conversation",
            index=models.Index(
                models.F("last_message_at").desc(),
                models.F("id").desc(),
                *_FILTERED,
                models.F("waiting_since"),
                models.F("due_at"),
                condition=models.Q(("state", "open")),
                name="open_newest_narrowed",
            ),
        ),
        AddIndexConcurrently(
            model_name="conversation",
            index=models.Index(
                models.F("waiting_since"),
                models.F("id"),
                *_FILTERED,
                models.F("due_at"),
                condition=models.Q(("state", "open"), ("waiting_since__isnull", False)),
                name="open_waiting_narrowed",
            ),
        ),
        AddIndexConcurrently(
            model_name="conversation",
            index=models.Index(
                models.F("due_at"),
                models.F("id"),
                *_FILTERED,
                models.F("waiting_since"),
                condition=models.Q(("due_at__isnull", False), ("state", "open")),
                name="open_due_narrowed",
            ),
        ),
        AddIndexConcurrently(
            model_name="conversation",
            index=models.Index(fields=["language"], name="conversation_language"),
        ),
        RemoveIndexConcurrently(model_name="conversation", name="open_newest_filtered"),
        RemoveIndexConcurrently(model_name="conversation", name="open_waiting_filtered"),
        RemoveIndexConcurrently(model_name="conversation", name="open_due_filtered"),
    ]

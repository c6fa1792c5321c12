from django.contrib.postgres.operations import RemoveIndexConcurrently
from django.db import migrations, models

from people.indexes import AddIndexConcurrently


class Migration(migrations.Migration):
    """Without holding the large table. The wider index stands before the narrower one goes."""

    atomic = False

    dependencies = [("inbox", "0024_lists_by_language_and_tone")]

    operations = [
        AddIndexConcurrently(
            model_name="conversation",
            index=models.Index(
                fields=["department", "due_at"],
                include=("id", "last_message_at"),
                condition=models.Q(("state", "open")),
                name="open_due_covering",
            ),
        ),
        RemoveIndexConcurrently(model_name="conversation", name="open_due"),
    ]

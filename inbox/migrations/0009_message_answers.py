"""Answers are found by what they answer: relationships do not depend on which of the two arrives first."""

from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("inbox", "0008_events_of_contacts_indexes")]

    operations = [
        AddIndexConcurrently(
            model_name="message",
            index=models.Index(
                fields=["channel", "parent_id"],
                name="message_answers",
                condition=models.Q(("parent_id", ""), _negated=True),
            ),
        ),
    ]

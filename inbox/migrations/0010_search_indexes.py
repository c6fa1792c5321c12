"""Words of titles and texts by week, and the messages of an identity by time: built beside the work that goes on."""

import django.contrib.postgres.indexes
from django.contrib.postgres.operations import AddIndexConcurrently, BtreeGinExtension, RemoveIndexConcurrently
from django.db import migrations, models

import inbox.models

# Chinese, Japanese and Korean characters become words of their own: those scripts have no spaces. PostgreSQL finds out
# quickly that there are none.
WORDS = r"""
CREATE FUNCTION inbox_words(title text, body text) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN to_tsvector('simple'::regconfig, CASE
    WHEN title || body ~ '[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]'
    THEN regexp_replace(title || ' ' || body, '([\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af])', ' \1 ', 'g')
    ELSE title || ' ' || body
END)
"""


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("inbox", "0009_message_answers")]

    operations = [
        BtreeGinExtension(),
        migrations.RunSQL(WORDS, "DROP FUNCTION inbox_words(text, text)"),
        AddIndexConcurrently(
            model_name="message",
            index=django.contrib.postgres.indexes.GinIndex(
                inbox.models.Week("posted_at"), inbox.models.Words("title", "text"), name="message_words_by_week"
            ),
        ),
        RemoveIndexConcurrently(model_name="message", name="message_words"),
        AddIndexConcurrently(
            model_name="message",
            index=models.Index(
                models.F("identity"),
                models.OrderBy(models.F("posted_at"), descending=True),
                models.OrderBy(models.F("id"), descending=True),
                name="message_said_by",
            ),
        ),
        RemoveIndexConcurrently(model_name="message", name="message_of_identity"),
    ]

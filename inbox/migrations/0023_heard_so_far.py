from django.db import migrations, transaction

_AT_ONCE = 2_000
# What inbox/hearing.py keeps from now on, of what was said before.
_HEARD = """
    WITH touched AS (
        SELECT id FROM inbox_conversation WHERE id > %s AND id <= %s AND language = '' AND tone IS NULL
        ORDER BY id FOR UPDATE
    )
    UPDATE inbox_conversation c SET language = heard.language, tone = heard.tone
    FROM touched
    CROSS JOIN LATERAL (
        SELECT coalesce((array_agg(m.language ORDER BY m.posted_at DESC, m.id DESC) FILTER (
                   WHERE m.language <> ''))[1], '') AS language,
               (array_agg(m.tone ORDER BY m.posted_at DESC, m.id DESC))[1] AS tone
        FROM (
            SELECT m.id, m.posted_at, coalesce((d.signals #>> '{senses,sentiment}')::smallint, m.sentiment) AS tone,
                   coalesce(d.signals #>> '{senses,language}', lower(split_part(m.language, '-', 1))) AS language
            FROM inbox_message m LEFT JOIN inbox_decision d ON d.message_id = m.id
            WHERE m.conversation_id = touched.id AND m.direction = 'in' AND m.deleted_at IS NULL AND NOT m.automatic
            ORDER BY m.posted_at DESC, m.id DESC LIMIT 10
        ) m
    ) AS heard
    WHERE c.id = touched.id AND (heard.language <> '' OR heard.tone IS NOT NULL)
"""


def fill(apps, schema_editor):
    """The newest first, a few in each transaction: nobody waits for a conversation for longer than a blink."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(max(id), 0) FROM inbox_conversation")
        (end,) = cursor.fetchone()
        while end > 0:
            with transaction.atomic(using=schema_editor.connection.alias):
                cursor.execute(_HEARD, [end - _AT_ONCE, end])
            end -= _AT_ONCE


class Migration(migrations.Migration):
    atomic = False

    dependencies = [("inbox", "0022_heard")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]

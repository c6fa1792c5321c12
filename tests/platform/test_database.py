import pytest
from django.core.management import call_command
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder


@pytest.mark.django_db
def test_letters_of_all_scripts_are_letters():
    with connection.cursor() as cursor:
        cursor.execute("SELECT lower('ЯÄΩ'), array_length(show_trgm('Ярослав'), 1)")
        assert cursor.fetchone() == ("яäω", 8)


@pytest.mark.django_db(transaction=True)
def test_a_migration_that_was_interrupted_builds_its_indexes_the_next_time():
    names = ["open_newest_narrowed", "open_waiting_narrowed", "open_due_covering", "conversation_language"]
    valid = "SELECT count(*) FROM pg_index WHERE indisvalid AND indexrelid = ANY(%s::regclass[])"
    for name in ("0024_lists_by_language_and_tone", "0025_late_lists"):
        MigrationRecorder(connection).record_unapplied("inbox", name)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE pg_index SET indisvalid = false WHERE indexrelid = %s::regclass", names[1:2])
        cursor.execute(f"DROP INDEX {names[3]}")
    call_command("migrate", verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute(valid, [names])
        assert cursor.fetchone() == (len(names),)

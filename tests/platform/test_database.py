import pytest
from django.db import connection


@pytest.mark.django_db
def test_letters_of_all_scripts_are_letters():
    with connection.cursor() as cursor:
        cursor.execute("SELECT lower('ЯÄΩ'), array_length(show_trgm('Ярослав'), 1)")
        assert cursor.fetchone() == ("яäω", 8)

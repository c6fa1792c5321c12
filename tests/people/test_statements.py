from datetime import timedelta

import pytest
from django.db import close_old_connections, connection
from django.db.models import Q
from django.utils import timezone

from people.models import User
from people.statements import Statement

pytestmark = pytest.mark.django_db


@pytest.fixture
def people():
    now = timezone.now()
    return [
        User.objects.create(username=f"u{number}", name=f"U{number}", last_login=now - timedelta(days=number))
        for number in range(4)
    ]


def test_a_statement_that_is_kept_gives_what_the_orm_gives_for_other_values_too(people):
    def write(newest_first, user, since):
        found = User.objects.filter(Q(pk=user) | Q(last_login__gt=since - timedelta(hours=1)))
        return found.order_by("-pk" if newest_first else "pk").values("username", "pk")

    asked, now = Statement(write), timezone.now()
    for days in range(4):
        for one in people:
            for newest_first in (True, False):
                since = now - timedelta(days=days)
                found = asked(newest_first, user=one.pk, since=since)
                assert found == list(write(newest_first, one.pk, since))


def test_rows_are_the_same_models_with_what_they_bring(people, django_assert_num_queries):
    asked = Statement(
        lambda ids: User.objects.select_related("presence").extra(where=["people_user.id = ANY(%s)"], params=[ids])
    )
    for wanted in ([people[0].pk], [one.pk for one in people], []):
        with django_assert_num_queries(1):
            found = asked(ids=wanted)
            assert sorted(one.pk for one in found) == sorted(wanted)
            assert not any(hasattr(one, "presence") for one in found)


def test_a_number_that_no_row_can_have_is_found_nowhere(people):
    asked = Statement(lambda pk: User.objects.filter(pk=pk))
    assert asked(pk=10**30) == []
    assert asked(pk=people[1].pk) == [people[1]]
    assert asked(pk=2**63) == []


@pytest.fixture
def somebody(transactional_db):
    return User.objects.create(username="u", name="U")


def test_a_session_that_the_database_has_ended_is_noticed_as_by_any_other_statement(somebody):
    asked = Statement(lambda pk: User.objects.filter(pk=pk))
    assert asked(pk=somebody.pk) == [somebody]
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s)", [connection.connection.info.backend_pid])
    other.close()
    # As at the beginning of every request.
    close_old_connections()
    assert asked(pk=somebody.pk) == [somebody]


def test_a_column_that_a_newer_version_has_changed_is_read_as_it_is_now(somebody):
    asked = Statement(lambda pk: User.objects.filter(pk=pk).values("name"))
    for length in (151, 150):
        assert asked(pk=somebody.pk) == [{"name": "U"}]
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE people_user ALTER COLUMN name TYPE varchar(%s)", [length])
        assert asked(pk=somebody.pk) == [{"name": "U"}]


def test_a_query_without_possible_rows_asks_nothing(django_assert_num_queries):
    asked = Statement(lambda pk: User.objects.none().filter(pk=pk))
    with django_assert_num_queries(0):
        assert asked(pk=1) == asked(pk=2) == []


def test_what_would_change_the_statement_is_no_value():
    with pytest.raises(TypeError, match="shape"):
        Statement(lambda on: User.objects.filter(is_active=on))(on=True)

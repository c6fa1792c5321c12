from datetime import timedelta

import pytest
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


def test_a_query_without_possible_rows_asks_nothing(django_assert_num_queries):
    asked = Statement(lambda pk: User.objects.none().filter(pk=pk))
    with django_assert_num_queries(0):
        assert asked(pk=1) == asked(pk=2) == []


def test_what_would_change_the_statement_is_no_value():
    with pytest.raises(TypeError, match="shape"):
        Statement(lambda on: User.objects.filter(is_active=on))(on=True)

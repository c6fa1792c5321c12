"""Ranks in the database: from relationships, whole and between nights."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from contacts import influence, ranking
from contacts.models import Contact, Identity, Influence, Relationship

NOW = datetime(2026, 11, 1, tzinfo=UTC)


@pytest.fixture(autouse=True)
def nothing_seen():
    cache.clear()


def person(name, count=1, **fields):
    contact = Contact.objects.create(name=name, created_at=NOW, **fields)
    return contact, [account(contact, f"{name}-{n}") for n in range(count)]


def account(contact, key, **fields):
    return Identity.objects.create(
        contact=contact, network="x", external_id=key, name=key, seen_at=NOW, created_at=NOW, **fields
    )


def speaks(source, target, count=1, kind="mentioned"):
    Relationship.objects.create(source=source, target=target, kind=kind, count=count, first_at=NOW, last_at=NOW)


def stored():
    return dict(Influence.objects.values_list("identity_id", "score"))


@pytest.mark.django_db
def test_scores_sum_to_one_and_the_mentioned_leads():
    _, (star,) = person("star")
    for n in range(5):
        speaks(person(f"fan{n}")[1][0], star)
    done = ranking.rank(NOW)
    assert (done.edges, done.identities, done.written) == (5, 6, 6)
    assert sum(stored().values()) == pytest.approx(1)
    assert Influence.objects.order_by("-score").first().identity_id == star.pk
    assert influence.of_person(star.contact_id).percentile == pytest.approx(83.3)


@pytest.mark.django_db
def test_our_own_accounts_and_talking_to_oneself_count_for_nothing():
    _, (first, second) = person("vain", 2)
    _, (us,) = person("us", is_us=True)
    _, (dana,) = person("dana")
    speaks(first, second, 100)
    speaks(dana, us, 100)
    speaks(us, dana, 100)
    assert ranking.rank(NOW).edges == 0
    assert stored() == {}


@pytest.mark.django_db
def test_it_writes_only_what_has_changed():
    pairs = [(person(f"a{n}")[1][0], person(f"b{n}")[1][0]) for n in range(4)]
    for source, target in pairs:
        speaks(source, target)
    ranking.rank(NOW)
    assert ranking.rank(NOW + timedelta(days=1)).written == 0
    assert set(Influence.objects.values_list("at", flat=True)) == {NOW}


@pytest.mark.django_db
def test_who_is_in_no_relationship_any_more_has_no_rank():
    _, (dana,) = person("dana")
    _, (eve,) = person("eve")
    _, (fay,) = person("fay")
    speaks(dana, eve)
    speaks(dana, fay)
    ranking.rank(NOW)
    Relationship.objects.filter(target=fay).delete()
    assert ranking.rank(NOW).removed == 1
    assert set(stored()) == {dana.pk, eve.pk}


@pytest.mark.django_db
def test_between_nights_it_works_only_where_somebody_has_spoken():
    _, (dana,) = person("dana")
    _, (eve,) = person("eve")
    speaks(dana, eve)
    ranking.rank(NOW)
    assert ranking.refresh(NOW) is None
    Relationship.objects.update(count=2)
    assert ranking.refresh(NOW) is not None
    assert ranking.refresh(NOW) is None


@pytest.mark.django_db
def test_a_person_weighs_what_all_their_accounts_weigh_and_reach_is_told_apart():
    dana, (one, two) = person("dana", 2)
    _, (fan,) = person("fan")
    _, (friend,) = person("friend")
    Identity.objects.filter(pk=one.pk).update(followers=120)
    Identity.objects.filter(pk=two.pk).update(followers=4000)
    speaks(fan, one)
    speaks(friend, two)
    ranking.rank(NOW)
    scores = stored()
    with CaptureQueriesContext(
        connection,
    ) as statements:
        found = influence.of_person(dana.pk)
    assert len(statements) == 1
    assert found.score == pytest.approx(scores[one.pk] + scores[two.pk])
    assert (found.reach, found.accounts) == (4000, 2)
    assert influence.in_words(found) == "Listened to more than 50% of people here."


@pytest.mark.django_db
def test_somebody_nobody_has_spoken_of_has_no_influence_yet():
    dana, _ = person("dana")
    found = influence.of_person(dana.pk)
    assert (found.reach, found.score, found.percentile) == (None, None, None)
    assert "Not known yet" in influence.in_words(found)
    assert influence.of_person(10**12).score is None


edges = st.lists(
    st.tuples(st.integers(0, 7), st.integers(0, 7), st.integers(1, 40)).filter(lambda one: one[0] != one[1]),
    min_size=1,
    max_size=15,
    unique_by=lambda one: one[:2],
)


class Increments(TestCase):
    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
    @given(edges, st.integers(0, 15))
    def test_what_is_ranked_in_steps_is_ranked_as_if_at_once(self, found, first):
        people = [person(f"p{n}")[1][0] for n in range(8)]
        for step in (found[:first], found[first:]):
            for source, target, count in step:
                speaks(people[source], people[target], count)
            ranking.refresh(NOW)
        in_steps = stored()
        Influence.objects.all().delete()
        ranking.rank(NOW)
        at_once = stored()
        assert in_steps.keys() == at_once.keys()
        assert all(abs(in_steps[one] - at_once[one]) <= 1.1e-4 * at_once[one] for one in at_once)

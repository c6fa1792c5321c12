"""Roles in persons that are merged and separated: whatever happens, the same as what was said and stands."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from contacts import merge, roles
from contacts.models import Contact, Merge, Role, RoleKind
from contacts.refused import Refused
from people.models import User

START = datetime(2024, 1, 1, tzinfo=UTC)


@pytest.fixture
def person(db):
    return Contact.objects.create(name="Dana", created_at=START)


@pytest.fixture
def jonas(db):
    return User.objects.create_user("jonas", name="Jonas Weber")


def kind(slug="customer"):
    return RoleKind.objects.get(slug=slug)


def day(number):
    return START + timedelta(days=number)


def given_on(number, contact, slug="customer", **fields):
    values = {"since": day(number), "reason": "Bought a car.", "at": day(1000)} | fields
    return roles.give(contact.pk, kind(slug), **values)


def told(contact):
    found = roles.periods(roles.of_person(contact.pk))
    return [(one.kind.slug, one.since, one.until) for one in found]


def test_several_roles_at_once_and_one_before(person, jonas):
    given_on(0, person)
    given_on(5, person, "critic")
    roles.end(person.pk, kind(), reason="Sold it.", by=jonas, at=day(1001))
    given_on(10, person, "influencer")
    assert told(person) == [
        ("critic", day(5), None),
        ("influencer", day(10), None),
        ("customer", day(0), day(1001)),
    ]


@pytest.mark.parametrize(
    ("fields", "field"),
    [({"since": day(1001)}, "since"), ({"reason": " \0 "}, "reason")],
)
def test_it_refuses_what_makes_no_sense_beside_the_field_that_it_is_about(person, fields, field):
    with pytest.raises(Refused) as refused:
        given_on(0, person, **fields)
    assert refused.value.field == field


def test_nobody_is_the_same_thing_twice_on_whatever_part_of_them(person, jonas):
    part = Contact.objects.create(name="D.", created_at=START)
    given_on(3, part)
    merge.merge(part.pk, person.pk, origin=Merge.Origin.PERSON, by=jonas, at=day(1))
    with pytest.raises(Refused):
        given_on(0, person)


def test_two_parts_that_are_customers_are_shown_once_since_the_earlier_day_and_end_together(person, jonas):
    part = Contact.objects.create(name="D.", created_at=START)
    given_on(3, part)
    given_on(7, person)
    done = merge.merge(part.pk, person.pk, origin=Merge.Origin.PERSON, by=jonas, at=day(8))
    assert told(person) == [("customer", day(3), None)]
    ended = roles.end(person.pk, kind(), reason="Sold it.", by=jonas, at=day(1001))
    assert len(ended) == 2
    assert told(person) == [("customer", day(3), day(1001))]
    roles.reopen(ended[0].pk, at=day(1002))
    assert told(person) == [("customer", day(3), None)]
    merge.unmerge(done.pk, by=jonas, at=day(1003))
    assert (told(person), told(part)) == ([("customer", day(7), None)], [("customer", day(3), None)])


def test_what_was_taken_back_was_never_so_and_can_be_put_back(person, jonas):
    role = given_on(0, person)
    roles.take_back(role.pk, by=jonas, at=day(1001))
    assert told(person) == []
    with pytest.raises(Refused):
        roles.take_back(role.pk, by=jonas, at=day(1002))
    roles.reopen(role.pk, at=day(1003))
    assert told(person) == [("customer", day(0), None)]
    with pytest.raises(Refused):
        roles.reopen(role.pk, at=day(1004))


def test_an_end_is_not_undone_over_a_role_that_was_given_anew(person, jonas):
    first = given_on(0, person)
    roles.end(person.pk, kind(), reason="Sold it.", by=jonas, at=day(1001))
    given_on(1002, person, at=day(1002))
    with pytest.raises(Refused):
        roles.reopen(first.pk, at=day(1003))


def test_a_role_that_is_switched_off_is_given_to_nobody(person):
    RoleKind.objects.filter(slug="customer").update(is_active=False)
    with pytest.raises(Refused):
        given_on(0, person)


def test_today_begins_now_and_an_earlier_day_at_its_first_moment():
    at = timezone.now()
    assert roles.start_of(timezone.localdate(at), at) == at
    assert (
        timezone.localtime(roles.start_of(datetime(2024, 5, 3).date(), at)).isoformat().startswith("2024-05-03T00:00")
    )
    for wrong in (timezone.localdate(at) + timedelta(days=1), datetime(1, 1, 1).date()):
        with pytest.raises(Refused):
            roles.start_of(wrong, at)


SPANS = st.lists(st.tuples(st.integers(0, 30), st.one_of(st.none(), st.integers(0, 30))), max_size=8)


@given(spans=SPANS)
def test_periods_cover_exactly_the_days_on_which_somebody_said_so(spans):
    customer = RoleKind(pk=1, slug="customer", name="Customer")
    said = [
        Role(pk=n, kind=customer, since=day(start), until=None if length is None else day(start + length))
        for n, (start, length) in enumerate(spans, 1)
    ]
    found = roles.periods(said)
    ever = [(one.since, one.until or day(10**4)) for one in said]
    for number in range(62):
        covered = any(since <= day(number) <= until for since, until in ever)
        shown = [one for one in found if one.since <= day(number) <= (one.until or day(10**4))]
        assert len(shown) == covered
    assert sum(len(one.roles) for one in found) == len(said)
    assert sum(one.until is None for one in found) <= 1


class Lives(RuleBasedStateMachine):
    """Three contacts that become one another and cease to, while roles are given, ended, taken back and put back."""

    @initialize()
    def begin(self):
        for model in (Role, Merge):
            model.objects.all().delete()
        Contact.objects.update(root=None)
        Contact.objects.all().delete()
        self.jonas = User.objects.get_or_create(username="jonas", defaults={"name": "Jonas"})[0]
        self.contacts = [Contact.objects.create(name=name, created_at=START).pk for name in "abc"]
        self.merges, self.clock = [], 0
        self.now = {}  # of each contact, the roles in force: kind → role

    def at(self):
        self.clock += 1
        return day(self.clock)

    def root(self, contact):
        parents = {one.part_id: one.into_id for one in self.merges}
        while contact in parents:
            contact = parents[contact]
        return contact

    def persons(self, contact):
        return [one for one in self.contacts if self.root(one) == self.root(contact)]

    @rule(n=st.integers(0, 2), slug=st.sampled_from(["customer", "critic"]))
    def give(self, n, slug):
        at, contact = self.at(), self.contacts[n]
        has = any((one, slug) in self.now for one in self.persons(contact))
        try:
            role = roles.give(contact, kind(slug), since=at, reason="So it is.", by=self.jonas, at=at)
        except Refused:
            assert has
        else:
            assert not has
            self.now[contact, slug] = role.pk

    @rule(n=st.integers(0, 2), slug=st.sampled_from(["customer", "critic"]))
    def end(self, n, slug):
        contact, at = self.contacts[n], self.at()
        has = [(one, slug) for one in self.persons(contact) if (one, slug) in self.now]
        try:
            roles.end(contact, kind(slug), reason="No more.", by=self.jonas, at=at)
        except Refused:
            assert not has
        else:
            assert has
            for one in has:
                del self.now[one]

    @rule(data=st.data())
    def take_back(self, data):
        if self.now:
            place = data.draw(st.sampled_from(sorted(self.now)))
            roles.take_back(self.now.pop(place), by=self.jonas, at=self.at())

    @rule(a=st.integers(0, 2), b=st.integers(0, 2))
    def merge(self, a, b):
        part, into = self.root(self.contacts[a]), self.root(self.contacts[b])
        if part != into:
            self.merges.append(merge.merge(part, into, origin=Merge.Origin.PERSON, by=self.jonas, at=self.at()))

    @rule(data=st.data())
    def unmerge(self, data):
        if self.merges:
            one = data.draw(st.sampled_from(self.merges))
            merge.unmerge(one.pk, by=self.jonas, at=self.at())
            self.merges.remove(one)

    @invariant()
    def everybody_is_what_was_said_of_their_parts_and_stands(self):
        for contact in getattr(self, "contacts", ()):
            if self.root(contact) != contact:
                continue
            said = {slug for one in self.persons(contact) for who, slug in self.now if who == one}
            shown = roles.periods(roles.of_person(contact))
            assert {one.kind.slug for one in shown if one.until is None} == said


class TestLives(TestCase):
    def test_any_order_of_merges_and_roles_shows_what_stands(self):
        run_state_machine_as_test(
            Lives,
            settings=settings(
                max_examples=25, stateful_step_count=15, deadline=None, suppress_health_check=list(HealthCheck)
            ),
        )

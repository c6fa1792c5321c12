"""Any sequence of merges, un-merges, splits, new accounts and new facts leaves what the merges in force alone make.

Every run is compared with a second world in which only the merges still in force were ever made, in their order.
"""

from datetime import UTC, datetime

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from contacts.merge import CannotMerge, inconsistencies, merge, split, unmerge
from contacts.models import Contact, Identity, Merge, Tag
from tests.contacts.graph import person

NOW = datetime(2026, 5, 1, tzinfo=UTC)
number = st.integers(0, 10**6)


def facts_of(contact):
    return sorted(Tag.objects.filter(contact__in=Contact.objects.of(contact)).values_list("name", flat=True))


class Graph(RuleBasedStateMachine):
    """People come and go together; `tags` are the facts."""

    def __init__(self):
        super().__init__()
        self.world = transaction.atomic()
        self.world.__enter__()
        self.identities, self.rows, self.tags = [], [], 0

    def teardown(self):
        try:
            self.same_as_a_world_that_knew_only_the_merges_in_force()
        finally:
            transaction.set_rollback(True)
            self.world.__exit__(None, None, None)

    def one(self, choice):
        return Identity.objects.get(pk=self.identities[choice % len(self.identities)])

    @initialize()
    def begin(self):
        self.identities += [person(f"P{number}").pk for number in range(4)]

    @rule(shared=st.booleans(), choice=number)
    def somebody_new(self, shared, choice):
        """On a contact of their own, or on somebody's, as old data has it."""
        own = self.one(choice) if shared else None
        made = person("New", contact=own.own_contact_id if own else None)
        if own is not None and own.home_id:
            Identity.objects.filter(pk=made.pk).update(contact=own.contact_id, home=own.home_id)
        self.identities.append(made.pk)

    @rule(first=number, second=number, by_own=st.booleans())
    def merge(self, first, second, by_own):
        one, other = self.one(first), self.one(second)
        part, into = (one.own_contact_id, other.own_contact_id) if by_own else (one.contact_id, other.contact_id)
        try:
            self.rows.append(merge(part, into, origin="person", at=NOW).pk)
        except CannotMerge:
            assert one.contact_id == other.contact_id
        else:
            assert one.contact_id != other.contact_id

    @precondition(lambda self: self.rows)
    @rule(choice=number)
    def unmerge(self, choice):
        row = Merge.objects.get(pk=self.rows[choice % len(self.rows)])
        try:
            unmerge(row.pk, by=None, at=NOW)
        except CannotMerge:
            assert row.undone_at is not None
        else:
            assert row.undone_at is None
            pair = Contact.objects.in_bulk([row.part_id, row.into_id]).values()
            assert len({contact.root_id or contact.pk for contact in pair}) == 2

    @rule(choice=number)
    def split(self, choice):
        identity = self.one(choice)
        together = set(Identity.objects.filter(contact=identity.contact_id).values_list("pk", flat=True))
        try:
            left = split(identity.pk, by=None, at=NOW)
        except CannotMerge:
            assert together == {identity.pk}
            return
        assert list(Identity.objects.filter(contact=left).values_list("pk", flat=True)) == [identity.pk]
        stayed = Identity.objects.filter(pk__in=together - {identity.pk})
        assert stayed.values("contact").distinct().count() <= 1
        self.rows += Merge.objects.exclude(pk__in=self.rows).values_list("pk", flat=True)

    @rule(choice=number, of_person=st.booleans())
    def something_is_said(self, choice, of_person):
        identity = self.one(choice)
        self.tags += 1
        contact = identity.contact_id if of_person else identity.own_contact_id
        Tag.objects.create(contact_id=contact, name=f"fact {self.tags}", at=NOW)

    @invariant()
    def pointers_say_what_the_merges_say(self):
        assert inconsistencies() == []

    @invariant()
    def nothing_is_lost(self):
        persons = Contact.objects.filter(root=None).values_list("pk", flat=True)
        assert sum(len(facts_of(one)) for one in persons) == self.tags
        assert Identity.objects.count() == len(self.identities)
        assert not Identity.objects.exclude(contact__root=None).exists()

    def same_as_a_world_that_knew_only_the_merges_in_force(self):
        copies = {
            one.pk: Contact.objects.create(name=one.name, created_at=NOW).pk for one in Contact.objects.order_by("pk")
        }
        twins = {
            one.pk: person(one.name, contact=copies[one.own_contact_id]).pk for one in Identity.objects.order_by("pk")
        }
        for tag in list(Tag.objects.order_by("pk")):
            Tag.objects.create(contact_id=copies[tag.contact_id], name=tag.name, at=NOW)
        for row in list(Merge.objects.filter(undone_at=None).order_by("pk")):
            merge(copies[row.part_id], copies[row.into_id], origin="person", at=NOW)
        for one in Identity.objects.filter(pk__in=twins):
            twin = Identity.objects.get(pk=twins[one.pk])
            assert twin.contact_id == copies[one.contact_id]
            assert twin.own_contact_id == copies[one.own_contact_id]
            assert facts_of(twin.contact_id) == facts_of(one.contact_id)
        assert inconsistencies() == []


@pytest.mark.django_db
def test_any_sequence_of_merges_and_unmerges_gives_what_those_still_in_force_give():
    run_state_machine_as_test(
        Graph,
        settings=settings(
            max_examples=60, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )

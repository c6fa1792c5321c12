"""Contacts become one person and two again; every refusal is told in a sentence."""

from datetime import timedelta

import pytest
from django.utils import timezone

from contacts.merge import CannotMerge, Link, inconsistencies, link, merge, split, unmerge
from contacts.models import Contact, Identity, Merge
from tests.contacts.graph import person

pytestmark = pytest.mark.django_db
NOW = timezone.now()


def joined(part, into, **fields):
    return merge(part.contact_id, into.contact_id, origin="person", at=NOW, **fields)


def of(identity):
    return Identity.objects.get(pk=identity.pk).contact_id


def test_it_makes_two_one_and_moves_pointers_alone():
    dana, other = person("Dana"), person("D. Whitlock")
    row = joined(other, dana)
    assert of(other) == of(dana) == dana.contact_id
    assert Contact.objects.get(pk=other.contact_id).root_id == dana.contact_id
    assert Identity.objects.get(pk=other.pk).own_contact_id == other.contact_id == row.part_id
    assert inconsistencies() == []


def test_it_leaves_nothing_behind_when_undone():
    dana, other = person("Dana"), person("D. Whitlock")
    before = list(Identity.objects.order_by("pk").values()), list(Contact.objects.order_by("pk").values())
    unmerge(joined(other, dana).pk, by=None, at=NOW)
    assert (list(Identity.objects.order_by("pk").values()), list(Contact.objects.order_by("pk").values())) == before
    assert Merge.objects.get().undone_at == NOW


def test_it_undoes_a_chain_in_any_order():
    for first in (0, 1):
        a, b, c = person("A"), person("B"), person("C")
        rows = [joined(a, b), joined(b, c)]
        assert of(a) == of(b) == of(c)
        unmerge(rows[first].pk, by=None, at=NOW)
        assert (of(a) == of(b), of(b) == of(c)) == ((False, True) if first == 0 else (True, False))
        assert inconsistencies() == []
        unmerge(rows[1 - first].pk, by=None, at=NOW)
        assert len({of(a), of(b), of(c)}) == 3


def test_it_lets_those_leave_together_that_joined_the_one_that_leaves():
    a, b, c = person("A"), person("B"), person("C")
    first = joined(a, b)
    merge(c.contact_id, a.contact_id, origin="person", at=NOW)
    unmerge(first.pk, by=None, at=NOW)
    assert of(c) == of(a) != of(b)


@pytest.mark.parametrize("way", ["self", "same", "gone", "huge", "us"])
def test_it_refuses_what_makes_no_sense(way):
    dana, other = person("Dana"), person("Other")
    joined(other, dana)
    us = person("Us")
    Contact.objects.filter(pk=us.contact_id).update(is_us=True)
    pair = {
        "self": (dana.contact_id, dana.contact_id),
        "same": (dana.contact_id, other.contact_id),
        "gone": (dana.contact_id, 10**9),
        "huge": (10**30, dana.contact_id),
        "us": (us.contact_id, dana.contact_id),
    }[way]
    with pytest.raises(CannotMerge) as refused:
        merge(*pair, origin="person", at=NOW)
    assert str(refused.value).endswith(".")
    assert Merge.objects.count() == 1


def test_it_undoes_a_merge_once_and_says_who_did():
    row = joined(person("A"), person("B"))
    unmerge(row.pk, by=None, at=NOW)
    with pytest.raises(CannotMerge, match="already"):
        unmerge(row.pk, by=None, at=NOW + timedelta(minutes=1))
    assert Merge.objects.get().undone_at == NOW
    for nobody in (0, -1, 10**30):
        with pytest.raises(CannotMerge):
            unmerge(nobody, by=None, at=NOW)


def test_it_merges_again_what_was_separated():
    a, b = person("A"), person("B")
    unmerge(joined(a, b).pk, by=None, at=NOW)
    joined(b, a)
    assert of(b) == of(a) == a.contact_id


def test_it_lets_one_account_leave_and_keeps_the_others_together():
    top, a, b, c = person("Top"), person("A"), person("B"), person("C")
    for one in (a, b, c):
        joined(one, top)
    assert split(top.pk, by=None, at=NOW) == top.contact_id
    assert of(a) == of(b) == of(c) != of(top)
    middle = split(a.pk, by=None, at=NOW)
    assert middle == of(a) == a.contact_id
    assert of(b) == of(c) != of(a)
    assert inconsistencies() == []


def test_it_gives_an_account_a_contact_where_it_shares_one_from_old_times():
    dana = person("Dana")
    second = person("Dana", contact=dana.contact_id)
    left = split(second.pk, by=None, at=NOW)
    assert of(second) == left != of(dana)
    for identity in (dana, second):
        with pytest.raises(CannotMerge, match="only account"):
            split(identity.pk, by=None, at=NOW)
    assert inconsistencies() == []


def test_it_links_many_with_as_many_statements_as_few(django_assert_num_queries):
    few, many = [person("P") for _ in range(4)], [person("P") for _ in range(60)]
    for people in (few, many):
        links = [Link(part=one.contact_id, into=people[0].contact_id) for one in people[1:]]
        with django_assert_num_queries(9):
            assert len(link(links, origin="evidence", at=NOW)) == len(people) - 1
        assert len({of(one) for one in people}) == 1
    assert link([Link(part=few[1].contact_id, into=few[2].contact_id)], origin="evidence", at=NOW) == []
    assert inconsistencies() == []


def test_a_pointer_that_says_something_else_than_the_merges_is_found():
    dana, other, third = person("Dana"), person("Other"), person("Third")
    joined(other, dana)
    Identity.objects.filter(pk=third.pk).update(contact=dana.contact_id)
    Contact.objects.filter(pk=third.contact_id).update(root=other.contact_id)

    assert inconsistencies() == [f"contact {third.contact_id} has root {other.contact_id}, its merges say None"]

    Identity.objects.filter(pk=other.pk).update(contact=other.contact_id)
    assert len(inconsistencies()) == 2

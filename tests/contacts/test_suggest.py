from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from contacts import merge as merging
from contacts.models import Contact, Identity, Merge, Suggestion
from contacts.separated import separated
from contacts.suggest import Decided, accept, of_person, open_count, open_suggestions, reject
from people.models import User

NOW = datetime(2026, 6, 1, tzinfo=UTC)
REASONS = [{"kind": "phone", "ending": "4471", "weight": 5.0}]


@pytest.fixture
def alice(db):
    return User.objects.create_user("alice", "x", name="Alice Arnold")


def person(name="Dana", accounts=1, **fields):
    contact = Contact.objects.create(name=name, sort_key=name.lower(), created_at=NOW, **fields)
    made = [
        Identity.objects.create(
            contact=contact, network="x", external_id=f"{contact.pk}-{number}", name=name, seen_at=NOW, created_at=NOW
        )
        for number in range(accounts)
    ]
    return made if accounts > 1 else made[0]


def suggestion(one, other, score=0.8, **fields):
    first, second = sorted((one, other), key=lambda identity: identity.pk)
    return Suggestion.objects.create(first=first, second=second, score=score, reasons=REASONS, created_at=NOW, **fields)


def test_it_lists_open_suggestions_best_first_and_page_by_page(db):
    made = [suggestion(person(), person(), score) for score in (0.6, 0.9, 0.7, 0.9)]
    first = open_suggestions(size=3)
    rest = open_suggestions(size=3, before=first.next)
    assert [pair.id for pair in (*first.pairs, *rest.pairs)] == [made[3].pk, made[1].pk, made[2].pk, made[0].pk]
    assert rest.next is None


def test_it_lists_two_persons_once_by_their_best_suggestion(db):
    ones, others = person(accounts=3), person(accounts=3)
    made = [
        suggestion(one, other, 0.5 + 0.1 * number) for number, (one, other) in enumerate(zip(ones, others, strict=True))
    ]
    assert [pair.id for pair in open_suggestions().pairs] == [made[-1].pk]
    assert [pair.id for pair in of_person(others[0].contact_id)] == [made[-1].pk]
    assert of_person(person().contact_id) == []


def test_it_hides_what_is_one_person_or_one_of_us_by_now(db, alice):
    a, b, us = person(), person(), person(is_us=True)
    suggestion(a, b)
    suggestion(a, us)
    merging.merge(a.contact_id, b.contact_id, origin="person", at=NOW, by=alice)
    assert open_suggestions().pairs == []


def test_it_filters_by_network_and_by_kind_of_reason(db):
    pair = suggestion(person(), person())
    assert [one.id for one in open_suggestions(network="x", reason="phone").pairs] == [pair.pk]
    assert open_suggestions(network="mastodon").pairs == open_suggestions(reason="order' --").pairs == []
    assert open_count() == 1


def test_accepting_merges_and_settles_all_that_is_open_between_the_two(alice):
    ones, others = person(accounts=2), person(accounts=2)
    asked, also = suggestion(ones[0], others[0]), suggestion(ones[1], others[1])
    elsewhere = suggestion(ones[0], person())
    done = accept(asked.pk, by=alice, at=NOW, merge=merging.merge)
    assert (done.part_id, done.into_id) == (others[0].contact_id, ones[0].contact_id)
    assert done.evidence == REASONS
    states = dict(Suggestion.objects.values_list("pk", "state"))
    assert states == {asked.pk: "accepted", also.pk: "accepted", elsewhere.pk: "open"}


def test_accepting_or_rejecting_twice_is_told(alice):
    pair = suggestion(person(), person())
    accept(pair.pk, by=alice, at=NOW, merge=merging.merge)
    with pytest.raises(Decided, match="Alice Arnold has already said that they are the same"):
        accept(pair.pk, by=alice, at=NOW, merge=merging.merge)
    with pytest.raises(Decided, match="already said that they are the same"):
        reject(pair.pk, by=alice, at=NOW)
    with pytest.raises(Decided, match="no longer there"):
        reject(pair.pk + 1000, by=alice, at=NOW)
    assert Merge.objects.count() == 1


def test_accepting_what_was_merged_by_hand_meanwhile_is_refused_and_changes_nothing(alice):
    a, b = person(), person()
    pair = suggestion(a, b)
    merging.merge(a.contact_id, b.contact_id, origin="person", at=NOW, by=alice)
    with pytest.raises(merging.CannotMerge):
        accept(pair.pk, by=alice, at=NOW, merge=merging.merge)
    with pytest.raises(Decided, match="one person meanwhile"):
        reject(pair.pk, by=alice, at=NOW)
    assert Merge.objects.count() == 1
    pair.refresh_from_db()
    assert pair.state == "open"


def test_a_rejected_pair_of_persons_stays_apart_for_all_their_accounts(alice):
    ones, others = person(accounts=2), person(accounts=2)
    reject(suggestion(ones[0], others[0]).pk, by=alice, at=NOW)
    suggestion(ones[1], others[1])
    assert open_suggestions().pairs == []
    pairs = [(others[0].contact_id, ones[0].contact_id), (ones[0].contact_id, person().contact_id)]
    assert separated(pairs) == {pairs[0]}


def test_what_a_colleague_unmerged_is_not_suggested_again(alice):
    a, b = person(), person()
    done = accept(suggestion(a, b).pk, by=alice, at=NOW, merge=merging.merge)
    merging.unmerge(done.pk, by=alice, at=NOW)
    c = person()
    suggestion(a, c)
    assert separated([(a.contact_id, b.contact_id)]) == {(a.contact_id, b.contact_id)}
    assert [pair.second for pair in open_suggestions().pairs] == [c.contact_id]


def test_lists_cost_one_statement_however_many_accounts_a_person_has(db):
    many, one = person(accounts=60), person()
    for number, identity in enumerate(many):
        suggestion(identity, one, 0.5 + number / 1000)
    with CaptureQueriesContext(connection) as captured:
        assert len(of_person(one.contact_id)) == 1
        assert len(open_suggestions().pairs) == 1
    assert len(captured) == 2

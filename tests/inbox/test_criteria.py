"""Roles by criteria: given once, with the reason, and never against a colleague's word."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import settings
from hypothesis.extra.django import TestCase
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from hypothesis.strategies import booleans, integers

from contacts import merge, ranking
from contacts.models import Contact, Identity, Relationship, Role, RoleKind
from inbox import criteria
from inbox.facts import roles as told
from inbox.models import Event, Message
from inbox.tasks import evaluate_criteria
from people.models import User
from tests.inbox.cast import Cast

ANGRY = "This is the worst service ever, still waiting and nobody answers."


@pytest.fixture(autouse=True)
def nothing_seen():
    cache.clear()


@pytest.fixture
def cast(db):
    RoleKind.objects.update(criterion=None)
    return Cast()


def demands(slug, measure, at_least, days=None):
    criterion = {"measure": measure, "at_least": at_least} | ({"days": days} if days else {})
    RoleKind.objects.filter(slug=slug).update(criterion=criterion)
    return RoleKind.objects.get(slug=slug)


def now():
    return timezone.now()


def complains(cast, identity, times=1, text=ANGRY, days=1):
    conversation = cast.asks(identity, "Hello", ago=60 * 24 * days)
    at = now() - timedelta(days=days)
    return [cast.says(conversation, text, at=at) for _ in range(times)]


def answers(cast, identity, asker, text="Does it fit the estate?", kind="comment", days=1):
    question = cast.asks(asker, text, ago=60 * 24 * (days + 1)).messages.get()
    conversation = cast.asks(identity, "Hello", ago=60 * 24 * days)
    at = now() - timedelta(days=days)
    said = cast.says(conversation, "Yes, with the long screws.", at=at, parent_id=question.external_id)
    Message.objects.filter(pk=said.pk).update(kind=kind)
    edge = {"count": 1, "first_at": at, "last_at": at}
    made, new = Relationship.objects.get_or_create(source=identity, target=asker, kind="answered", defaults=edge)
    if not new:
        Relationship.objects.filter(pk=made.pk).update(count=made.count + 1)
    return said


def names(identity):
    return set(Role.objects.filter(contact=identity.contact_id, until=None).values_list("kind__slug", flat=True))


def test_three_negative_public_posts_make_a_critic_with_the_reason_and_the_messages(cast):
    demands("critic", "negative_posts", 3, 90)
    said = complains(cast, cast.dana[0], 3)
    assert criteria.evaluate(now()).given == 1
    role = Role.objects.get()
    assert (role.contact_id, role.kind.slug, role.source) == (cast.dana[0].contact_id, "critic", "criterion")
    assert role.reason == "3 negative public posts in 90 days"
    assert sorted(role.evidence["messages"]) == [one.pk for one in said]
    assert role.evidence["conversation"] == said[0].conversation_id
    event = Event.objects.get(kind="role_given")
    assert (event.contact_id, event.data["role_id"], event.actor_id) == (role.contact_id, role.pk, None)


def test_two_are_not_three_nor_are_private_old_deleted_and_friendly_ones(cast):
    demands("critic", "negative_posts", 3, 90)
    complains(cast, cast.dana[0], 2)
    complains(cast, cast.dana[0], 1, days=91)
    complains(cast, cast.dana[0], 1, text="Thank you, wonderful!")
    private, gone = complains(cast, cast.dana[0], 2)
    Message.objects.filter(pk=private.pk).update(kind="direct")
    Message.objects.filter(pk=gone.pk).update(deleted_at=now(), text="", raw={})
    assert criteria.evaluate(now()).given == 0


def test_a_mood_is_found_out_only_of_who_said_enough(cast):
    demands("critic", "negative_posts", 3, 90)
    few = complains(cast, cast.contact("Eve")[0], 1)
    many = complains(cast, cast.dana[0], 4)
    criteria.evaluate(now())
    moods = dict(Message.objects.filter(pk__in=[one.pk for one in few + many]).values_list("pk", "sentiment"))
    assert [moods[one.pk] for one in few] == [None]
    assert [moods[one.pk] for one in many] == [-1] * 4


def test_five_answers_to_other_customers_questions_make_an_advocate(cast):
    demands("advocate", "answers", 5, 90)
    askers = [cast.contact(f"Asker {n}")[0] for n in range(5)]
    for asker in askers[:4]:
        answers(cast, cast.dana[0], asker)
    # Twice to one question, to oneself on another account, in private, and to what asks nothing.
    question = Message.objects.filter(identity=askers[0]).first()
    again = answers(cast, cast.dana[0], askers[0])
    Message.objects.filter(pk=again.pk).update(parent_id=question.external_id)
    answers(cast, cast.dana[0], cast.dana[1])
    answers(cast, cast.dana[0], askers[1], kind="direct")
    answers(cast, cast.dana[0], askers[2], text="Lovely weather.", kind="mention")
    assert criteria.evaluate(now()).given == 0
    answers(cast, cast.dana[0], askers[4])
    assert criteria.evaluate(now()).given == 1
    assert Role.objects.get().reason == "5 helpful answers in 90 days"


def test_reach_messages_and_influence_are_measured_too(cast):
    demands("influencer", "reach", 10_000)
    demands("prospect", "messages", 2, 30)
    demands("customer", "influence", 60)
    Identity.objects.filter(pk=cast.dana[2].pk).update(followers=12_345)
    for fan in [cast.contact(f"Fan {n}")[0] for n in range(3)]:
        at = now()
        Relationship.objects.create(source=fan, target=cast.dana[1], kind="mentioned", first_at=at, last_at=at)
    ranking.rank(now())
    cast.asks(cast.dana[0])
    cast.asks(cast.dana[1])
    assert criteria.evaluate(now()).given == 3
    assert {role.kind.slug: role.reason for role in Role.objects.select_related("kind")} == {
        "influencer": "12,345 followers",
        "prospect": "2 messages in 30 days",
        "customer": "listened to more than 75% of people",
    }
    assert names(cast.dana[0]) == {"influencer", "prospect", "customer"}


def test_what_all_parts_of_a_person_did_counts_together_and_apart_again(cast):
    demands("critic", "negative_posts", 4, 90)
    (eve,) = cast.contact("Eve")
    complains(cast, cast.dana[0], 2)
    complains(cast, eve, 2)
    assert criteria.evaluate(now()).given == 0
    row = merge.merge(eve.contact_id, cast.dana[0].contact_id, origin="person", by=cast.alice, at=now())
    assert criteria.evaluate(now()).given == 1
    assert criteria.evaluate(now()).given == 0
    assert names(cast.dana[0]) == {"critic"}
    merge.unmerge(row.pk, by=cast.alice, at=now())
    criteria.evaluate(now() + timedelta(days=181))
    assert names(cast.dana[0]) == set()


def test_a_role_that_a_part_has_is_not_given_to_the_whole_again(cast):
    kind = demands("critic", "negative_posts", 3, 90)
    (eve,) = cast.contact("Eve")
    told.give(eve.contact_id, kind, since=now(), reason="Said so.", at=now(), by=cast.alice)
    merge.merge(eve.contact_id, cast.dana[0].contact_id, origin="person", by=cast.alice, at=now())
    complains(cast, cast.dana[0], 3)
    assert criteria.evaluate(now()).given == 0


def test_it_does_nothing_twice(cast):
    demands("critic", "negative_posts", 3, 90)
    complains(cast, cast.dana[0], 3)
    assert [criteria.evaluate(now()).given for _ in range(3)] == [1, 0, 0]
    assert Event.objects.filter(kind="role_given").count() == 1


def test_a_colleagues_word_holds_for_a_window(cast):
    kind = demands("critic", "negative_posts", 3, 90)
    complains(cast, cast.dana[0], 3)
    criteria.evaluate(now())
    told.end(cast.dana[0].contact_id, kind, reason="It was irony.", at=now(), by=cast.alice)
    assert criteria.evaluate(now() + timedelta(days=60)).given == 0
    cast.asks(cast.dana[0])
    later = now() + timedelta(days=100)
    at = later - timedelta(days=1)
    conversation = cast.asks(cast.dana[0])
    for _ in range(3):
        cast.says(conversation, ANGRY, at=at)
    assert criteria.evaluate(later).given == 1


def test_a_role_taken_back_is_not_given_again_at_once(cast):
    demands("critic", "negative_posts", 3, 90)
    complains(cast, cast.dana[0], 3)
    criteria.evaluate(now())
    told.take_back(Role.objects.get().pk, by=cast.alice, at=now())
    assert criteria.evaluate(now()).given == 0


def test_a_role_ends_when_its_criterion_has_failed_for_two_windows(cast):
    demands("critic", "negative_posts", 3, 90)
    complains(cast, cast.dana[0], 3)
    criteria.evaluate(now())
    # They hold for 89 days more, and then have failed for less, and for more, than 180.
    assert criteria.evaluate(now() + timedelta(days=88)).ended == 0
    assert criteria.evaluate(now() + timedelta(days=88 + 180)).ended == 0
    assert criteria.evaluate(now() + timedelta(days=88 + 182)).ended == 1
    role = Role.objects.get()
    assert role.ended_by_id is None
    assert role.ended_reason == "Not so for 180 days: 3 negative public posts in 90 days"
    assert Event.objects.filter(kind="role_ended", contact_id=role.contact_id).count() == 1


def test_what_a_colleague_gave_or_let_go_on_no_criterion_ends(cast):
    kind = demands("critic", "negative_posts", 3, 90)
    (eve,) = cast.contact("Eve")
    told.give(eve.contact_id, kind, since=now(), reason="Said so.", at=now(), by=cast.alice)
    complains(cast, cast.dana[0], 3)
    criteria.evaluate(now())
    assert criteria.evaluate(now() + timedelta(days=400)).ended == 1
    told.reopen(Role.objects.get(contact=cast.dana[0].contact_id).pk, by=cast.alice, at=now())
    assert criteria.evaluate(now() + timedelta(days=800)).ended == 0
    assert names(eve) == names(cast.dana[0]) == {"critic"}


def test_roles_out_of_use_and_damaged_criteria_give_nothing(cast):
    demands("critic", "negative_posts", 3, 90)
    complains(cast, cast.dana[0], 3)
    RoleKind.objects.filter(slug="critic").update(is_active=False)
    RoleKind.objects.filter(slug="prospect").update(criterion={"measure": "charm"})
    assert criteria.evaluate(now()).given == 0


def test_our_own_accounts_have_no_roles(cast):
    demands("influencer", "reach", 100)
    Identity.objects.filter(pk=cast.dana[0].pk).update(followers=1000)
    Contact.objects.filter(pk=cast.dana[0].contact_id).update(is_us=True)
    assert criteria.evaluate(now()).given == 0


def test_who_wrote_since_the_last_time_is_looked_at_and_nobody_else(cast):
    demands("critic", "negative_posts", 3, 90)
    demands("influencer", "reach", 100)
    (quiet,) = cast.contact("Quiet")
    Identity.objects.filter(pk=quiet.pk).update(followers=5000)
    complains(cast, cast.dana[0], 3)
    evaluate_criteria()
    assert (names(cast.dana[0]), names(quiet)) == ({"critic"}, set())
    assert criteria.evaluate_recent(now()) is None
    evaluate_criteria(everybody=True)
    assert names(quiet) == {"influencer"}


def test_it_takes_the_same_statements_for_one_person_and_for_many(cast):
    demands("influencer", "reach", 100)
    demands("critic", "negative_posts", 3, 90)
    counts = []
    for more in (1, 30):
        for n in range(more):
            (somebody,) = cast.contact(f"{more}-{n}")
            Identity.objects.filter(pk=somebody.pk).update(followers=1000)
            complains(cast, somebody, 3)
        with CaptureQueriesContext(connection) as statements:
            assert criteria.evaluate(now()).given == 2 * more
        counts.append(len(statements))
    assert counts[0] == counts[1]


class Wills(RuleBasedStateMachine):
    """Days go by, somebody is followed by more or fewer, a colleague gives and ends: told against a plain model."""

    DAYS = 90  # what a criterion without a window is told by

    @initialize()
    def begin(self):
        Role.objects.all().delete()
        RoleKind.objects.update(criterion=None)
        self.kind = demands("influencer", "reach", 100)
        at = now()
        contact = Contact.objects.create(name="Dana", created_at=at)
        self.identity = Identity.objects.create(
            contact=contact, network="x", external_id=f"machine-{contact.pk}", seen_at=at, created_at=at, followers=0
        )
        self.at, self.holds = at, False
        self.role, self.held, self.word = None, None, None

    @rule(many=booleans())
    def is_followed(self, many):
        self.holds = many
        Identity.objects.filter(pk=self.identity.pk).update(followers=500 if many else 5)

    @rule(days=integers(1, 120))
    def nights_go_by(self, days):
        self.at += timedelta(days=days)
        criteria.evaluate(self.at)
        if self.holds:
            may = self.word is None or self.word <= self.at - timedelta(days=self.DAYS)
            if self.role is None and may:
                self.role = "criterion"
            if self.role == "criterion":
                self.held = self.at.date()
        elif self.role == "criterion" and self.held < (self.at - 2 * timedelta(days=self.DAYS)).date():
            self.role = None

    @rule()
    def a_colleague_ends_it(self):
        if self.role:
            self._colleague_ends()
            self.role, self.word = None, self.at

    def _colleague_ends(self):
        by, _ = User.objects.get_or_create(username="machine", defaults={"name": "Machine", "role": "agent"})
        told.end(self.identity.contact_id, self.kind, reason="No.", at=self.at, by=by)

    @rule()
    def a_colleague_gives_it(self):
        if self.role is None:
            told.give(self.identity.contact_id, self.kind, since=self.at, reason="Yes.", at=self.at)
            self.role = "person"

    @invariant()
    def the_role_is_what_the_model_says(self):
        if hasattr(self, "at"):
            found = list(Role.objects.filter(contact=self.identity.contact_id, until=None))
            assert [one.source for one in found] == ([self.role] if self.role else [])


class WillsOfPeople(TestCase):
    def test_whatever_happens_a_role_is_there_when_it_should_be(self):
        run_state_machine_as_test(Wills, settings=settings(max_examples=25, stateful_step_count=15, deadline=None))

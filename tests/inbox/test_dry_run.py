"""What a draft would have done with the messages of the last days, and that trying it moves nothing."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from contacts.models import Attribute, AttributeValue, Role, RoleKind, Tag
from inbox import triage
from inbox.dryrun import asking, past, tally, work
from inbox.models import Conversation, Decision, DryRun, Message
from routing import versions
from routing.models import Calendar, OpenInterval
from tests.inbox.cast import Cast
from tests.inbox.dry_run_cast import NEW_CARS, SOUNDS_BAD, decided, draft, rule


@pytest.fixture
def cast(db):
    return Cast()


@pytest.fixture
def mia(cast):
    client = Client()
    client.force_login(cast.mia)
    return client


def tried(cast, ruleset, days=30):
    """A dry run from its beginning to its end."""
    run = asking.ask(ruleset, days=days, by=cast.mia)
    work.work(seconds=3600)
    run.refresh_from_db()
    assert run.state == DryRun.State.DONE, run.error
    return run


def test_a_rule_moves_what_it_matches_and_says_from_where_to_where(cast):
    decided(cast, "I would like an upgrade")
    decided(cast, "My car does not start")
    run = tried(cast, draft(rule(1, NEW_CARS, owner="sales")))
    assert run.result["cells"] == {"support": {"sales": 1, "support": 1}}
    assert (run.result["messages"], run.result["moved"]) == (2, 1)
    assert run.result["rules"] == {"1": [1, 1, 0]}


def test_nothing_is_moved_by_a_dry_run(cast):
    decided(cast, "I would like an upgrade")
    before = list(Conversation.objects.values()), list(Decision.objects.values()), list(Message.objects.values())
    tried(cast, draft(rule(1, NEW_CARS, owner="sales", spam=True, assignee=cast.bob.pk, tags=["x"])))
    assert before == (
        list(Conversation.objects.values()),
        list(Decision.objects.values()),
        list(Message.objects.values()),
    )


def test_a_threshold_is_tried_with_the_probabilities_of_then(cast):
    decided(cast, "Hello", "triage", chances={"support": 0.6, "sales": 0.3, "noise": 0.1})
    assert tried(cast, draft(support=0.55)).result["cells"] == {"triage": {"support": 1}}
    assert tried(cast, draft(support=0.65)).result["cells"] == {"triage": {"triage": 1}}
    assert tried(cast, draft(default=0.5)).result["cells"] == {"triage": {"support": 1}}
    assert tried(cast, draft(noise=0.05)).result["cells"] == {"triage": {"noise": 1}}


def test_what_came_into_an_open_conversation_stays_with_its_owner(cast):
    decided(cast, "I would like an upgrade", signals={"owner": "support"}, source="continuity")
    decided(cast, "An upgrade, please", source="continuity")
    assert tried(cast, draft(rule(1, NEW_CARS, owner="sales"))).result["cells"] == {"support": {"support": 2}}


def test_what_was_blocked_stays_aside_whatever_the_rules_say(cast):
    decided(cast, "An upgrade", "noise", source="block")
    assert tried(cast, draft(rule(1, NEW_CARS, owner="sales"))).result["cells"] == {"noise": {"noise": 1}}


def test_a_fact_that_was_not_kept_fails_and_is_counted(cast):
    decided(cast, "Awful", signals={"owner": None, "senses": {"sentiment": -1}})
    decided(cast, "Awful too")
    run = tried(cast, draft(rule(1, SOUNDS_BAD, owner="pr")))
    assert run.result["cells"] == {"support": {"pr": 1, "support": 1}}
    assert run.result["facts"] == {"senses": 1}
    assert run.result["failures"] == {"1": {"the tone is unknown": 1}}


def test_a_rule_for_a_department_that_is_gone_fails_and_loses_nothing(cast):
    decided(cast, "An upgrade")
    run = tried(cast, draft(rule(1, NEW_CARS, owner="fleet")))
    assert run.result["cells"] == {"support": {"support": 1}}
    assert "fleet" in next(iter(run.result["failures"]["1"]))


def test_it_says_where_people_had_moved_a_message_themselves(cast):
    one = decided(cast, "I want to upgrade").message.conversation
    other = decided(cast, "Upgrade or recall").message.conversation
    triage.hand_over(one, to=cast.departments["sales"], by=cast.alice, reason="Wants a new car.")
    triage.hand_over(other, to=cast.departments["pr"], by=cast.bob, reason="A journalist.")
    run = tried(cast, draft(rule(1, NEW_CARS, owner="sales")))
    assert run.result["moves"] == {"by_hand": 1, "elsewhere": 1}
    assert run.result["corrections"] == {"agreed": 1, "disagreed": 1}


def test_what_stayed_and_was_closed_there_looks_wrong(cast):
    conversation = decided(cast, "No upgrade, just mend it").message.conversation
    triage.close(conversation, by=cast.alice)
    assert tried(cast, draft(rule(1, NEW_CARS, owner="sales"))).result["moves"] == {"stayed": 1}


def test_only_the_days_that_were_asked_for_are_tried(cast):
    old = decided(cast, "An upgrade")
    Decision.objects.filter(pk=old.pk).update(at=timezone.now() - timedelta(days=8))
    ruleset = draft(rule(1, NEW_CARS, owner="sales"))
    assert tried(cast, ruleset, days=7).result["messages"] == 0
    assert tried(cast, ruleset, days=9).result["messages"] == 1


def test_a_deleted_message_is_left_out_and_counted(cast):
    decided(cast, "An upgrade")
    Message.objects.update(text="", deleted_at=timezone.now())
    run = tried(cast, draft(rule(1, NEW_CARS, owner="sales")))
    assert (run.result["messages"], run.result["gone"], run.done) == (0, 1, 1)


def test_deadlines_say_who_would_be_due_earlier_and_late(cast):
    decided(cast, "An upgrade")
    sales, support = cast.departments["sales"], cast.departments["support"]
    type(sales).objects.filter(pk=sales.pk).update(reply_minutes=5)
    type(support).objects.filter(pk=support.pk).update(reply_minutes=600)
    found = tried(cast, draft(rule(1, NEW_CARS, owner="sales"))).result["deadlines"]
    assert (found["earlier"], found["late"], found["would_be_late"]) == (1, 0, 1)


def test_no_word_of_a_message_is_kept_with_the_result(cast):
    decided(cast, "Zanzibar upgrade")
    run = tried(cast, draft(rule(1, NEW_CARS, owner="sales")))
    assert "zanzibar" not in str(run.result).lower()
    assert run.result["examples"]["support"]["sales"][0][1:] == [1, "open"]


def test_at_most_five_examples_of_a_pair_are_kept_and_the_newest(cast):
    made = [decided(cast, f"Upgrade {n}") for n in range(7)]
    run = tried(cast, draft(rule(1, NEW_CARS, owner="sales")))
    kept = [one[0] for one in run.result["examples"]["support"]["sales"]]
    assert kept == [one.message_id for one in reversed(made)][: tally.EXAMPLES]


def test_chunks_and_slices_add_up_to_the_same(cast, monkeypatch):
    for n in range(11):
        decided(cast, f"Upgrade {n}" if n % 2 else f"Mend {n}")
    ruleset = draft(rule(1, NEW_CARS, owner="sales"))
    whole = tried(cast, ruleset).result
    monkeypatch.setattr(past, "CHUNK", 3)
    run = asking.ask(ruleset, days=30, by=cast.mia)
    for _ in range(4):
        work.work(seconds=-1)
    assert DryRun.objects.get(pk=run.pk).state == DryRun.State.RUNNING
    work.work(seconds=-1)
    work.work(seconds=-1)
    run.refresh_from_db()
    assert (run.state, run.result) == (DryRun.State.DONE, whole)


def test_a_stopped_dry_run_does_not_go_on(cast, monkeypatch):
    for n in range(5):
        decided(cast, f"Upgrade {n}")
    monkeypatch.setattr(past, "CHUNK", 2)
    run = asking.ask(draft(rule(1, NEW_CARS, owner="sales")), days=30, by=cast.mia)
    work.work(seconds=-1)
    assert asking.cancel(run.pk)
    work.work(seconds=3600)
    run.refresh_from_db()
    assert (run.state, run.done) == (DryRun.State.CANCELLED, 2)
    assert not asking.cancel(run.pk)


def test_one_that_kills_its_worker_again_and_again_is_given_up(cast):
    decided(cast, "An upgrade")
    run = asking.ask(draft(rule(1, NEW_CARS, owner="sales")), days=30, by=cast.mia)
    DryRun.objects.filter(pk=run.pk).update(state="running", result={"deaths": 3})
    work.work(seconds=3600)
    run.refresh_from_db()
    assert run.state == DryRun.State.FAILED
    assert "fewer days" in run.error


def test_asking_twice_gives_one_and_too_many_are_refused(cast):
    ruleset = draft(rule(1, NEW_CARS, owner="sales"))
    assert asking.ask(ruleset, days=7, by=cast.mia) == asking.ask(ruleset, days=7, by=cast.adam)
    for days in range(8, 8 + asking.MOST_WAITING):
        asking.ask(ruleset, days=days, by=cast.mia)
    with pytest.raises(asking.Busy):
        asking.ask(ruleset, days=99, by=cast.mia)


def test_old_dry_runs_are_forgotten(cast, monkeypatch):
    monkeypatch.setattr(asking, "KEPT", 2)
    ruleset = draft(rule(1, NEW_CARS, owner="sales"))
    for days in (1, 2, 3, 4):
        tried(cast, ruleset, days=days)
    assert list(DryRun.objects.order_by("pk").values_list("days", flat=True)) == [2, 3, 4]


def test_a_chunk_costs_as_many_statements_however_large_it_is(cast, django_assert_max_num_queries):
    ruleset = draft(rule(1, NEW_CARS, owner="sales"))
    for n in range(3):
        decided(cast, f"Upgrade {n}")
    asking.ask(ruleset, days=1, by=cast.mia)
    with django_assert_max_num_queries(24):
        work.work(seconds=3600)
    for n in range(40):
        decided(cast, f"Upgrade {n}")
    asking.ask(ruleset, days=1, by=cast.mia)
    with django_assert_max_num_queries(24):
        work.work(seconds=3600)


def page(client, **query):
    return client.get(reverse("dry_run"), query).content.decode()


def test_the_page_tells_the_result_in_words_and_numbers(cast, mia):
    conversation = decided(cast, "I would like an upgrade").message.conversation
    triage.hand_over(conversation, to=cast.departments["sales"], by=cast.alice, reason="Buys.")
    decided(cast, "My car does not start")
    tried(cast, draft(rule(1, NEW_CARS, name="Wants a car", owner="sales")))
    html = page(mia)
    assert "Would have moved <b>1 of 2</b>" in html
    assert "Alice moved it by hand after 30m" in html
    assert "I would like an upgrade" in html
    assert "by “Wants a car”" in html
    assert "1 from Support to Sales: show examples" in html


def test_the_page_asks_for_one_and_shows_how_far_it_is(cast, mia):
    draft(rule(1, NEW_CARS, owner="sales"))
    assert "Nothing is moved" in page(mia)
    html = mia.post(reverse("dry_run"), {"days": 7}, headers={"HX-Request": "true"}).content.decode()
    assert "every 1s" in html
    run = DryRun.objects.get()
    DryRun.objects.update(state="running", total=200, done=50)
    assert "50 of 200 messages" in page(mia)
    html = mia.post(reverse("dry_run_cancel", args=[run.pk]), headers={"HX-Request": "true"}).content.decode()
    assert "was stopped" in html


def test_the_page_says_that_the_draft_has_changed_since(cast, mia):
    ruleset = draft(rule(1, NEW_CARS, owner="sales"))
    tried(cast, ruleset)
    assert "has changed since" not in page(mia)
    type(ruleset).objects.filter(pk=ruleset.pk).update(revision=1)
    assert "has changed since" in page(mia)


def test_a_version_of_before_can_be_tried(cast, mia):
    decided(cast, "An upgrade")
    old = versions.publish([rule(1, NEW_CARS, owner="sales")], {}, by=cast.mia, reason="First.")
    versions.publish([], {}, by=cast.mia, reason="Second.")
    mia.post(reverse("dry_run"), {"days": 30, "version": old.pk})
    work.work(seconds=3600)
    assert "Would have moved <b>1 of 1</b>" in page(mia, version=old.pk)
    assert "Would have moved <b>1 of 1</b>" in page(mia, number=old.number)
    assert f"?number={old.number}" in mia.get(reverse("routing_history")).content.decode()


@pytest.mark.parametrize("days", ["", "0", "-1", "366", "abc", "9" * 40, "7\0"])
def test_days_that_make_no_sense_are_answered_with_what_to_do(cast, mia, days):
    draft(rule(1, NEW_CARS, owner="sales"))
    answer = mia.post(reverse("dry_run"), {"days": days}, headers={"HX-Request": "true"})
    assert answer.status_code == 422
    assert "Give a number of days from 1 to 365." in answer.content.decode()
    assert not DryRun.objects.exists()


@pytest.mark.parametrize("version", ["0", "999999", "x", "9" * 40, "-1"])
def test_a_version_that_is_not_there_is_not_found(cast, mia, version):
    assert mia.get(reverse("dry_run"), {"version": version}).status_code == 404
    assert mia.get(reverse("dry_run"), {"number": version}).status_code == 404
    assert mia.post(reverse("dry_run"), {"version": version, "days": 7}).status_code == 404


def test_without_rules_the_page_says_what_to_do(mia):
    assert "There are no rules yet" in page(mia)
    assert mia.post(reverse("dry_run"), {"days": 7}).status_code == 302


def test_examples_of_a_pair_and_of_none(cast, mia):
    gone = decided(cast, "Upgrade one")
    decided(cast, "Upgrade two")
    run = tried(cast, draft(rule(1, NEW_CARS, owner="sales")))
    address = reverse("dry_run_examples", args=[run.pk])
    html = mia.get(address, {"from": "support", "to": "sales"}).content.decode()
    assert "Upgrade one" in html
    Message.objects.filter(pk=gone.message_id).delete()
    assert "Upgrade one" not in mia.get(address, {"from": "support", "to": "sales"}).content.decode()
    assert "None of these" in mia.get(address, {"from": "x\0", "to": "nobody"}).content.decode()


def test_roles_are_read_as_they_were_when_the_message_came(cast):
    critic = RoleKind.objects.create(slug="grump", name="Grump")
    now = timezone.now()
    before, during, after = (cast.contact(name)[0] for name in ("Before", "During", "After"))
    for person, since, until in ((before, 9, 5), (during, 9, None), (after, 0, None)):
        Role.objects.create(
            contact=person.contact,
            kind=critic,
            since=now - timedelta(days=since),
            until=until and now - timedelta(days=until),
            source="person",
        )
    for person in (before, during, after):
        cast.decided(cast.asks(person, text="Hello", ago=24 * 60).messages.get(), probabilities={"support": 0.9})
    is_one, was_one = ({"field": field, "op": "is", "value": "grump"} for field in ("role", "past_role"))
    run = tried(cast, draft(rule(1, is_one, owner="pr"), rule(2, was_one, owner="sales")))
    assert run.result["cells"] == {"support": {"pr": 1, "sales": 1, "support": 1}}
    assert run.result["failures"] == {}


def test_attributes_and_tags_count_from_when_they_were_said(cast):
    plan = Attribute.objects.create(slug="plan", name="Plan", kind="text")
    person = cast.dana[0]
    now = timezone.now()
    for value, days in (("basic", 3), ("gold", 0)):
        AttributeValue.objects.create(
            contact=person.contact, attribute=plan, value=value, source="person", at=now - timedelta(days=days)
        )
    Tag.objects.create(contact=person.contact, name="fleet", at=now - timedelta(days=2))
    cast.decided(cast.asks(person, text="Hello", ago=24 * 60).messages.get(), probabilities={"support": 0.9})
    on_plan = {"field": "attribute:plan", "op": "is", "value": "basic"}
    tagged = {"field": "tag", "op": "is", "value": "fleet"}
    run = tried(cast, draft(rule(1, {"all": [on_plan, tagged]}, owner="sales")))
    assert run.result["cells"] == {"support": {"sales": 1}}


def test_hours_are_those_of_the_calendar_and_fail_where_they_are_not_worked_out(cast):
    calendar = Calendar.objects.create(name="Office", time_zone="UTC")
    at = decided(cast, "Hello").message.posted_at
    inside = {"field": "hours", "op": "open", "value": "Office"}
    assert tried(cast, draft(rule(1, inside, owner="pr"))).result["facts"] == {"open_at": 1}
    for start, end in ((-2, -1), (-0.5, 0.5), (5, 6)):
        OpenInterval.objects.create(
            calendar=calendar,
            starts_at=at + timedelta(hours=start),
            ends_at=at + timedelta(hours=end),
            opened_before=0,
        )
    assert tried(cast, draft(rule(1, inside, owner="pr"))).result["cells"] == {"support": {"pr": 1}}


def test_the_post_that_a_message_answers_is_looked_up(cast):
    ours = cast.says(cast.asks(text="x"), "Win a car #spring", direction="out", author=cast.alice)
    one = decided(cast, "Me please")
    Message.objects.filter(pk=one.message_id).update(parent_id=ours.external_id)
    campaign = {"field": "campaign", "op": "is", "value": "spring"}
    run = tried(cast, draft(rule(1, campaign, owner="marketing")))
    assert run.result["cells"]["support"]["marketing"] == 1

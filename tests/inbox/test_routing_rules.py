"""What rules do to arriving messages: whom they ask about, what they do, and whose hand they leave alone."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from connectors.incoming import Attachment, Author, Context, Incoming
from connectors.models import Channel
from contacts.models import Attribute, AttributeValue, Contact, Owner, Role, RoleKind, Tag
from inbox import events, triage
from inbox.ingest import ingest
from inbox.models import Conversation, ConversationTag, Decision, Event, RoleSuggestion
from people import departments
from people.models import Department, Membership, User
from routing import versions
from routing.models import Block, Calendar, OpenInterval

pytestmark = pytest.mark.django_db
T0 = datetime(2026, 5, 1, 12, tzinfo=UTC)


@pytest.fixture
def channel(db):
    departments.ensure(Department)
    return Channel.objects.create(network="x", name="Our X", account="us")


@pytest.fixture
def nadia(channel):
    nadia = User.objects.create_user("nadia", "correct horse battery", name="Nadia", role="agent")
    Membership.objects.create(user=nadia, department=Department.objects.get(slug="pr"))
    return nadia


def said(external_id="1", text="The brake of my bike failed", **fields):
    author = Author(external_id=fields.pop("author", "dana"), handle="dana", name="Dana", followers=5)
    common = {"network": "x", "external_id": external_id, "author": author, "posted_at": T0, "text": text}
    return Incoming(**common | fields)


def words(*values):
    return {"field": "text", "op": "contains", "value": list(values)}


def publish(*rules):
    return versions.publish(
        [{"name": f"Rule {at}", "on": True, "conditions": conditions, "actions": actions}
         for at, (conditions, actions) in enumerate(rules, 1)], {}, by=None, reason="Test",
    )  # fmt: skip


def arrive(channel, *items):
    ingest(channel, list(items))
    return Conversation.objects.order_by("-pk").first()


def decision(external_id="1"):
    return Decision.objects.get(message__external_id=external_id)


def test_a_rule_does_all_that_it_says(channel, nadia):
    RoleKind.objects.get_or_create(slug="critic", defaults={"name": "Critic"})
    ruleset = publish(
        (words("brake"), {"priority": "urgent", "tags": ["safety"], "go_on": True}),
        (
            words("brake"),
            {
                "owner": "pr",
                "contributors": ["support"],
                "assignee": nadia.pk,
                "priority": "low",
                "tags": ["safety", "recall"],
                "role": "critic",
            },
        ),
    )
    conversation = arrive(channel, said())
    assert (conversation.department.slug, conversation.assignee, conversation.priority) == ("pr", nadia, 3)
    assert [one.department.slug for one in conversation.contributors.all()] == ["support"]
    assert set(conversation.tags.values_list("name", "rule")) == {("safety", 1), ("recall", 2)}
    assert RoleSuggestion.objects.get().kind.slug == "critic"
    kept = decision()
    assert (kept.source, kept.rule, kept.ruleset) == ("rule", 2, ruleset.pk)
    assert kept.actions["priority"] == {"value": "urgent", "rule": 1}
    kinds = Event.objects.filter(conversation=conversation).values_list("kind", flat=True)
    assert {"given", "prioritised", "conversation_tagged", "contributor", "message"} <= set(kinds)
    given = Event.objects.get(kind="given")
    assert (given.data, given.actor) == ({"to": "Nadia", "reason": "Rule “Rule 2”"}, None)


def test_spam_is_set_aside_by_a_rule(channel):
    publish((words("brake"), {"spam": True}))
    assert arrive(channel, said()).state == "noise"
    assert (decision().outcome, decision().source) == ("noise", "rule")


def test_a_rule_for_a_department_that_is_gone_is_recorded_as_failed_and_loses_nothing(channel):
    publish((words("brake"), {"owner": "legal"}), (words("bike"), {"owner": "pr"}))
    assert arrive(channel, said()).department.slug == "pr"
    failed = [one for one in decision().evidence if one.get("outcome") == "failed"]
    assert [one["rule"] for one in failed] == [1] and "legal" in failed[0]["term"]


def test_a_colleague_who_left_or_works_elsewhere_is_not_assigned_and_the_reason_is_kept(channel, nadia):
    publish((words("brake"), {"owner": "support", "assignee": nadia.pk}))
    conversation = arrive(channel, said())
    assert (conversation.department.slug, conversation.assignee) == ("support", None)
    failed = [one["term"] for one in decision().evidence if one.get("outcome") == "failed"]
    assert failed == ["Nadia is not in Support, so nobody was assigned."]
    nadia.is_active = False
    nadia.save()
    assert arrive(channel, said("2", author="eve")).assignee is None
    failed = [one["term"] for one in decision("2").evidence if one.get("outcome") == "failed"]
    assert failed == [f"the colleague {nadia.pk} is not there any more"]


def test_what_a_person_has_touched_stays(channel, nadia):
    publish((words("brake"), {"assignee": nadia.pk, "priority": "low", "tags": ["safety"], "owner": "pr"}))
    mia = User.objects.create_user("mia", "correct horse battery", name="Mia", role="manager")
    conversation = arrive(channel, said("1", "Hello"))
    triage.hand_over(conversation, to=Department.objects.get(slug="pr"), by=mia, reason="Ours")
    now = timezone.now()
    urgent = {"from": "Normal", "to": "Urgent", "reason": ""}
    events.act(conversation, "prioritised", by=mia, at=now, data=urgent)
    events.act(conversation, "conversation_untagged", by=mia, at=now, data={"tag": "safety"})
    arrive(channel, said("2", parent_id="1", posted_at=T0 + timedelta(minutes=1)))
    conversation.refresh_from_db()
    assert (conversation.assignee, conversation.priority, conversation.tags.count()) == (None, 1, 0)
    assert decision("2").actions["assignee"]["value"] == nadia.pk


def test_a_role_is_suggested_once_and_not_to_whom_has_it(channel):
    kind, _ = RoleKind.objects.get_or_create(slug="critic", defaults={"name": "Critic"})
    publish((words("brake"), {"role": "critic", "owner": "pr"}))
    conversation = arrive(channel, said("1"), said("2", thread_id="b"))
    suggestion = RoleSuggestion.objects.get()
    suggestion.state = "rejected"
    suggestion.save()
    arrive(channel, said("3", thread_id="c"))
    assert RoleSuggestion.objects.get().state == "rejected"
    arrive(channel, said("4", "Hello", author="eve"))
    eve = Contact.objects.exclude(pk=conversation.identity.contact_id).get()
    Role.objects.create(contact=eve, kind=kind, since=T0, source="person")
    arrive(channel, said("5", author="eve", thread_id="d"))
    assert RoleSuggestion.objects.count() == 1


def asked(channel, condition, **fields):
    """What a rule on this condition says of a message."""
    publish((condition, {"owner": "pr", "tags": ["asked"]}))
    ingest(channel, [said("asked", "Anything", **fields)])
    found = decision("asked")
    failed = [one["term"] for one in found.evidence if one.get("outcome") == "failed"]
    return "match" if found.rule else failed[0] if failed else "no match"


@pytest.fixture
def dana(channel):
    ingest(channel, [said("0", "Hello")])
    dana = Contact.objects.get()
    part = Contact.objects.create(name="Dana W.", root=dana, created_at=T0)
    now = timezone.now()
    critic, _ = RoleKind.objects.get_or_create(slug="critic", defaults={"name": "Critic"})
    customer, _ = RoleKind.objects.get_or_create(slug="customer", defaults={"name": "Customer"})
    partner, _ = RoleKind.objects.get_or_create(slug="partner", defaults={"name": "Partner"})
    Role.objects.create(contact=part, kind=critic, since=T0, source="person")
    Role.objects.create(contact=dana, kind=customer, since=T0, until=now, source="person")
    Role.objects.create(contact=dana, kind=partner, since=T0, until=now, source="person", evidence={"taken_back": True})
    Tag.objects.create(contact=part, name="Trade fair", at=now)
    Owner.objects.create(contact=dana, department=Department.objects.get(slug="sales"), at=now)
    plan = Attribute.objects.create(slug="plan", name="Plan", kind="text")
    for at, (value, source) in enumerate([("Gold", "person"), ("Silver", "import")]):
        AttributeValue.objects.create(
            contact=dana, attribute=plan, value=value, source=source, at=now + timedelta(seconds=at)
        )
    return dana


@pytest.mark.parametrize(
    ("field", "op", "value", "expected"),
    [
        ("role", "is", "critic", "match"),
        ("role", "is", "customer", "no match"),
        ("past_role", "is", "customer", "match"),
        ("past_role", "in", ["critic", "partner"], "no match"),
        ("tag", "is", "trade fair", "match"),
        ("contact_owner", "is", "sales", "match"),
        ("attribute:plan", "is", "gold", "match"),
        ("attribute:plan", "is", "silver", "no match"),
        ("attribute:size", "is", "big", "the customer's size is unknown"),
        ("is_first", "is", True, "match"),
        ("is_reply", "is", False, "match"),
        ("channel", "is", "our x", "match"),
    ],
)
def test_rules_see_what_is_known_of_the_customer_with_all_their_contacts(channel, dana, field, op, value, expected):
    condition = {"field": field, "op": op, "value": value}
    assert asked(channel, condition, thread_id="new") == expected


def test_rules_see_the_post_that_a_message_answers(channel):
    condition = {"field": "post", "op": "contains", "value": "prize"}
    ours = {"all": [condition, {"field": "post_is_ours", "op": "is", "value": True}]}
    context = (Context(relation="replied_to", external_id="77", author_id="us", text="Win a prize #halden"),)
    assert asked(channel, ours, parent_id="77", context=context) == "match"


def test_a_post_that_did_not_come_along_is_looked_up_and_unknown_where_nobody_has_it(channel):
    condition = {"field": "post", "op": "contains", "value": "prize"}
    ingest(channel, [said("77", "No prize for me")])
    assert asked(channel, condition, parent_id="77") == "match"
    ingest(channel, [said("late", "And me", parent_id="nowhere", thread_id="z")])
    assert [one["outcome"] for one in decision("late").evidence if one["kind"] == "rule"] == ["failed"]


def test_rules_ask_whether_a_calendar_is_open_and_fail_where_its_hours_are_unknown(channel):
    condition = {"field": "hours", "op": "open", "value": "Office"}
    assert asked(channel, condition) == "whether Office is open is unknown"
    office = Calendar.objects.create(name="Office", built_until=T0 + timedelta(days=9))
    hours = {"starts_at": T0 - timedelta(hours=1), "ends_at": T0 + timedelta(hours=1), "opened_before": 0}
    OpenInterval.objects.create(calendar=office, **hours)
    ingest(channel, [said("open", "Now", thread_id="a"), said("shut", "Later", thread_id="b",
                     posted_at=T0 + timedelta(hours=2)), said("far", "x", thread_id="c",
                     posted_at=T0 + timedelta(days=10))])  # fmt: skip
    outcomes = {pk: [one["outcome"] for one in decision(pk).evidence if one["kind"] == "rule"] for pk in
                ("open", "shut", "far")}  # fmt: skip
    assert outcomes == {"open": ["match"], "shut": [], "far": ["failed"]}


def test_what_the_text_says_is_kept_and_can_be_asked_for(channel):
    picture = Attachment(url="https://example.org/a.jpg", kind="image")
    condition = {"all": [{"field": "attachment", "op": "is", "value": "image"},
                         {"field": "language", "op": "is", "value": "de"}]}  # fmt: skip
    text = "Meine Bestellung ist immer noch nicht angekommen, ich warte seit drei Wochen darauf"
    publish((condition, {"owner": "pr"}))
    conversation = arrive(channel, said("1", text, attachments=(picture,)))
    assert conversation.department.slug == "pr"
    assert decision().signals["senses"]["language"] == "de"
    assert decision().signals["is_first"] is True


def test_who_is_blocked_is_set_aside(channel):
    publish((words("brake"), {"owner": "pr"}))
    Block.objects.create(kind="person", value="x:dana", label="Dana", at=timezone.now())
    Block.objects.create(kind="person", value="x:eve", at=timezone.now(), lifted_at=timezone.now())
    assert arrive(channel, said()).state == "noise"
    assert (decision().source, decision().evidence[0]["name"]) == ("block", "Dana")
    assert arrive(channel, said("2", author="eve")).department.slug == "pr"


def test_rules_that_ask_much_cost_a_few_statements_however_large_the_page(channel, nadia, dana):
    conditions = {"any": [{"field": "role", "op": "is", "value": "critic"}, words("brake"),
                          {"field": "post", "op": "contains", "value": "prize"},
                          {"field": "hours", "op": "open", "value": "Office"}]}  # fmt: skip
    actions = {"owner": "pr", "assignee": nadia.pk, "priority": "high", "tags": ["a", "b"], "role": "partner"}
    publish((conditions, actions))

    def page(start, size):
        return [said(str(start + at), author=f"p{start + at % 40}", thread_id=f"t{start + at}", parent_id=f"q{at}")
                for at in range(size)]  # fmt: skip

    counts = []
    for start, size in ((1000, 40), (2000, 200)):
        with CaptureQueriesContext(connection) as captured:
            ingest(channel, page(start, size))
        counts.append(len(captured))
    assert counts[0] == counts[1] <= 21 + 16
    assert ConversationTag.objects.count() == 480


def test_an_edited_message_is_decided_on_again_with_its_rules(channel):
    publish((words("brake"), {"owner": "pr", "tags": ["safety"]}))
    conversation = arrive(channel, said("1", "Lovely bike"))
    edit = said("1", "The brake failed", action="edit", posted_at=T0 + timedelta(minutes=5))
    ingest(channel, [edit])
    conversation.refresh_from_db()
    assert conversation.department.slug == "pr"
    assert (decision().rule, decision().signals["is_first"]) == (1, True)
    assert list(conversation.tags.values_list("name", flat=True)) == ["safety"]


EVERYTHING = [
    words("brake", "退款", "😡"),
    {"field": "text", "op": "matches", "value": "(a+)+$"},
    {"field": "subject", "op": "matches", "value": "(x|xx)*y"},
    {"field": "author", "op": "matches", "value": "^(.*)*z$"},
    {"field": "hashtag", "op": "is", "value": "recall"},
    {"field": "link", "op": "is", "value": "spam.example"},
    {"field": "email_domain", "op": "is", "value": "spam.example"},
    {"field": "campaign", "op": "is", "value": "win"},
    {"field": "sentiment", "op": "is", "value": "negative"},
    {"field": "urgency", "op": "at_least", "value": 0.9},
    {"field": "time", "op": "between", "value": ["00:00", "00:01"]},
    {"field": "tag", "op": "is", "value": "x"},
]


@pytest.mark.parametrize(
    "text",
    ["", "😡😡😡", "a" * 60_000 + "b", "so bad " * 9_000, "退款" * 30_000, "\u202e\u200b\ufeff", "#" * 5_000,
     "http://[::1 https://\u2100.example www.", "%s {} \\ ' \" ; --", "ﷺ" * 3_000],
)  # fmt: skip
def test_no_text_stops_a_page(channel, text):
    publish(*[(condition, {"tags": ["odd"], "priority": "high", "go_on": True}) for condition in EVERYTHING])
    picture = Attachment(url="https://example.org/a.jpg", kind="image")
    author = Author(external_id="e", handle="@a@" + "b" * 190, name=text[:200], email="@@", followers=2**40)
    item = Incoming(network="x", external_id="1", author=author, posted_at=T0, text=text, attachments=(picture,))
    taken = ingest(channel, [item, said("2", "The brake of my bike failed", parent_id="1")])
    assert taken.outcomes == {"stored": 2}
    assert decision("2").actions["priority"]["value"] == "high"


def test_a_thousand_rules_are_one_statement_and_a_rule_that_cannot_be_used_is_recorded(channel):
    rules = [(words(f"word{at}"), {"owner": "pr"}) for at in range(999)]
    publish(
        *rules, ({"field": "mood", "op": "is", "value": "x"}, {"owner": "pr"}), (words("brake"), {"owner": "sales"})
    )
    assert arrive(channel, said()).department.slug == "sales"
    assert [(one["rule"], one["outcome"]) for one in decision().evidence[:2]] == [(1001, "match"), (1000, "failed")]

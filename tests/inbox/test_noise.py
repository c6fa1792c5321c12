"""What is set aside: by a click, reviewed, brought back; and who is blocked."""

import pytest
from django.test import Client
from django.urls import reverse

from connectors.models import Channel
from inbox import blocking
from inbox.models import Conversation, Event
from routing.models import Block, Example
from tests.inbox.cast import Cast


@pytest.fixture
def cast(db):
    return Cast()


def client_of(user):
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def alice(cast):
    return client_of(cast.alice)


@pytest.fixture
def mia(cast):
    return client_of(cast.mia)


def state(conversation):
    return Conversation.objects.get(pk=conversation.pk).state


def post(client, name, conversation=None, **body):
    return client.post(reverse(name, args=[conversation.pk] if conversation else None), body)


def decide(client, **body):
    return client.post(reverse("bulk", args=["aside"]), body)


def test_spam_goes_out_of_the_queue_is_kept_and_is_learnt_from(cast, alice):
    conversation = cast.asks(text="Earn 5000 a week from home")
    post(alice, "spam", conversation)
    kept = Conversation.objects.get()
    assert (kept.state, kept.due_at, kept.moved_by_hand) == ("noise", None, True)
    assert conversation.messages.get().text == "Earn 5000 a week from home"
    assert Event.objects.get(kind="set_aside").actor == cast.alice
    example = Example.objects.get()
    assert (example.department, example.source, example.by) == ("noise", "spam", cast.alice)


def test_pressing_spam_twice_does_it_once(cast, alice):
    conversation = cast.asks()
    post(alice, "spam", conversation)
    post(alice, "spam", conversation)
    assert Event.objects.filter(kind="set_aside").count() == 1


def test_what_is_brought_back_is_in_its_queue_and_the_router_keeps_out(cast, alice):
    some = [cast.asks(state="noise") for _ in range(3)]
    left = cast.asks(state="noise")
    page = decide(alice, ids=[one.pk for one in some], do="back")
    assert page["Location"] == reverse("view", args=["aside"])
    for one in some:
        kept = Conversation.objects.get(pk=one.pk)
        assert (kept.state, kept.moved_by_hand) == ("open", True)
        assert kept.due_at is not None
    assert state(left) == "noise"
    assert set(Example.objects.values_list("department", "source")) == {("support", "not_spam")}


def test_bringing_back_is_undone(cast, alice):
    conversation = cast.asks(state="noise")
    decide(alice, ids=[conversation.pk], do="back")
    decide(alice, ids=[conversation.pk], do="spam")
    assert state(conversation) == "noise"
    assert Example.objects.get().department == "noise"


def test_several_cost_as_many_statements_as_one(cast, alice, django_assert_max_num_queries):
    some = [cast.asks(state="noise") for _ in range(40)]
    decide(alice, ids=[some[0].pk], do="back")
    with django_assert_max_num_queries(32):
        decide(alice, ids=[one.pk for one in some[1:]], do="back")


def test_what_belongs_to_others_stays_where_it_is(cast, alice):
    theirs = cast.asks(department="marketing", state="noise")
    ours = cast.asks(state="noise")
    assert decide(alice, ids=[theirs.pk], do="back").status_code == 403
    decide(alice, ids=[theirs.pk, ours.pk], do="back")
    assert (state(theirs), state(ours)) == ("noise", "open")
    assert post(alice, "spam", cast.asks(department="marketing")).status_code == 403


@pytest.mark.parametrize("ids", [[], ["x"], ["-1"], ["9" * 30], ["\0"], ["1"] * 300])
def test_nonsense_is_answered(alice, ids):
    assert decide(alice, ids=ids, do="back").status_code in (302, 403)
    assert decide(alice, ids=["1"], do="burn").status_code == 302


def test_the_list_says_why_each_was_set_aside(cast, alice):
    said = {
        "classifier": {"source": "classifier", "confidence": 0.84},
        "rule": {
            "source": "rule",
            "evidence": [{"kind": "rule", "name": "Giveaways", "outcome": "match", "term": "win"}],
        },
        "block": {
            "source": "block",
            "evidence": [{"kind": "block", "block": "domain", "value": "x.example", "name": "x.example"}],
        },
    }
    for fields in said.values():
        cast.decided(cast.asks(state="noise").messages.get(), "noise", **fields)
    post(alice, "spam", cast.asks())
    page = alice.get(reverse("view", args=["aside"])).content.decode()
    for why in (
        "Looks like spam, 84% sure",
        "Rule: Giveaways",
        "Blocked: x.example",
        "Alice Arnold",
        "Kept, not deleted.",
    ):
        assert why in page


def test_the_least_sure_come_first_where_somebody_asks(cast, alice):
    for name, confidence in (("sure", 0.97), ("unsure", 0.52), ("middling", 0.7)):
        identity = cast.contact(f"Customer {name}")[0]
        cast.decided(cast.asks(identity, state="noise").messages.get(), "noise", confidence=confidence)
    page = alice.get(reverse("view", args=["aside"]), {"doubt": "1"}).content.decode()
    places = [page.index(f'<b class="trunc" dir="auto">Customer {name}') for name in ("unsure", "middling", "sure")]
    assert places == sorted(places)


def test_a_person_is_blocked_from_their_conversation(cast, alice):
    conversation = cast.asks(cast.dana[0])
    dana = f"person {cast.dana[0].network}:{cast.dana[0].external_id}"
    post(alice, "block", conversation, what=dana, reason="Keeps selling.")
    made = Block.objects.get()
    assert (made.kind, made.by, made.reason) == ("person", cast.alice, "Keeps selling.")
    assert state(conversation) == "noise"
    assert Event.objects.get(kind="blocked").data["reason"] == "Keeps selling."


def test_agents_block_persons_alone_and_managers_domains(cast, alice, mia):
    conversation = cast.asks(cast.dana[0], text="Look: https://www.pills.example/buy")
    assert "pills.example" not in alice.get(reverse("block", args=[conversation.pk])).content.decode()
    assert post(alice, "block", conversation, what="domain pills.example").status_code == 422
    assert not Block.objects.exists()
    post(mia, "block", conversation, what="domain pills.example")
    assert Block.objects.get().value == "pills.example"


def test_a_provider_of_very_many_people_is_blocked_only_by_who_means_it(cast, mia):
    body = {"kind": "domain", "value": "https://gmail.com/"}
    page = post(mia, "block_new", **body)
    assert page.status_code == 422
    assert "Very many people are at gmail.com" in page.content.decode()
    post(mia, "block_new", **body, is_sure="on")
    assert Block.objects.get().value == "gmail.com"


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ("shop.halden.example", "We are at shop.halden.example ourselves."),
        ("halden.example", "We are at halden.example ourselves."),
        ("co.uk", "stands for a whole country"),
        ("com", "is no domain"),
        ("not a domain", "is no domain"),
        ("http://", "is no domain"),
    ],
)
def test_nobody_blocks_ourselves_or_the_world(cast, mia, value, why):
    Channel.objects.create(network="email", name="Mail", account="hello@shop.halden.example")
    page = post(mia, "block_new", kind="domain", value=value, is_sure="on")
    assert page.status_code == 422
    assert why in page.content.decode()
    assert not Block.objects.exists()


def test_our_own_account_is_not_blocked(cast, alice):
    conversation = cast.asks(cast.dana[0])
    cast.dana[0].contact.is_us = True
    cast.dana[0].contact.save()
    page = post(alice, "block", conversation, what=f"person {cast.dana[0].network}:{cast.dana[0].external_id}")
    assert "one of our own accounts" in page.content.decode()


def test_the_same_is_not_blocked_twice_and_can_be_blocked_again_once_lifted(cast, mia):
    body = {"kind": "server", "value": "@ann@Spam.Example"}
    post(mia, "block_new", **body)
    assert "spam.example is blocked already." in post(mia, "block_new", **body).content.decode()
    post(mia, "block_lift", Block.objects.get())
    post(mia, "block_lift", Block.objects.get())
    lifted = Block.objects.get()
    assert (lifted.lifted_by, lifted.value) == (cast.mia, "spam.example")
    post(mia, "block_new", **body)
    assert Block.objects.filter(lifted_at=None).count() == 1


def test_who_is_trusted_is_brought_back_and_never_blocked(cast, alice):
    conversation = cast.asks(cast.dana[0])
    dana = f"person {cast.dana[0].network}:{cast.dana[0].external_id}"
    post(alice, "block", conversation, what=dana)
    post(alice, "trust", conversation)
    assert state(conversation) == "open"
    assert not Block.objects.filter(kind="person", lifted_at=None).exists()
    page = post(alice, "block", conversation, what=dana)
    assert "is never to be blocked" in page.content.decode()


@pytest.mark.parametrize("how", ["here", "many"])
def test_taking_trust_back_takes_back_all_that_came_of_it(cast, alice, mia, how):
    writer, other = cast.dana[0], cast.contact("Olaf")[0]
    some = [cast.asks(writer), cast.asks(writer), cast.asks(other, state="noise")]
    dana = f"person {writer.network}:{writer.external_id}"
    for one in some[:2]:
        post(alice, "block", one, what=dana)
        post(alice, "spam", one)
    blocked = Block.objects.get()
    if how == "here":
        some = some[:1]
        post(alice, "trust", some[0])
    else:
        decide(alice, ids=[one.pk for one in some], do="trust")
    assert {state(one) for one in some} == {"open"}
    assert not Block.objects.filter(kind="person", lifted_at=None).exists()
    post(alice, "take_back")
    assert {state(one) for one in some} == {"noise"}
    assert list(Block.objects.filter(lifted_at=None)) == [blocked]
    assert "is blocked already" in post(alice, "block", some[0], what=dana).content.decode()
    if how == "many":
        post(alice, "block", some[2], what=f"person {other.network}:{other.external_id}")
        assert Block.objects.filter(kind="person", lifted_at=None).count() == 2


def test_taking_trust_back_leaves_what_was_said_before_it_and_blocked_after_it(cast, alice, mia):
    writer = cast.dana[0]
    first, second = cast.asks(writer, state="noise"), cast.asks(writer, state="noise")
    dana = f"person {writer.network}:{writer.external_id}"
    post(mia, "trust", first)
    post(alice, "trust", second)
    post(alice, "take_back")
    assert state(second) == "noise" and Block.objects.get().lifted_at is None
    post(mia, "take_back")
    post(alice, "block", second, what=dana)
    post(mia, "trust", second)
    post(mia, "block_lift", Block.objects.get(kind="trust", lifted_at=None))
    post(alice, "block", first, what=dana)
    post(mia, "take_back")
    assert Block.objects.filter(kind="person", lifted_at=None).count() == 1


def test_only_managers_trust_whom_a_manager_has_blocked(cast, alice, mia):
    conversation = cast.asks(cast.dana[0], state="noise")
    dana = f"person {cast.dana[0].network}:{cast.dana[0].external_id}"
    post(mia, "block", conversation, what=dana)
    for page in (post(alice, "trust", conversation), decide(alice, ids=[conversation.pk], do="trust")):
        assert page.status_code == 403
        assert "A manager has blocked" in page.content.decode()
    assert state(conversation) == "noise"
    assert not Block.objects.filter(kind="trust").exists()
    post(mia, "trust", conversation)
    assert state(conversation) == "open"
    assert list(Block.objects.filter(lifted_at=None).values_list("kind", flat=True)) == ["trust"]


def test_nobody_but_managers_makes_exceptions_of_a_blocked_server(cast, alice, mia):
    post(mia, "block_new", kind="server", value="spam.example")
    writer = cast.dana[0]
    writer.handle = "@ann@mail.spam.example"
    writer.save()
    conversation = cast.asks(writer, state="noise")
    assert post(alice, "trust", conversation).status_code == 403
    assert state(conversation) == "noise"
    post(mia, "trust", conversation)
    assert Block.objects.filter(kind="trust").exists()


def test_the_page_says_who_is_blocked_why_and_how_much_it_sets_aside(cast, mia):
    post(mia, "block_new", kind="domain", value="pills.example", reason="Sells pills.")
    evidence = [{"kind": "block", "block": "domain", "value": "pills.example", "name": "pills.example"}]
    for _ in range(2):
        cast.decided(cast.asks(state="noise").messages.get(), "noise", source="block", evidence=evidence)
    page = mia.get(reverse("blocks")).content.decode()
    assert "Sells pills." in page
    assert '<td class="right num">2</td>' in page
    assert blocking.lately() == {("domain", "pills.example"): 2}


def test_the_card_says_who_set_it_aside_and_who_brought_it_back(cast, alice):
    conversation = cast.asks()
    cast.decided(conversation.messages.get())
    page = reverse("conversation", args=["open", conversation.pk])
    post(alice, "spam", conversation)
    assert "<b>Alice</b> set it aside" in alice.get(page).content.decode()
    post(alice, "reopen", conversation)
    assert "<b>Alice</b> brought it back" in alice.get(page).content.decode()
    assert Conversation.objects.get().moved_by_hand


def test_the_timeline_says_what_was_done(cast, alice):
    conversation = cast.asks(cast.dana[0])
    post(alice, "block", conversation, what=f"person {cast.dana[0].network}:{cast.dana[0].external_id}")
    page = alice.get(reverse("conversation", args=["open", conversation.pk])).content.decode()
    assert "is blocked" in page
    assert "set this aside" in page


def test_whose_account_is_erased_is_not_kept_as_a_block(cast, alice):
    dana = cast.dana[0]
    post(alice, "block", cast.asks(dana), what=f"person {dana.network}:{dana.external_id}")
    blocking.forget([dana.pk])
    assert not Block.objects.exists()

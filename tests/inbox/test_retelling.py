"""What was written down in English is read in German by whoever chose it: reasons, steps, errors of networks."""

import pytest
from django.test import Client
from django.utils import timezone, translation

from connectors.models import Pull
from contacts.models import Role, RoleKind
from inbox import events, merging, retelling
from inbox.models import Contributor, Event
from tests.inbox.cast import Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast():
    return Cast()


def german(user):
    user.language = "de"
    user.save()
    client = Client()
    client.force_login(user)
    return client


def test_a_merge_says_why_in_the_language_of_each_reader(cast):
    dana, [other] = cast.dana[0], cast.contact("D. Whitlock")
    one = cast.asks(dana)
    evidence = [{"kind": "same_email", "value": "d@example.org"}, {"kind": "phone", "ending": "4471", "weight": 2}]
    with translation.override("de"):
        merging.merge(other.contact_id, dana.contact_id, by=cast.alice, at=timezone.now(), evidence=evidence)
    url = f"/inbox/open/c/{one.pk}/?tl=whole"
    bob = Client()
    bob.force_login(cast.bob)
    assert "Same verified e-mail address d@example.org" in bob.get(url).content.decode()
    page = german(cast.alice).get(url).content.decode()
    assert "Telefonnummer" in page or "Telefon" in page
    assert "d@example.org" in page
    assert "Same " not in page


def test_what_the_router_and_deadlines_wrote_is_told_in_german_also_of_old(cast):
    one = cast.asks(cast.dana[0])
    reason = "“my lawyer will call” concerns pr (91%)."
    Contributor.objects.create(
        conversation=one, department=cast.departments["pr"], reason=reason, created_at=timezone.now()
    )
    data = [
        ("contributor", {"department": "PR", "reason": reason}),
        ("late", {"due": "", "step": "the managers were told"}),
        ("prioritised", {"from": "Normal", "to": "Urgent", "reason": "The reply is 30 minutes late."}),
        ("given", {"to": "Bob", "reason": "here, speaks German, 3 of 10 open, fewest today"}),
        ("handover", {"from": "PR", "to": "Support", "reason": "Please answer in 3 days; it is late."}),
    ]
    events.record(events.Entry.of(one, kind, at=timezone.now(), data=told) for kind, told in data)
    page = german(cast.alice).get(f"/inbox/open/c/{one.pk}/?tl=whole").content.decode()
    for said in (
        "„my lawyer will call“ betrifft PR (91\u00a0%).",
        "die Manager wurden benachrichtigt",
        "Dringend",
        "da, spricht Deutsch, 3 von 10 offen, am wenigsten heute",
        # A colleague's words.
        "Please answer in 3 days; it is late.",
    ):
        assert said in page, said
    assert "concerns" not in page and "betrifft pr" not in page
    # By the name that people know it by, in English, too.
    client = Client()
    client.force_login(cast.bob)
    page = client.get(f"/inbox/open/c/{one.pk}/?tl=whole").content.decode()
    assert "concerns PR (91%)." in page and "concerns pr" not in page
    assert Event.objects.filter(kind="late").get().data["step"] == "the managers were told"


OWN = ("The contract was closed.", "Dropped by accident.", "Low", "3 messages", "The reply is late.", "Taken back")


def test_what_a_colleague_wrote_stays_as_it_is_on_timelines_and_beside_facts(cast):
    one, now = cast.asks(cast.dana[0]), timezone.now()
    kind = RoleKind.objects.order_by("pk").first()
    for department, text in zip(cast.departments.values(), OWN[:4], strict=False):
        Contributor.objects.create(conversation=one, department=department, reason=text, by=cast.bob, created_at=now)
    for text in OWN:
        data = {"from": "PR", "to": "Sales", "reason": text}
        events.record([events.Entry.of(one, "handover", by=cast.bob, at=now, data=data)])
        # A rule says why in the words of whoever made it.
        data = {"department": "PR", "reason": text}
        events.record([events.Entry.of(one, "contributor", at=now, data=data)] if text in OWN[:4] else [])
    events.record(
        events.Entry.of(one, kind, by=by, at=now, data=data)
        for kind, by, data in [
            ("handover", cast.bob, {"from": "Support", "to": "Sales", "reason": "Support was closed."}),
            ("handover", cast.bob, {"from": "Support", "to": "Sales", "reason": "Macro “Thanks”"}),
            ("prioritised", cast.bob, {"from": "Normal", "to": "Low", "reason": ""}),
            ("held", None, {"reason": "Bob answered meanwhile."}),
        ]
    )
    Role.objects.create(contact=one.identity.contact, kind=kind, since=now, source="person", by=cast.bob, reason=OWN[3])
    alice = german(cast.alice)
    page = alice.get(f"/inbox/open/c/{one.pk}/?tl=whole").content.decode()
    card = alice.get(f"/c/{one.pk}/together/").content.decode()
    for text in OWN:
        assert page.count(text) == (2 if text in OWN[:4] else 1), text
        # As it was handed over, and who takes part.
        assert card.count(text) == (2 if text in OWN[:4] else 1), text
    for said in ("Support wurde geschlossen.", "Makro „Thanks“"):
        assert said in page, said
        assert said in card, said
    assert "Niedrig" in page
    assert "3 messages" in alice.get(f"/contacts/{one.identity.contact_id}/").content.decode()


@pytest.mark.parametrize(
    ("reason", "said"),
    [("Support was closed.", "Support wurde geschlossen."), ("The contract was closed.", "The contract was closed.")],
)
def test_a_notification_tells_our_reasons_in_german_and_those_of_colleagues_as_they_are(cast, reason, said):
    data = {"from": "Support", "to": "Sales", "reason": reason}
    events.record([events.Entry.of(cast.asks(), "handover", by=cast.bob, at=timezone.now(), data=data)])
    assert said in german(cast.alice).get("/notifications/").content.decode()


def test_a_role_says_what_it_was_given_for(cast):
    kind = RoleKind.objects.order_by("pk").first()
    contact = cast.dana[0].contact
    reason = "7 helpful answers in 90 days"
    Role.objects.create(contact=contact, kind=kind, since=timezone.now(), source="criterion", reason=reason)
    page = german(cast.alice).get(f"/contacts/{contact.pk}/").content.decode()
    assert "7 hilfreiche Antworten in 90 Tagen" in page
    assert reason not in page


def test_a_channel_says_in_german_why_it_stands_still_and_quotes_the_network(cast):
    Pull.objects.update(
        state=Pull.State.BROKEN,
        error="X allows no more calls for now.",
        remedy="Sign in at X again.",
        error_at=timezone.now(),
    )
    adam = german(cast.adam)
    page = adam.get(f"/settings/channels/{cast.channel.pk}/").content.decode()
    assert "X erlaubt vorerst keine weiteren Aufrufe." in page
    assert "Melden Sie sich bei X erneut an." in page
    Pull.objects.update(error="Unauthorized: the bearer token is unknown (HTTP 401)")
    page = adam.get(f"/settings/channels/{cast.channel.pk}/").content.decode()
    assert "Unauthorized: the bearer token is unknown (HTTP 401)" in page


@pytest.mark.parametrize("text", ["x" + " in 1 day" * 2_000, "Not so for 1 days: " * 2_000 + "x"])
def test_what_goes_on_for_ever_is_left_as_it_is(text):
    with translation.override("de"):
        assert retelling.of_network(text) == text
        assert retelling.of_network(text[:1_500])
        assert retelling.of_role(text, by_hand=False) == text
        assert retelling.of_role(text[:1_500], by_hand=False)


def test_numbers_are_written_as_the_reader_writes_them(cast):
    dana = cast.dana[0]
    type(dana).objects.filter(pk=dana.pk).update(followers=3_100)
    kind = RoleKind.objects.get(slug="influencer")
    Role.objects.create(contact=dana.contact, kind=kind, since=timezone.now(), reason="22,700 followers")
    one = cast.asks(dana)
    page = german(cast.alice).get(f"/contacts/{dana.contact_id}/").content.decode()
    assert "22.700 Follower" in page and "22,700" not in page
    assert "3,1\u00a0Tsd. Follower" in german(cast.bob).get(f"/inbox/open/c/{one.pk}/").content.decode()


def test_what_was_done_in_one_language_is_told_in_the_others(cast):
    one = cast.asks(cast.dana[0])
    alice = Client()
    alice.force_login(cast.alice)
    alice.post(f"/c/{one.pk}/close/")
    alice.post("/inbox/undo/")
    alice.post(f"/c/{one.pk}/assign/", {"to": cast.bob.pk})
    alice.post(f"/c/{one.pk}/snooze/", {"words": "in 8 days"})
    page = german(cast.alice).get("/inbox/history/").content.decode()
    for said in (f"{cast.bob} zugewiesen", " zurückgestellt", "Geschlossen"):
        assert said in page, said
    timeline = f"/inbox/open/c/{one.pk}/"
    assert "zurückgenommen: Geschlossen" in german(cast.carol).get(timeline).content.decode()
    # And the other way round: kept in German, as older versions did.
    Event.objects.filter(kind="undone").update(data={"what": "Geschlossen"})
    bob = Client()
    bob.force_login(cast.bob)
    assert "took back: Closed" in bob.get(timeline).content.decode()

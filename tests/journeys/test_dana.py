"""Dana writes on X, by mail and in the forum, is merged, answered and separated again: nothing is lost."""

from collections import Counter
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from connectors.incoming import Author, Incoming
from connectors.ledger import summary
from contacts.merge import inconsistencies
from contacts.models import Contact, Deal, Identity, Merge, Pin, Role, RoleKind
from inbox.imports import channel_named
from inbox.ingest import ingest
from inbox.models import Conversation, Event, Message, Note
from people import departments
from people.models import Department, Membership, User

pytestmark = pytest.mark.django_db
ON_X = Author(external_id="91", handle="dana_w", name="dana ⚡", followers=12_000)
BY_MAIL = Author(external_id="dana@posteo.example", name="Dana Whitlock", email="dana@posteo.example")
IN_FORUM = Author(external_id="f-7", handle="volt_dana", email="Dana@posteo.example")


class Company:
    """Three channels, three departments with somebody in each, and a manager."""

    def __init__(self):
        departments.ensure(Department)
        self.channels = {name: channel_named(f"Our {name}") for name in ("x", "email", "forum")}
        self.mia = self._colleague("mia", "manager")
        self.staff = {slug: self._colleague(slug, "agent", slug) for slug in ("support", "sales", "pr")}
        self.start = timezone.now() - timedelta(hours=3)
        self.said = Counter()

    def _colleague(self, name, role, department=None):
        user = User.objects.create_user(name, name=name.title(), role=role)
        if department:
            Membership.objects.create(user=user, department=Department.objects.get(slug=department))
        client = Client()
        client.force_login(user)
        return client

    def hears(self, network, author, text, **fields):
        """A message of hers comes in; returns its conversation."""
        number = self.said["messages"] = self.said["messages"] + 1
        item = Incoming(
            network=network,
            external_id=f"{network}-{number}",
            author=author,
            posted_at=self.start + timedelta(minutes=number),
            text=text,
            **({"thread_id": f"{network}-thread"} | fields),
        )
        ingest(self.channels[network], [item], trust_email=True)
        return Conversation.objects.get(messages__external_id=item.external_id)

    def moves(self, conversation, to, why):
        sent = self.mia.post(f"/c/{conversation.pk}/move/", {"department": to, "reason": why})
        assert sent.status_code == 302
        self.said["handovers"] += 1

    def notes(self, client, conversation, text):
        assert client.post(f"/c/{conversation.pk}/note/", {"mode": "note", "text": text}).status_code == 302
        self.said["notes"] += 1

    def says(self, client, contact, what, **form):
        assert client.post(f"/contacts/{contact}/{what}/", form).status_code == 302
        self.said[what] += 1


def count():
    """All that anybody said or did, and the books of the channels."""
    return {
        "messages": Message.objects.count(),
        "notes": Note.objects.count(),
        "roles": Role.objects.count(),
        "deals": Deal.objects.count(),
        "pins": Pin.objects.count(),
        "handovers": Event.objects.filter(kind="handover").count(),
        "events": Event.objects.exclude(kind__in=["merged", "unmerged"]).count(),
    }


def who(identity):
    return Identity.objects.get(external_id=identity.external_id).contact_id


def page(client, contact):
    shown = client.get(f"/contacts/{contact}/", follow=True)
    assert shown.status_code == 200
    return shown.content.decode()


def adds_up():
    for line in summary():
        outcomes = sum(value for name, value in line.items() if name not in ("channel", "network", "received"))
        assert line["received"] == outcomes


def test_dana_is_merged_answered_and_separated_and_nothing_is_lost():
    company = Company()

    # She writes to three departments, which do not know that it is her each time.
    on_x = company.hears("x", ON_X, "Your charger burnt my socket. Everybody should know.")
    by_mail = company.hears("email", BY_MAIL, "Where is order R-2291?")
    in_forum = company.hears("forum", IN_FORUM, "Is there a price for five of them?")
    for conversation, to in ((on_x, "pr"), (by_mail, "support"), (in_forum, "sales")):
        conversation.refresh_from_db()
        if conversation.department.slug != to:
            company.moves(conversation, to, f"This is for {to}")

    # Mail and forum vouch for the same address: one person, by strong evidence.
    assert who(BY_MAIL) == who(IN_FORUM) != who(ON_X)
    by_evidence = Merge.objects.get()
    assert (by_evidence.origin, by_evidence.evidence[0]["kind"]) == ("evidence", "same_email")

    # Each department says what it knows.
    critic, customer = RoleKind.objects.get(slug="critic"), RoleKind.objects.get(slug="customer")
    today = {"since": timezone.localdate().isoformat()}
    company.says(company.staff["pr"], who(ON_X), "roles", kind=critic.pk, reason="The post about the socket", **today)
    company.says(company.staff["support"], who(BY_MAIL), "roles", kind=customer.pk, reason="Order R-2291", **today)
    company.says(company.staff["pr"], who(ON_X), "pins", text="Call before you write in public")
    company.notes(company.staff["pr"], on_x, "She has 12,000 readers")
    company.notes(company.staff["support"], by_mail, "The parcel is at the depot")
    x_person, mail_person = who(ON_X), who(BY_MAIL)
    before = count()
    assert [before[name] for name in ("roles", "pins", "notes")] == [2, 1, 2]

    # Support sees that the angry post is hers, and merges by hand.
    merged = company.staff["support"].post(f"/contacts/{x_person}/merge/{mail_person}/", {"front": mail_person})
    assert merged.status_code == 302
    by_hand = Merge.objects.get(origin="person")
    assert who(ON_X) == who(BY_MAIL) == who(IN_FORUM) == mail_person
    whole = page(company.staff["sales"], x_person)
    for text in (
        "burnt my socket",
        "order R-2291",
        "a price for five",
        "at the depot",
        "12,000 readers",
        "before you write",
    ):
        assert text in whole
    assert count() == before

    # Answers come in everywhere, and a new conversation; what is said of her now is said of the person.
    company.hears("x", ON_X, "Still no word from you", parent_id="x-1", thread_id="")
    company.hears("email", BY_MAIL, "It came this morning, thank you")
    company.hears("forum", IN_FORUM, "Make it ten", thread_id="another")
    company.notes(company.staff["sales"], in_forum, "Ten at the list price")
    company.says(company.staff["sales"], mail_person, "deals", title="Ten chargers", stage="new")
    between = count()
    assert between["messages"] == before["messages"] + 3 == company.said["messages"]
    assert (between["notes"], between["deals"]) == (before["notes"] + 1, 1)
    assert Identity.objects.count() == 3

    # It was somebody else's account after all.
    assert company.mia.post(f"/contacts/merges/{by_hand.pk}/undo/", {"sure": "1"}).status_code == 302
    assert who(ON_X) == x_person
    assert who(BY_MAIL) == who(IN_FORUM) == mail_person
    assert count() == between
    assert between["handovers"] == company.said["handovers"]

    # What came in between has followed its account, and every fact is where it was said.
    on_x_page, hers = page(company.mia, x_person), page(company.mia, mail_person)
    for text in ("burnt my socket", "Still no word", "12,000 readers", "Call before you write"):
        assert text in on_x_page
        assert text not in hers
    for text in (
        "order R-2291",
        "came this morning",
        "a price for five",
        "Make it ten",
        "at the depot",
        "Ten chargers",
    ):
        assert text in hers
        assert text not in on_x_page
    roles = Role.objects.values_list("contact", "kind__slug")
    assert {(Contact.objects.get(pk=one).root_id or one, kind) for one, kind in roles} == {
        (x_person, "critic"),
        (mail_person, "customer"),
    }

    # She writes on: each message finds its person, and what a colleague separated stays so.
    company.hears("x", ON_X, "Is anybody there?", thread_id="later")
    assert "Is anybody there" in page(company.mia, x_person)
    assert "Is anybody there" not in page(company.mia, mail_person)
    assert Event.objects.filter(kind="message").count() == Message.objects.count() == company.said["messages"]
    assert sorted(Event.objects.filter(kind__in=["merged", "unmerged"]).values_list("kind", flat=True)) == [
        "merged",
        "merged",
        "unmerged",
        "unmerged",
    ]
    assert inconsistencies() == []
    adds_up()

"""Strong evidence links people when their messages arrive; where it contradicts itself, a colleague is asked."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from connectors.incoming import Author, Incoming
from contacts import suggest
from contacts.merge import inconsistencies, merge, unmerge
from contacts.models import Claim, Clue, Contact, Identity, Merge, Suggestion
from inbox import merging
from inbox.imports import channel_named
from inbox.ingest import ingest
from inbox.models import Event
from people import departments
from people.models import Department, User
from tests.contacts.graph import person

T0 = datetime(2026, 5, 1, 12, tzinfo=UTC)


@pytest.fixture
def channel(db):
    departments.ensure(Department)
    return channel_named("test")


@pytest.fixture
def mia(db):
    return User.objects.create_user("mia", name="Mia", role="manager")


_numbers = iter(range(10**6))


def comes(channel, *authors, minutes=0):
    """Each of these (network and profile) says something, all on one page."""
    page = [
        Incoming(
            network=network,
            external_id=f"m{next(_numbers)}",
            author=Author(**({"external_id": fields.get("handle", "1")} | fields)),
            posted_at=T0 + timedelta(minutes=minutes),
            text="Hello, is anybody there?",
        )
        for network, fields in authors
    ]
    ingest(channel, page, trust_email=True)
    assert inconsistencies() == []


def persons():
    """The accounts, by the person that they belong to."""
    found = {}
    for contact, network, external_id in Identity.objects.values_list("contact_id", "network", "external_id"):
        found.setdefault(contact, set()).add(f"{network} {external_id}")
    return sorted(map(sorted, found.values()))


def reasons():
    return [[reason["kind"] for reason in row.evidence] for row in Merge.objects.order_by("pk")]


def test_the_same_vouched_address_links_across_networks_and_pages(channel):
    mail = ("email", {"external_id": "Dana@posteo.example", "email": "Dana@posteo.example", "name": "Dana"})
    comes(channel, mail)
    comes(channel, ("x", {"handle": "dana", "email": "dana@posteo.example"}))

    assert persons() == [["email Dana@posteo.example", "x dana"]]
    assert reasons() == [["same_email"]]
    event = Event.objects.get(kind="merged")
    assert (event.contact.name, event.data["name"], event.data["origin"]) == ("Dana", "dana", "evidence")
    assert "dana@posteo.example" in event.data["reason"]


def test_it_links_on_one_page_and_everybody_keeps_a_contact_of_their_own(channel):
    comes(channel, *((network, {"handle": "dana", "email": "d@posteo.example"}) for network in ("x", "forum", "y")))

    assert len(persons()) == 1
    assert Contact.objects.count() == 3
    assert Merge.objects.count() == 2


def test_an_address_that_becomes_known_later_links_too(channel):
    comes(channel, ("forum", {"handle": "dana", "email": "d@posteo.example"}), ("x", {"handle": "dw"}))
    assert len(persons()) == 2

    comes(channel, ("x", {"handle": "dw", "email": "D@posteo.example"}), minutes=5)

    assert len(persons()) == 1


@pytest.mark.parametrize("address", ["noreply@shop.example", "Info@shop.example", "support+4471@shop.example"])
def test_addresses_that_are_nobodys_link_nobody(channel, address):
    comes(channel, *((network, {"handle": "dana", "email": address}) for network in ("x", "forum")))

    assert len(persons()) == 2


@pytest.mark.parametrize("named", [{"external_id": "42"}, {"handle": "dana_w"}])
def test_an_account_that_an_import_named_joins_when_it_is_heard_of(channel, named):
    record = person("Dana Whitlock", network="crm", external_id="acme:17")
    Claim.objects.create(contact_id=record.contact_id, network="x", **named)

    comes(
        channel, ("x", {"external_id": "42", "handle": "@Dana_W"}), ("forum", {"external_id": "42", "handle": "dana_w"})
    )

    assert ["crm acme:17", "x 42"] in persons()
    assert len(persons()) == 2
    assert reasons() == [["claim"]]


def test_profiles_that_link_to_each_other_are_one_persons(channel):
    comes(channel, ("x", {"handle": "Dana", "url": "https://x.com/Dana", "bio": "Photos: instagram.com/danawhit/"}))
    comes(channel, ("instagram", {"handle": "danawhit", "links": ("https://mobile.twitter.com/dana?s=20",)}))

    assert persons() == [["instagram danawhit", "x Dana"]]
    assert reasons() == [["profiles"]]


def test_a_link_in_one_direction_says_nothing(channel):
    comes(channel, ("x", {"handle": "fan", "bio": "I follow https://instagram.com/star"}))
    comes(channel, ("instagram", {"handle": "star", "bio": "https://star.example/"}))

    assert len(persons()) == 2


def test_two_accounts_on_one_network_that_link_to_each_other_may_be_a_couple(channel):
    comes(channel, ("x", {"handle": "ann", "bio": "with https://x.com/bob"}))
    comes(channel, ("x", {"handle": "bob", "bio": "with https://x.com/ann"}))

    assert len(persons()) == 2


def test_a_link_that_becomes_known_later_links_too_and_an_old_one_is_forgotten(channel):
    comes(channel, ("x", {"handle": "dana", "bio": "me: https://instagram.com/danawhit"}))
    comes(channel, ("instagram", {"handle": "danawhit", "bio": "https://x.com/else"}))
    comes(channel, ("instagram", {"handle": "danawhit", "bio": "https://x.com/dana"}), minutes=5)

    assert len(persons()) == 1
    assert set(Clue.objects.filter(kind="link").values_list("value", flat=True)) == {
        "instagram.com/danawhit",
        "x.com/dana",
    }


def test_evidence_that_points_at_two_people_links_nobody_and_asks(channel):
    record = person("Dana Whitlock", network="crm", external_id="acme:17")
    Claim.objects.create(contact_id=record.contact_id, network="x", handle="dana")
    comes(channel, ("forum", {"handle": "somebody", "email": "d@posteo.example"}))

    comes(channel, ("x", {"handle": "dana", "email": "d@posteo.example"}))

    assert len(persons()) == 3
    asked = Suggestion.objects.order_by("pk")
    assert [row.state for row in asked] == ["open", "open"]
    assert {reason["kind"] for row in asked for reason in row.reasons} == {"same_email", "claim", "conflict"}
    assert not Merge.objects.exists()


def test_two_records_of_one_system_are_not_linked_by_an_address(channel):
    ann, bob = (person(name, network="crm", external_id=f"acme:{name}") for name in ("Ann", "Bob"))
    for record in (ann, bob):
        comes(channel, ("forum", {"handle": record.name}))
        account = Identity.objects.get(network="forum", external_id=record.name)
        merge(account.contact_id, record.contact_id, origin="import", at=T0)

    for handle in ("Ann", "Bob"):
        comes(channel, ("forum", {"handle": handle, "email": "family@posteo.example"}), minutes=5)

    assert persons() == [["crm acme:Ann", "forum Ann"], ["crm acme:Bob", "forum Bob"]]
    assert Suggestion.objects.get().reasons[1] == {"kind": "conflict", "level": "records", "system": "acme"}


def test_what_a_colleague_separated_stays_so_and_is_not_asked_again(channel, mia):
    comes(channel, *((network, {"handle": "dana", "email": "d@posteo.example"}) for network in ("x", "forum")))
    merging.unmerge(Merge.objects.get().pk, by=mia, at=timezone.now())

    comes(channel, ("x", {"handle": "dana", "email": "d@posteo.example", "bio": "new words"}), minutes=5)
    comes(channel, ("y", {"handle": "third", "email": "d@posteo.example"}), minutes=6)

    assert len(persons()) == 3
    assert {row.first.network for row in Suggestion.objects.all()} | {
        row.second.network for row in Suggestion.objects.all()
    } == {"x", "forum", "y"}
    assert Suggestion.objects.count() == 2


def test_what_a_colleague_rejected_is_not_linked(channel, mia):
    comes(channel, ("x", {"handle": "dana"}), ("forum", {"handle": "dana", "email": "d@posteo.example"}))
    one, other = Identity.objects.order_by("pk")
    asked = Suggestion.objects.create(first=one, second=other, score=0.9, created_at=T0)
    suggest.reject(asked.pk, by=mia, at=timezone.now())

    comes(channel, ("x", {"handle": "dana", "email": "d@posteo.example"}), minutes=5)

    assert len(persons()) == 2


def test_an_import_that_was_taken_back_by_nobody_in_person_may_link_again(channel):
    comes(channel, *((network, {"handle": "dana", "email": "d@posteo.example"}) for network in ("x", "forum")))
    unmerge(Merge.objects.get().pk, by=None, at=timezone.now())

    comes(channel, ("x", {"handle": "dana", "email": "d@posteo.example", "bio": "new words"}), minutes=5)

    assert len(persons()) == 1


def test_our_own_account_is_never_linked_to_a_customer(channel):
    channel.account = "@us"
    channel.save()
    comes(channel, (channel.network, {"handle": "us", "email": "d@posteo.example"}))
    assert Contact.objects.get().is_us

    comes(channel, ("forum", {"handle": "dana", "email": "d@posteo.example"}))

    assert len(persons()) == 2
    assert not Suggestion.objects.exists()


def test_linking_hangs_on_the_very_contact_that_the_evidence_speaks_of(channel):
    comes(channel, ("x", {"handle": "dana", "email": "d@posteo.example"}), ("forum", {"handle": "other"}))
    x, forum = Identity.objects.order_by("pk")
    by_hand = merge(x.contact_id, forum.contact_id, origin="person", at=T0)

    comes(channel, ("y", {"handle": "dana", "email": "d@posteo.example"}))
    assert len(persons()) == 1
    unmerge(by_hand.pk, by=None, at=T0)

    assert persons() == [["forum other"], ["x dana", "y dana"]]


def test_an_account_that_was_separated_from_the_contact_it_came_with_is_not_linked_to_it_again(channel, mia):
    one = person("Dana", email="d@example.org")
    other = person("Dana", contact=one.contact_id, network="mastodon", email="d@example.org")
    merging.split(other.pk, by=mia, at=timezone.now())
    for email in ("d2@example.org", "d@example.org"):
        author = {"external_id": other.external_id, "handle": other.handle, "email": email}
        minutes = 10**6 + len(email)  # newer than the profile that is known
        comes(channel, ("mastodon", author), minutes=minutes * (1 if "2" in email else 2))
    assert len(persons()) == 2
    assert Identity.objects.get(pk=other.pk).email == "d@example.org"
    assert Suggestion.objects.get().state == "rejected" and Suggestion.objects.get().decided_by == mia

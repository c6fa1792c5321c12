from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from contacts import clues, match, values
from contacts import merge as merging
from contacts.models import Attribute, AttributeValue, Clue, Contact, Identity, Suggestion
from contacts.suggest import accept, of_person, open_suggestions, reject
from people.models import User

NOW = datetime(2026, 6, 1, tzinfo=UTC)


@pytest.fixture
def alice(db):
    return User.objects.create_user("alice", "x", name="Alice Arnold")


def account(name="", network="x", handle="", contact=None, **fields):
    contact = contact or Contact.objects.create(name=name, sort_key=name.lower(), created_at=NOW)
    return Identity.objects.create(
        contact=contact,
        network=network,
        external_id=f"{Identity.objects.count()}-{name}",
        name=name,
        handle=handle,
        seen_at=NOW,
        created_at=NOW,
        **fields,
    )


def run(now=NOW):
    return match.match(now=now)


def pairs():
    return set(Suggestion.objects.filter(state="open").values_list("first_id", "second_id"))


def test_two_accounts_with_the_same_rare_name_are_suggested_with_the_reason(db):
    a, b, _ = account("Zelda Quist"), account("Zelda Quist", "mastodon"), account("Somebody Else", "mastodon")
    assert run() == match.Matched(3, 1, 1)
    found = Suggestion.objects.get()
    assert (found.first_id, found.second_id, found.state) == (a.pk, b.pk, "open")
    assert [reason["kind"] for reason in found.reasons] == ["name"]
    assert not Identity.objects.filter(matched_at=None).exists()
    assert run() == match.Matched(0, 0, 0)


def test_what_was_typed_in_messages_ties_accounts_whose_profiles_say_nothing(db):
    a, b = account(handle="sunny"), account(network="mastodon", handle="moonlight")
    assert run().suggested == 0
    written = [(a.pk, "Where is order R-2291?"), (b.pk, "still no word on R-2291 \x00"), (b.pk, "hello")]
    assert clues.note((who, text.replace("\x00", "")) for who, text in written) == 2
    assert run() == match.Matched(2, 1, 1)
    assert Suggestion.objects.get().reasons[0]["value"] == "R-2291"
    clues.note([(a.pk, "As I said: R-2291")])
    assert run().looked_at == 0


def test_a_phone_number_in_a_bio_a_message_and_a_record_is_the_same(db):
    slug = Attribute.objects.create(slug="phone", name="Phone", kind="phone")
    record, bio, said = account(network="crm"), account(bio="Call 0171 2345678"), account(network="mastodon")
    AttributeValue.objects.create(
        contact=record.contact, attribute=slug, value="+491712345678", source="import", at=NOW
    )
    clues.note([(said.pk, "ring +49 171 2345678")])
    run()
    assert pairs() == {(record.pk, bio.pk), (record.pk, said.pk), (bio.pk, said.pk)}


def test_what_a_colleague_says_of_a_person_is_looked_at_too(alice):
    slug = Attribute.objects.create(slug="phone", name="Phone", kind="phone")
    a, b = account(bio="Call 0171 2345678"), account(network="mastodon")
    assert run().suggested == 0
    values.say(b.contact_id, slug, "+49 171 2345678", by=alice, at=NOW)
    assert run() == match.Matched(1, 1, 1)
    assert pairs() == {(a.pk, b.pk)}


def test_duplicates_in_a_file_of_customers_are_suggested(db):
    facts = {"birth_date": "1980-04-17", "street": "Linden Street 12", "postal_code": "4020", "city": "Linz"}
    slugs = {slug: Attribute.objects.create(slug=slug, name=slug, kind="text") for slug in facts}
    records = [account(name, "crm") for name in ("Elena Varga", "Elna Vargo")]
    for record in records:
        for slug, value in facts.items():
            AttributeValue.objects.create(
                contact=record.contact, attribute=slugs[slug], value=value, source="import", at=NOW
            )
    assert run().suggested == 1
    assert {reason["kind"] for reason in Suggestion.objects.get().reasons} >= {"birth_date", "street", "postal_code"}


def test_a_link_to_somebodys_profile_is_a_reason_from_either_side(db):
    a, b = account(handle="priya_onwheels"), account(network="mastodon", handle="qqq")
    Clue.objects.create(identity=a, kind="profile", value="x.com/priya_onwheels")
    Clue.objects.create(identity=b, kind="link", value="x.com/priya_onwheels")
    Identity.objects.filter(pk=b.pk).update(matched_at=NOW)
    assert run() == match.Matched(1, 1, 1)
    assert Suggestion.objects.get().reasons[0]["to"] == "@priya_onwheels"


def test_accounts_of_one_person_and_our_own_are_not_suggested(db):
    a = account("Zelda Quist")
    account("Zelda Quist", "mastodon", contact=a.contact)
    us = account("Zelda Quist", "bluesky")
    Contact.objects.filter(pk=us.contact_id).update(is_us=True)
    assert run().suggested == 0
    assert not Suggestion.objects.exists()


def test_a_rejected_pair_and_an_undone_merge_are_never_suggested_again(alice):
    a, b = account("Zelda Quist"), account("Zelda Quist", "mastodon")
    c = account("Zelda Quist", "mastodon", contact=b.contact)
    run()
    [pair] = open_suggestions().pairs
    reject(pair.id, by=alice, at=NOW)
    d = account("Zelda Quist", "bluesky")
    run()
    [again] = of_person(a.contact_id)
    assert d.pk in again.identities
    done = accept(again.id, by=alice, at=NOW, merge=merging.merge)
    merging.unmerge(done.pk, by=alice, at=NOW)
    Identity.objects.update(matched_at=None)
    run()
    assert open_suggestions().pairs[0].identities in {(b.pk, d.pk), (c.pk, d.pk)}
    assert of_person(a.contact_id) == []


def test_a_changed_profile_takes_its_suggestions_back_and_makes_others(db):
    a, b, c = account("Zelda Quist"), account("Zelda Quist", "mastodon"), account("Orla Finnbogason", "mastodon")
    run()
    Identity.objects.filter(pk=a.pk).update(name="Orla Finnbogason", matched_at=None)
    run()
    assert pairs() == {(a.pk, c.pk)}
    assert not Clue.objects.filter(identity=a, value__contains="quist").exists()
    assert Clue.objects.filter(identity=b, value__contains="quist").exists()


def test_what_strong_evidence_asks_about_is_left_as_it_is(db):
    a, b = account("Zelda Quist"), account("Zelda Quist", "mastodon")
    reasons = [{"kind": "same_email", "value": "z@example.org"}, {"kind": "conflict", "level": "kinds"}]
    asked = Suggestion.objects.create(first=a, second=b, score=0.9, reasons=reasons, created_at=NOW)
    run()
    asked.refresh_from_db()
    assert asked.reasons == reasons
    Identity.objects.filter(pk=a.pk).update(name="Somebody Else", matched_at=None)
    run()
    assert Suggestion.objects.filter(pk=asked.pk).exists()


def test_a_name_that_more_than_fifty_have_is_no_reason_alone(db):
    for number in range(60):
        account("Jane Smith", "x", f"{number}zz{number}")
    assert run().suggested == 0
    a, b = account("Jane Smith", "mastodon", location="Galway, Ireland"), account("Jane Smith", location="Galway")
    run()
    assert pairs() <= {(a.pk, b.pk)}
    assert Clue.objects.filter(kind="name_at", value="jane smith|galway").count() == 2


def test_the_number_of_statements_does_not_depend_on_the_number_of_accounts(db):
    def statements(count, start):
        for number in range(count):
            account(f"Zelda{number // 2} Quist{start}", ("x", "mastodon")[number % 2], f"h{number}")
        with CaptureQueriesContext(connection) as captured:
            assert run(NOW + timedelta(seconds=start)).looked_at == count
        return len(captured)

    assert statements(20, 1) == statements(300, 2)


def test_batches_are_taken_until_nobody_is_left(db, monkeypatch):
    monkeypatch.setattr(match, "BATCH", 2)
    for number in range(5):
        account(f"Person {number}")
    assert match.match(now=NOW, size=2).looked_at == 2
    assert match.match_all() == 3 or not Identity.objects.filter(matched_at=None).exists()


def test_an_account_that_is_gone_meanwhile_or_nobody_at_all_is_no_trouble(db):
    assert run() == match.Matched(0, 0, 0)
    account("\u202e" * 50, "x", "@" * 200, bio="\x01" * 100, location="," * 200)
    account("李明", "mastodon", "61571224837800")
    account("李明", "x")
    assert run().looked_at == 3
    assert len(pairs()) <= 1

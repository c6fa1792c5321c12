"""A file of contacts: what its rows make, whom they are linked with, and that all of it can be taken back."""

import itertools
import string

import pytest
from django.utils import timezone
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from contacts import merge, values
from contacts.crm import files, steps
from contacts.models import (
    Attribute,
    AttributeValue,
    Claim,
    Contact,
    Identity,
    Import,
    ImportedRow,
    Merge,
    Owner,
    Role,
    Suggestion,
    Tag,
)
from tests.contacts.sheets_of import checked, fresh, imported, table, taken_back, uploaded, worked
from tests.inbox.cast import Cast

HEADER = ("Id", "Name", "E-Mail", "City", "Tags", "Role", "Twitter")


@pytest.fixture
def cast(db):
    return Cast()


def row(key, name="Ines Prado", email="ines@example.org", city="Porto", tags="", role="", twitter=""):
    return key, name, email, city, tags, role, twitter


def taken(source):
    return {name: n for name, n in source.counts["taken"].items() if n}


def state():
    """Everything that an import may touch, without what it leaves as history."""
    return {
        "contacts": sorted(Contact.objects.values_list("pk", "name", "root", "do_not_contact")),
        "identities": sorted(
            Identity.objects.values_list("pk", "contact", "network", "external_id", "name", "url"), key=str
        ),
        "merges": sorted(Merge.objects.filter(undone_at=None).values_list("part", "into")),
        "values": sorted(AttributeValue.objects.values_list("contact", "attribute__slug", "value", "search_key")),
        "roles": sorted(Role.objects.values_list("contact", "kind__slug"), key=str),
        "tags": sorted(Tag.objects.values_list("contact", "name")),
        "owners": sorted(Owner.objects.values_list("contact", "department", "user"), key=str),
        "claims": sorted(Claim.objects.values_list("contact", "network", "handle", "external_id")),
    }


def test_a_row_makes_a_person_with_a_record_an_address_and_what_it_says(cast):
    source = imported(table(HEADER, row("7", tags="VIP, spring", role="Customer", twitter="@InesP")))

    assert (source.state, taken(source)) == ("done", {"created": 1})
    ines = Contact.objects.get(name="Ines Prado")
    found = sorted(ines.identities.values_list("network", "external_id", "name", "email"))
    assert found == [
        ("crm", "hub:7", "Ines Prado", ""),
        ("email", "ines@example.org", "Ines Prado", "ines@example.org"),
    ]
    assert [(one.attribute.slug, one.value) for one in ines.values.all()] == [("city", "Porto")]
    assert sorted(ines.tags.values_list("name", flat=True)) == ["spring", "vip"]
    assert ines.roles.get().kind.slug == "customer"
    assert (ines.claims.get().network, ines.claims.get().handle) == ("x", "inesp")
    assert ines.events.get().kind == "imported"


def test_the_same_file_again_makes_nothing_new(cast):
    content = table(HEADER, row("7", tags="vip", role="customer", twitter="@InesP"), row("8", "Bo", "bo@example.org"))
    imported(content)
    before = state()
    again = imported(content)
    assert taken(again) == {"unchanged": 2}
    assert state() == before


def test_what_has_changed_in_the_file_is_added_and_both_values_are_kept(cast):
    imported(table(HEADER, row("7")))
    source = imported(table(HEADER, row("7", "Ines Prado-Gil", city="Lisbon")))
    ines = Contact.objects.get(name="Ines Prado-Gil")
    assert taken(source) == {"updated": 1}
    assert list(ines.values.order_by("at", "pk").values_list("value", "search_key")) == [
        ("Porto", ""),
        ("Lisbon", "lisbon"),
    ]


def test_an_address_that_has_written_before_is_the_same_person(cast):
    (mail,) = cast.contact("Ines", "email")
    Identity.objects.filter(pk=mail.pk).update(external_id="ines@example.org", email="ines@example.org")
    source = imported(table(HEADER, row("7")))
    merged = Merge.objects.get()
    assert (merged.origin, merged.source_import, merged.into_id) == ("import", source, mail.contact_id)
    assert taken(source) == {"created": 1, "merged": 1}
    assert Identity.objects.get(external_id="hub:7").contact_id == mail.contact_id
    assert merge.inconsistencies() == []
    assert Contact.objects.get(pk=mail.contact_id).events.get(kind="merged").data["origin"] == "import"


def test_a_handle_or_the_address_of_a_profile_finds_an_account_that_is_there(cast):
    source = imported(table(HEADER, row("7", twitter=f"https://x.com/{cast.dana[0].handle}")))
    assert taken(source)["merged"] == 1
    assert Identity.objects.get(external_id="hub:7").contact_id == cast.dana[0].contact_id


def test_a_post_of_a_company_links_nobody(cast):
    mail, _other = cast.contact("Acme", "email", "x")
    Identity.objects.filter(pk=mail.pk).update(external_id="info@example.org", email="info@example.org")
    source = imported(table(HEADER, row("7", email="info@example.org")))
    assert taken(source) == {"created": 1}


def test_two_records_of_one_system_are_two_people_and_the_conflict_is_told(cast):
    source = imported(table(HEADER, row("7"), row("8", "Rui Prado")))
    assert taken(source) == {"created": 2, "conflicts": 1}
    assert Merge.objects.count() == 0
    assert Suggestion.objects.get().state == "open"
    told = ImportedRow.objects.get(source=source, line=3).reason
    assert told == "ines@example.org belongs to another record of hub."


def test_whom_a_colleague_kept_apart_is_not_linked_again(cast):
    imported(table(HEADER, row("7", twitter=cast.dana[0].handle)))
    merge.unmerge(Merge.objects.get().pk, by=cast.alice, at=timezone.now())
    source = imported(table(HEADER, row("7", twitter=cast.dana[0].handle)))
    assert taken(source) == {"unchanged": 1, "conflicts": 1}
    assert Merge.objects.filter(undone_at=None).count() == 0


def test_it_stays_kept_apart_when_the_import_that_had_linked_it_is_taken_back(cast):
    (mail,) = cast.contact("Ines", "email")
    Identity.objects.filter(pk=mail.pk).update(external_id="ines@example.org", email="ines@example.org")
    content = table(HEADER, row("7", twitter=cast.dana[0].handle))
    source = imported(content)
    merge.unmerge(Merge.objects.get(part=mail.contact_id).pk, by=cast.alice, at=timezone.now())
    taken_back(source)
    imported(content)
    mail.refresh_from_db()
    assert mail.contact_id != Identity.objects.get(pk=cast.dana[0].pk).contact_id


def test_a_colleagues_word_stands_before_the_files(cast):
    imported(table(HEADER, row("7")))
    ines = Contact.objects.get(name="Ines Prado")
    values.say(ines.pk, Attribute.objects.get(slug="city"), "Braga", by=cast.alice, at=timezone.now())
    source = imported(table(HEADER, row("7", city="Lisbon")))
    assert taken(source) == {"updated": 1, "conflicts": 1}
    assert imported(table(HEADER, row("7", city="Lisbon"))).counts["taken"]["unchanged"] == 1


def test_one_key_twice_in_a_file_names_the_first_line(cast):
    source = imported(table(HEADER, row("7"), row("7", "Somebody else", "else@example.org")))
    assert taken(source) == {"created": 1, "rejected": 1}
    rejected = ImportedRow.objects.get(outcome="rejected", source=source)
    assert (rejected.line, rejected.reason) == (3, "Line 2 has the same key, 7.")
    assert rejected.row[:2] == ["7", "Somebody else"]


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        (row("7", email="nowhere"), "E-Mail: “nowhere” is not an e-mail address. Write it like name@example.org."),
        (row("7", role="Wizard"), "Role: There is no role “Wizard”. Make it in the settings first"),
        (row("7", twitter="no handle!"), "Twitter: “no handle!” is not an account on X."),
        (row("7", name="x" * 201), "The name has 201 characters. Shorten it to 200."),
        (row("", email=""), "There is no key, no e-mail address and no account"),
        (row("", email="", twitter="@nobody"), "Nobody is known by this account yet"),
        (row("7", city="a\x00b"), "City: “a␀b” holds a zero byte."),
    ],
)
def test_a_row_that_cannot_be_taken_in_says_why(cast, cells, reason):
    source = imported(table(HEADER, cells))
    assert taken(source) == {"rejected": 1}
    assert reason in ImportedRow.objects.get(source=source).reason


def test_formulas_are_text(cast):
    imported(table(HEADER, row("7", name="=HYPERLINK(1)", city="'+1+1", tags="@home")))
    found = Contact.objects.get(name="=HYPERLINK(1)")
    assert (found.values.get().value, found.tags.get().name) == ("+1+1", "@home")


def test_owners_and_do_not_contact_are_set_and_restored(cast):
    content = table(("Id", "Name", "Owner", "Do not contact"), ("7", "Ines", "sales:carol", "yes"))
    imported(table(("Id", "Name", "Owner"), ("7", "Ines", "Sales:mia")))
    before = state()
    source = imported(content)
    ines = Contact.objects.get(name="Ines")
    assert (ines.owners.get().user, ines.do_not_contact) == (cast.carol, True)
    taken_back(source)
    assert state() == before


def test_our_own_accounts_are_nobodys_record(cast):
    Contact.objects.filter(pk=cast.dana[0].contact_id).update(is_us=True)
    source = imported(table(HEADER, row("", email="", twitter=cast.dana[0].handle)))
    assert ImportedRow.objects.get(source=source).reason == "This is one of our own accounts."


def test_the_dry_run_says_the_same_and_writes_nothing(cast):
    imported(table(HEADER, row("7"), row("9", "Cy", "cy@example.org")))
    before = state()
    content = table(
        HEADER, row("7", city="Lisbon"), row("8", "Bo", "ines@example.org"), row("9", "Cy", "bad"), row("9")
    )
    source = checked(uploaded(content))
    assert state() == before
    trial = dict(source.counts["trial"])
    assert (source.state, source.done) == ("checked", 0)
    steps.start(source)
    assert worked(source).counts["taken"] == trial


def test_an_import_that_is_taken_back_leaves_everything_as_it_was(cast):
    (mail,) = cast.contact("Rui", "email")
    Identity.objects.filter(pk=mail.pk).update(external_id="rui@example.org", email="rui@example.org")
    imported(table(HEADER, row("7", tags="old")))
    before = state()
    rows = [row("7", "Ines Gil", "ines@example.org; second@example.org", "Lisbon", "old, new", "customer", "@ines")]
    rows += [row("8", "Rui", "rui@example.org", "Faro", "x", "critic", cast.dana[0].handle)]
    source = imported(table(HEADER, *rows))
    assert state() != before
    source = taken_back(source)
    assert source.state == "undone"
    assert state() == before
    assert merge.inconsistencies() == []
    assert taken_back_again(source) == "Somebody was quicker: the import is in another state now. Look at it again."


def taken_back_again(source):
    with pytest.raises(steps.NotNow) as refused:
        steps.take_back(source)
    return str(refused.value)


def test_who_has_written_since_stays_when_the_import_goes(cast):
    source = imported(table(HEADER, row("7"), row("8", "Bo", "bo@example.org", tags="x")))
    mail = Identity.objects.get(external_id="ines@example.org")
    cast.asks(mail)
    source = taken_back(source)
    assert (source.counts["undo"]["removed"], source.counts["undo"]["kept"]) == (1, 1)
    mail.refresh_from_db()
    assert mail.conversations.count() == 1
    # The record of the system is the import's alone.
    assert not Identity.objects.filter(network="crm").exists()
    assert not AttributeValue.objects.exists()


def test_whom_a_colleague_merged_since_stays_merged(cast):
    source = imported(table(HEADER, row("7"), row("8", "Bo", "bo@example.org")))
    ines = Contact.objects.get(name="Ines Prado")
    merge.merge(ines.pk, cast.dana[0].contact_id, origin="person", by=cast.alice, at=timezone.now())
    taken_back(source)
    assert Contact.objects.get(pk=ines.pk).root_id == cast.dana[0].contact_id
    assert not Contact.objects.filter(name="Bo").exists()
    assert merge.inconsistencies() == []


def test_whom_a_later_import_knows_too_stays(cast):
    first = imported(table(HEADER, row("7")))
    imported(table(HEADER, row("7", city="Lisbon")))
    taken_back(first)
    ines = Contact.objects.get(name="Ines Prado")
    assert list(ines.values.values_list("value", flat=True)) == ["Lisbon"]


def test_a_file_of_a_hundred_thousand_rows_is_not_read_as_a_whole(cast, django_assert_max_num_queries):
    content = table(HEADER, *(row(str(n), f"Person {n}", f"p{n}@example.org") for n in range(600)))
    source = checked(uploaded(content))
    steps.start(source)
    with django_assert_max_num_queries(120):
        assert taken(worked(source)) == {"created": 600}


def test_large_files_and_empty_ones_are_refused(cast):
    with pytest.raises(files.TooLarge):
        steps.upload("a.csv", itertools.repeat(b"x" * 2**20, 51), system="hub", by=None, now=timezone.now())
    with pytest.raises(steps.NotNow, match="There is nothing in this file"):
        uploaded(b"")
    assert Import.objects.count() == 0


def test_the_content_of_a_file_is_let_go_after_thirty_days(cast):
    source = imported(table(HEADER, row("7")))
    assert files.let_go(timezone.now()) == 0
    assert files.let_go(timezone.now() + files.KEPT * 1.1) == 1
    with pytest.raises(files.LetGo):
        list(files.content(source.pk))
    assert taken_back(source).state == "undone"


def test_meanings_are_remembered_for_the_next_file_of_the_system(cast):
    content = table(("Nr", "Wer"), ("7", "Ines"))
    imported(content, meanings=["key", "name"])
    assert uploaded(content).mapping["meanings"] == ["key", "name"]
    assert uploaded(content, system="other").mapping["meanings"] == ["", ""]


def test_columns_that_say_nothing_of_whom_are_told(cast):
    source = uploaded(table(("Wer", "Wo"), ("Ines", "Porto")))
    assert "Choose the column that says who it is" in steps.say(source, ["name", "attribute:city:text"])[0]
    assert "mean the same" in steps.say(source, ["key", "key"])[0]
    with pytest.raises(steps.NotNow):
        steps.check(source)


KEYS = st.sampled_from(["", "1", "2", "3", "4"])
EMAILS = st.sampled_from(["", "a@example.org", "b@example.org", "c@example.org", "A@example.org", "broken"])
HANDLES = st.sampled_from(["", "@ann", "ben", "??"])
CITIES = st.text(string.ascii_letters + "=+@ \t\n\"'", max_size=6)
ROWS = st.lists(st.tuples(KEYS, st.just("Name"), EMAILS, CITIES, HANDLES), max_size=12)


class Accounting(TestCase):
    """Whatever stands in a file, each of its rows is accounted for, and taking it back takes all of it back."""

    @settings(max_examples=12, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
    @given(ROWS, ROWS)
    def test_every_row_is_accounted_for_and_undo_restores_what_was_there(self, first, second):
        header = ("Id", "Name", "E-Mail", "City", "Twitter")
        Identity.objects.create(
            contact=Contact.objects.create(name="Ann", created_at=timezone.now()),
            network="x",
            external_id="1",
            handle="Ann",
            seen_at=timezone.now(),
            created_at=timezone.now(),
        )
        imported(table(header, *first))
        before = state()
        source = checked(uploaded(table(header, *second)))
        trial = source.counts["trial"]
        steps.start(source)
        counts = worked(source).counts["taken"]
        assert counts == trial
        rows = sum(any(cell and not cell.isspace() for cell in one) for one in second)
        assert sum(counts.get(name, 0) for name in ("created", "updated", "unchanged", "rejected")) == rows
        assert merge.inconsistencies() == []
        source = taken_back(fresh(source))
        assert source.state == "undone"
        assert state() == before
        assert merge.inconsistencies() == []

"""What the company knows of a person, through the pages on which colleagues say it."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from contacts import attributes, values
from contacts.models import Attribute, AttributeValue, Contact, Deal, Import, Owner, Pin, Role, RoleKind, Tag
from inbox import merging
from inbox.facts import sections
from inbox.models import Event
from tests.inbox.cast import Cast

HTMX = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture
def cast(db):
    return Cast()


@pytest.fixture
def dana(cast):
    return cast.dana[0].contact_id


class Colleague(Client):
    """Somebody who is logged in and posts to addresses by name."""

    def __init__(self, user):
        super().__init__()
        self.force_login(user)

    def says(self, address, /, *args, htmx=False, **body):
        return self.post(reverse(address, args=args), body, **(HTMX if htmx else {}))


@pytest.fixture
def alice(cast):
    return Colleague(cast.alice)


def told(person=None):
    events = Event.objects.filter(contact__isnull=False).order_by("id")
    return [(one.kind, one.data) for one in events if person in (None, one.contact_id)]


def kind(slug):
    return RoleKind.objects.get(slug=slug)


def facts(person, cast):
    return sections(person, cast.alice)


def role(slug="customer", **fields):
    return {"kind": kind(slug).pk, "since": "2024-05-03", "reason": "Bought a car."} | fields


# Roles


def test_a_role_is_given_and_ended_and_each_is_on_the_timeline(alice, dana, cast):
    alice.says("contact_roles", dana, **role())
    (now,) = facts(dana, cast)["roles"]["now"]
    assert (now["name"], now["since"], now["reason"], now["by"]) == (
        "Customer",
        "3 May 2024",
        "Bought a car.",
        "Alice Arnold",
    )
    alice.says("contact_role_end", dana, kind("customer").pk, reason="Sold it.")
    after = facts(dana, cast)["roles"]
    assert (after["now"], after["before"][0]["name"]) == ([], "Customer")
    assert [(name, data["reason"]) for name, data in told()] == [
        ("role_given", "Bought a car."),
        ("role_ended", "Sold it."),
    ]


def test_giving_a_role_is_undone_from_the_toast_and_hides_nothing(alice, dana, cast):
    toast = alice.says("contact_roles", dana, htmx=True, **role()).content.decode()
    given = Role.objects.get()
    assert reverse("role_undo", args=[given.pk]) in toast
    alice.says("role_undo", given.pk, change="given")
    assert facts(dana, cast)["roles"] == {"now": [], "before": []}
    assert [name for name, _data in told()] == ["role_given", "role_ended"]
    again = alice.says("role_undo", given.pk, htmx=True, change="given")
    assert again.status_code == 409
    assert "ended meanwhile" in again.content.decode()


def test_the_end_of_a_role_is_undone_from_its_event(alice, dana, cast):
    alice.says("contact_roles", dana, **role())
    alice.says("contact_role_end", dana, kind("customer").pk, reason="Sold it.")
    alice.says("role_undo", told()[-1][1]["role_id"], change="ended")
    assert [one["since"] for one in facts(dana, cast)["roles"]["now"]] == ["3 May 2024"]
    assert [name for name, _data in told()] == ["role_given", "role_ended", "role_given"]


def test_the_timeline_offers_to_undo_only_what_still_holds(alice, dana):
    alice.says("contact_roles", dana, **role())
    given = Role.objects.get()
    page = reverse("contact", args=[dana])
    offer = f'action="{reverse("role_undo", args=[given.pk])}"'
    assert alice.get(page).content.decode().count(offer) == 1
    alice.says("contact_role_end", dana, kind("customer").pk, reason="Sold it.")
    shown = alice.get(page).content.decode()
    assert shown.count(offer) == 1
    assert 'name="change" value="ended"' in shown


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"since": "2999-01-01"}, "still to come"),
        ({"since": "yesterday"}, "not a day"),
        ({"since": "0001-01-01"}, "before 1900"),
        ({"reason": ""}, "Say why"),
        ({"reason": "\0"}, "Null characters are not allowed"),
        ({"kind": "9" * 30}, "no such role"),
        ({"kind": "customer"}, "no such role"),
    ],
)
def test_a_role_that_cannot_be_given_says_why_and_keeps_what_was_written(alice, dana, wrong, why):
    answer = alice.says("contact_roles", dana, **role(**wrong))
    assert answer.status_code == 422
    page = answer.content.decode()
    assert why in page
    assert 'aria-invalid="true"' in page
    assert not Role.objects.exists()


def test_the_second_of_two_clicks_is_told_that_they_are_it_already(alice, dana):
    alice.says("contact_roles", dana, **role())
    answer = alice.says("contact_roles", dana, **role())
    assert "is Customer already" in answer.content.decode()
    assert Role.objects.count() == 1


def test_what_is_said_from_a_conversation_follows_its_identity(alice, cast, dana):
    other = cast.contact("D. Whitlock", "mastodon")[0]
    own = other.contact_id
    done = merging.merge(own, dana, by=cast.alice, at=timezone.now())
    conversation = cast.asks(other)
    alice.says("contact_roles", dana, conversation=conversation.pk, **role())
    alice.says("contact_pins", dana, conversation=conversation.pk, text="Call before noon.")
    alice.says("contact_tags", dana, name="vip")
    evidence = facts(dana, cast)["roles"]["now"][0]["evidence"]
    assert evidence == reverse("short", args=[conversation.pk])
    merging.unmerge(done.pk, by=cast.alice, at=timezone.now())
    assert [one["name"] for one in facts(own, cast)["roles"]["now"]] == ["Customer"]
    assert len(facts(own, cast)["pins"]["all"]) == 1
    assert (facts(dana, cast)["roles"]["now"], facts(dana, cast)["tags"]["all"]) == ([], ["vip"])


@pytest.mark.parametrize("conversation", ["0", "999999", "x", "9" * 40, "-1"])
def test_a_conversation_that_is_not_theirs_is_not_found(alice, dana, conversation):
    assert alice.says("contact_pins", dana, conversation=conversation, text="Hello").status_code == 404


def test_an_address_of_a_part_is_about_the_person(alice, cast, dana):
    part = cast.contact("D. Whitlock")[0].contact_id
    merging.merge(part, dana, by=cast.alice, at=timezone.now())
    answer = alice.says("contact_pins", part, text="Call before noon.")
    assert answer["Location"] == reverse("contact", args=[dana])
    assert Pin.objects.get().contact_id == dana


# Attributes


@pytest.fixture
def city(db):
    return attributes.define(name="City", kind="text")


def imported(dana, city, value, at=None):
    at = at or timezone.now()
    source = Import.objects.create(file_name="a.csv", content=b"", encoding="utf-8", system="crm", created_at=at)
    return AttributeValue.objects.create(
        contact_id=dana,
        attribute=city,
        value=value,
        search_key=values.search_key(value),
        source="import",
        source_import=source,
        at=at,
    )


def test_a_value_is_set_in_its_canonical_form_and_told(alice, dana, cast, city):
    number = attributes.define(name="Cars", kind="number")
    alice.says("contact_attributes", dana, value_city="Ingolstadt", value_cars="1 200,50")
    shown = {one["slug"]: one["shown"] for one in facts(dana, cast)["attributes"]["known"]}
    assert shown == {"city": "Ingolstadt", "cars": "1,200.5"}
    assert AttributeValue.objects.get(attribute=number).value == "1200.5"
    assert told()[0] == ("attribute", {"name": "City", "from": "", "to": "Ingolstadt"})
    alice.says("contact_attributes", dana, value_city="Ingolstadt", was_city="Ingolstadt", value_cars="", was_cars="")
    assert AttributeValue.objects.count() == 2


def test_one_wrong_value_keeps_all_of_them_back_and_says_what_to_write(alice, dana, city):
    attributes.define(name="Birthday", kind="date", slug="birth_date")
    answer = alice.says("contact_attributes", dana, value_city="Berlin", value_birth_date="31.2.1990")
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "There is no day 31.2.1990. Check the month and the day." in page
    assert 'value="Berlin"' in page
    assert not AttributeValue.objects.exists()


def test_a_colleague_counts_more_than_an_import_and_the_other_value_can_be_shown_instead(alice, dana, cast, city):
    theirs = imported(dana, city, "Berlin", at=timezone.now() + timedelta(minutes=5))
    alice.says("contact_attributes", dana, value_city="Ingolstadt", was_city="Berlin")
    (known,) = facts(dana, cast)["attributes"]["known"]
    assert (known["shown"], [one["shown"] for one in known["others"]]) == ("Ingolstadt", ["Berlin"])
    assert known["why"].startswith("Alice Arnold, ")
    assert known["others"][0]["why"].startswith("Import from crm, ")
    alice.says("contact_attribute_choose", dana, value=theirs.pk)
    (known,) = facts(dana, cast)["attributes"]["known"]
    # The colleague's own word was replaced by the choice, so nothing differs any more.
    assert (known["shown"], known["others"]) == ("Berlin", [])


def test_parts_that_differ_keep_both_values_and_give_them_back(alice, cast, dana, city):
    part = cast.contact("D. Whitlock")[0].contact_id
    alice.says("contact_attributes", part, value_city="Munich")
    alice.says("contact_attributes", dana, value_city="Berlin")
    done = merging.merge(part, dana, by=cast.alice, at=timezone.now())
    (known,) = facts(dana, cast)["attributes"]["known"]
    assert (known["shown"], known["others"][0]["shown"]) == ("Berlin", "Munich")
    merging.unmerge(done.pk, by=cast.alice, at=timezone.now())
    assert facts(part, cast)["attributes"]["known"][0]["shown"] == "Munich"
    assert facts(dana, cast)["attributes"]["known"][0]["others"] == []


def test_a_value_is_taken_away_and_what_is_superseded_is_not_found_any_more(alice, dana, cast, city):
    alice.says("contact_attributes", dana, value_city="Berlin")
    alice.says("contact_attributes", dana, value_city="", was_city="Berlin")
    assert facts(dana, cast)["attributes"]["known"] == []
    assert not AttributeValue.objects.exclude(search_key="").exists()
    assert AttributeValue.objects.count() == 2


@pytest.mark.parametrize("value", ["", "x", "9" * 30, "999999", "-1", "\0"])
def test_choosing_a_value_that_is_not_theirs_is_refused(alice, dana, value):
    answer = alice.says("contact_attribute_choose", dana, htmx=True, value=value)
    assert answer.status_code == 409


# Deals


def deal(**fields):
    return {"title": "Touring 5", "amount": "46900", "currency": "EUR", "stage": "new"} | fields


def test_a_deal_is_opened_moved_and_won(alice, dana, cast):
    alice.says("contact_deals", dana, **deal())
    one = Deal.objects.get()
    shown = facts(dana, cast)["deals"]["all"][0]
    assert (shown["amount"], shown["step"], len(shown["steps"])) == ("€46,900", 1, 5)
    alice.says("deal", one.pk, **deal(stage="offer", seen="new", title="Touring 5, family pack"))
    alice.says("deal", one.pk, **deal(stage="won", seen="offer"))
    one.refresh_from_db()
    assert one.closed_at is not None
    assert [(name, data.get("to", data.get("amount"))) for name, data in told()] == [
        ("deal_opened", "€46,900"),
        ("deal_moved", "Offer"),
        ("deal_moved", "Won"),
    ]
    alice.says("deal", one.pk, **deal(stage="negotiation", seen="won"))
    one.refresh_from_db()
    assert one.closed_at is None


def test_a_deal_that_somebody_else_moved_meanwhile_is_not_moved_back(alice, dana, cast):
    alice.says("contact_deals", dana, **deal())
    one = Deal.objects.get()
    Colleague(cast.bob).says("deal", one.pk, **deal(stage="won", seen="new"))
    answer = alice.says("deal", one.pk, **deal(stage="lost", seen="new", title="Other"))
    assert "moved Touring 5 to Won meanwhile" in answer.content.decode()
    one.refresh_from_db()
    assert (one.stage, one.title) == ("won", "Touring 5")


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"amount": "lots"}, "not an amount"),
        ({"amount": "-1"}, "between 0 and"),
        ({"amount": "1" * 20}, "digits"),
        ({"amount": "NaN"}, "not an amount"),
        ({"currency": "XYZ"}, "no currency"),
        ({"currency": ""}, "no currency"),
        ({"title": " "}, "required"),
        ({"stage": "sold"}, "not one of the available choices"),
        ({"department": "999999"}, "no such department"),
    ],
)
def test_a_deal_that_makes_no_sense_is_refused_beside_the_field(alice, dana, wrong, why):
    answer = alice.says("contact_deals", dana, **deal(**wrong))
    assert answer.status_code == 422
    assert why in answer.content.decode()
    assert not Deal.objects.exists()


# Pins, tags, owners, names


def test_a_note_is_pinned_changed_and_taken_away_and_its_words_stay_on_the_timeline(alice, dana, cast):
    alice.says("contact_pins", dana, text="Call before noon.")
    pin = Pin.objects.get()
    alice.says("pin", pin.pk, text="Call after noon.")
    assert [str(one["text"]) for one in facts(dana, cast)["pins"]["all"]] == ["Call after noon."]
    alice.says("pin_remove", pin.pk)
    assert [data["text"] for _name, data in told()] == ["Call before noon.", "Call after noon."]
    assert alice.says("pin_remove", pin.pk).status_code == 404


def test_there_are_at_most_twenty_pinned_notes_on_a_person(alice, dana):
    for number in range(20):
        alice.says("contact_pins", dana, text=f"Note {number}")
    answer = alice.says("contact_pins", dana, text="One more")
    assert answer.status_code == 422
    assert "Take one away first." in answer.content.decode()


def test_a_tag_is_one_however_it_is_written(alice, dana, cast):
    for name in ("VIP", " vip ", "#Vip", "Straße 1", "STRASSE  1"):
        alice.says("contact_tags", dana, name=name)
    assert facts(dana, cast)["tags"]["all"] == ["strasse 1", "vip"]
    assert [name for name, _data in told()] == ["tagged", "tagged"]
    alice.says("contact_tag_remove", dana, name="vip")
    alice.says("contact_tag_remove", dana, name="vip")
    assert facts(dana, cast)["tags"]["all"] == ["strasse 1"]
    assert [name for name, _data in told()][2:] == ["untagged"]


@pytest.mark.parametrize("name", ["", "  ", "#", "\0", "x" * 51])
def test_a_tag_that_is_none_is_refused_where_it_was_typed(alice, dana, name):
    answer = alice.says("contact_tags", dana, htmx=True, name=name)
    assert answer.status_code == 422
    assert 'id="tag-error"' in answer.content.decode()
    assert not Tag.objects.exists()


def test_tags_in_use_are_offered_while_typing(alice, cast, dana):
    for person in (dana, cast.contact("Nils Holm")[0].contact_id):
        for name in ("winter", "winch", "summer", "win%"):
            alice.says("contact_tags", person, name=name)
    url = reverse("tags")
    assert alice.get(url, {"name": "WIN"}).content.decode().split('"')[1::2] == ["win%", "winch", "winter"]
    assert alice.get(url, {"name": "win%"}).content.decode().count("<option") == 1
    assert alice.get(url, {"name": "x\0" * 500}).content.decode().strip() == ""
    assert alice.get(url).content.decode().count("<option") == 4


def test_owners_are_of_the_department_or_manage_all(alice, dana, cast):
    support, sales = (cast.departments[slug].pk for slug in ("support", "sales"))
    answer = alice.says("contact_owners", dana, **{f"to_{support}": cast.bob.pk, f"to_{sales}": cast.mia.pk})
    assert answer.status_code == 302
    shown = facts(dana, cast)["owners"]["all"]
    assert {one["name"]: one["mate"]["name"] for one in shown} == {"Support": "Bob Brandt", "Sales": "Mia Meyer"}
    wrong = alice.says("contact_owners", dana, **{f"to_{support}": cast.carol.pk})
    assert wrong.status_code == 422
    was = {f"to_{support}": "", f"was_{support}": cast.bob.pk, f"to_{sales}": cast.mia.pk, f"was_{sales}": cast.mia.pk}
    alice.says("contact_owners", dana, **was)
    assert [one["name"] for one in facts(dana, cast)["owners"]["all"]] == ["Sales"]
    assert told()[-1] == ("owner", {"department": "Support", "to": "Nobody"})


def test_nobody_on_the_merged_person_gives_the_part_its_owner_back(alice, dana, cast):
    part = cast.contact("D. Whitlock")[0].contact_id
    support = cast.departments["support"].pk
    alice.says("contact_owners", part, **{f"to_{support}": cast.bob.pk})
    done = merging.merge(part, dana, by=cast.alice, at=timezone.now())
    alice.says("contact_owners", dana, **{f"to_{support}": "", f"was_{support}": cast.bob.pk})
    assert facts(dana, cast)["owners"]["all"] == []
    merging.unmerge(done.pk, by=cast.alice, at=timezone.now())
    assert facts(part, cast)["owners"]["all"][0]["mate"]["name"] == "Bob Brandt"
    assert Owner.objects.count() == 2


def test_a_person_is_renamed_and_sorted_by_the_new_name(alice, dana, cast):
    alice.says("contact_rename", dana, name="  Zoë \n Whitlock ")
    contact = Contact.objects.get(pk=dana)
    assert (contact.name, contact.sort_key, contact.named_by) == ("Zoë Whitlock", "zoe whitlock", cast.alice)
    assert told() == [("renamed", {"from": "Dana Whitlock", "to": "Zoë Whitlock"})]
    alice.says("contact_rename", dana, name="Zoë Whitlock")
    assert len(told()) == 1
    for wrong in ("", "\0", "x" * 201):
        assert alice.says("contact_rename", dana, name=wrong).status_code == 422


# The sections themselves


def test_sections_cost_seven_statements_however_much_is_said(alice, cast, dana, city):
    def count():
        with CaptureQueriesContext(connection) as captured:
            facts(dana, cast)
        return len(captured)

    alice.says("contact_attributes", dana, value_city="Berlin")
    few = count()
    for number in range(12):
        part = cast.contact(f"Part {number}")[0].contact_id
        alice.says("contact_roles", part, **role())
        alice.says("contact_attributes", part, value_city=f"Town {number}")
        alice.says("contact_deals", part, **deal(title=f"Car {number}"))
        alice.says("contact_pins", part, text=f"Note {number}")
        alice.says("contact_tags", part, name=f"tag {number}")
        merging.merge(part, dana, by=cast.alice, at=timezone.now())
    assert count() == few == 7
    shown = facts(dana, cast)
    assert len(shown["attributes"]["known"][0]["others"]) == 12
    assert len(shown["roles"]["now"]) == 1


def test_with_htmx_the_section_is_swapped_and_the_dialog_goes(alice, dana):
    page = alice.says("contact_pins", dana, htmx=True, text="<b>Call</b>").content.decode()
    assert 'hx-target="#facts-pins"' in page
    assert "&lt;b&gt;Call&lt;/b&gt;" in page
    assert 'hx-target="#dialogs"' in page


def test_the_second_of_two_clicks_neither_pins_nor_opens_a_deal_again(alice, dana):
    for name, body in (("contact_pins", {"text": "Call."}), ("contact_deals", {"title": "Estate", "stage": "new"})):
        assert [alice.says(name, dana, **body).status_code for _ in range(2)] == [302, 422]
    assert (Pin.objects.count(), Deal.objects.count(), len(told(dana))) == (1, 1, 2)


def test_a_name_is_as_clean_as_those_from_networks(alice, dana):
    alice.says("contact_rename", dana, name="\u202eanaD\u200b  W")
    assert Contact.objects.get(pk=dana).name == "anaD W"
    assert "Write a name." in alice.says("contact_rename", dana, name="\u200b").content.decode()


@pytest.mark.parametrize("name", ["contact_roles", "contact_deals", "contact_pins", "contact_owners", "contact_rename"])
def test_dialogs_open_with_and_without_htmx(alice, dana, name):
    url = reverse(name, args=[dana])
    assert alice.get(url, **HTMX).content.decode().strip().startswith("<dialog")
    page = alice.get(url).content.decode()
    assert "<main" in page
    ids = re.findall(r'\sid="([^"]+)"', page)
    assert len(ids) == len(set(ids))


# Settings


@pytest.fixture
def adam(cast):
    return Colleague(cast.adam)


def partner(**fields):
    return {"name": "Partner", "tone": "good", "icon": "users", "is_active": "on"} | fields


def test_a_role_of_the_companys_own_is_added_changed_and_switched_off(adam, alice, dana):
    adam.says("role_kind_new", **partner(measure="messages", at_least="20", days="30"))
    added = kind("partner")
    assert added.criterion == {"measure": "messages", "at_least": 20, "days": 30}
    assert "At least 20 messages in 30 days." in adam.get(reverse("role_kinds")).content.decode()
    adam.says("role_kind", added.pk, **partner(name="Ally", is_active=""))
    added.refresh_from_db()
    assert (added.name, added.criterion, added.is_active, added.slug) == ("Ally", None, False, "partner")
    answer = alice.says("contact_roles", dana, **role("partner"))
    assert answer.status_code == 422


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"name": ""}, "required"),
        ({"slug": "customer"}, "Another role is called customer"),
        ({"slug": "ä b"}, "Letters a to z"),
        ({"measure": "messages"}, "whole number"),
        ({"measure": "messages", "at_least": "0"}, "whole number"),
        ({"measure": "reach", "at_least": "100", "days": "3"}, "Leave the days empty"),
        ({"measure": "luck", "at_least": "1"}, "not one of the available choices"),
        ({"icon": "skull"}, "not one of the available choices"),
    ],
)
def test_a_role_that_makes_no_sense_is_refused_beside_the_field(adam, wrong, why):
    answer = adam.says("role_kind_new", **partner(**wrong))
    assert answer.status_code == 422
    assert why in answer.content.decode()


def test_a_role_that_somebody_has_stays_and_another_one_goes(adam, alice, dana):
    alice.says("contact_roles", dana, **role())
    adam.says("role_kind_remove", kind("customer").pk)
    assert RoleKind.objects.filter(slug="customer").exists()
    adam.says("role_kind_remove", kind("prospect").pk)
    assert not RoleKind.objects.filter(slug="prospect").exists()


def test_roles_and_attributes_change_places(adam, city):
    adam.says("role_kind_move", kind("customer").pk, way="up")
    assert list(RoleKind.objects.order_by("position").values_list("slug", flat=True))[:2] == ["customer", "prospect"]
    street = attributes.define(name="Street", kind="text")
    adam.says("attribute_kind_move", city.pk, way="down")
    assert list(Attribute.objects.order_by("position")) == [street, city]
    adam.says("attribute_kind_move", city.pk, way="down")
    assert list(Attribute.objects.order_by("position")) == [street, city]


def test_an_attribute_is_added_renamed_and_deleted_with_a_look_at_what_goes(adam, alice, dana):
    adam.says("attribute_kind_new", name="Plan", kind="choice", choices="Gold\n\nSilver\ngold")
    plan = Attribute.objects.get()
    assert (plan.slug, plan.choices) == ("plan", ["Gold", "Silver"])
    alice.says("contact_attributes", dana, value_plan="gold")
    answer = adam.says("attribute_kind", plan.pk, name="Tariff", choices="Silver")
    assert "Contacts have these choices: Gold." in answer.content.decode()
    adam.says("attribute_kind", plan.pk, name="Tariff", choices="Silver\nGold\nBronze")
    plan.refresh_from_db()
    assert (plan.name, plan.slug, plan.choices) == ("Tariff", "plan", ["Silver", "Gold", "Bronze"])
    assert "1 value goes with it." in adam.get(reverse("attribute_kind_remove", args=[plan.pk])).content.decode()
    adam.says("attribute_kind_remove", plan.pk)
    assert not AttributeValue.objects.exists()


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"slug": "city"}, "Another attribute is called city"),
        ({"kind": "choice"}, "one on each line"),
        ({"kind": "colour"}, "not one of the available choices"),
        ({"name": " "}, "required"),
    ],
)
def test_an_attribute_that_makes_no_sense_is_refused_beside_the_field(adam, city, wrong, why):
    answer = adam.says("attribute_kind_new", **({"name": "Town", "kind": "text"} | wrong))
    assert answer.status_code == 422
    assert why in answer.content.decode()


def test_what_an_import_needs_is_defined_once(db):
    first = attributes.ensure("birth_date", "Date of birth", "date")
    assert attributes.ensure("birth_date", "Birthday", "text") == first
    assert Attribute.objects.get().kind == "date"

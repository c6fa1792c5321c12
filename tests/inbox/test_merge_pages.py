"""Merging and separating people through the pages."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from contacts.models import Attribute, AttributeValue, Contact, Deal, Identity, Import, Merge, Pin, Suggestion, Tag
from inbox import events, merging
from tests.inbox.cast import Cast


@pytest.fixture
def cast(db):
    return Cast()


@pytest.fixture
def client(cast):
    client = Client()
    client.force_login(cast.alice)
    return client


def suggest(one, other, score=0.93, *, reasons=None, **fields):
    first, second = sorted((one.pk, other.pk))
    reasons = reasons or [{"kind": "phone", "ending": "4471", "weight": 5.0}]
    return Suggestion.objects.create(
        first_id=first, second_id=second, score=score, reasons=reasons, created_at=timezone.now(), **fields
    )


def merge(part, into, *, by=None, ago=timedelta(0), **fields):
    row = merging.merge(part.contact_id, into.contact_id, by=by, at=timezone.now(), **fields)
    if ago:
        Merge.objects.filter(pk=row.pk).update(at=timezone.now() - ago)
    return row


def page(response, status=200):
    assert response.status_code == status, response.content[:500]
    return re.sub(r"\s+", " ", response.content.decode())


# --- reviewing


def test_it_lists_the_best_pair_first_with_its_reasons_in_words(cast, client):
    danny, priya = cast.contact("Danny W.", "mastodon")[0], cast.contact("Priya R.", "x", "email")[0]
    cast.asks(danny, "Third brake warning", ago=60)
    suggest(cast.dana[0], priya, 0.61, reasons=[{"kind": "name", "level": "seldom", "weight": 2}])
    suggest(cast.dana[0], danny, 0.93)
    facts(cast, danny, "Ingolstadt")
    text = page(client.get("/contacts/merges/"))
    assert "Ingolstadt" in text
    assert text.index("Danny W.") < text.index("Priya R.")
    assert "Very likely" in text
    assert "Same phone ending 4471" in text
    assert "Perhaps" in text
    assert "Third brake warning" in text


def test_it_goes_on_page_by_page_without_a_pair_twice(cast, client):
    for number in range(45):
        suggest(cast.dana[0], cast.contact(f"Person {number}")[0], 0.5 + (number % 7) / 100)
    seen, url = [], "/contacts/merges/"
    while url:
        text = page(client.get(url))
        seen += re.findall(r'id="pair-(\d+)"', text)
        found = re.search(r'href="(/contacts/merges/\?[^"]*before=[^"]+)"', text)
        url = found[1].replace("&amp;", "&") if found else ""
    assert len(seen) == len(set(seen)) == 45


def test_it_narrows_down_by_network_and_by_reason(cast, client):
    suggest(cast.dana[0], cast.contact("Telegram Tom", "telegram")[0])
    suggest(cast.dana[0], cast.contact("Same Name", "x")[0], reasons=[{"kind": "name", "level": "same", "weight": 2}])
    text = page(client.get("/contacts/merges/?network=telegram"))
    assert "Telegram Tom" in text and "Same Name" not in text
    text = page(client.get("/contacts/merges/?reason=name"))
    assert "Telegram Tom" not in text and "Same Name" in text
    assert "Nothing with these filters" in page(client.get("/contacts/merges/?network=nowhere"))


def test_it_says_when_there_is_nobody_to_review(client):
    assert "Nobody to review" in page(client.get("/contacts/merges/"))


@pytest.mark.parametrize("before", ["x", "nan,1", "2,1", "0.5,", "0.5,99999999999999999999", "0.5,-1", "\0"])
def test_a_damaged_place_to_go_on_from_is_a_bad_request(client, before):
    assert client.get("/contacts/merges/", {"before": before}).status_code == 400


def test_it_merges_a_suggested_pair_and_takes_it_back(cast, client):
    danny = cast.contact("Danny W.", "mastodon")[0]
    pair = suggest(cast.dana[0], danny)
    text = page(client.post("/contacts/merges/decide/", {"accept": pair.pk}, headers={"HX-Request": "true"}))
    row = Merge.objects.get()
    assert "Merged Danny W. into Dana Whitlock" in text
    assert f"/contacts/merges/{row.pk}/undo/" in text
    danny.refresh_from_db()
    assert danny.contact_id == cast.dana[0].contact_id
    assert page(client.post(f"/contacts/merges/{row.pk}/undo/"), 302) == ""
    danny.refresh_from_db()
    assert danny.contact_id == danny.own_contact_id
    assert "Nobody to review" in page(client.get("/contacts/merges/"))


def test_it_remembers_that_a_pair_is_not_the_same(cast, client):
    pair = suggest(cast.dana[0], cast.contact("Danny W.")[0])
    client.post("/contacts/merges/decide/", {"reject": pair.pk})
    pair.refresh_from_db()
    assert (pair.state, pair.decided_by) == ("rejected", cast.alice)
    text = page(client.get("/contacts/merges/rejected/"))
    assert "Danny W." in text and "Alice Arnold" in text
    assert "Nobody to review" in page(client.get("/contacts/merges/"))


def test_of_several_pairs_each_is_merged_by_itself_and_what_failed_is_named(cast, client):
    danny, priya, tom = (cast.contact(name)[0] for name in ("Danny W.", "Priya R.", "Tom T."))
    pairs = [suggest(cast.dana[0], one) for one in (danny, priya, tom)]
    client.post("/contacts/merges/decide/", {"reject": pairs[1].pk})
    chosen = {"all": "accept", "chosen": [one.pk for one in pairs]}
    text = page(client.post("/contacts/merges/decide/", chosen, headers={"HX-Request": "true"}))
    assert "2 pairs merged" in text
    assert "Dana Whitlock and Priya R.: Alice Arnold has already said that they are not the same." in text
    assert Merge.objects.filter(undone_at=None).count() == 2


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"all": "accept"},
        {"accept": "x"},
        {"accept": "0"},
        {"chosen": ["1"]},
        {"chosen": ["1"], "all": "sell"},
        {"accept": "9" * 30},
        {"all": "accept", "chosen": ["\0", "-1"]},
    ],
)
def test_a_decision_on_nothing_is_told(cast, client, body):
    response = client.post("/contacts/merges/decide/", body, headers={"HX-Request": "true"})
    assert response.status_code == 422
    assert 'class="toast is-bad"' in page(response, 422)


def test_a_decision_on_a_suggestion_that_is_gone_is_told(client):
    text = page(client.post("/contacts/merges/decide/", {"accept": 999}, headers={"HX-Request": "true"}))
    assert "This suggestion is no longer there." in text


def test_the_merges_that_were_made_say_who_when_and_why(cast, client):
    danny, priya, tom = (cast.contact(name)[0] for name in ("Danny W.", "Priya R.", "Tom T."))
    row = merge(danny, cast.dana[0], by=cast.mia, evidence=[{"kind": "phone", "ending": "4471"}])
    merge(priya, cast.dana[0], origin="evidence", evidence=[{"kind": "same_email", "value": "p@example.org"}])
    source = Import.objects.create(
        file_name="crm.csv", content=b"", encoding="utf-8", system="crm", created_at=timezone.now()
    )
    merge(tom, cast.dana[0], origin="import", source_import=source.pk)
    text = page(client.get("/contacts/merges/done/"))
    for said in ("Mia Meyer", "Same phone ending 4471", "Same verified e-mail address p@example.org", "Import crm.csv"):
        assert said in text
    assert "Danny W." not in page(client.get("/contacts/merges/done/?by=import"))
    assert "Tom T." not in page(client.get("/contacts/merges/done/?by=evidence"))
    merging.unmerge(row.pk, by=cast.bob, at=timezone.now())
    assert "Undone by Bob Brandt" in page(client.get("/contacts/merges/done/?by=person"))


# --- merging by hand


def test_it_finds_the_other_person_by_name_handle_and_address(cast, client):
    mine = cast.dana[0].contact_id
    other = cast.contact("Zoë Ångström", "x")[0]
    Identity.objects.filter(pk=other.pk).update(
        search_key="zoe angstrom zoe_a zoe@example.org", email="zoe@example.org"
    )
    for q in ("zoë", "angst", "@zoe_a", "zoe@example", "zo"):
        assert "Zoë Ångström" in page(client.get(f"/contacts/{mine}/merge/", {"q": q})), q
    for q in ("%", "_", "\\", "\0", "dana", "x" * 5000):
        assert "Zoë Ångström" not in page(client.get(f"/contacts/{mine}/merge/", {"q": q})), q


def test_who_was_suggested_is_offered_first(cast, client):
    suggest(cast.dana[0], cast.contact("Danny W.")[0])
    text = page(client.get(f"/contacts/{cast.dana[0].contact_id}/merge/"))
    assert "May be the same" in text and "Danny W." in text


def facts(cast, identity, city, *, by=None, ago=0):
    now = timezone.now() - timedelta(days=ago)
    city_of, _ = Attribute.objects.get_or_create(slug="city", defaults={"name": "City", "kind": "text"})
    contact = identity.contact
    AttributeValue.objects.create(
        contact=contact, attribute=city_of, value=city, source="person" if by else "import", by=by, at=now
    )
    Deal.objects.create(contact=contact, title=f"Car for {city}", amount=46900, currency="EUR", opened_at=now)
    Pin.objects.create(contact=contact, text=f"Lives in {city}.", author=by, at=now)
    Tag.objects.create(contact=contact, name=city.lower(), by=by, at=now)


def test_the_preview_shows_what_both_have_and_which_value_shows_and_why(cast, client):
    danny = cast.contact("Danny W.", "mastodon")[0]
    cast.asks(danny, "Hello")
    facts(cast, cast.dana[0], "Ingolstadt", by=cast.mia, ago=9)
    facts(cast, danny, "Berlin")
    text = page(client.get(f"/contacts/{cast.dana[0].contact_id}/merge/{danny.contact_id}/"))
    assert "1 message in 1 conversation" in text
    for said in ("Car for Berlin", "Car for Ingolstadt", "Lives in Berlin.", "berlin", "ingolstadt", "danny_w."):
        assert said in text
    assert re.search(r"Ingolstadt</b> <span[^>]*>is shown \(Mia Meyer", text)
    assert re.search(r"Berlin</span> <span[^>]*>is kept", text)
    assert "A colleague&#x27;s word counts before an import&#x27;s." in text


def test_whoever_is_chosen_stays_in_front(cast, client):
    danny = cast.contact("Danny W.", "mastodon")[0]
    mine, other = cast.dana[0].contact_id, danny.contact_id
    response = client.post(f"/contacts/{mine}/merge/{other}/", {"front": other})
    assert (response.status_code, response["Location"]) == (302, f"/contacts/{other}/")
    assert Contact.objects.get(pk=mine).root_id == other
    assert "Merged Dana Whitlock into Danny W." in page(client.get(f"/contacts/{other}/"))


def test_merging_by_hand_settles_the_suggestion_too(cast, client):
    danny = cast.contact("Danny W.", "mastodon")[0]
    pair = suggest(cast.dana[0], danny)
    client.post(f"/contacts/{danny.contact_id}/merge/{cast.dana[0].contact_id}/", {"front": danny.contact_id})
    pair.refresh_from_db()
    assert pair.state == "accepted"
    assert Merge.objects.get().into_id == danny.own_contact_id
    assert Merge.objects.get().evidence == pair.reasons


def test_a_choice_that_is_none_of_the_two_is_told(cast, client):
    danny = cast.contact("Danny W.")[0]
    url = f"/contacts/{cast.dana[0].contact_id}/merge/{danny.contact_id}/"
    for front in ("", "x", "\0", "999999"):
        assert 'role="alert"' in page(client.post(url, {"front": front}), 422)
    assert not Merge.objects.exists()


def test_what_cannot_be_merged_says_why(cast, client):
    mine = cast.dana[0].contact_id
    us = cast.contact("Halden Motors")[0]
    Contact.objects.filter(pk=us.contact_id).update(is_us=True)
    danny = cast.contact("Danny W.")[0]
    merge(danny, cast.dana[0])
    reasons = {
        mine: "Both are one person already.",
        danny.contact_id: "Both are one person already.",
        us.contact_id: "one of our own accounts",
        999_999: "not there any more",
        10**30: "not there any more",
    }
    for other, why in reasons.items():
        assert why in page(client.get(f"/contacts/{mine}/merge/{other}/"))
        assert why in page(client.post(f"/contacts/{mine}/merge/{other}/", {"front": mine}), 409)
    assert Merge.objects.count() == 1


def test_the_second_of_two_browsers_is_told(cast, client):
    danny = cast.contact("Danny W.", "mastodon")[0]
    url = f"/contacts/{cast.dana[0].contact_id}/merge/{danny.contact_id}/"
    page(client.get(url))
    assert client.post(url, {"front": cast.dana[0].contact_id}).status_code == 302
    assert "Both are one person already." in page(client.post(url, {"front": cast.dana[0].contact_id}), 409)
    assert Merge.objects.count() == 1


@pytest.mark.parametrize("path", ["merge/", "split/", "merge/{other}/"])
def test_a_part_leads_to_its_person(cast, client, path):
    danny, other = cast.contact("Danny W.")[0], cast.contact("Tom T.")[0]
    merge(danny, cast.dana[0])
    response = client.get(f"/contacts/{danny.contact_id}/{path.format(other=other.contact_id)}")
    assert response.status_code == 302
    assert response["Location"] == f"/contacts/{cast.dana[0].contact_id}/{path.format(other=other.contact_id)}"


# --- undoing


def test_a_fresh_merge_is_undone_at_once_and_an_old_one_after_a_look(cast, client):
    danny = cast.contact("Danny W.", "mastodon")[0]
    cast.asks(danny, "Before")
    fresh = merge(danny, cast.dana[0], by=cast.mia)
    assert client.post(f"/contacts/merges/{fresh.pk}/undo/").status_code == 302
    old = merge(danny, cast.dana[0], by=cast.mia, ago=timedelta(days=3))
    cast.asks(danny, "Since then")
    facts(cast, cast.dana[0], "Ingolstadt", by=cast.mia)
    text = page(client.post(f"/contacts/merges/{old.pk}/undo/"))
    goes, stays = text.split('class="side-of"')[1:3]
    assert "2 messages in 2 conversations" in goes and "danny_w." in goes and "Car for" not in goes
    assert "Car for Ingolstadt" in stays and "City: Ingolstadt" in stays
    assert Merge.objects.filter(undone_at=None).count() == 1
    assert client.post(f"/contacts/merges/{old.pk}/undo/", {"sure": "1"}).status_code == 302
    assert not Merge.objects.filter(undone_at=None).exists()


def test_what_is_undone_already_says_by_whom(cast, client):
    row = merge(cast.contact("Danny W.")[0], cast.dana[0])
    merging.unmerge(row.pk, by=cast.mia, at=timezone.now())
    assert "Undone by Mia Meyer" in page(client.get(f"/contacts/merges/{row.pk}/undo/"))
    response = client.post(f"/contacts/merges/{row.pk}/undo/", headers={"HX-Request": "true"})
    assert "Mia Meyer has undone this merge already." in page(response, 409)


def test_the_timeline_offers_to_take_a_merge_back(cast, client):
    row = merge(cast.contact("Danny W.")[0], cast.dana[0], by=cast.mia)
    url = f"/contacts/{cast.dana[0].contact_id}/"
    undo = f'action="/contacts/merges/{row.pk}/undo/"'
    assert undo in page(client.get(url))
    merging.unmerge(row.pk, by=cast.mia, at=timezone.now())
    text = page(client.get(url))
    assert "Merged with Danny W." in text and "Separated from Danny W." in text
    assert undo not in text


def test_a_chain_comes_apart_in_the_middle(cast, client):
    danny, tom = cast.contact("Danny W.")[0], cast.contact("Tom T.")[0]
    merge(tom, danny)
    middle = merge(danny, cast.dana[0])
    assert "Tom T." not in page(client.get(f"/contacts/merges/{middle.pk}/undo/")).split('class="side-of"')[2]
    client.post(f"/contacts/merges/{middle.pk}/undo/")
    assert Contact.objects.get(pk=tom.contact_id).root_id == danny.contact_id


# --- separating an account


def test_the_accounts_say_how_each_came_here(cast, client):
    danny = cast.contact("Danny W.", "mastodon")[0]
    merge(danny, cast.dana[0], by=cast.mia, evidence=[{"kind": "phone", "ending": "4471"}])
    text = page(client.get(f"/contacts/{cast.dana[0].contact_id}/split/"))
    assert "was here first" in text
    assert re.search(r"Mia Meyer, \d+ \w+: Same phone ending 4471", text)


def test_an_account_is_separated_after_a_look_at_what_goes(cast, client):
    danny = cast.contact("Danny W.", "mastodon")[0]
    mine = cast.dana[0].contact_id
    merge(danny, cast.dana[0])
    cast.asks(danny, "Hello")
    text = page(client.get(f"/contacts/{mine}/split/", {"identity": danny.pk}))
    assert "1 message in 1 conversation" in text.split('class="side-of"')[1]
    assert client.post(f"/contacts/{mine}/split/", {"identity": danny.pk}).status_code == 302
    danny.refresh_from_db()
    assert danny.contact_id != mine


def test_bad_accounts_are_told_or_not_found(cast, client):
    mine, stranger = cast.dana[0].contact_id, cast.contact("Tom T.")[0]
    for identity in ("", "x", "\0", "9" * 40):
        assert "Choose the account" in page(client.post(f"/contacts/{mine}/split/", {"identity": identity}), 422)
    assert client.post(f"/contacts/{mine}/split/", {"identity": stranger.pk}).status_code == 404
    only = page(client.get(f"/contacts/{stranger.contact_id}/split/"))
    assert "This is the only account of this person." in only
    response = client.post(
        f"/contacts/{stranger.contact_id}/split/", {"identity": stranger.pk}, headers={"HX-Request": "true"}
    )
    assert "There is nothing to separate it from." in page(response, 409)


# --- the banner


def test_the_page_of_a_person_asks_whether_they_are_somebody_else_too(cast, client):
    pair = suggest(cast.dana[0], cast.contact("Danny W.", "mastodon")[0])
    text = page(client.get(f"/contacts/{cast.dana[0].contact_id}/"))
    assert "Same person? Danny W. on Mastodon (danny_w.)" in text
    assert "Same phone ending 4471" in text
    response = client.post(
        "/contacts/merges/decide/", {"reject": pair.pk}, headers={"Referer": "http://testserver/contacts/1/"}
    )
    assert response["Location"] == "/contacts/1/"


def test_nobody_is_led_to_another_site(cast, client):
    pair = suggest(cast.dana[0], cast.contact("Danny W.", "mastodon")[0])
    response = client.post(
        "/contacts/merges/decide/", {"reject": pair.pk}, headers={"Referer": "https://evil.example/x"}
    )
    assert response["Location"] == "/contacts/merges/"


def test_the_card_of_a_conversation_asks_too(cast, client):
    conversation = cast.asks(cast.dana[0])
    address = f"/c/{conversation.pk}/same/"
    assert address in page(client.get(f"/inbox/open/c/{conversation.pk}/"))
    assert "Same person?" not in page(client.get(address))
    danny = cast.contact("Danny W.", "mastodon")[0]
    suggest(cast.dana[0], danny)
    text = page(client.get(address))
    assert f"/contacts/{cast.dana[0].contact_id}/merge/{danny.contact_id}/" in text and "danny_w." in text


# --- how it grows


def statements(client, url):
    with CaptureQueriesContext(connection) as captured:
        assert client.get(url).status_code == 200
    return len(captured)


@pytest.mark.parametrize(
    ("url", "most"),
    [
        ("/contacts/merges/", 14),
        ("/contacts/merges/done/", 6),
        ("/contacts/merges/rejected/", 6),
        ("/contacts/{pk}/merge/", 14),
        ("/contacts/{pk}/merge/?q=person", 14),
        ("/contacts/{pk}/merge/{other}/", 25),
        ("/contacts/{pk}/split/", 10),
        ("/contacts/{pk}/split/?identity={identity}", 20),
        ("/contacts/merges/{merge}/undo/", 18),
    ],
)
def test_the_number_of_statements_does_not_depend_on_the_data(cast, client, url, most):
    old = merge(cast.contact("Danny W.")[0], cast.dana[0], ago=timedelta(days=3))
    other = cast.contact("Tom T.")[0]
    suggest(cast.dana[0], other)
    numbers = {"pk": cast.dana[0].contact_id, "other": other.contact_id, "identity": cast.dana[0].pk, "merge": old.pk}
    address = url.format(**numbers)
    grow(cast, 3)
    few = statements(client, address)
    grow(cast, 30)
    many = statements(client, address)
    assert many == few
    assert many <= most


def grow(cast, count):
    """More of everything that the pages look at."""
    for number in range(count):
        person = cast.contact(f"Person {number}", "x", "email")[0]
        cast.asks(person, f"Hello {number}")
        merge(cast.contact(f"Other {number}")[0], person, by=cast.mia)
        suggest(cast.dana[0], person, 0.5 + number / 1000)
        suggest(cast.contact(f"Told {number}")[0], person, state="rejected", decided_at=timezone.now())
        merge(cast.contact(f"Part {number}", "x")[0], cast.dana[0], evidence=[{"kind": "email", "value": "a@b.c"}])
        events.of_contact(person.contact_id, "tagged", by=cast.mia, at=timezone.now(), tag="fan")


def test_of_somebody_with_three_hundred_accounts_twelve_are_shown_and_all_are_counted(cast, client):
    now = timezone.now()
    contact = Contact.objects.create(name="Big Brand", sort_key="big brand", created_at=now)
    accounts = Identity.objects.bulk_create(
        Identity(contact=contact, network="x", external_id=f"big-{n}", handle=f"big{n}", seen_at=now, created_at=now)
        for n in range(300)
    )
    suggest(cast.dana[0], accounts[7])
    for url in ("/contacts/merges/", f"/contacts/{cast.dana[0].contact_id}/merge/{contact.pk}/"):
        text = page(client.get(url))
        assert text.count("big1") + text.count("big2") < 30
        assert "300 accounts in all" in text
    assert len(re.findall(r'name="identity"', page(client.get(f"/contacts/{contact.pk}/split/")))) == 300

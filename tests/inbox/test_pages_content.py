"""What stands on the pages: lists, search, timelines, the card, and what actions answer."""

import json
import re
from datetime import timedelta
from html import unescape
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from connectors.models import Channel, Ledger, Pull, Receipt
from contacts.models import Identity
from inbox import notes, replies, triage
from inbox.models import Contributor, Conversation, Delivery, Seen, Version
from tests.inbox.cast import Cast

HTMX = {"HX-Request": "true", "HX-Request-Type": "partial"}


@pytest.fixture
def cast(db):
    return Cast()


@pytest.fixture
def alice(cast):
    client = Client()
    client.force_login(cast.alice)
    return client


def text_of(response):
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", response.content.decode())).split())


def rows_of(response):
    return [int(found) for found in re.findall(r'id="row-(\d+)"', response.content.decode())]


# --- lists


def test_a_list_stands_newest_first_and_each_view_holds_its_own(cast, alice):
    older, newer = cast.asks(ago=20), cast.asks(ago=10, department="sales")
    mine = cast.asks(ago=30, assignee=cast.alice)
    closed, aside = cast.asks(state="closed"), cast.asks(state="noise")
    assert rows_of(alice.get("/inbox/")) == [newer.pk, older.pk, mine.pk]
    assert rows_of(alice.get("/inbox/mine/")) == [mine.pk]
    assert rows_of(alice.get("/inbox/unassigned/")) == [newer.pk, older.pk]
    assert rows_of(alice.get("/inbox/q/sales/")) == [newer.pk]
    assert rows_of(alice.get("/inbox/closed/")) == [closed.pk]
    assert rows_of(alice.get("/inbox/aside/")) == [aside.pk]


def test_a_list_goes_on_below_its_last_line_and_loses_nothing(cast, alice):
    at = timezone.now() - timedelta(hours=1)
    made = [cast.asks().pk for _ in range(120)]
    # All at one time: only the id decides.
    Conversation.objects.update(last_message_at=at)
    seen, url = [], "/inbox/"
    while url:
        page = alice.get(url, headers=HTMX)
        seen += rows_of(page)
        found = re.search(r'class="more"><a class="link" href="([^"]+)"', page.content.decode())
        url = unescape(found[1]) if found else None
    assert seen == sorted(made, reverse=True)


@pytest.mark.parametrize(
    "damaged", ["x", "2026-01-01,5", "2026-01-01T00:00:00+00:00,x", "1" * 5000, ",", "2026-99-01T00:00Z,1"]
)
def test_a_damaged_place_to_go_on_from_is_refused(alice, damaged):
    assert alice.get("/inbox/", {"before": damaged}).status_code == 400


def test_counts_and_pills_tell_what_waits(cast, alice):
    cast.asks(ago=60 * 24)
    cast.asks(ago=115)
    cast.asks(ago=5, assignee=cast.alice)
    nav = alice.get("/inbox/").content.decode()
    assert re.search(r'href="/inbox/mine/".*?class="n">1<', nav, re.S)
    assert re.search(r'href="/inbox/unassigned/".*?class="n">2<', nav, re.S)
    assert re.search(r'href="/inbox/q/support/".*?1 late.*?class="n">3<', nav, re.S)


def test_unread_and_at_risk_narrow_a_view_down(cast, alice):
    late, fine = cast.asks(ago=60 * 24), cast.asks(ago=1)
    assert rows_of(alice.get("/inbox/?late=1")) == [late.pk]
    Seen.objects.create(user=cast.alice, conversation=fine, at=timezone.now())
    assert rows_of(alice.get("/inbox/?unread=1")) == [late.pk]


def test_opening_is_reading_and_unread_takes_it_back(cast, alice):
    conversation = cast.asks()
    assert "row unread" in alice.get("/inbox/").content.decode()
    alice.get(f"/inbox/open/c/{conversation.pk}/")
    assert "row unread" not in alice.get("/inbox/").content.decode()
    alice.post(f"/c/{conversation.pk}/unread/")
    assert "row unread" in alice.get("/inbox/").content.decode()


def test_sent_shows_our_replies_and_whether_they_arrived(cast, alice):
    conversation = cast.asks()
    replies.queue(conversation, by=cast.alice, text="We look into it.", click=uuid4())
    Delivery.objects.update(state="failed")
    shown = text_of(alice.get("/inbox/sent/"))
    assert "Alice Arnold: We look into it." in shown
    assert "Not sent" in shown


def test_a_list_without_channels_says_what_to_do_next(cast):
    cast.channel.delete()
    client = Client()
    client.force_login(cast.adam)
    for view in ("open", "unassigned", "q/sales", "sent", "closed", "aside"):
        assert "Connect your first channel" in text_of(client.get(f"/inbox/{view}/"))


# --- search


@pytest.mark.parametrize(
    ("name", "query"),
    [
        ("Zoë Ångström", "zoe ang"),
        ("田中 美咲", "田中"),
        ("Сергій Коваленко", "КОВАЛЕНКО"),
        ("سارة الحداد", "الحداد"),
        ("100% Sure", "100%"),
    ],
)
def test_people_are_found_in_every_script_with_or_without_accents(cast, alice, name, query):
    wanted = cast.asks(cast.contact(name)[0], state="closed")
    cast.asks(cast.contact("Somebody Else")[0])
    assert rows_of(alice.get("/inbox/", {"q": query})) == [wanted.pk]


@pytest.mark.parametrize("pattern", ["%", "_", "a%b", "\\", "%_%"])
def test_signs_of_patterns_mean_themselves(cast, alice, pattern):
    cast.asks()
    assert rows_of(alice.get("/inbox/", {"q": pattern})) == []


def test_words_are_found_newest_first_with_the_place_where_they_stand(cast, alice):
    old = cast.asks(text="x " * 60 + "the gearbox whines", ago=500)
    new = cast.asks(text="Gearbox again", ago=5)
    response = alice.get("/inbox/", {"q": "gearbox"})
    assert rows_of(response) == [new.pk, old.pk]
    assert "the gearbox whines" in text_of(response)


def test_a_number_finds_its_conversation(cast, alice):
    cast.asks()
    wanted = cast.asks()
    assert rows_of(alice.get("/inbox/", {"q": f"#{wanted.pk}"})) == [wanted.pk]
    assert rows_of(alice.get("/inbox/", {"q": "#99999999999999999999"})) == []


@pytest.mark.parametrize("odd", ["\0", "'", '"', "a & | !", "((", "-", "   ", "\ufffd"])
def test_odd_queries_find_nothing_and_break_nothing(cast, alice, odd):
    assert alice.get("/inbox/", {"q": odd}).status_code == 200


# --- timelines


def test_the_timeline_is_the_contacts_and_sets_the_conversation_off(cast, alice):
    before = cast.asks(cast.dana[1], "Lovely picture of the Touring", department="marketing", ago=60 * 24 * 90)
    conversation = cast.asks(cast.dana[0], "Third brake warning")
    page = alice.get(f"/inbox/open/c/{conversation.pk}/")
    html = page.content.decode()
    assert re.search(r'<li class="ev"\s+id="event-\d+".*?Lovely picture', html, re.S)
    assert re.search(r'<li class="msg in now"\s+id="event-\d+".*?Third brake warning', html, re.S)
    alone = text_of(alice.get(f"/inbox/open/c/{conversation.pk}/?tl=conversation"))
    assert "Third brake warning" in alone
    assert "Lovely picture" not in alone.split("Whole timeline")[1]
    assert before.pk != conversation.pk


def test_a_quiet_line_opens_in_place_and_folds_again(cast, alice):
    before = cast.asks(cast.dana[1], "Lovely picture. " + "More words. " * 100)
    conversation = cast.asks(cast.dana[0])
    url = f"/inbox/open/c/{conversation.pk}/events/{before.events.get().pk}/"
    opened = alice.get(url, headers=HTMX).content.decode()
    assert '<li class="msg in"' in opened
    assert opened.count("More words.") == 100
    assert '<li class="ev"' in alice.get(url + "?closed=1", headers=HTMX).content.decode()


def test_nobody_elses_timeline_opens_through_an_event(cast, alice):
    other, conversation = cast.asks(), cast.asks(cast.dana[0])
    assert alice.get(f"/inbox/open/c/{conversation.pk}/events/{other.events.get().pk}/").status_code == 404


def test_a_long_timeline_is_told_from_its_end_and_back_to_its_beginning(cast, alice):
    made = [cast.asks(cast.dana[n % 3], f"number {n}.", ago=1000 - n) for n in range(130)]
    conversation = made[-1]
    page = alice.get(f"/inbox/open/c/{conversation.pk}/").content.decode()
    told = numbers(page)
    assert told == list(range(80, 130))
    while more := re.search(r'id="earlier".*?data-before=.*?hx-get="([^"]+)"', page, re.S):
        page = alice.get(unescape(more[1]), headers=HTMX).content.decode()
        told = numbers(page) + told
    assert told == list(range(130))


def test_an_old_conversation_opens_where_it_happened(cast, alice):
    old = cast.asks(cast.dana[0], "number 0.", ago=2000)
    for n in range(1, 70):
        cast.asks(cast.dana[1], f"number {n}.", ago=1000 - n)
    page = alice.get(f"/inbox/open/c/{old.pk}/").content.decode()
    assert numbers(page) == [0]
    later = re.search(r'id="later".*?hx-get="([^"]+)"', page, re.S)
    assert numbers(alice.get(unescape(later[1]), headers=HTMX).content.decode()) == list(range(1, 51))


def numbers(page):
    timeline = page.split('id="timeline-')[-1].split("<form")[0]
    return [int(n) for n in re.findall(r"number (\d+)\.", timeline)]


def test_a_contact_with_very_many_accounts_is_one_person(cast, alice):
    contact = cast.dana[0].contact
    now = timezone.now()
    many = Identity.objects.bulk_create(
        Identity(contact=contact, network="x", external_id=f"many-{n}", handle=f"many{n}", seen_at=now, created_at=now)
        for n in range(300)
    )
    cast.asks(many[299], "From the last account")
    conversation = cast.asks(cast.dana[0])
    shown = text_of(alice.get(f"/inbox/open/c/{conversation.pk}/"))
    assert "From the last account" in shown
    assert "and more" in shown


def test_what_customers_write_is_text(cast, alice):
    nasty = '<script>alert(1)</script> <img src=x onerror=alert(2)> "quoted" javascript:alert(3)'
    identity = cast.contact('<b onmouseover="x">Eve</b>')[0]
    Identity.objects.filter(pk=identity.pk).update(bio=nasty, url="javascript:alert(4)")
    conversation = cast.asks(identity, nasty + " https://evil.example/?a=<b>")
    cast.says(
        conversation,
        "see",
        url="javascript:alert(5)",
        context=[{"relation": "quoted", "author": nasty, "text": nasty, "url": "javascript:alert(6)"}],
        attachments=[{"url": "javascript:alert(7)", "kind": nasty, "alt": nasty}],
    )
    cast.decided(conversation.messages.first(), evidence=[{"kind": "term", "term": nasty, "weight": 1.0}])
    notes.add(conversation, by=cast.alice, text=nasty)
    for url in (f"/inbox/open/c/{conversation.pk}/", "/inbox/", "/inbox/?q=quoted", f"/c/{conversation.pk}/move/"):
        page = alice.get(url).content.decode()
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert "<b onmouseover" not in page
        assert 'href="javascript:' not in page


def test_links_show_where_they_lead_and_take_nothing_of_us_along(cast, alice):
    conversation = cast.asks(text="Look: https://paypal.com@evil.example/login, @you")
    page = alice.get(f"/inbox/open/c/{conversation.pk}/").content.decode()
    link = re.search(r'<a class="link out" href="https://paypal[^>]*>([^<]*)</a>', page)
    assert link[1] == "evil.example/login"
    assert 'rel="noopener nofollow noreferrer ugc"' in link[0]
    assert '<span class="mention">@you</span>' in page


def test_edited_and_deleted_messages_say_so(cast, alice):
    conversation = cast.asks(text="It starts now.")
    message = conversation.messages.get()
    now = timezone.now()
    message.edited_at = now
    message.save()
    Version.objects.create(
        message=message,
        channel=cast.channel,
        is_edit=False,
        at=now - timedelta(hours=1),
        digest="d",
        text="It is dead.",
    )
    gone = cast.says(conversation, "", deleted_at=now)
    page = alice.get(f"/inbox/open/c/{conversation.pk}/")
    assert "edited" in text_of(page)
    assert "Deleted on X" in text_of(page)
    assert "It is dead." not in text_of(page)
    opened = alice.get(f"/inbox/open/c/{conversation.pk}/events/{message.events.get().pk}/", headers=HTMX)
    assert "It is dead." in text_of(opened)
    assert gone.text == ""


def test_a_very_long_message_is_shown_in_part_until_asked_for(cast, alice):
    conversation = cast.asks(text="word " * 20_000 + "the end")
    page = text_of(alice.get(f"/inbox/open/c/{conversation.pk}/"))
    assert "the end" not in page
    assert "Show all of it" in page
    event = conversation.events.get()
    assert "the end" in text_of(alice.get(f"/inbox/open/c/{conversation.pk}/events/{event.pk}/", headers=HTMX))


# --- the card


def test_the_card_says_why_a_conversation_is_here(cast, alice):
    conversation = cast.asks(text="does not start")
    cast.decided(conversation.messages.get())
    shown = text_of(alice.get(f"/inbox/open/c/{conversation.pk}/"))
    assert "Why Support? 91% sure does not start +1.3 new car −0.4 Runner-up: Sales, 7%" in shown


def test_the_card_says_when_the_router_was_unsure(cast, alice):
    conversation = cast.asks(department="triage")
    guesses = {"sales": 0.41, "pr": 0.3}
    cast.decided(conversation.messages.get(), "triage", confidence=0.41, probabilities=guesses, evidence=[])
    shown = text_of(alice.get(f"/inbox/open/c/{conversation.pk}/"))
    assert "unsure, 41%" in shown
    assert "Best guess: Sales, 41%. Below 55% a person decides." in shown


def test_the_card_names_the_rule(cast, alice):
    conversation = cast.asks()
    evidence = [{"kind": "rule", "rule": 7, "name": "Breakdowns", "outcome": "match", "term": "tow truck"}]
    cast.decided(conversation.messages.get(), source="rule", confidence=1, runner_up="", evidence=evidence)
    shown = text_of(alice.get(f"/inbox/open/c/{conversation.pk}/"))
    assert "Rule: Breakdowns tow truck" in shown


def test_the_card_names_who_moved_it_and_who_else_is_responsible(cast, alice):
    conversation = cast.asks(cast.dana[0])
    cast.decided(conversation.messages.get())
    cast.asks(cast.dana[1], department="marketing", assignee=cast.charlie)
    Contributor.objects.create(
        conversation=conversation, department=cast.departments["pr"], reason="Press", created_at=timezone.now()
    )
    triage.hand_over(conversation, to=cast.departments["sales"], by=cast.alice, reason="Wants a new car.")
    shown = text_of(alice.get(f"/inbox/open/c/{conversation.pk}/"))
    assert "Why Sales? AA Alice moved it" in shown
    assert "Wants a new car." in shown
    owners = shown.split("Owners")[1]
    assert owners.index("Sales") < owners.index("Marketing Charlie") < owners.index("PR takes part")


# --- acting


def test_without_htmx_an_action_leads_back_to_the_conversation(cast, alice):
    conversation = cast.asks()
    response = alice.post(f"/c/{conversation.pk}/close/", headers={"Referer": "http://testserver/inbox/q/support/"})
    assert response["Location"] == f"/inbox/q/support/c/{conversation.pk}/"
    assert "Closed" in text_of(alice.get(response["Location"]))


def test_closing_dims_the_line_says_who_did_it_and_offers_to_undo(cast, alice):
    conversation = cast.asks()
    page = act(alice, conversation, "close").content.decode()
    assert f'hx-target="#row-{conversation.pk}"' in page
    assert "Alice Arnold closed this" in page
    assert f'action="/c/{conversation.pk}/reopen/"' in page
    assert Conversation.objects.get().state == "closed"


def test_an_action_shows_what_it_added_to_the_timeline_and_nothing_twice(cast, alice):
    conversation = cast.asks()
    page = alice.get(f"/inbox/open/c/{conversation.pk}/").content.decode()
    first = act(alice, conversation, "note", mode="note", text="Look here", **place(page)).content.decode()
    second = act(alice, conversation, "note", mode="note", text="And here", **place(first)).content.decode()
    assert "Look here" in first
    assert "And here" in second
    assert "Look here" not in second


def test_what_arrives_late_but_was_said_earlier_is_put_where_it_belongs(cast, alice):
    conversation = cast.asks(ago=30)
    notes.add(conversation, by=cast.bob, text="I look into it")
    page = alice.get(f"/inbox/open/c/{conversation.pk}/").content.decode()
    first = conversation.events.order_by("at").first()
    cast.says(conversation, "One more thing", at=timezone.now() - timedelta(minutes=5))
    query = {"open": conversation.pk, "ids": conversation.pk, **place(page)}
    news = alice.get("/inbox/open/changes/", query, headers=HTMX).content.decode()
    assert re.search(rf'hx-target="#event-{first.pk}" hx-swap="afterend">.*?One more thing', news, re.S)
    again = alice.get("/inbox/open/changes/", query | place(news), headers=HTMX).content.decode()
    assert "One more thing" not in again.split("card-")[0]


def place(page):
    """How far a page shows the timeline, as its hidden fields say."""
    fields = re.findall(r'type="hidden" name="(after|known|tl)" value="([^"]*)"', page)
    return {name: unescape(value) for name, value in fields}


def act(client, conversation, what, **body):
    current = f"http://testserver/inbox/open/c/{conversation.pk}/"
    return client.post(f"/c/{conversation.pk}/{what}/", body, headers={**HTMX, "HX-Current-URL": current})


def test_moving_needs_a_reason_and_keeps_what_was_chosen(cast, alice):
    conversation = cast.asks()
    response = act(alice, conversation, "move", department="sales", reason=" ")
    assert response.status_code == 422
    assert re.search(r'value="sales"[^>]*checked', response.content.decode())
    assert "Say why" in text_of(response)
    act(alice, conversation, "move", department="sales", reason="Wants a new car.")
    assert Conversation.objects.get().department.slug == "sales"


def test_only_the_owning_departments_people_are_offered(cast, alice):
    conversation = cast.asks()
    shown = text_of(alice.get(f"/c/{conversation.pk}/assign/"))
    assert "Bob Brandt" in shown
    assert "Carol Costa" not in shown
    assert act(alice, conversation, "assign", to=cast.carol.pk).status_code == 422
    act(alice, conversation, "assign", to=cast.bob.pk)
    assert Conversation.objects.get().assignee == cast.bob
    act(alice, conversation, "assign", to="")
    assert Conversation.objects.get().assignee is None


def test_a_reply_is_queued_once_and_can_be_taken_back(cast, alice):
    conversation = cast.asks()
    body = {"mode": "reply", "text": "We look into it.", "click": str(uuid4())}
    sent = act(alice, conversation, "reply", **body)
    act(alice, conversation, "reply", **body)
    delivery = Delivery.objects.get()
    assert "Sending to" in text_of(sent)
    assert body["click"] not in sent.content.decode()
    taken = alice.post(f"/replies/{delivery.pk}/undo/", headers=HTMX)
    assert "We look into it.</textarea>" in taken.content.decode()
    Delivery.objects.update(state="sent")
    assert "Too late" in text_of(alice.post(f"/replies/{delivery.pk}/undo/", headers=HTMX))


def test_a_note_never_leaves_as_a_reply(cast, alice):
    conversation = cast.asks()
    response = act(alice, conversation, "reply", mode="note", text="He is a difficult one.", click=str(uuid4()))
    assert response.status_code == 422
    assert not Delivery.objects.exists()


def test_whoever_answers_after_somebody_else_is_asked_once(cast, alice):
    conversation = cast.asks()
    page = alice.get(f"/inbox/open/c/{conversation.pk}/").content.decode()
    seen = re.search(r'name="seen"[^>]*value="(\d+)"', page)[1]
    replies.queue(conversation, by=cast.bob, text="Already on it.", click=uuid4())
    body = {"mode": "reply", "text": "We look into it.", "click": str(uuid4()), "seen": seen}
    refused = act(alice, conversation, "reply", **body)
    assert refused.status_code == 409
    assert "Bob Brandt answered meanwhile. Already on it." in text_of(refused)
    seen = re.search(r'name="seen"[^>]*value="(\d+)"', refused.content.decode())[1]
    assert act(alice, conversation, "reply", **body | {"seen": seen}).status_code == 200


@pytest.mark.parametrize("what", ["reply", "note"])
def test_without_htmx_a_refused_text_is_still_in_the_composer(cast, alice, what):
    conversation = cast.asks()
    response = alice.post(
        f"/c/{conversation.pk}/{what}/", {"mode": "wrong", "text": "Long and careful.", "click": uuid4()}
    )
    assert response.status_code == 422
    assert "Long and careful.</textarea>" in response.content.decode()


def test_who_may_not_answer_is_told_who_does_and_may_leave_a_note(cast):
    charlie = Client()
    charlie.force_login(cast.charlie)
    conversation = cast.asks()
    page = charlie.get(f"/inbox/open/c/{conversation.pk}/")
    assert "Support answers here. You can leave a note." in text_of(page)
    assert f"/c/{conversation.pk}/reply/" not in page.content.decode()
    refused = charlie.post(f"/c/{conversation.pk}/close/", headers=HTMX)
    assert (refused.status_code, "belongs to Support" in text_of(refused)) == (403, True)


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("failed", ["Not sent.", "X says: “Token revoked.”", "Make a new one.", "Try again"]),
        ("unconfirmed", ["Nobody knows whether this arrived.", "It arrived", "Send again", "Drop"]),
    ],
)
def test_a_reply_in_trouble_says_so_in_the_networks_words_and_offers_a_way_out(cast, alice, state, words):
    conversation = cast.asks()
    replies.queue(conversation, by=cast.alice, text="We look into it.", click=uuid4())
    Delivery.objects.update(state=state, error="Token revoked.", remedy="Make a new one.")
    shown = text_of(alice.get(f"/inbox/open/c/{conversation.pk}/"))
    assert all(word in shown for word in words)


# --- live


def test_changes_bring_the_lines_that_are_shown_and_name_those_that_are_new(cast, alice):
    shown, gone, new, elsewhere = cast.asks(), cast.asks(), cast.asks(), cast.asks(department="sales")
    triage.hand_over(gone, to=cast.departments["sales"], by=cast.bob, reason="Wants a new car.")
    query = {"shown": f"{shown.pk},{gone.pk}", "ids": f"{new.pk},{elsewhere.pk}"}
    response = alice.get("/inbox/q/support/changes/", query, headers=HTMX)
    page = response.content.decode()
    assert rows_of(response) == [shown.pk, gone.pk]
    assert "Bob Brandt moved this to Sales" in page
    assert json.loads(response["HX-Trigger"]) == {"inbox:arrived": {"ids": [new.pk]}}


@pytest.mark.parametrize("odd", ["x", "-1", "1,,2", "9" * 30, "1;DROP", "²"])
def test_odd_ids_in_a_question_for_changes_are_ignored(cast, alice, odd):
    query = {"shown": odd, "ids": odd, "open": odd, "known": odd}
    assert alice.get("/inbox/open/changes/", query, headers=HTMX).status_code == 200


# --- settings


def test_a_broken_channel_says_so_in_the_networks_words_with_the_remedy(cast):
    adam = Client()
    adam.force_login(cast.adam)
    Pull.objects.update(
        state=Pull.State.BROKEN,
        error="401 Unauthorized: Could not authenticate you.",
        remedy="Make new keys.",
        error_at=timezone.now(),
    )
    assert "401 Unauthorized: Could not authenticate you." in text_of(adam.get("/inbox/"))
    page = text_of(adam.get(f"/settings/channels/{cast.channel.pk}/"))
    assert "Needs repair" in page
    assert "Sample says: 401 Unauthorized: Could not authenticate you. Make new keys." in page


def test_a_broken_channel_is_no_business_of_agents(cast, alice):
    Pull.objects.update(state=Pull.State.BROKEN, error="401 Unauthorized")
    assert "401" not in text_of(alice.get("/inbox/"))


def test_the_ledger_adds_up_on_the_page_and_payloads_are_text(cast):
    adam = Client()
    adam.force_login(cast.adam)
    hour = timezone.now().replace(minute=0, second=0, microsecond=0)
    Ledger.objects.create(channel=cast.channel, hour=hour, stored=40, duplicate=3, rejected=1)
    Receipt.objects.create(
        channel=cast.channel,
        source="import",
        key="k",
        position="line 4",
        payload={"text": "<script>alert(1)</script>"},
        state="rejected",
        reason="author: missing.",
        received_at=timezone.now(),
    )
    shown = text_of(adam.get(f"/settings/channels/{cast.channel.pk}/"))
    assert "stored 40 edited 0 deleted 0 seen before 3 rejected 1 quarantined 0 waiting 0 received 44" in shown
    response = adam.get(f"/settings/channels/{cast.channel.pk}/receipts/")
    assert "author: missing." in text_of(response)
    assert "<script>alert" not in response.content.decode()


def test_a_sample_workspace_says_that_it_is_one(cast, alice):
    assert "Sample workspace" not in text_of(alice.get("/inbox/"))
    Channel.objects.update(is_sample=True)
    assert "Sample workspace" in text_of(alice.get("/inbox/"))

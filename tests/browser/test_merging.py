"""Merging people and separating them again, with keyboard and mouse."""

import re
from datetime import timedelta

from django.utils import timezone
from playwright.sync_api import expect

from contacts.models import Contact, Identity, Merge, Suggestion
from inbox import merging
from tests.inbox.test_merge_pages import suggest

HOLDS = {"undone_at": None}


def test_reviewing_with_the_keyboard(cast, visit):
    danny, priya, tom = (cast.contact(name)[0] for name in ("Danny W.", "Priya R.", "Tom T."))
    for one, score in ((danny, 0.95), (priya, 0.8), (tom, 0.6)):
        suggest(cast.dana[0], one, score)
    page = visit("alice", "/contacts/merges/")
    page.keyboard.press("m")  # nothing has the focus, so nobody is merged
    page.keyboard.press("j")
    expect(page.locator(".pair").first).to_be_focused()
    page.keyboard.press("o")
    expect(page.locator("dialog[open]")).to_contain_text("Merge Dana Whitlock and Danny W.")
    page.keyboard.press("Escape")
    expect(page.locator("dialog[open]")).to_have_count(0)
    page.keyboard.press("m")
    expect(page.locator("#toasts")).to_contain_text("Merged Danny W. into Dana Whitlock")
    expect(page.locator(".pair")).to_have_count(2)
    expect(page.locator(".pair").first).to_be_focused()
    expect(page.locator("#open-suggestions")).to_have_text("2")
    page.keyboard.press("n")
    expect(page.locator("#toasts")).to_contain_text("are not the same")
    expect(page.locator(".pair")).to_have_count(1)
    page.keyboard.press("n")
    expect(page.locator("#review")).to_contain_text("Nobody to review")
    assert list(Merge.objects.values_list("part", flat=True)) == [danny.contact_id]
    assert Suggestion.objects.filter(state="rejected").count() == 2


def test_what_was_merged_is_taken_back_from_the_toast(cast, visit):
    danny = cast.contact("Danny W.", "mastodon")[0]
    suggest(cast.dana[0], danny)
    page = visit("alice", "/contacts/merges/")
    page.click(".pair button[name=accept]")
    expect(page.locator("#toasts")).to_contain_text("Merged Danny W. into Dana Whitlock")
    page.keyboard.press("z")
    expect(page.locator("#toasts")).to_contain_text("Separated Danny W. from Dana Whitlock")
    danny.refresh_from_db()
    assert danny.contact_id == danny.own_contact_id
    assert not Merge.objects.filter(**HOLDS).exists()


def test_several_pairs_at_once(cast, visit):
    for name in ("Danny W.", "Priya R.", "Tom T."):
        suggest(cast.dana[0], cast.contact(name)[0])
    page = visit("alice", "/contacts/merges/")
    page.keyboard.press("j")
    page.keyboard.press("x")
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.locator(".bulk")).to_contain_text("2 selected")
    page.locator(".pair .check:checked").last.press("Enter")  # in a box: chooses nothing and sends nothing
    expect(page.locator(".bulk")).to_contain_text("2 selected")
    page.click("text=Merge selected")
    expect(page.locator("#toasts")).to_contain_text("2 pairs merged")
    expect(page.locator(".pair")).to_have_count(1)
    assert Merge.objects.filter(**HOLDS).count() == 2


def test_merging_by_hand_with_a_look_before_and_taking_it_back_from_the_timeline(cast, visit):
    danny = cast.contact("Danny W.", "mastodon")[0]
    cast.asks(danny, "My car does not start")
    mine = cast.dana[0].contact_id
    page = visit("alice", f"/contacts/{mine}/")
    page.click("[popovertarget=person-menu]")
    page.click("text=Merge with somebody")
    page.fill("dialog[open] [name=q]", "danny")
    page.click("#merge-found .pickrow")
    expect(page.locator("dialog[open]")).to_contain_text("1 message in 1 conversation")
    page.click("dialog button.primary")
    expect(page.locator("#toasts")).to_contain_text("Merged Danny W. into Dana Whitlock")
    assert page.url.endswith(f"/contacts/{mine}/")
    expect(page.locator(".tl")).to_contain_text("My car does not start")
    page.click(".ev form button")
    expect(page.locator("#toasts")).to_contain_text("Separated Danny W. from Dana Whitlock")
    expect(page.locator(".tl")).not_to_contain_text("My car does not start")
    expect(page.locator(".ev form")).to_have_count(0)
    assert not Merge.objects.filter(**HOLDS).exists()


def test_an_old_merge_is_shown_before_it_is_undone(cast, visit):
    danny = cast.contact("Danny W.", "mastodon")[0]
    merge = merging.merge(danny.contact_id, cast.dana[0].contact_id, at=timezone.now() - timedelta(days=9))
    cast.asks(danny, "Since then")
    page = visit("alice", "/contacts/merges/done/")
    page.click(".merge button")
    dialog = page.locator("dialog[open]")
    expect(dialog).to_contain_text("Separate Danny W. from Dana Whitlock")
    expect(dialog).to_contain_text("1 message since the merge")
    merging.unmerge(merge.pk, by=cast.mia, at=timezone.now())
    dialog.locator("button.primary").click()
    expect(page.locator("#toasts")).to_contain_text("Mia Meyer has undone this merge already.")


def test_an_account_is_separated(cast, visit):
    page = visit("alice", f"/contacts/{cast.dana[0].contact_id}/")
    page.click("text=Split or add")
    page.keyboard.press("3")
    page.click("dialog button.primary")
    expect(page.locator("dialog[open]")).to_contain_text("Separate")
    expect(page.locator("dialog[open]")).to_contain_text("goes")
    page.click("dialog button.primary")
    expect(page.locator("#toasts")).to_contain_text("stands alone now")
    assert Contact.objects.filter(identities__in=Identity.objects.filter(name="Dana Whitlock")).distinct().count() == 2


def test_the_card_asks_whether_two_are_the_same(cast, visit):
    conversation = cast.asks(cast.dana[0])
    danny = cast.contact("Danny W.", "telegram")[0]
    suggest(cast.dana[0], danny)
    page = visit("alice", f"/inbox/open/c/{conversation.pk}/")
    page.click("text=Same person?")
    expect(page.locator("dialog[open]")).to_contain_text("Same phone ending 4471")
    page.click("dialog button.primary")
    expect(page.locator("#toasts")).to_contain_text("Merged Danny W. into Dana Whitlock")
    expect(page.locator("#card")).to_contain_text("4 accounts")
    assert re.search(rf"/inbox/open/c/{conversation.pk}/$", page.url)


def test_the_second_of_two_browsers_is_told_in_the_dialog(cast, visit):
    danny = cast.contact("Danny W.", "mastodon")[0]
    url = f"/contacts/{cast.dana[0].contact_id}/"
    pages = [visit(name, url) for name in ("alice", "bob")]
    suggest(cast.dana[0], danny)
    for page in pages:
        page.reload()
        page.click("#same-person .primary")
        expect(page.locator("dialog[open]")).to_contain_text("Merge Dana Whitlock and Danny W.")
    pages[0].click("dialog button.primary")
    expect(pages[0].locator("#toasts")).to_contain_text("Merged")
    pages[1].click("dialog button.primary")
    expect(pages[1].locator("dialog[open]")).to_contain_text("Both are one person already.")
    assert Merge.objects.count() == 1

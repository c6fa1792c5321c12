"""No page breaks the rules of accessibility that axe-core can check, in light and dark, on a desk and in a hand."""

from uuid import uuid4

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import expect

from connectors.models import Channel, Pull, Receipt
from contacts.models import Contact, Relationship
from inbox import notes, replies, triage
from inbox.models import Delivery
from people import invitations
from routing.models import Block, Product
from tests.browser.conftest import DESKTOP, PHONE
from tests.inbox import matrix_merging

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
PAGES = {
    "login": (None, "/login/"),
    "not found": (None, "/nowhere/"),
    "list": ("adam", "/inbox/"),
    "empty": ("adam", "/inbox/snoozed/"),
    "search": ("adam", "/inbox/?q=brake"),
    "search everything": ("adam", "/search/?q=brake+department:suport"),
    "search for people": ("adam", "/search/?q=dana&show=people"),
    "search for nothing": ("adam", "/search/"),
    "sent": ("adam", "/inbox/sent/"),
    "conversation": ("adam", "/inbox/open/c/{pk}/"),
    "circle": ("adam", "/contacts/{circle}/graph/"),
    "somebody else's": ("charlie", "/inbox/open/c/{pk}/"),
    "contacts": ("adam", "/contacts/"),
    "board": ("mia", "/board/"),
    "board move": ("mia", "/board/move/?ids={pk}&to=sales"),
    "notifications": ("adam", "/notifications/"),
    "what to be told": ("adam", "/settings/me/notifications/"),
    "link conversations": ("adam", "/c/{pk}/link/"),
    "ask a department": ("adam", "/c/{pk}/ask/"),
    "contact": ("adam", "/contacts/{person}/"),
    "move": ("adam", "/c/{pk}/move/"),
    "assign": ("adam", "/c/{pk}/assign/"),
    "merges": ("adam", "/contacts/merges/"),
    "merges done": ("adam", "/contacts/merges/done/"),
    "told apart": ("adam", "/contacts/merges/rejected/"),
    "whom to merge with": ("adam", "/contacts/{dana}/merge/"),
    "merge preview": ("adam", "/contacts/{dana}/merge/{danny}/"),
    "merge refused": ("adam", "/contacts/{dana}/merge/{dana}/"),
    "undo a merge": ("adam", "/contacts/merges/{merge}/undo/"),
    "accounts": ("adam", "/contacts/{dana}/split/"),
    "separate": ("adam", "/contacts/{dana}/split/?identity={account}"),
    "merged person": ("adam", "/contacts/{dana}/"),
    "channels": ("adam", "/settings/channels/"),
    "channel": ("adam", "/settings/channels/{channel}/"),
    "password": ("adam", "/password/"),
    "roles": ("adam", "/settings/roles/"),
    "set aside": ("adam", "/inbox/aside/"),
    "block": ("adam", "/c/{pk}/block/"),
    "blocks": ("mia", "/settings/routing/blocks/"),
    "macros": ("mia", "/settings/macros/"),
    "new macro": ("mia", "/settings/macros/new/"),
    "new block": ("mia", "/settings/routing/blocks/new/"),
    "products": ("mia", "/settings/routing/products/"),
    "new product": ("mia", "/settings/routing/products/new/"),
    "attributes": ("adam", "/settings/attributes/"),
    "deadlines": ("mia", "/settings/deadlines/"),
    "deadlines of a department": ("mia", "/settings/deadlines/of/support/"),
    "a new step": ("mia", "/settings/deadlines/steps/new/"),
    "hours": ("mia", "/settings/hours/"),
    "new hours": ("mia", "/settings/hours/new/"),
    "due first": ("mia", "/inbox/?order=due"),
    "rules": ("adam", "/settings/routing/"),
    "history of the rules": ("adam", "/settings/routing/history/"),
    "people": ("adam", "/settings/people/"),
    "colleague": ("adam", "/settings/people/{colleague}/"),
    "invite": ("adam", "/settings/people/invite/"),
    "log-in of a colleague": ("adam", "/settings/people/{colleague}/account/"),
    "switch off": ("adam", "/settings/people/{colleague}/account/switch/"),
    "security": ("adam", "/settings/me/security/"),
    "company": ("adam", "/settings/company/"),
    "set-up": ("adam", "/welcome/"),
    "join": (None, "/join/{token}/"),
    "give away": ("adam", "/settings/people/{colleague}/give/"),
    "quality": ("adam", "/settings/routing/quality/"),
    "dry run": ("mia", "/settings/routing/dry-run/"),
    "explanation": ("charlie", "/messages/{message}/why/"),
    "more like this": ("adam", "/c/{pk}/similar/"),
    "what one did": ("mia", "/inbox/history/"),
    "snooze": ("mia", "/c/{pk}/snooze/"),
    "tags": ("mia", "/c/{pk}/tags/"),
    "snooze many": ("mia", "/inbox/open/bulk/?do=snooze&ids={pk}"),
    "own settings": ("mia", "/settings/me/"),
    "own keys": ("mia", "/settings/me/keyboard/"),
    "commands": ("mia", "/palette/?q=da"),
    "keys": ("mia", "/keys/"),
    "filters": ("mia", "/inbox/open/filters/"),
    "save a view": ("mia", "/inbox/open/save/?late=1"),
    "snoozed": ("mia", "/inbox/snoozed/"),
}
# A test looks at a few pages, so that it ends in time on a busy machine, too.
SOME = [list(PAGES)[start : start + 5] for start in range(0, len(PAGES), 5)]


@pytest.fixture
def story(cast):
    """A bit of everything: lateness, notes, hand-overs, trouble."""
    cast.asks(cast.dana[1], "Lovely picture", department="marketing", ago=60 * 24 * 40)
    cast.decided(cast.asks(state="noise", text="Buy followers").messages.get(), "noise", confidence=0.8)
    Block.objects.create(kind="domain", value="pills.example", label="pills.example", by=cast.mia, at=timezone.now())
    Product.objects.create(name="Halden 500", words=["H500"])
    cast.asks(ago=60 * 24, text="brake light")
    cast.asks(ago=115, text="brake pedal", assignee=cast.alice)
    conversation = cast.asks(cast.dana[0], "Third brake warning, see https://example.org/a", ago=30)
    message = conversation.messages.get()
    cast.decided(message)
    message.attachments = [{"url": "https://example.org/a.jpg", "kind": "image", "alt": "A dashboard"}]
    message.context = [{"relation": "quoted", "author": "@us", "text": "All is well.", "url": "https://example.org/b"}]
    message.edited_at = timezone.now()
    message.save()
    notes.add(conversation, by=cast.alice, text="Careful here.")
    replies.queue(conversation, by=cast.alice, text="We look into it.", click=uuid4())
    Delivery.objects.update(state="unconfirmed", error="The connection broke.")
    triage.hand_over(conversation, to=cast.departments["pr"], by=cast.mia, reason="Getting attention.")
    now = timezone.now()
    Pull.objects.update(state="broken", error="401 Unauthorized", remedy="Make new keys.", error_at=now)
    Receipt.objects.create(
        channel=cast.channel, source="pull", key="k", payload={"a": 1}, state="rejected", reason="No.", received_at=now
    )
    (eve,), (us,) = cast.contact("Eve Example"), cast.contact("Our account")
    Contact.objects.filter(pk=us.contact_id).update(is_us=True)
    for target in (us, cast.dana[0]):
        Relationship.objects.create(source=eve, target=target, kind="mentioned", first_at=now, last_at=now)
    return {
        "pk": conversation.pk,
        "person": conversation.identity.contact_id,
        "channel": cast.channel.pk,
        "circle": eve.contact_id,
        "colleague": cast.bob.pk,
        "token": invitations.make(name="Nora", email="", role="agent", departments=[], by=cast.adam)[1],
        "message": message.pk,
        **matrix_merging.story(cast),
    }


def violations(page):
    found = Axe().run(page, options=RULES).response["violations"]
    return [f"{one['id']}: {node['html'][:200]} {node['failureSummary']}" for one in found for node in one["nodes"]]


# Every page in both themes and on both screens: colours depend on the theme alone, places on the screen alone. A page
# is asked for once: it follows the theme and the width of its window by itself.
@pytest.mark.parametrize("names", SOME, ids=lambda names: names[0])
def test_axe_finds_nothing(story, visit, names):
    found = {}
    pages = {}
    for name in names:
        user, path = PAGES[name]
        page = pages.get(user) or visit(user)
        pages[user] = page
        for theme, viewport in (("light", DESKTOP), ("dark", PHONE)):
            # Colours do not fade from one theme to the other while they are measured.
            page.emulate_media(color_scheme=theme, reduced_motion="reduce")
            page.set_viewport_size(viewport)
            if theme == "light":
                page.goto(page.url.split("/", 3)[0] + "//" + page.url.split("/", 3)[2] + path.format(**story))
            if problems := violations(page):
                found[f"{name}, {theme}"] = problems
    assert found == {}


def test_axe_finds_nothing_in_dialogs(story, visit):
    page = visit("adam", f"/inbox/open/c/{story['pk']}/")
    for key in ("m", "a", "?"):
        page.keyboard.press(key)
        page.locator("dialog[open]").wait_for()
        assert violations(page) == []
        page.keyboard.press("Escape")
        page.locator("dialog[open]").wait_for(state="detached" if key != "?" else "hidden")


# The list of accounts is a browser's own; what axe can see is the composer with the choice at hand, and what it leaves.
def test_axe_finds_nothing_where_the_account_is_chosen(story, visit):
    care = Channel.objects.create(network="sample", name="Our care", account="@us_care")
    Pull.objects.create(channel=care, state=Pull.State.OK)
    page = visit("adam", f"/inbox/open/c/{story['pk']}/")
    page.emulate_media(reduced_motion="reduce")
    page.keyboard.press("Control+Shift+F")
    choice = page.locator("[data-account]")
    for chosen in (choice.input_value(), str(care.pk)):
        choice.select_option(chosen)
        for theme, viewport in (("light", DESKTOP), ("dark", PHONE)):
            page.emulate_media(color_scheme=theme)
            page.set_viewport_size(viewport)
            expect(choice).to_be_focused()
            assert violations(page) == []

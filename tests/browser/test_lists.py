"""Lists as people work in them: where one stood, what one narrows them down to, and what they say when they fail."""

import re
import time

from playwright.sync_api import expect

TOP = """() => {
  const box = document.getElementById("rows").getBoundingClientRect();
  const row = document.elementFromPoint(box.left + box.width / 2, box.top + 8).closest(".row");
  return [row.id, Math.round(row.getBoundingClientRect().top - box.top)];
}"""


def test_going_back_and_reloading_lead_to_where_one_stood_in_a_long_list(cast, visit):
    for n in range(80):
        cast.asks(ago=n)
    page = visit("mia", "/inbox/")
    page.locator(".more a").scroll_into_view_if_needed()
    expect(page.locator("#rows .row")).to_have_count(80)
    line = page.locator("#rows .row").nth(60)
    line.scroll_into_view_if_needed()
    line.locator("> a").focus()
    stood, focused = page.evaluate(TOP), line.get_attribute("id")

    def stands():
        expect(page.locator(f"#{focused} > a")).to_be_focused()
        assert page.evaluate(TOP) == stood

    page.reload()
    stands()
    # What came meanwhile stands above, and moves nothing.
    cast.asks(ago=0)
    page.reload()
    stands()
    page.goto(page.url.replace("/inbox/", "/contacts/"))
    page.go_back()
    stands()
    # Opening a line of a later page leads to the same list: its place and what is chosen are kept.
    page.keyboard.press("x")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/inbox/open/c/\d+/$"))
    page.reload()
    expect(page.locator(f"#{focused}")).to_be_in_viewport()
    expect(page.locator("[data-picked]")).to_have_text("1 selected")
    # Whoever comes by a link begins at the top.
    page.locator("#views a", has_text="All open").click()
    expect(page.locator("#rows .row")).to_have_count(50)
    assert page.evaluate("document.getElementById('rows').scrollTop") == 0


def test_a_list_is_narrowed_down_kept_under_a_name_and_stays_so_while_one_reads(cast, visit):
    urgent = cast.asks(cast.contact("Urgent Person")[0], priority=3, ago=5)
    plain = cast.asks(cast.contact("Plain Person")[0], ago=3)
    page = visit("alice", "/inbox/")
    page.get_by_role("button", name="More filters").click()
    page.get_by_label("Priority").select_option(label="Urgent")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#dialogs dialog")).to_have_count(0)
    expect(page).to_have_url(re.compile(r"/inbox/open/\?priority=urgent$"))
    expect(page.locator(f"#row-{plain.pk}")).to_have_count(0)
    page.get_by_role("link", name="Save view").click()
    page.get_by_label("Name", exact=True).fill("Burning")
    page.get_by_role("button", name=re.compile("^Save")).click()
    expect(page).to_have_url(re.compile(r"/inbox/v/burning/$"))
    expect(page.locator("#views a", has_text="Burning").locator(".n")).to_have_text("1")
    page.locator(f"#row-{urgent.pk} > a").click()
    expect(page.locator("#thread")).to_contain_text("Urgent Person")
    expect(page).to_have_url(re.compile(rf"/inbox/v/burning/c/{urgent.pk}/$"))
    page.get_by_role("link", name="Remove the filter Priority: Urgent").click()
    expect(page.locator(f"#row-{plain.pk}")).to_be_visible()
    expect(page.locator("#main")).to_have_attribute("data-query", "?none=1")
    # On a page of its own a dialog is sent by the same keys.
    page.goto(re.sub("/inbox/.*", "/inbox/open/save/?unread=1", page.url))
    page.get_by_label("Name", exact=True).fill("Fresh")
    page.keyboard.press("Control+Enter")
    expect(page).to_have_url(re.compile(r"/inbox/v/fresh/$"))


def test_a_list_on_its_way_shows_lines_and_one_that_failed_can_be_asked_for_again(cast, visit):
    cast.asks()
    page = visit("alice", "/inbox/")
    held = []
    page.route("**/inbox/open/?unread=1", lambda route: held.append(route))
    page.get_by_role("link", name="Unread", exact=True).click()
    expect(page.locator("#rows .skel")).to_be_visible()
    expect(page.locator("#rows")).to_have_attribute("aria-busy", "true")
    held[0].fulfill(status=404, content_type="text/html", body="<!doctype html><html></html>")
    expect(page.get_by_role("alert")).to_contain_text("The list could not be loaded.")
    expect(page.locator("#rows .row")).to_have_count(1)
    page.unroute("**/inbox/open/?unread=1")
    page.get_by_role("button", name="Try again").click()
    expect(page.locator(".chip[aria-current]", has_text="Unread")).to_be_visible()
    expect(page.get_by_role("alert")).to_have_count(0)


def test_the_way_back_leads_to_a_page_that_lives_where_scripts_come_late(cast, visit):
    for n, text in enumerate(("The first one", "The second one", "The third one")):
        cast.asks(text=text, ago=n)
    page = visit("alice", "/contacts/")
    page.route("**/js/*.js", lambda route: time.sleep(0.5) or route.continue_())
    page.goto(page.url.replace("/contacts/", "/inbox/"))

    def opens(text):
        page.locator("#rows .row", has_text=text).locator("> a").click()
        expect(page.locator("#thread")).to_contain_text(text)

    opens("The first one")
    opens("The second one")
    page.go_back()
    expect(page.locator("#thread")).to_contain_text("The first one")
    documents = []
    page.on("request", lambda request: request.resource_type == "document" and documents.append(request.url))
    opens("The third one")
    assert documents == []

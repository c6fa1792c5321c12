"""The palette: going, acting and finding from a few letters."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.html import strip_tags
from hypothesis import given
from hypothesis import strategies as st

from inbox.fuzzy import match
from inbox.models import SavedView
from inbox.palette_pages import PAGES
from tests.inbox.cast import Cast

PARTS = {"HX-Request": "true"}


@pytest.fixture
def cast(db):
    return Cast()


def client_of(user):
    client = Client()
    client.force_login(user)
    return client


def asked(user, q="", **values):
    answer = client_of(user).get("/palette/", {"q": q, **values}, headers=PARTS)
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_page_is_found_by_the_beginnings_of_its_words(cast):
    page = asked(cast.mia, "dep")
    assert 'href="/settings/departments/"' in page and "<b>Dep</b>artments" in page


def test_a_role_is_offered_only_what_it_may_open(cast):
    assert "/settings/departments/" not in asked(cast.alice, "departments")
    assert "/settings/channels/" not in asked(cast.mia, "channels")
    assert "/settings/channels/" in asked(cast.adam, "channels")


@pytest.mark.parametrize("name", ["alice", "mia", "adam"])
def test_every_page_that_is_offered_opens(cast, name):
    user = getattr(cast, name)
    client = client_of(user)
    offered = [page.url() for page in PAGES if page.allows(user) and page.url()]
    assert len(offered) > 5
    assert {url: client.get(url).status_code for url in offered} == dict.fromkeys(offered, 200)


def test_queues_and_saved_views_are_places_to_go(cast):
    SavedView.objects.create(
        slug="press", name="Press, big reach", by=cast.mia, is_shared=True, created_at=timezone.now()
    )
    SavedView.objects.create(slug="mine", name="Presents", by=cast.mia, created_at=timezone.now())
    page = asked(cast.alice, "pr")
    assert 'href="/inbox/v/press/"' in page and "/inbox/v/mine/" not in page
    assert "/inbox/v/mine/" in asked(cast.mia, "pr")
    assert 'href="/inbox/q/sales/"' in asked(cast.alice, "sal")


def test_only_what_the_page_can_do_is_offered(cast):
    assert 'data-does="e"' not in asked(cast.alice, "close")
    page = asked(cast.alice, "close", can="e\ta")
    assert 'data-does="e"' in page and 'data-does="a"' not in page


def test_moving_names_the_department(cast):
    page = asked(cast.alice, "move sales", can="m")
    assert 'data-does="m" data-choice="sales"' in page


def test_people_are_found_by_name_and_handle(cast):
    cast.asks()
    contact = cast.dana[0].contact_id
    for text in ("dana", "@dana", "whitl"):
        assert f'href="/contacts/{contact}/"' in asked(cast.alice, text)
    assert "/contacts/" not in asked(cast.alice, ">dana").replace('href="/contacts/"', "")


def test_a_conversation_is_found_by_its_number(cast):
    conversation = cast.asks()
    for text in (f"#{conversation.pk}", str(conversation.pk)):
        assert f"/inbox/open/c/{conversation.pk}/" in asked(cast.alice, text)
    assert "Nothing is called" in asked(cast.alice, "#999999999999")


def test_words_lead_to_the_search(cast):
    assert "/search/?q=brake+warning" in asked(cast.alice, "brake warning")


def test_what_was_chosen_lately_comes_first(cast):
    conversation, contact = cast.asks(), cast.dana[0].contact_id
    lately = [
        "/inbox/mine/",
        f"/contacts/{contact}/",
        f"/inbox/open/c/{conversation.pk}/",
        "/nowhere/",
        "/contacts/99/",
    ]
    page = asked(cast.alice, recent="\t".join(lately))
    recent = page.split('role="group"')[1]
    for url in lately[:3]:
        assert f'href="{url}"' in recent
    assert "/nowhere/" not in page and "/contacts/99/" not in page


@pytest.mark.parametrize("q", ["", "dana", "#1", "settings", "> move"])
def test_an_answer_takes_at_most_six_statements(cast, q):
    conversation = cast.asks()
    client = client_of(cast.alice)
    recent = f"/contacts/{cast.dana[0].contact_id}/\t/inbox/open/c/{conversation.pk}/"
    with CaptureQueriesContext(connection) as taken:
        client.get("/palette/", {"q": q, "can": "e\tm", "recent": recent}, headers=PARTS)
    asked_for = [one["sql"] for one in taken if not one["sql"].startswith(("SAVEPOINT", "ROLLBACK", "RELEASE"))]
    assert len(asked_for) <= 6, asked_for


@pytest.mark.parametrize(
    "q", ["\0", "%", "'\"<b>", "#" * 500, "@", ">", "#", "x" * 100_000, "١٢٣", "²", "\u202e", "🦊"]
)
def test_whatever_is_typed_is_answered(cast, q):
    assert "<b><" not in asked(cast.alice, q, can=q, recent=q)


def test_it_is_a_page_of_its_own_without_script(cast):
    page = client_of(cast.alice).get("/palette/?q=contacts").content.decode()
    assert "<html" in page and 'href="/contacts/"' in page


@given(st.text(max_size=20), st.text(max_size=40))
def test_a_match_never_changes_the_name(wanted, name):
    found = match(wanted, name)
    if found:
        assert all(place < len(name) for place in found.at)
        shown = strip_tags(found.marked(name.replace("<", "‹").replace("&", "+").replace(">", "›")))
        assert shown.count("\n") == name.count("\n") or "\r" in name


@given(st.text(alphabet="abcdefghi äöüß", min_size=1, max_size=30))
def test_a_name_matches_itself_and_its_beginning(name):
    assert match(name, name) is not None
    assert match(name[: len(name) // 2], name) is not None


@pytest.mark.parametrize(
    ("wanted", "name", "rank"),
    [("dep", "Departments", 0), ("mo sa", "Move to Sales", 0), ("sal", "Move to Sales", 1), ("part", "Departments", 2),
     ("dpt", "Departments", 3), ("strasse", "Hauptstraße", 2), ("uber", "Über uns", 0), ("xyz", "Departments", None),
     ("dms", "Departments and other things somewhere", 3), ("dpmtw", "Departments and other things somewhere", None)],
)  # fmt: skip
def test_how_well_letters_fit(wanted, name, rank):
    found = match(wanted, name)
    assert (found and found.rank) == rank

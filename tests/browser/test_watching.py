"""What is watched of the channels, as an admin sees it; axe looks too."""

from datetime import timedelta

import pytest
from django.utils import timezone

from connectors.models import Backfill, Gap, Pull, Watch
from inbox.backfill import fill
from inbox.models import Message
from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.test_axe import violations
from tests.inbox.archive import NOW, enlist, open_channel, post

DAY = timedelta(days=1)


@pytest.fixture
def archive(cast, tmp_path):
    enlist()
    posts = [post(n, NOW - n * DAY) for n in range(300)]
    channel = open_channel(tmp_path / "posts", posts)
    Pull.objects.filter(channel=channel).update(next_at=None)
    return channel


def work(channel):
    fill(Backfill.objects.select_related("channel").get(channel=channel))


def test_a_back_fill_is_started_watched_paused_and_finished(cast, visit, archive):
    page = visit("adam", f"/settings/channels/{archive.pk}/")
    job = page.locator(f"#backfill-{archive.pk}")
    page.locator("input[name=since]").fill(f"{NOW - 400 * DAY:%Y-%m-%d}")
    job.get_by_role("button", name="Bring in").click()
    job.get_by_text("Running").wait_for()
    job.get_by_role("button", name="Pause").click()
    job.get_by_role("button", name="Go on").click()
    job.get_by_role("button", name="Pause").wait_for()
    assert violations(page) == []

    work(archive)

    # The page asks by itself.
    job.get_by_text("300 brought in").wait_for()
    job.get_by_role("button", name="Pause").wait_for(state="detached")
    assert Message.objects.filter(channel=archive).count() == 300


@pytest.fixture
def troubled(cast, archive):
    now = timezone.now()
    Pull.objects.filter(channel=cast.channel).update(state="broken", error="The token was revoked.", error_at=now)
    Watch.objects.create(channel=archive, expires_at=now + 6 * DAY, silent_since=now - DAY, usual=61)
    Gap.objects.create(channel=archive, until=now - 2 * DAY, reason="The network keeps 800 posts.", noticed_at=now)
    return cast.asks(cast.dana[0], "Third brake warning")


@pytest.mark.parametrize(("theme", "viewport"), [("light", DESKTOP), ("dark", PHONE)], ids=["desk", "phone"])
def test_alarms_stand_above_every_page_and_hide_nothing(visit, troubled, archive, theme, viewport):
    page = visit("adam", f"/inbox/open/c/{troubled.pk}/", viewport=viewport, color_scheme=theme)
    assert page.get_by_text("The token was revoked.").count() >= 2
    for path in ("", "inbox/", f"inbox/open/c/{troubled.pk}/", f"settings/channels/{archive.pk}/"):
        page.goto(page.url.split("/", 3)[0] + "//" + page.url.split("/", 3)[2] + "/" + path)
        page.locator("#alarms .banner").first.wait_for()
        assert violations(page) == []
        # What is at the lower edge stays on the screen.
        height, seen = page.evaluate("[document.documentElement.scrollHeight, innerHeight]")
        assert height <= seen


def test_a_warning_is_put_away_and_repair_leads_to_the_channel(visit, troubled, archive):
    broken = Pull.objects.filter(state="broken")
    channel = broken.get().channel_id
    page = visit("adam", "/inbox/")
    page.get_by_role("link", name="Repair").click()
    page.wait_for_url(f"**/settings/channels/{channel}/")
    broken.update(state="ok", error="")
    page.reload()
    warning = page.locator("#alarms .banner", has_text="ends on")
    warning.get_by_role("button", name="Put the alarm of Archive away").click()
    warning.wait_for(state="detached")
    page.locator("#alarms .banner", has_text="Nothing has come").wait_for()


def test_others_see_the_mark_and_no_banner(visit, troubled):
    page = visit("alice", f"/inbox/open/c/{troubled.pk}/")
    page.get_by_text("until an admin repairs it").wait_for()
    assert page.locator("#alarms .banner").count() == 0
    assert page.locator(".row .down").count() == 1

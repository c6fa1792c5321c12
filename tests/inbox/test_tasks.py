"""What beat asks for is there, and does its work when it is asked twice."""

import pytest

from connectors import backfills
from connectors.models import Backfill, Watch
from inbox import tasks
from inbox.models import Message
from socialcrm.celery import app
from tests.inbox.archive import NOW, enlist, open_channel, post


@pytest.fixture
def channel(transactional_db, tmp_path):
    enlist()
    return open_channel(tmp_path / "posts", [post(1, NOW)])


@pytest.mark.parametrize("entry", sorted(app.conf.beat_schedule))
def test_whatever_beat_asks_for_can_be_done_twice(channel, entry):
    app.loader.import_default_modules()
    task = app.tasks[app.conf.beat_schedule[entry]["task"]]
    task()
    task()


def test_the_jobs_of_a_channel_do_their_work_and_forgive_a_channel_that_is_gone(channel):
    tasks.look_again_at(channel_id=channel.pk)
    assert Watch.objects.get().looked_again_at is not None
    tasks.watch_channels(channel_id=channel.pk)
    assert Watch.objects.get().checked_at is not None

    begun = backfills.start(channel, since=NOW.replace(year=NOW.year - 1), by=None)
    tasks.work_on_backfill(backfill_id=begun.pk)
    assert Backfill.objects.get().state == "done"
    assert Message.objects.count() == 1

    for job in (tasks.look_again_at, tasks.watch_channels, tasks.pull_channel):
        job(channel_id=999_999)
    tasks.work_on_backfill(backfill_id=999_999)

"""Edits and deletions that a network does not tell of are found by looking again."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from connectors import ledger
from connectors.models import Pull, Usage, Watch
from connectors.protocol import ConnectorError
from inbox import look_again as looking
from inbox.look_again import due_messages, look_again
from inbox.models import Message
from inbox.pull import pull
from tests.inbox.archive import NOW, Archive, enlist, open_channel, post

MINUTE = timedelta(minutes=1)
TEN, HOUR = 10 * MINUTE, 60 * MINUTE


@pytest.fixture(autouse=True)
def archive(monkeypatch):
    enlist()
    monkeypatch.setattr(Archive, "asked", [])
    monkeypatch.setattr(Archive, "changed", {})
    monkeypatch.setattr(Archive, "error", None)


@pytest.fixture
def channel(db, tmp_path):
    """Twenty posts, one a minute, the newest of now; looked at until now."""
    made = open_channel(tmp_path / "posts", [post(n, NOW - (19 - n) * MINUTE) for n in range(20)])
    pull(made)
    Watch.objects.create(channel=made, looked_again_at=NOW)
    return made


def asked():
    return [one for batch in Archive.asked for one in batch]


def changed(number, **changes):
    connector = Archive(type("Account", (), {"base_url": "", "settings": {}})())
    item = connector.item(post(number, NOW - (19 - number) * MINUTE))
    Archive.changed[item.external_id] = replace(item, posted_at=NOW + TEN, **changes)


def test_each_message_is_looked_at_once_at_each_age(channel):
    assert look_again(channel, NOW + 5 * MINUTE) == 5
    # Those that have become ten minutes old since then: posted ten to five minutes ago.
    assert asked() == [f"post-{n}" for n in range(9, 14)]
    look_again(channel, NOW + 11 * MINUTE)
    look_again(channel, NOW + HOUR + MINUTE)
    assert sorted(asked()) == sorted([f"post-{n}" for n in range(9, 20)] + [f"post-{n}" for n in range(20)])
    assert look_again(channel, NOW + 50 * HOUR) == 0


def test_an_edit_and_a_deletion_come_in(channel):
    changed(10, action="edit", text="How much is the blue one?")
    changed(11, action="delete", text="")

    look_again(channel, NOW + 5 * MINUTE)

    edited, deleted = (Message.objects.get(external_id=f"post-{n}") for n in (10, 11))
    assert (edited.text, edited.edited_at) == ("How much is the blue one?", NOW + TEN)
    assert (deleted.text, deleted.deleted_at) == ("", NOW + TEN)
    row = ledger.summary()[0]
    assert (row["edited"], row["deleted"]) == (1, 1)


def test_what_was_deleted_is_not_asked_for_again(channel):
    changed(10, action="delete", text="")
    look_again(channel, NOW + 5 * MINUTE)
    Archive.asked.clear()
    look_again(channel, NOW + HOUR)
    assert "post-10" not in asked()


def test_a_channel_that_is_new_to_it_begins_now(channel):
    Watch.objects.all().delete()
    assert look_again(channel, NOW) == 0
    assert look_again(channel, NOW + 5 * MINUTE) == 5


def test_after_a_long_absence_it_catches_up_in_bounded_steps(channel, monkeypatch):
    monkeypatch.setattr(looking, "_MOST", 7)
    monkeypatch.setattr(looking, "_BATCH", 3)
    late = NOW + 2 * HOUR
    runs = [look_again(channel, late) for _ in range(8)]
    assert max(runs) <= 7
    assert all(len(batch) <= 3 for batch in Archive.asked)
    # Nothing is left out; what stands on the border of two runs is looked at twice.
    assert {one for one in asked()} == {f"post-{n}" for n in range(20)}
    assert runs[-1] == 0


def test_many_messages_of_one_moment_do_not_hold_it_up(db, tmp_path, monkeypatch):
    monkeypatch.setattr(looking, "_MOST", 5)
    made = open_channel(tmp_path / "posts", [post(n, NOW) for n in range(20)])
    pull(made)
    Watch.objects.create(channel=made, looked_again_at=NOW)
    runs = [look_again(made, NOW + 2 * HOUR) for _ in range(6)]
    assert runs[-1] == 0


def test_a_limit_holds_for_everybody(channel, monkeypatch):
    until = timezone.now() + TEN
    monkeypatch.setattr(Archive, "error", ConnectorError("Too many calls.", retry_at=until))
    look_again(channel, NOW + 5 * MINUTE)
    assert Pull.objects.get().calls_reset_at == until
    assert look_again(channel, NOW + 6 * MINUTE) == 0
    assert len(Archive.asked) == 1


@pytest.mark.parametrize("error", [ConnectorError("Token revoked.", permanent=True), KeyError("data")])
def test_an_error_disturbs_neither_pulling_nor_what_is_due(channel, monkeypatch, error):
    monkeypatch.setattr(Archive, "error", error)
    assert look_again(channel, NOW + 5 * MINUTE) == 0
    assert Pull.objects.get().state == "ok"

    monkeypatch.setattr(Archive, "error", None)
    assert look_again(channel, NOW + 5 * MINUTE) == 5


def test_what_it_used_is_written_down(channel):
    look_again(channel, NOW + 5 * MINUTE)
    assert Usage.objects.get(meter="posts").used == 5


def test_only_channels_that_want_it_are_rung(channel):
    assert looking.ring() == 1
    Pull.objects.update(state="broken")
    assert looking.ring() == 0


def test_the_question_goes_through_the_index_by_time(channel):
    with connection.cursor() as cursor:
        # Among five messages every way is as short as any other.
        columns = (
            "channel_id, conversation_id, identity_id, direction, kind, text, attachments, context, raw, parent_id"
        )
        cursor.execute(
            f"INSERT INTO inbox_message ({columns}, language, url, external_id, digest, posted_at, created_at,"
            f" version_at) SELECT {columns}, '', '', 'old' || n, '',"
            " '2020-01-01'::timestamptz + n * interval '1 minute', now(), now()"
            " FROM (SELECT * FROM inbox_message LIMIT 1) one, generate_series(1, 3000) n"
        )
        cursor.execute("ANALYZE inbox_message")
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(
            "EXPLAIN " + looking._DUE,
            {"ages": [TEN, HOUR], "since": NOW, "until": NOW + TEN, "channel": channel.pk, "most": 500},
        )
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "message_newest" in plan
    assert "Seq Scan on inbox_message" not in plan
    assert [one.original.raw for one in due_messages(channel, [TEN], NOW, NOW + 5 * MINUTE)] == [{}] * 5

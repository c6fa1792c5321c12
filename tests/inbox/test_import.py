import io
import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command

from connectors import disconnect, ledger
from connectors.models import Channel, FileImport, Pull, Receipt
from inbox.models import Conversation, Message
from people import departments
from people.models import Department

START = datetime(2026, 5, 1, tzinfo=UTC)


@pytest.fixture(autouse=True)
def workspace(db):
    departments.ensure(Department)


def line(number, **fields):
    return json.dumps(
        {
            "external_id": str(number),
            "author": {"external_id": f"a{number % 7}", "name": f"Näme {number}"},
            "posted_at": (START + timedelta(minutes=number)).isoformat(),
            "text": f"message {number}",
        }
        | fields,
        ensure_ascii=False,
    )


def written(tmp_path, *lines, name="in.jsonl"):
    path = tmp_path / name
    path.write_bytes(b"\n".join(one if isinstance(one, bytes) else one.encode() for one in lines) + b"\n")
    return str(path)


def counts():
    return ledger.summary()[0]


def test_a_file_is_taken_in_and_a_second_time_is_all_duplicates(tmp_path):
    path = written(tmp_path, *[line(number) for number in range(1200)])

    call_command("import_messages", path, channel="Old helpdesk")
    call_command("import_messages", path, channel="Old helpdesk")

    assert Channel.objects.get().network == "import"
    row = counts()
    assert (row["received"], row["stored"], row["duplicate"]) == (2400, 1200, 1200)
    assert Message.objects.count() == 1200


def test_a_channel_of_imports_that_was_paused_can_be_resumed(tmp_path):
    call_command("import_messages", written(tmp_path, line(1)), channel="Old helpdesk")
    channel = Channel.objects.get()

    disconnect.pause(channel)
    channel.refresh_from_db()
    assert not channel.is_disconnected
    disconnect.resume(channel)

    channel.refresh_from_db()
    assert channel.is_active


BAD = {
    "no json": b"{not json",
    "not utf-8": line(9).encode().replace("Näme".encode(), b"N\xe4me"),
    "a list": "[1, 2]",
    "a number": "7",
    "null": "null",
    "no author": line(9, author=None),
    "empty author": line(9, author={}),
    "no id": line(9, external_id=""),
    "id is a float": line(9, external_id=1.5),
    "no text": line(9, text=""),
    "year 1": line(9, posted_at="0001-01-01T00:00:00+00:00"),
    "year 9999": line(9, posted_at="9999-12-31T23:59:59+00:00"),
    "no offset": line(9, posted_at="2026-05-01T12:00:00"),
    "unknown kind": line(9, kind="shout"),
    "unknown action": line(9, action="explode"),
    "too deep": line(9, raw=json.loads("[" * 200 + "]" * 200)),
    "far too deep": '{"a":' * 5000 + "1" + "}" * 5000,
}


@pytest.mark.parametrize("name", sorted(BAD))
def test_a_bad_line_is_rejected_with_its_number_and_the_reason_and_the_rest_is_stored(tmp_path, name):
    path = written(tmp_path, line(1), BAD[name], line(2))

    with pytest.raises(CommandError, match="1 lines were rejected"):
        call_command("import_messages", path, channel="c", stderr=io.StringIO())

    assert sorted(Message.objects.values_list("external_id", flat=True)) == ["1", "2"]
    receipt = Receipt.objects.get()
    assert (receipt.state, receipt.position, receipt.payload["line"]) == ("rejected", "line 2", 2)
    assert receipt.payload["text"]
    assert receipt.reason
    assert counts()["received"] == 3 == counts()["stored"] + counts()["rejected"]


@pytest.mark.parametrize(
    "fields",
    [
        {"text": "nul \0 and \ud800 surrogate"},
        {"raw": {"a\0b": "c\0d", "n": 10**400}},
        {"text": "x" * 1_000_000},
        {"text": "😀" * 200_000},
        {"text": "word" * 250_000},
        {"author": {"external_id": "1", "name": "<script>alert(1)</script>" * 50, "followers": -3}},
        {"author": {"external_id": "1", "followers": "many", "verified": "perhaps", "url": "javascript:alert(1)"}},
        {"text": "<b>bold</b><img src=x onerror=alert(1)>", "url": "data:text/html,x"},
        {"mentions": "nobody", "attachments": [{"url": "https://a.example/b.png"}, 7], "surprise": {"deep": [1]}},
    ],
)
def test_awkward_fields_are_cleaned_and_the_message_is_stored(tmp_path, fields):
    path = tmp_path / "awkward.jsonl"
    path.write_text(json.dumps(json.loads(line(1)) | fields) + "\n")

    call_command("import_messages", str(path), channel="c")

    message = Message.objects.get()
    assert "\0" not in message.text
    assert len(message.text) <= 100_001
    assert message.url == ""
    assert len(message.identity.name) <= 200


def test_an_interrupted_import_goes_on_where_it_stopped(tmp_path, process_env):
    path = written(tmp_path, *[line(number) for number in range(1800)])
    program = [sys.executable, "manage.py", "import_messages", path, "--channel", "c"]

    killed = subprocess.run(program, env={**process_env, "CRASH_AT": "ingest.after_commit"}, check=False)
    assert killed.returncode == 137
    assert FileImport.objects.get().line == 500
    again = subprocess.run(program, env=process_env, check=True, capture_output=True, text=True)

    assert "after line 500" in again.stdout
    assert not FileImport.objects.exists()
    row = counts()
    assert (row["received"], row["stored"], row["duplicate"]) == (1800, 1800, 0)


def test_standard_input_is_read(process_env):
    program = [sys.executable, "manage.py", "import_messages", "-", "--channel", "piped"]
    text = "\ufeff" + line(1) + "\n\n" + line(2)

    done = subprocess.run(program, env=process_env, input=text.encode(), check=True, capture_output=True)

    assert b"2 stored" in done.stdout
    assert Channel.objects.get().name == "piped"


def test_an_edit_and_a_deletion_in_a_file_do_what_they_say(tmp_path):
    call_command(
        "import_messages",
        written(
            tmp_path,
            line(1, text="old"),
            line(1, action="edit", text="new", posted_at="2026-05-02T00:00:00+00:00"),
            line(2),
            json.dumps(
                {
                    "action": "delete",
                    "external_id": "2",
                    "author": {"external_id": "a2"},
                    "posted_at": "2026-05-02T00:00:00Z",
                }
            ),
        ),
        channel="c",
    )

    texts = dict(Message.objects.values_list("external_id", "text"))
    assert texts == {"1": "new", "2": ""}
    row = counts()
    assert (row["stored"], row["edited"], row["deleted"], row["received"]) == (2, 1, 1, 4)


def test_two_messages_of_one_person_in_one_thread_are_one_conversation(tmp_path):
    author = {"external_id": "same"}
    path = written(tmp_path, line(1, author=author), line(2, author=author, parent_id="1"))

    call_command("import_messages", path, channel="c")

    assert Conversation.objects.get().messages.count() == 2


@pytest.mark.parametrize("name", ["nowhere.jsonl", ""])
def test_a_file_that_is_not_there_is_named(tmp_path, name):
    with pytest.raises(CommandError, match="Name a file that can be read"):
        call_command("import_messages", str(tmp_path / name), channel="c")
    assert not Channel.objects.exists()


def test_a_file_that_may_not_be_read_says_so(tmp_path):
    if os.geteuid() == 0:
        pytest.skip("root may read everything")
    path = written(tmp_path, line(1))
    os.chmod(path, 0)
    with pytest.raises(CommandError, match="Permission denied"):
        call_command("import_messages", path, channel="c")


def test_the_same_file_imported_twice_at_once_is_taken_in_once(tmp_path, process_env):
    path = written(tmp_path, *[line(number) for number in range(1700)])
    program = [sys.executable, "manage.py", "import_messages", path, "--channel", "c"]

    both = [subprocess.Popen(program, env=process_env, stderr=subprocess.PIPE, text=True) for _ in range(2)]
    said = [one.communicate()[1] for one in both]

    assert [one.returncode for one in both] == [0, 0], said
    row = counts()
    # The second one may also go on where the first one stands.
    assert (row["stored"], row["received"]) == (1700, 1700 + row["duplicate"])
    assert not FileImport.objects.exists()


def test_an_import_goes_on_in_the_same_file_only(tmp_path, process_env):
    lines = [line(number, text="x" * 200) for number in range(1800)]
    program = [sys.executable, "manage.py", "import_messages", "--channel", "c"]
    path = written(tmp_path, *lines)
    subprocess.run([*program, path], env={**process_env, "CRASH_AT": "ingest.after_commit"}, check=False)

    # As long as the first, with the same beginning and end.
    lines[450] = lines[450].replace('"450"', '"abc"')
    other = written(tmp_path, *lines, name="corrected.jsonl")
    done = subprocess.run([*program, other], env=process_env, check=True, capture_output=True, text=True)

    assert "after line" not in done.stdout
    assert Message.objects.filter(external_id="abc").exists()


def test_bad_lines_count_in_the_exit_status_also_after_an_interruption(tmp_path, process_env):
    path = written(tmp_path, "{not json", *[line(number) for number in range(700)])
    program = [sys.executable, "manage.py", "import_messages", path, "--channel", "c"]
    subprocess.run(program, env={**process_env, "CRASH_AT": "ingest.after_commit"}, check=False)

    again = subprocess.run(program, env=process_env, check=False, capture_output=True, text=True)

    assert "after line 500" in again.stdout
    assert again.returncode == 1
    assert "1 lines were rejected" in again.stderr


def test_an_import_into_a_pulled_channel_does_not_say_that_its_pull_works(tmp_path):
    channel = Channel.objects.create(network="x", name="c")
    Pull.objects.create(channel=channel, state=Pull.State.BROKEN, error="Unauthorized")

    call_command("import_messages", written(tmp_path, line(1)), channel="c")

    assert Pull.objects.get().state == "broken"


@pytest.mark.parametrize(("given", "name"), [(" Old  helpdesk\u200b ", "Old helpdesk"), ("caf\udce9", "caf\ufffd")])
def test_a_channel_gets_the_name_that_connecting_it_would_give_it(tmp_path, given, name):
    call_command("import_messages", written(tmp_path, line(1)), channel=given)

    assert Channel.objects.get().name == name

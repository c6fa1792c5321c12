"""The parts of `up` that can be looked at one by one."""

import os
import signal
import subprocess
import sys
import time

import pytest

from socialcrm import crash
from socialcrm.durability import durable_database
from socialcrm.running import Ownership
from socialcrm.supervisor import Program, Supervisor
from socialcrm.unprivileged import account_for, become
from tests.platform.installation import alive, until


@pytest.fixture
def said():
    return []


@pytest.fixture
def supervisor(said):
    supervisor = Supervisor(lambda name, text: said.append((name, text)))
    yield supervisor
    supervisor.stop()


def python(code, name="child"):
    return Program(name, [sys.executable, "-c", code], folder=os.curdir, environment=dict(os.environ))


def test_what_a_child_says_has_its_name_in_front(supervisor, said):
    assert supervisor.run(python("print('one'); print('two')")) == 0
    until(lambda: said == [("child", "one"), ("child", "two")], 5)


def test_a_child_that_keeps_dying_is_started_less_and_less_often(supervisor, said):
    child = supervisor.start(python("raise SystemExit(3)"))
    for pause in ("1", "2"):
        child.process.wait()
        supervisor.look()
        assert said[-1] == ("child", f"ended with status 3; starting it again in {pause} s.")
        child.again_at = time.monotonic()
        supervisor.look()


def test_a_child_that_does_not_listen_is_ended_with_its_own_children(supervisor, said, monkeypatch):
    monkeypatch.setattr("socialcrm.supervisor.DRAIN_SECONDS", 0.3)
    deaf = "import signal, subprocess, sys; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
    more = "print(subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)']).pid, flush=True);"
    child = supervisor.start(python(deaf + more + "signal.pause()"))
    until(lambda: said, 10)
    everybody = {child.process.pid, int(said[0][1])}
    supervisor.stop()
    until(lambda: not alive(everybody), 5)
    assert ("child", "did not end in time and was made to.") in said


def test_only_one_owns_a_folder_and_says_who_it_is(tmp_path):
    first, second = Ownership(tmp_path), Ownership(tmp_path)
    assert first.take(command="up", address="http://127.0.0.1:1/")
    assert not second.take(command="up")
    assert second.owner() == {"pid": os.getpid(), "command": "up", "address": "http://127.0.0.1:1/"}
    first.release()
    assert second.take(command="up")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_a_server_of_root_s_is_somebody_else_even_in_a_folder_closed_to_them(tmp_path):
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    (closed / "inside").write_text("readable")
    account = account_for(closed / "data", closed)
    assert account is not None
    assert account.uid != 0
    assert account.passes_closed_folders
    outcome = subprocess.run(
        ["/bin/sh", "-c", f"id -u; cat {closed}/inside"],
        preexec_fn=become(account, when_parent_dies=signal.SIGKILL),
        capture_output=True,
        text=True,
        check=True,
    )
    assert outcome.stdout.split() == [str(account.uid), "readable"]


@pytest.mark.django_db
def test_r20_a_database_that_may_forget_is_refused(monkeypatch):
    assert durable_database(["default"]) == []
    monkeypatch.setattr("socialcrm.durability.FORGETFUL", {"synchronous_commit": "on"})
    assert [error.id for error in durable_database(["default"])] == ["socialcrm.E001"]


def test_a_crash_point_ends_the_process_at_once():
    code = (
        "from socialcrm.crash import crash_point, declare; declare('here'); crash_point('there'); crash_point('here')"
    )
    environment = {**os.environ, "CRASH_AT": "elsewhere,here"}
    assert subprocess.run([sys.executable, "-c", code], env=environment, check=False).returncode == 137


def test_crash_points_are_known_by_name():
    crash.declare("tests.somewhere")
    assert "tests.somewhere" in crash.declared()
    crash.crash_point("tests.somewhere")

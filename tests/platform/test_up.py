"""`manage.py up`, told as the life of one installation; each test goes on where the one before it ended."""

import os
import signal
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.platform.installation import Installation, alive, family, named, until


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    installation = Installation(tmp_path_factory.mktemp("installation") / "var")
    yield installation
    if installation.process.poll() is None:
        installation.stop(signal.SIGTERM)


def test_the_first_start_ends_with_address_and_log_in(home):
    home.up_until_ready(60)
    assert home.readyz() == (200, dict.fromkeys(("database", "broker", "migrations", "worker"), "ok"))
    kept = home.var / "admin_password"
    assert kept.stat().st_mode & 0o777 == 0o600
    assert f"Address   http://127.0.0.1:{home.port}/" in home.said()
    assert f"Password  {kept.read_text()}" in home.said()


def test_a_second_one_in_the_same_folder_says_where_the_first_is(home):
    second = home.command("up", "--port", "1")
    assert second.returncode != 0
    assert f"runs here already, at http://127.0.0.1:{home.port}/ (process {home.process.pid})" in second.stderr


def test_one_on_the_same_port_says_that_the_port_is_taken(home, tmp_path):
    other = Installation(tmp_path / "var")
    second = other.command("up", "--port", str(home.port))
    assert second.returncode != 0
    assert f"Port {home.port} is taken" in second.stderr
    assert not (other.var / "postgres").exists()


def test_other_commands_use_its_database_and_leave_it_running(home):
    assert home.command("migrate", "--check").returncode == 0
    assert home.is_ready()


@pytest.mark.parametrize("victim", ["postgres -D", "valkey-server", "celery --quiet --app socialcrm worker", "uvicorn"])
def test_r20_what_is_killed_comes_back_by_itself(home, victim):
    before = home.family()
    pid = named(before, victim)[0]
    its_own = family(pid)
    os.kill(pid, signal.SIGKILL)
    until(lambda: named(home.family() - before, victim) and home.is_ready(), 30, home.said)
    assert "was killed (SIGKILL); starting it again in 1 s." in home.said()
    assert alive(its_own) == set()


def test_ctrl_c_stops_everything_within_ten_seconds(home):
    everybody = home.family()
    assert len(everybody) > 8
    assert home.stop(signal.SIGINT) < 10
    assert home.process.returncode == 0
    assert alive(everybody) == set()
    assert "database system is shut down" in (home.var / "postgres.log").read_text()


def test_the_second_start_is_ready_within_ten_seconds_and_knows_the_log_in(home):
    assert home.up_until_ready(20) < 10
    assert f"Password  {(home.var / 'admin_password').read_text()}" in home.said()


def test_a_killed_parent_leaves_no_orphan(home):
    everybody = home.family()
    home.stop(signal.SIGKILL)
    until(lambda: not alive(everybody), 10, lambda: str(alive(everybody)))


def test_what_a_killed_parent_left_behind_is_in_nobody_s_way(home):
    # After a reboot another process may have the number that PostgreSQL noted.
    (home.var / "postgres" / "postmaster.pid").write_text(f"{os.getpid()}\n")
    home.up_until_ready(20)
    assert home.stop(signal.SIGTERM) < 10


def test_commands_bring_their_own_database_when_nothing_runs(home):
    """Several at once share it, and the one that started it stops it after the last of them."""
    with ThreadPoolExecutor() as pool:
        outcomes = list(pool.map(lambda _: home.command("migrate", "--check"), range(3)))
    assert [outcome.returncode for outcome in outcomes] == [0, 0, 0], outcomes
    assert not (home.var / "postgres" / "postmaster.pid").exists()

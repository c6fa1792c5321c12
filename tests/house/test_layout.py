"""Rules of the house that a machine can keep and no linter does."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from pytest_socket import SocketConnectBlockedError

ROOT = Path(__file__).resolve().parents[2]
APPS = ("connectors", "contacts", "inbox", "people", "routing", "socialcrm")


def sources():
    return [path for app in APPS for path in (ROOT / app).rglob("*.py") if "migrations" not in path.parts]


def test_no_file_is_called_utils_or_helpers():
    forbidden = {"utils", "util", "helpers", "helper", "misc", "common"}
    assert not [path for path in sources() if path.stem in forbidden or forbidden & set(path.parent.parts)]


def test_no_signal_receivers():
    assert not [path for path in sources() if "@receiver(" in path.read_text()]


def test_compose_runs_the_same_processes_on_stock_images():
    compose = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
    services = compose["services"]
    assert set(services) == {"web", "worker", "beat", "migrate", "postgres", "valkey"}
    assert services["postgres"]["image"] == "postgres:18"
    assert services["valkey"]["image"].startswith("valkey/valkey:")
    assert "builtin" in services["postgres"]["environment"]["POSTGRES_INITDB_ARGS"]
    assert all("healthcheck" in services[name] for name in set(services) - {"migrate"})
    for name in ("web", "worker", "beat"):
        assert services[name]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}
    assert set(compose["volumes"]) == {"data", "postgres", "valkey"}
    assert "USER socialcrm" in (ROOT / "Dockerfile").read_text()


def test_nothing_leaves_this_machine():
    with socket.socket() as beyond, pytest.raises(SocketConnectBlockedError):
        beyond.connect(("192.0.2.1", 80))


def test_an_old_python_is_told_plainly(tmp_path):
    outcome = subprocess.run(["make", "python", "PYTHON=false"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert outcome.returncode != 0
    assert "SocialCRM needs Python 3.11 or newer." in outcome.stdout


def test_the_import_contracts_and_the_whole_suite_run_in_ci():
    assert (ROOT / ".ci/run").read_text().splitlines()[-1] == "exec make test"
    recipe = (ROOT / "Makefile").read_text()
    for check in (
        "ruff check",
        "ruff format --check",
        "mypy",
        "lint-imports",
        "makemigrations --check",
        "check --deploy",
    ):
        assert check in recipe


def test_the_import_contracts_hold_and_are_really_looked_at():
    command = Path(sys.executable).with_name("lint-imports")
    outcome = subprocess.run([command, "--no-logo"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert "3 kept, 0 broken" in outcome.stdout, outcome.stdout


def test_deployment_checks_are_clean():
    """S34, with the settings that a company would use."""
    # What the browser tests need in this process is nothing that a company would set.
    env = {name: value for name, value in os.environ.items() if name != "DJANGO_ALLOW_ASYNC_UNSAFE"}
    outcome = subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=ROOT,
        env=env | {"SITE_URL": "https://inbox.example.org", "DJANGO_SETTINGS_MODULE": "socialcrm.settings"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert outcome.returncode == 0, outcome.stderr

"""/healthz and /readyz: R27, health means progress."""

import pytest
from django.core.cache import cache

from socialcrm import health
from socialcrm.tasks import heartbeat

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def beating(db):
    heartbeat()


def test_a_live_process_says_that_it_is_up(client):
    assert client.get("/healthz").json() == {"status": "up"}


def test_ready_means_that_all_of_it_answers(client):
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json()["checks"] == dict.fromkeys(("database", "broker", "migrations", "worker"), "ok")
    assert "no-store" in answer["Cache-Control"]


def test_r27_a_worker_that_has_stopped_is_named(client):
    health.forget_heart()
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["checks"] == {"database": "ok", "broker": "ok", "migrations": "ok", "worker": "failed"}


def test_a_broker_that_is_away_is_named_without_its_address(client, monkeypatch):
    def refuse():
        raise ConnectionError("secret-host:6379 refused")

    refuse.__name__ = "broker"
    monkeypatch.setattr(health, "broker", refuse)
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["checks"]["broker"] == "failed"
    assert "secret-host" not in answer.content.decode()


def test_migrations_that_are_missing_are_named(client, monkeypatch):
    monkeypatch.setattr(health, "_migrated", False)
    monkeypatch.setattr("socialcrm.health.MigrationExecutor.migration_plan", lambda *_: ["one"])
    assert client.get("/readyz").json()["checks"]["migrations"] == "failed"


def test_a_heartbeat_counts_for_a_minute(client, monkeypatch):
    beaten = float(cache.get(health.HEARTBEAT))
    monkeypatch.setattr("socialcrm.health.time.time", lambda: beaten + 61)
    assert client.get("/readyz").status_code == 503

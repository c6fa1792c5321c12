import base64
import threading

import pytest
from kombu.connection import Connection

from socialcrm import services


def test_a_secret_is_made_once_and_is_its_owner_s_alone(tmp_path):
    made = services.secret(tmp_path / "var", "key")
    assert len(made) >= 64
    assert services.secret(tmp_path / "var", "key") == made
    assert (tmp_path / "var" / "key").stat().st_mode & 0o777 == 0o600


def test_processes_that_start_at_once_agree_on_a_secret(tmp_path):
    found = set()
    threads = [threading.Thread(target=lambda: found.add(services.secret(tmp_path, "key"))) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["key"]


def test_a_credential_key_has_an_id_and_32_bytes(tmp_path):
    name, _, material = services.credential_key(tmp_path).partition(":")
    assert name
    assert len(base64.b64decode(material, validate=True)) == 32


def test_the_address_of_the_embedded_database_survives_spaces_and_umlauts(tmp_path, monkeypatch):
    monkeypatch.setattr(services, "LONGEST_SOCKET_FOLDER", 200)
    var = tmp_path / "a folder Größe 100%"
    settings = services.database_settings(services.database_url(var))
    assert settings["HOST"] == str(var / "postgres")
    assert settings["PASSWORD"] == services.secret(var, "postgres_password")
    assert (settings["NAME"], settings["USER"]) == ("socialcrm", "socialcrm")


@pytest.mark.parametrize("name", ["long" * 30, "a,b", 'a"b'])
def test_a_path_that_will_not_do_for_a_socket_gets_a_short_one(tmp_path, name):
    var = tmp_path / name
    folder = services.socket_folder(var, "postgres")
    assert len(f"{folder}/.s.PGSQL.5432") < 107
    assert services.socket_folder(var, "postgres") == folder != services.socket_folder(var, "valkey")


def test_a_given_address_keeps_what_stands_behind_the_question_mark():
    settings = services.database_settings("postgres://me:p%40ss@db.example.org:6432/crm?sslmode=verify-full")
    assert (settings["HOST"], settings["PORT"], settings["NAME"]) == ("db.example.org", "6432", "crm")
    assert settings["PASSWORD"] == "p@ss"
    assert settings["OPTIONS"]["sslmode"] == "verify-full"
    assert int(settings["OPTIONS"]["connect_timeout"]) <= 5


def test_an_address_of_another_database_is_refused_with_an_example():
    with pytest.raises(services.CannotStartError, match="postgresql://user:password@host"):
        services.database_settings("mysql://localhost/crm")


def test_celery_reaches_the_embedded_broker_by_its_socket():
    address = services.broker_url(services.redis_url(services.var_folder()))
    assert address.startswith("redis+socket://")
    with Connection(address) as connection:
        assert connection.connect()


def test_celery_gets_other_addresses_as_they_are():
    assert (
        services.broker_url("rediss://:secret@valkey.example.org:6379/2")
        == "rediss://:secret@valkey.example.org:6379/2"
    )

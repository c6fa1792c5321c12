"""What people see when something is away in the middle of their work."""

import pytest
from django.db import connection
from django.test import Client

from people.models import User


@pytest.mark.django_db(transaction=True)
def test_a_database_that_is_away_is_said_plainly_and_nothing_breaks(monkeypatch):
    client = Client(raise_request_exception=False)
    client.force_login(User.objects.create_user("alice", name="Alice"))
    there = connection.settings_dict["HOST"]
    connection.close()
    monkeypatch.setitem(connection.settings_dict, "HOST", "/nowhere")

    away = client.get("/inbox/")

    connection.close()
    monkeypatch.setitem(connection.settings_dict, "HOST", there)
    assert away.status_code == 503
    assert away["Retry-After"] == "5"
    assert "Try again" in away.content.decode()
    assert client.get("/inbox/").status_code == 200

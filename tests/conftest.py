"""Fixtures for all tests. tests/settings.py starts the services that they run on."""

import os
from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection
from django.db.models.signals import post_migrate
from django.utils import translation
from hypothesis import HealthCheck, settings

from contacts.models import RoleKind
from people import departments
from people.models import Department
from socialcrm import services

# Wherever somebody sits before it, the search for examples goes on; where a change is judged, it is the same each time.
# How long an example takes is no matter of tests: three processes share two processors.
settings.register_profile(
    "here", derandomize=bool(os.environ.get("CI")), deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("here")


@pytest.fixture(autouse=True)
def _in_english() -> None:
    """Requests leave the language of whoever asked active, and the next test begins without it."""
    translation.deactivate()


@pytest.fixture
def process_env(transactional_db: None) -> dict[str, str]:
    """The environment for a process that works on this test's database: `subprocess.run(..., env=process_env)`."""
    url = services.database_url(services.var_folder()).replace(
        f"@/{services.DATABASE}?", f"@/{connection.settings_dict['NAME']}?"
    )
    return {**os.environ, "DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "socialcrm.settings"}


def seed(sender, **_):
    """What migrations have put into the database is there again after a test that emptied all tables."""
    if sender.label == "inbox":
        departments.ensure(Department)
        if not RoleKind.objects.exists():
            import_module("contacts.migrations.0004_roles").add(apps, None)


post_migrate.connect(seed)

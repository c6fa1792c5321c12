"""What an empty database needs before anybody can work in it."""

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from django.contrib.auth import get_user_model
from django.core.management import call_command

from people.models import User

ADMIN = "admin"
PASSWORD_FILE = "admin_password"  # noqa: S105 (a name, no password)


@dataclass(frozen=True)
class LogIn:
    """Whom the first person at this installation logs in as; no password once it was changed."""

    username: str
    password: str


def prepare() -> None:
    """Bring the tables and the static files up to this version."""
    # With the checks, which refuse a database that is not durable.
    call_command("migrate", interactive=False, verbosity=0, skip_checks=False)
    call_command("collectstatic", interactive=False, verbosity=0)


def is_new() -> bool:
    """Whether nobody but the invented colleagues of the sample is here yet."""
    return not get_user_model()._default_manager.filter(is_sample=False).exists()


def make_admin(var: Path) -> None:
    """The first admin, with a password that nobody else has; kept so that it can be looked up."""
    password = secrets.token_urlsafe(12)
    with open(os.open(var / PASSWORD_FILE, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(password)
    User.objects.create_user(ADMIN, password, name="Admin", role=User.Role.ADMIN)


def log_in(var: Path) -> LogIn | None:
    """The first admin's log-in, as far as it is still what we made it."""
    admin = User.objects.filter(username=ADMIN, is_sample=False, is_active=True).first()
    if admin is None:
        return None
    kept = var / PASSWORD_FILE
    password = kept.read_text() if kept.exists() else ""
    return LogIn(ADMIN, password if password and admin.check_password(password) else "")

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from people.invite import CannotInvite, invite, new_password


class Command(BaseCommand):
    help = "Make a colleague. The password is read from standard input, or made and printed once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("username", metavar="NAME", help="what they log in with")
        parser.add_argument("--role", required=True, help="agent, manager or admin")
        parser.add_argument(
            "--department",
            dest="departments",
            action="append",
            default=[],
            metavar="SLUG",
            help="where they work; can be given several times",
        )
        parser.add_argument("--name", default="", metavar="FULL NAME", help="as colleagues see it; NAME by default")

    def handle(self, *, username: str, role: str, departments: list[str], name: str, **options: Any) -> None:
        given = _password_given()
        password = new_password() if given is None else given
        try:
            user = invite(username, role=role, password=password, name=name, departments=departments)
        except CannotInvite as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"Made {user.username} ({user.role}).")
        if given is None:
            self.stdout.write(f"Password: {password}")
            self.stderr.write("This password is shown once. Hand it over safely.")


def _password_given() -> str | None:
    """The first line of standard input; None at a terminal, and where there is nothing to read."""
    if sys.stdin is None or sys.stdin.isatty():
        return None
    line = sys.stdin.readline()
    return line.rstrip("\r\n") if line else None

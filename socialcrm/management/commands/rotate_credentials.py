from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from connectors import credentials
from socialcrm import second_factor


class Command(BaseCommand):
    """`manage.py rotate_credentials`: after a new key was put first in CREDENTIAL_KEYS. May be interrupted."""

    help = "Seal all credentials under the newest key of CREDENTIAL_KEYS; afterwards the older keys can be removed."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--batch", type=int, default=credentials.BATCH, help="Rows in one transaction.")

    def handle(self, *args: Any, batch: int, **options: Any) -> None:
        so_far = credentials.Rotation()
        for so_far in credentials.rotate(max(batch, 1)):
            self.stdout.write(f"{so_far.sealed} sealed anew …")
        factors = second_factor.rotate()
        if factors:
            self.stdout.write(f"{factors} second factors sealed anew.")
        self.stdout.write(f"Done: {so_far.sealed} sealed anew, {len(so_far.unreadable)} unreadable.")
        if so_far.unreadable:
            shown = ", ".join(map(str, so_far.unreadable[:20])) + (" …" if len(so_far.unreadable) > 20 else "")
            raise CommandError(
                f"No key opens the credentials of these channels: {shown}. "
                "Keep the older keys, or connect these channels again."
            )

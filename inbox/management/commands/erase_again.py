from argparse import ArgumentParser
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from contacts import tombstones
from contacts.models import Identity
from inbox import erasure


class Command(BaseCommand):
    help = "After an older backup was restored: erase everybody again who was erased since."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", nargs="?", help="var/erased by default; a copy of it from another machine")

    def handle(self, **options: Any) -> None:
        path = Path(options["file"] or settings.VAR_DIR / "erased")
        try:
            lines = path.read_text(encoding="ascii").split("\n")
        except (OSError, UnicodeError) as error:
            raise CommandError(f"{path} cannot be read: {error}. Give the file of another machine.") from error
        digests = _unknown({digest: at for at, digest in (line.split() for line in lines if len(line.split()) == 2)})
        again = set()
        rows = Identity.objects.filter(contact__is_erased=False).values_list(
            "contact", "network", "external_id", "email"
        )
        for contact, network, external_id, email in rows.iterator(chunk_size=5000):
            names = [tombstones.digest(network, external_id)]
            names += [tombstones.digest("email", email)] if email else []
            if digests.intersection(names):
                again.add(contact)
        for contact in sorted(again):
            erasure.work(erasure.begin(contact, by=None, reason="Erased before the backup was restored.").pk)
        self.stdout.write(f"{len(again)} of {len(digests)} unknown accounts' people erased again.")


def _unknown(erased: Mapping[str, str]) -> set[str]:
    """Of digests with the times of their erasures, the latest of each, those of which this database does not know.

    Where it does, whoever is here now has come since, as somebody new.
    """
    stand = tombstones.standing(erased)
    return {one for one, at in erased.items() if one not in stand or stand[one] < datetime.fromisoformat(at)}

from argparse import ArgumentParser
from collections.abc import Mapping
from typing import Any

from django.apps import apps
from django.core.management.base import BaseCommand, CommandError

from inbox import sample_desk
from inbox.sample import load, status
from inbox.sample_company import CannotLoad
from inbox.sample_removal import remove


class Command(BaseCommand):
    help = "The sample workspace: an invented company with colleagues, customers and a past."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("action", choices=["load", "greet", "remove", "status"], help="what to do with it")

    def handle(self, *, action: str, **options: Any) -> None:
        {"load": self._load, "greet": sample_desk.greet, "remove": self._remove, "status": self._status}[action]()

    def _load(self) -> None:
        try:
            loaded = load()
        except CannotLoad as error:
            raise CommandError(str(error)) from error
        if loaded is None:
            self.stdout.write("The sample workspace is there already. `sample remove` takes it away.")
            return
        self.stdout.write(f"Messages: {_listed(loaded.messages)}.")
        self.stdout.write(f"Played: {_listed(loaded.acts)}.")
        self._status()

    def _remove(self) -> None:
        removed = remove()
        for label, count in sorted(removed.rows.items()):
            self.stdout.write(f"{count:>6}  {apps.get_model(label)._meta.verbose_name_plural}")
        for name in removed.kept:
            self.stdout.write(f"{name} stays: has worked outside the sample.")
        self.stdout.write("The sample workspace is gone." if removed.rows else "There was no sample workspace.")

    def _status(self) -> None:
        for name, count in status().items():
            self.stdout.write(f"{count:>6}  {name}")


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in sorted(counts.items()) if count) or "nothing"

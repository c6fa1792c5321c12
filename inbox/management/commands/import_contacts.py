import json
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from contacts.crm import files, steps
from contacts.models import Import
from contacts.sheets import meanings
from inbox import crm_imports

_SHOWN = 20
_PIECE = 1 << 20


class Command(BaseCommand):
    help = "Take in a file of contacts, like the page does: checked first, then imported as a whole."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE|-", help="CSV with any separator; - reads standard input")
        parser.add_argument("--system", required=True, metavar="NAME", help="whose ids the file holds, like hubspot")
        parser.add_argument(
            "--mapping",
            metavar="FILE|JSON",
            help='what columns mean, like {"Kd-Nr": "key", "Ort": "attribute:city:text"}',
        )
        parser.add_argument("--dry-run", action="store_true", help="only say what would become of the rows")

    def handle(self, *, file: str, system: str, mapping: str | None, dry_run: bool, **options: Any) -> None:
        try:
            source = self._upload(file, system)
            if mapping:
                self._map(source, mapping)
            if found := steps.problems(source):
                raise CommandError(" ".join(found))
            steps.check(source)
            self._work(source)
            if dry_run:
                self._tell(source, "trial")
                steps.discard(source)
                return
            steps.start(source)
            self._work(source)
        except (steps.NotNow, files.TooLarge, files.LetGo) as error:
            raise CommandError(str(error)) from error
        self._tell(source, "taken")
        self.stdout.write(
            f"This is import {source.pk}. It can be taken back on its page, /contacts/import/{source.pk}/."
        )

    def _upload(self, file: str, system: str) -> Import:
        if file == "-":
            return steps.upload("stdin", _pieces(sys.stdin.buffer), system=system, by=None, now=timezone.now())
        try:
            with Path(file).open("rb") as opened:
                return steps.upload(file, _pieces(opened), system=system, by=None, now=timezone.now())
        except OSError as error:
            remedy = "Name a file that can be read, or - for standard input."
            raise CommandError(f"{file}: {error.strerror}. {remedy}") from error

    def _map(self, source: Import, given: str) -> None:
        try:
            text = given if given.lstrip().startswith("{") else Path(given).read_text(encoding="utf-8")
            said = json.loads(text)
        except (OSError, ValueError) as error:
            raise CommandError(
                f"--mapping: {str(error)[:200]}. Give a JSON object, or a file that holds one."
            ) from error
        names: list[str] = source.mapping["names"]
        if not isinstance(said, dict) or not all(isinstance(one, str) for one in said.values()):
            raise CommandError('--mapping must be a JSON object from columns to meanings, like {"Kd-Nr": "key"}.')
        if unknown := sorted(set(said) - set(names)):
            raise CommandError(f"--mapping: {unknown[0]!r} is no column. There are: {', '.join(names)}.")
        if wrong := sorted(one for one in said.values() if not meanings.is_known(one)):
            known = ", ".join([*meanings.PLAIN, "account:NETWORK", "account_id:NETWORK", "attribute:SLUG:KIND"])
            raise CommandError(f"--mapping: {wrong[0]!r} is no meaning. There are: {known}.")
        guessed: list[str] = source.mapping["meanings"]
        steps.say(source, [said.get(name, meaning) for name, meaning in zip(names, guessed, strict=True)])

    def _work(self, source: Import) -> None:
        while source.state in steps.WORKING:
            crm_imports.work(source.pk)
            source.refresh_from_db(fields=["state", "error", "counts", "done", "rows"])
        if source.error:
            raise CommandError(source.error)

    def _tell(self, source: Import, what: str) -> None:
        counts = ", ".join(f"{n} {name}" for name, n in source.counts.get(what, {}).items() if n)
        self.stdout.write(f"{source.rows} rows: {counts or 'nothing'}.")
        for row in list(steps.rejected(source))[:_SHOWN]:
            self.stderr.write(f"line {row.line}: {row.reason}")
        if (n := source.counts.get(what, {}).get("rejected", 0)) > _SHOWN:
            self.stderr.write(f"… and {n - _SHOWN} more; the page of the import has them all.")


def _pieces(opened: BinaryIO) -> Iterator[bytes]:
    while piece := opened.read(_PIECE):
        yield piece

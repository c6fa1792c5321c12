import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any, BinaryIO

from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from connectors.clean import clean_name
from connectors.connect import MAX_NAME
from inbox.imports import channel_named, import_lines

_SHOWN = 20


class Command(BaseCommand):
    help = "Take in messages from a file of JSON Lines, through the same ingest as everything else."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", metavar="FILE|-", help="JSON Lines, one message a line; - reads standard input")
        parser.add_argument("--channel", required=True, metavar="NAME", help="an existing channel, or a new one's name")

    def handle(self, *, file: str, channel: str, **options: Any) -> None:
        name = clean_name(channel)
        if not name or len(name) > MAX_NAME:
            raise CommandError(f"--channel {channel!r}: give a name of 1 to {MAX_NAME} characters.")
        if file == "-":
            self._import(sys.stdin.buffer, name, total=None)
            return
        try:
            with Path(file).open("rb") as opened:
                self._import(opened, name, total=Path(file).stat().st_size)
        except OSError as error:
            raise CommandError(
                f"{file}: {error.strerror}. Name a file that can be read, or - for standard input."
            ) from error

    def _import(self, opened: BinaryIO, name: str, *, total: int | None) -> None:
        with tqdm(total=total, unit="B", unit_scale=True, disable=not sys.stderr.isatty()) as bar:
            imported = import_lines(channel_named(name), opened, progress=bar.update)
        if imported.resumed_at:
            self.stdout.write(f"Went on after line {imported.resumed_at}, where an earlier import stopped.")
        counts = ", ".join(f"{count} {outcome}" for outcome, count in sorted(imported.outcomes.items()) if count)
        self.stdout.write(f"{imported.lines} lines: {counts or 'nothing'}.")
        for line, reason in imported.rejected[:_SHOWN]:
            self.stderr.write(f"line {line}: {reason}")
        if len(imported.rejected) > _SHOWN:
            self.stderr.write(f"… and {len(imported.rejected) - _SHOWN} more; the ledger keeps them all.")
        if rejected := imported.rejected_before + len(imported.rejected):
            raise CommandError(f"{rejected} lines were rejected. They are kept with the reason.")

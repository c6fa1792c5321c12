import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from connectors.ledger import summary
from connectors.models import OUTCOMES


class Command(BaseCommand):
    help = "What arrived on each channel, and what became of it. Received is the sum of the others."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="one JSON array")

    def handle(self, **options: Any) -> None:
        rows = summary()
        if options["json"]:
            self.stdout.write(json.dumps(rows, indent=2, ensure_ascii=False))
            return
        columns = ("channel", "received", *OUTCOMES)
        table = [columns, *[tuple(str(row[name]) for name in columns) for row in rows]]
        widths = [max(len(line[index]) for line in table) for index in range(len(columns))]
        for line in table:
            cells = [cell.rjust(width) for cell, width in zip(line[1:], widths[1:], strict=True)]
            self.stdout.write("  ".join([line[0].ljust(widths[0]), *cells]))

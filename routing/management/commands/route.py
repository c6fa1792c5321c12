"""Say which department should answer a message, or each message of a CSV file."""

import json
from argparse import ArgumentParser
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import Error

from routing import spreadsheet
from routing.artefact import BadArtefact
from routing.decisions import Decision
from routing.engine import RuleSpec, route
from routing.model import load
from routing.rules import published
from routing.signals import Signals

BATCH = 500


class Command(BaseCommand):
    help = "Decide which department should answer a text, or every row of a CSV file with a column “text”."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "file", nargs="?", metavar="FILE.csv", help="CSV with a column “text”, - for standard input"
        )
        parser.add_argument("--text", help="one message instead of a file")
        parser.add_argument("--json", action="store_true", help="one JSON object a message, in order")

    def handle(self, *args: Any, **options: Any) -> None:
        if (options["file"] is None) == (options["text"] is None):
            raise CommandError("Give either a CSV file (- for standard input) or --text.")
        try:
            model, rules = load(), self._rules()
            for texts in _batches(_texts(options)):
                decisions = route([Signals(text=text) for text in texts], rules=rules, model=model)
                for text, decision in zip(texts, decisions, strict=True):
                    self.stdout.write(json.dumps(decision.as_json()) if options["json"] else _line(text, decision))
        except (spreadsheet.BadSpreadsheet, BadArtefact) as error:
            raise CommandError(str(error)) from error

    def _rules(self) -> tuple[RuleSpec, ...]:
        try:
            return published().rules
        except Error:
            self.stderr.write("The database does not answer: no rules were used, only the classifier.")
            return ()


def _texts(options: dict[str, Any]) -> Iterator[str]:
    if options["text"] is not None:
        yield options["text"]
    else:
        for row in spreadsheet.rows(options["file"], ["text"]):
            yield row["text"]


def _batches(texts: Iterable[str]) -> Iterator[list[str]]:
    texts = iter(texts)
    while batch := list(islice(texts, BATCH)):
        yield batch


def _line(text: str, decision: Decision) -> str:
    """One line for people: department, confidence, who else, why, and how the text begins."""
    others = "".join(f" +{contributor['department']}" for contributor in decision.contributors)
    rules = [f"rule “{each['name']}” {each['outcome']}" for each in decision.evidence if each["kind"] == "rule"]
    terms = [f"{each['term']} {each['weight']:+.2f}" for each in decision.evidence if each["kind"] == "term"]
    beginning = " ".join(text[:200].encode(errors="replace").decode().split())[:60]
    return (
        f"{decision.department + others:<20} {decision.confidence:>4.0%}  {beginning:<60}  {'; '.join(rules + terms)}"
    )

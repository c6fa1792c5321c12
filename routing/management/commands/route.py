"""Say which department should answer a message, or each message of a CSV file."""

import json
from argparse import ArgumentParser
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import Error

from routing import champion, spreadsheet
from routing.artefact import BadArtefact
from routing.decisions import Decision
from routing.engine import Course, route
from routing.rules import Published, published
from routing.senses import sense
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
            published = self._published()
            model = champion.model(published.champion)
            course = Course(
                thresholds=published.thresholds,
                sense=lambda some, scores: sense(some, products=published.products, model=model, scores=scores),
            )
            for texts in _batches(_texts(options)):
                batch = [Signals(text=text) for text in texts]
                decisions = route(batch, rules=published.book, model=model, course=course)
                for text, decision in zip(texts, decisions, strict=True):
                    self.stdout.write(json.dumps(decision.as_json()) if options["json"] else _line(text, decision))
        except (spreadsheet.BadSpreadsheet, BadArtefact) as error:
            raise CommandError(str(error)) from error

    def _published(self) -> Published:
        try:
            return published()
        except Error:
            self.stderr.write("The database does not answer: no rules were used, only the classifier.")
            return Published()


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

"""Measure the classifier on messages whose department is known."""

import json
from argparse import ArgumentParser
from collections.abc import Iterator
from itertools import islice
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from routing import spreadsheet
from routing.artefact import BadArtefact
from routing.engine import DEFAULT_THRESHOLD, route
from routing.measures import Judged, report
from routing.model import load
from routing.signals import Signals

BATCH = 500


class Command(BaseCommand):
    help = "Measure the classifier, without the managers' rules, on a CSV file with the columns text and department."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "file",
            metavar="FILE.csv",
            help="CSV in UTF-8 (- for standard input): text, department, alt_department where a second answer is right",
        )
        parser.add_argument("--json", action="store_true", help="all figures as one JSON object")
        parser.add_argument("--threshold", type=float, default=DEFAULT_THRESHOLD, help="less sure goes to triage")

    def handle(self, *args: Any, **options: Any) -> None:
        if not 0 <= options["threshold"] <= 1:
            raise CommandError(f"--threshold {options['threshold']}: give a probability between 0 and 1.")
        try:
            judged = list(_judged(options["file"], options["threshold"]))
        except (spreadsheet.BadSpreadsheet, BadArtefact) as error:
            raise CommandError(str(error)) from error
        if not judged:
            raise CommandError(f"{options['file']} has no messages. Give one a line, below the names of the columns.")
        figures = report(judged, options["threshold"]) | {"version": load().version}
        self.stdout.write(json.dumps(figures, indent=2) if options["json"] else _page(figures))


def _judged(file: str, threshold: float) -> Iterator[Judged]:
    numbered = enumerate(spreadsheet.rows(file, ["text", "department"]), start=1)
    while batch := list(islice(numbered, BATCH)):
        decisions = route([Signals(text=row["text"]) for _, row in batch], rules=[], model=load(), threshold=threshold)
        for (number, row), decision in zip(batch, decisions, strict=True):
            department = row["department"].strip().lower()
            if not department:
                raise spreadsheet.BadSpreadsheet(f"{file}: row {number} has no department. Fill it in.")
            yield Judged.of(department, row.get("alt_department", "").strip().lower(), decision)


def _page(figures: dict[str, Any]) -> str:
    """The figures for people."""
    at = figures["at_threshold"]
    answers = sorted({answer for row in figures["confusion"].values() for answer in row})
    lines = [
        f"Model {figures['version']}, {figures['messages']} messages",
        "",
        f"accuracy                       {figures['accuracy']:.3f}",
        f"macro-F1                       {figures['macro_f1']:.3f}",
        f"accuracy, alternatives count   {figures['accuracy_with_alternatives']:.3f}",
        f"accuracy of the surest half    {figures['accuracy_of_surest_half']:.3f}",
        "",
        f"At the threshold of {at['threshold']:.2f}: {at['triage']:.1%} to triage; of the others "
        f"{at['accuracy_of_decided']:.1%} right ({at['accuracy_of_decided_with_alternatives']:.1%} with alternatives).",
        f"With triage as an answer: accuracy {at['accuracy']:.3f}, macro-F1 {at['macro_f1']:.3f}",
        "",
        f"{'department':<14}{'precision':>10}{'recall':>10}{'F1':>10}{'messages':>10}",
    ]
    lines += [
        f"{name:<14}{row['precision']:>10.2f}{row['recall']:>10.2f}{row['f1']:>10.2f}{row['messages']:>10}"
        for name, row in figures["departments"].items()
    ]
    lines += ["", "right \\ said  " + "".join(f"{answer[:11]:>12}" for answer in answers)]
    lines += [
        f"{name:<14}" + "".join(f"{row.get(answer, 0):>12}" for answer in answers)
        for name, row in figures["confusion"].items()
    ]
    return "\n".join(lines)

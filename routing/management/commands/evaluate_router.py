"""Measure the classifier on messages whose department is known."""

import json
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from routing import spreadsheet, trials
from routing.artefact import BadArtefact
from routing.engine import DEFAULT_THRESHOLD, Course, route
from routing.measures import Judged, report
from routing.model import load
from routing.signals import Signals

BATCH = 500
_HEADLINES = {
    "accuracy": "accuracy",
    "macro_f1": "macro-F1",
    "accuracy_with_alternatives": "alternatives",
    "accuracy_of_surest_half": "surest half",
    "calibration_error": "calibration",
}
_ABLATION = (
    ("words", ("words",)),
    ("cues", ("cues",)),
    ("hand-given leanings", ("leanings",)),
    ("words, cues", ("words", "cues")),
    ("quick: words, cues, leanings", ("words", "cues", "leanings")),
    ("encoder", ("whole",)),
    ("encoder, words", ("words", "whole")),
    ("full: all of them", ("words", "cues", "leanings", "whole")),
)


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
        parser.add_argument("--quick", action="store_true", help="without the encoder, as in a burst")
        parser.add_argument(
            "--learn",
            type=_numbers,
            default=[],
            metavar="100,270",
            help="how good it is after so many corrections from this file, judged on rows it has not seen",
        )
        parser.add_argument(
            "--ablation", action="store_true", help="what each part of the classifier adds, and its time"
        )
        parser.add_argument("--threshold", type=float, default=DEFAULT_THRESHOLD, help="less sure goes to triage")

    def handle(self, *args: Any, **options: Any) -> None:
        if not 0 <= options["threshold"] <= 1:
            raise CommandError(f"--threshold {options['threshold']}: give a probability between 0 and 1.")
        try:
            rows = list(_rows(options["file"]))
            judged = list(_judged(rows, options["threshold"], is_quick=options["quick"]))
        except (spreadsheet.BadSpreadsheet, BadArtefact) as error:
            raise CommandError(str(error)) from error
        if not judged:
            raise CommandError(f"{options['file']} has no messages. Give one a line, below the names of the columns.")
        figures = report(judged, options["threshold"]) | {"version": load().version}
        if options["learn"] or options["ablation"]:
            if len(rows) < trials.FEWEST:
                raise CommandError(f"{len(rows)} messages are too few for this. Give {trials.FEWEST} at least.")
            figures |= _tried(rows, options["learn"], is_ablation=options["ablation"])
        self.stdout.write(json.dumps(figures, indent=2) if options["json"] else _page(figures))


Row = tuple[str, str, str]
"""A text, its department, and another one that is right as well, or nothing."""


def _numbers(written: str) -> list[int]:
    try:
        return [max(0, int(number)) for number in written.split(",")]
    except ValueError as error:
        raise ArgumentTypeError(f"{written!r}: give numbers with commas between them, as in 100,270.") from error


def _rows(file: str) -> Iterator[Row]:
    for number, row in enumerate(spreadsheet.rows(file, ["text", "department"]), start=1):
        department = row["department"].strip().lower()
        if not department:
            raise spreadsheet.BadSpreadsheet(f"{file}: row {number} has no department. Fill it in.")
        yield row["text"], department, row.get("alt_department", "").strip().lower()


def _judged(rows: Sequence[Row], threshold: float, *, is_quick: bool) -> Iterator[Judged]:
    course = Course(look="quick" if is_quick else "full")
    waiting = iter(rows)
    while batch := list(islice(waiting, BATCH)):
        signals = [Signals(text=text) for text, _, _ in batch]
        decisions = route(signals, rules=[], model=load(), threshold=threshold, course=course)
        for (_, department, alternative), decision in zip(batch, decisions, strict=True):
            yield Judged.of(department, alternative, decision)


def _tried(rows: Sequence[Row], learn: Sequence[int], *, is_ablation: bool) -> dict[str, Any]:
    """The learning curve and the ablation, each a list of figures."""
    trial = trials.Trial([text for text, _, _ in rows], [department for _, department, _ in rows])
    found: dict[str, Any] = {"learning": [], "ablation": []}
    for corrections in learn:
        known, opinions = trial.opinions(corrections)
        figures = _figures(rows, trial, trials.full(opinions))
        found["learning"].append({"corrections": known} | figures)
    if is_ablation:
        _, opinions = trial.opinions(0)
        for name, parts in _ABLATION:
            if set(parts) <= opinions.keys():
                found["ablation"].append({"parts": name} | _figures(rows, trial, trials.full(opinions, parts)))
        found["milliseconds"] = trials.milliseconds([text for text, _, _ in rows], load())
    return found


def _figures(rows: Sequence[Row], trial: trials.Trial, opinion: trials.Opinion) -> dict[str, float]:
    judged = [
        Judged(department, alternative, trial.departments[at], float(certainty), "")
        for (_, department, alternative), at, certainty in zip(rows, *opinion.best(trial.right), strict=True)
    ]
    figures = report(judged, 0.0)
    return {name: figures[name] for name in _HEADLINES}


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
        f"expected calibration error     {figures['calibration_error']:.3f}",
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
    lines += _table("corrections", "corrections", figures.get("learning", []))
    lines += _table("parts", "what is judged by", figures.get("ablation", []))
    if "milliseconds" in figures:
        lines.append(", ".join(f"{name} {taken:.2f} ms a message" for name, taken in figures["milliseconds"].items()))
    return "\n".join(lines)


def _table(key: str, title: str, rows: Sequence[dict[str, Any]]) -> list[str]:
    """A line a row, its headline figures side by side; nothing of nothing."""
    if not rows:
        return []
    lines = ["", f"{title:<30}" + "".join(f"{name:>14}" for name in _HEADLINES.values())]
    return lines + [f"{row[key]:<30}" + "".join(f"{row[name]:>14.3f}" for name in _HEADLINES) for row in rows]

"""What the pages of quality show, prepared before a template sees it."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext

from inbox import quality, quality_charts, quality_models
from inbox.charts import Bar, stacked
from inbox.presentation import short_date
from inbox.quality import BY, Quality
from people import shares
from people.models import TRIAGE
from people.shares import grouped
from routing.decisions import NOISE
from routing.judging import WISHED
from routing.models import TrainedModel

State = TrainedModel.State
_MARKS = {"accuracy": "by-classifier", "macro_f1": "by-rule"}


def box(now: datetime) -> dict[str, Any]:
    """The classifier in a few figures, for the page of rules."""
    return _box(quality.load(now), quality_models.newest(), now)


def page(now: datetime) -> dict[str, Any]:
    """The whole page, without the list of examples."""
    found, models = quality.load(now), quality_models.newest()
    return {
        **_box(found, models, now),
        **models_part(models, found, now),
        "by_week": _weekly(found),
        "corrected": _corrected(found),
        "matrix": _matrix(found),
        "calibration": _calibration(models),
        "lessons_curve": _lessons(models),
        "curves": _curves(models, found.known),
    }


def models_part(models: Sequence[TrainedModel], found: Quality, now: datetime) -> dict[str, Any]:
    """The list of trainings, and the one that goes on."""
    names = {slug: name for slug, name, _ in found.known}
    busy = next((one for one in reversed(models) if one.state in (State.QUEUED, State.TRAINING)), None)
    return {
        "models": quality_models.lines(models, names, now),
        "busy": quality_models.progress(busy) if busy else "",
        "is_shipped": not any(one.state == State.CHAMPION for one in models),
        "is_damaged": quality_models.is_damaged(models),
    }


def _box(found: Quality, models: Sequence[TrainedModel], now: datetime) -> dict[str, Any]:
    champion = next((one for one in models if one.state == State.CHAMPION), None)
    return {
        "stayed": _percent(found.stayed),
        "unsure": _percent(found.unsure),
        "decided": found.decided,
        "decided_shown": grouped(found.decided),
        "sureness": quality_models.sureness(quality_models.in_use(models)),
        "learnt": {"n": champion.corrections, "when": short_date(champion.trained_at, now)}
        if champion and champion.trained_at
        else None,
        "departments": [
            {
                "name": one.name,
                "mark": one.mark,
                "is_aside": one.slug == NOISE,
                "back": one.back,
                "bars": [
                    None if share is None else (share, quality_charts.meter(share, one.mark))
                    for share in (one.precision, one.recall)
                ],
            }
            for one in found.departments
        ],
    }


def _percent(share: float | None) -> str:
    return "–" if share is None else shares.percent(share, 1)


def _weekly(found: Quality) -> dict[str, Any]:
    totals = [sum(one[who] for one in found.by_week) for who in BY]
    everything = sum(totals) or 1
    names = (gettext("Rules"), gettext("Open conversation"), gettext("Classifier"), gettext("People, in Triage"))
    bars = [Bar({who: one[who] for who in BY if one[who]}) for one in found.by_week]
    return {
        "chart": stacked(bars, height=120),
        "legend": [
            {"mark": who, "name": name, "share": round(100 * n / everything)}
            for who, name, n in zip(BY, names, totals, strict=True)
        ],
        "names": names,
        "rows": [
            {"week": _week(week), "counts": [one[who] for who in BY], "corrections": n}
            for week, one, n in zip(found.weeks, found.by_week, found.corrections, strict=True)
        ],
        "ends": [_week(found.weeks[0]), _week(found.weeks[-1])],
        "is_empty": not any(totals),
    }


def _corrected(found: Quality) -> dict[str, Any]:
    bars = [Bar({"by-people": n} if n else {}) for n in found.corrections]
    return {"chart": stacked(bars, height=120), "n": sum(found.corrections)}


def _week(day: date) -> str:
    return short_date(datetime(day.year, day.month, day.day, 12, tzinfo=UTC), datetime.now(UTC))


def _matrix(found: Quality) -> dict[str, Any]:
    used = {slug for pair in found.moves for slug in pair} | {TRIAGE}
    shown = [one for one in found.known if one[0] in used]
    most = max((n for (was, to), n in found.moves.items() if was != to), default=0)
    rows = [
        {
            "name": name,
            "mark": mark,
            "is_aside": was == NOISE,
            "cells": [
                {"n": n, "level": _level(n, most) if was != to else 0}
                for to, _, _ in shown
                for n in [found.moves.get((was, to), 0)]
            ],
        }
        for was, name, mark in shown
    ]
    return {"rows": rows, "is_empty": not found.moves}


def _level(n: int, most: int) -> int:
    return 0 if not n else 1 + min(3, int(3.999 * n / most)) if most else 0


def _calibration(models: Sequence[TrainedModel]) -> dict[str, Any] | None:
    figures = quality_models.in_use(models)
    bins = figures.get("bins")
    if not bins:
        return None
    points = [(one["said"], one["right"]) for one in bins]
    return {
        "chart": quality_charts.lines({"by-classifier": points}, width=240, height=160, diagonal=True),
        "rows": [
            {"said": round(100 * one["said"]), "right": round(100 * one["right"]), "n": one["messages"]} for one in bins
        ],
        "error": round(100 * figures["calibration_error"]),
        "n": figures["messages"],
    }


def _lessons(models: Sequence[TrainedModel]) -> dict[str, Any] | None:
    """How good models were by how many corrections they had learnt from."""
    judged = [(one.corrections, one.figures["challenger"]) for one in models if "challenger" in one.figures]
    learnt = sorted(judged, key=lambda one: one[0])
    if len(learnt) < 2:
        return None
    most = learnt[-1][0] or 1
    series = {mark: [(n / most, figures[name]) for n, figures in learnt] for name, mark in _MARKS.items()}
    return {
        "chart": quality_charts.lines(series),
        "most": most,
        "rows": [
            {"n": n, "accuracy": round(100 * one["accuracy"]), "f1": number_format(one["macro_f1"], 2)}
            for n, one in learnt
        ],
    }


def curves() -> list[dict[str, Any]]:
    """What is known of thresholds, for the form in which they are set. Three statements at most."""
    return _curves(quality_models.newest(), quality.known())


def _curves(models: Sequence[TrainedModel], known: Sequence[tuple[str, str, str]]) -> list[dict[str, Any]]:
    """Threshold against precision and share, for each department of which enough is known."""
    found: Mapping[str, Any] = quality_models.curves(models)
    return [
        {
            "slug": slug,
            "name": name,
            "mark": mark,
            "chart": quality_charts.curve(found[slug]["points"], mark, wished=WISHED),
            "chosen": found[slug]["chosen"],
            "chosen_percent": round(100 * (found[slug]["chosen"] or 0)),
            "rows": [
                {name: round(100 * point[name]) for name in ("threshold", "precision", "share")}
                for point in found[slug]["points"]
            ],
        }
        for slug, name, mark in known
        if found.get(slug, {}).get("points")
    ]

"""The models that were trained here, in words: what they are worth, why they are used or not, who put them in use."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext, ngettext

from inbox.presentation import short_date
from routing import champion
from routing.judging import FEWEST, LIKELY, WISHED, threshold_for
from routing.models import TrainedModel

State = TrainedModel.State
SHOWN = 20
# A stated certainty of about 90 %, and how many messages it must have been stated of.
_SURE, _ENOUGH = 0.85, 10


def newest() -> list[TrainedModel]:
    """The newest trainings, and the model in use however old, without their weights. Two statements at most."""
    all_of_them = TrainedModel.objects.defer("weights").select_related("asked_by", "promoted_by")
    found = list(all_of_them.order_by("-pk")[:SHOWN])
    if len(found) == SHOWN and not any(one.state == State.CHAMPION for one in found):
        found += all_of_them.filter(state=State.CHAMPION)
    return found


def lines(models: Sequence[TrainedModel], names: Mapping[str, str], now: datetime) -> list[dict[str, Any]]:
    """Each training as the page tells it."""
    return [_line(one, names, now) for one in models]


def _line(model: TrainedModel, names: Mapping[str, str], now: datetime) -> dict[str, Any]:
    figures = model.figures
    retired = figures.get("retired", {})
    return {
        "pk": model.pk,
        "version": model.version or "",
        "state": model.get_state_display(),
        "css": {"champion": "good", "failed": "bad", "training": "info", "queued": "info"}.get(model.state, ""),
        "when": short_date(model.trained_at or model.asked_at, now),
        "examples": model.examples,
        "corrections": model.corrections,
        "score": figures.get("challenger", {}).get("macro_f1"),
        "accuracy": figures.get("challenger", {}).get("accuracy"),
        "right": round(100 * figures.get("challenger", {}).get("accuracy", 0)),
        "says": model.error or verdict(figures, names),
        "asked": model.asked_by.name if model.asked_by else "",
        "reason": model.reason,
        "put_back": figures.get("put_back", ""),
        "promoted_by": model.promoted_by.name if model.promoted_by else "",
        "retired": retired.get("why", ""),
        "retired_by": retired.get("by", ""),
        "may_return": model.state == State.RETIRED,
        "is_in_use": model.state == State.CHAMPION,
    }


def verdict(figures: Mapping[str, Any], names: Mapping[str, str]) -> str:
    """Why a challenger took over, or did not."""
    said = figures.get("verdict")
    if not said:
        return ""
    numbers = {
        "n": figures.get("judged", 0),
        "needed": FEWEST,
        "before": number_format(said["before"], 2),
        "after": number_format(said["after"], 2),
        "likely": f"{said['likely']:.0%}",
        "wanted": f"{LIKELY:.0%}",
        "where": ", ".join(names.get(slug, slug) for slug in said["fallen"]),
    }
    words = {
        "few": ngettext(
            "There is only %(n)d correction to judge it on. %(needed)d are needed.",
            "There are only %(n)d corrections to judge it on. %(needed)d are needed.",
            numbers["n"],
        ),
        "worse": gettext("It got worse for %(where)s."),
        "unclear": gettext(
            "Not clearly better: F1 %(after)s instead of %(before)s, better with %(likely)s, and %(wanted)s are needed."
        ),
        "better": gettext("Better: F1 %(after)s instead of %(before)s on %(n)d corrections, with %(likely)s."),
        "departments": gettext("It answers to the departments of today, and nothing says that it is worse."),
        "overtaken": gettext("It was better, but somebody put another model in use meanwhile. Train again."),
    }
    return words[said["reason"]] % numbers


def progress(model: TrainedModel) -> str:
    """What a training does now."""
    stage = model.figures.get("stage")
    done, of = model.figures.get("done"), model.figures.get("of")
    if stage == "reading" and of:
        return gettext("Reading corrections: %(done)d of %(of)d") % {"done": done, "of": of}
    if stage == "training":
        return gettext("Learning from %(of)d examples. This takes some minutes.") % {"of": of or 0}
    if stage == "judging":
        return gettext("Comparing it with the model in use")
    return gettext("Begins in a moment")


def in_use(models: Sequence[TrainedModel]) -> dict[str, Any]:
    """The figures of the model that decides now, as they were measured last: when it was the challenger, or since then
    beside one. Empty before the first training."""
    version = next((one.version for one in models if one.state == State.CHAMPION), None) or ""
    for one in models:
        if one.state == State.CHAMPION and "challenger" in one.figures:
            return dict(one.figures["challenger"])
        if one.figures.get("beside") == (version or "shipped") and "champion" in one.figures:
            return dict(one.figures["champion"])
    return {}


def sureness(figures: Mapping[str, Any]) -> dict[str, Any] | None:
    """Of messages of which the model was about 90 % sure: how sure it was, and how often it was right, in percent."""
    sure = [one for one in figures.get("bins", ()) if one["said"] >= _SURE]
    count = sum(one["messages"] for one in sure)
    if count < _ENOUGH:
        return None
    said = sum(one["said"] * one["messages"] for one in sure) / count
    right = sum(one["right"] * one["messages"] for one in sure) / count
    return {"said": round(100 * said), "right": round(100 * right), "messages": count}


def curves(models: Sequence[TrainedModel]) -> dict[str, dict[str, Any]]:
    """By slug: the points of its curve, and the threshold from which on eight of ten decisions are right."""
    found = in_use(models).get("curves", {})
    return {slug: {"points": points, "chosen": threshold_for(points, WISHED)} for slug, points in found.items()}


def is_damaged(models: Sequence[TrainedModel]) -> bool:
    """Whether the model in use cannot be read, so that the shipped one decides in its place."""
    return any(champion.is_damaged(one.version or "") for one in models if one.state == State.CHAMPION)

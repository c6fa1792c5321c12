"""Learning: a challenger is trained on what colleagues have put right, judged beside the champion, and takes over only
if it is better. Loads scikit-learn; whoever only asks for a training takes routing/promotion.py."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from django.utils import timezone

from routing import artefact, champion, lessons, promotion
from routing.classifier import Model
from routing.corpus import EXAMPLES, Example
from routing.judging import Answers, Verdict, compare, figures
from routing.lessons import Lessons
from routing.models import TrainedModel
from routing.training import Trained, train_and_judge
from socialcrm.crash import crash_point, declare

State = TrainedModel.State
HELD_BACK = 100
"""With fewer examples held back, new corrections are judged on as well: unseen by the champion, and cross-validated by
the challenger."""

declare("learn.before_training", "learn.before_judging", "learn.before_promotion")


def train(asked: TrainedModel, folder: Path = EXAMPLES) -> TrainedModel:
    """Train what was asked for, judge it, and put it in use if it is better. `folder` holds the shipped examples.

    Raises BadExamples.
    """
    started = timezone.now()
    deaths = asked.figures.get("deaths", 0)
    TrainedModel.objects.filter(pk=asked.pk).update(state=State.TRAINING, started_at=started, error="")

    def tell(stage: str, **numbers: int) -> None:
        TrainedModel.objects.filter(pk=asked.pk).update(figures={"stage": stage, "deaths": deaths, **numbers})

    tell("reading")
    lessons.embed(lambda done, of: tell("reading", done=done, of=of))
    in_use = champion.version()
    since = TrainedModel.objects.filter(version=in_use).values_list("started_at", flat=True).first()
    learnt = lessons.gather(started, since, folder)
    crash_point("learn.before_training")
    tell("training", of=len(learnt.examples))
    trained = train_and_judge(learnt.examples)
    crash_point("learn.before_judging")
    tell("judging")
    verdict, found = judge(learnt, trained, in_use)
    weights = replace(trained.weights, version=f"{trained.weights.version}-{asked.pk}")
    TrainedModel.objects.filter(pk=asked.pk).update(
        version=weights.version,
        weights=artefact.dumps(weights),
        examples=len(trained.examples),
        corrections=learnt.corrections,
        trained_at=timezone.now(),
    )
    crash_point("learn.before_promotion")
    return promotion.settle(asked.pk, in_use, verdict, found)


def judge(learnt: Lessons, trained: Trained, in_use: str) -> tuple[Verdict, dict[str, Any]]:
    """Champion and challenger on the same messages: those held back, and while they are few new ones as well."""
    known = set(trained.weights.departments)
    held = [one for one in learnt.held_back if one.department in known]
    fresh = [] if len(held) >= HELD_BACK else [at for at, one in enumerate(trained.examples) if one.id in learnt.fresh]
    both = held + [trained.examples[at] for at in fresh]
    labels = [one.department for one in both]
    new = _said(Model(trained.weights), held)
    challenger = Answers(new.departments, np.vstack([new.probabilities, trained.probabilities[fresh]]))
    beside = _said(champion.model(in_use), both)
    found: dict[str, Any] = {"judged": len(labels), "held_back": len(held), "beside": in_use or promotion.SHIPPED}
    if labels:
        found |= {"challenger": figures(labels, challenger), "champion": figures(labels, beside)}
    verdict = compare(labels, beside, challenger)
    if verdict.reason in ("few", "unclear") and known != set(beside.departments):
        verdict = replace(verdict, reason="departments")
    return verdict, found


def _said(model: Model, examples: Sequence[Example]) -> Answers:
    """The full opinion of a model on examples, with their vectors where all of them have one."""
    vectors = [one.vector for one in examples if one.vector is not None]
    at_hand = np.stack(vectors).astype(np.float32) if vectors and len(vectors) == len(examples) else None
    scores = model.score([one.text for one in examples], full=True, embeddings=at_hand)
    return Answers(model.departments, scores.probabilities)

"""Which model is in use, and which was: asked for, put in use, put back. Loads nothing that trains."""

from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any

import structlog
from django.db import connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from routing import artefact, champion
from routing.judging import Verdict
from routing.models import Example, TrainedModel

if TYPE_CHECKING:
    from people.models import User

log = structlog.get_logger(__name__)

State = TrainedModel.State
SHIPPED = "shipped"
NEW = 20
"""Corrections that must have come since the last training before the night trains again."""
DEATHS = 3
"""After so many workers died over a training it is given up."""
_LOCK = 7_332  # any number that no other advisory lock of ours has


class Refused(Exception):
    """What was asked for cannot be done; the text says why, and what to do."""


@transaction.atomic
def ask(*, by: "User | None", reason: str) -> TrainedModel:
    """Ask for a training; one that waits already, or goes on, is returned instead."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
    waiting = TrainedModel.objects.filter(state__in=[State.QUEUED, State.TRAINING]).order_by("pk").first()
    return waiting or TrainedModel.objects.create(asked_by=by, reason=reason.strip(), asked_at=timezone.now())


def new_corrections() -> int:
    """How many came since the last training was begun."""
    last = TrainedModel.objects.exclude(state__in=[State.QUEUED, State.TRAINING, State.FAILED])
    since = last.order_by("-started_at").values_list("started_at", flat=True).first()
    found = Example.objects.all() if since is None else Example.objects.filter(at__gt=since)
    return found.count()


def waiting() -> TrainedModel | None:
    """The training that is to be done next. Only the holder of the lock may ask: what still seems to go on was left by
    a worker that died, and begins again, unless too many did."""
    for left in TrainedModel.objects.filter(state=State.TRAINING):
        deaths = int(left.figures.get("deaths", 0)) + 1
        if deaths >= DEATHS:
            fail(
                left, _("The worker was stopped %(n)d times during this training. Look at its memory.") % {"n": deaths}
            )
        else:
            TrainedModel.objects.filter(pk=left.pk).update(state=State.QUEUED, figures={"deaths": deaths})
    return TrainedModel.objects.filter(state=State.QUEUED).order_by("pk").first()


def fail(asked: TrainedModel, why: str) -> None:
    """Say that a training came to nothing, and why."""
    TrainedModel.objects.filter(pk=asked.pk).update(state=State.FAILED, error=why, figures={}, weights=None)


@transaction.atomic
def settle(pk: int, in_use: str, verdict: Verdict, figures: dict[str, Any]) -> TrainedModel:
    """Put the challenger in use, or set it aside. Where somebody has put another model in use meanwhile, that stays."""
    row = TrainedModel.objects.select_for_update().get(pk=pk)
    row.figures = figures | {"verdict": asdict(verdict)}
    row.state = State.REJECTED
    if verdict.is_better and _lock_champion() == in_use:
        _retire(by=None, why="", at=timezone.now())
        row.state, row.promoted_at = State.CHAMPION, timezone.now()
    elif verdict.is_better:
        row.figures["verdict"]["reason"] = "overtaken"
    row.save(update_fields=["state", "figures", "promoted_at"])
    log.info("trained", version=row.version, state=row.state, **row.figures["verdict"])
    return row


@transaction.atomic
def roll_back(to: str, *, by: "User | None", reason: str) -> str:
    """Put a model in use that was in use before: its version, or “shipped”. Raises Refused.

    Returns the version that is in use now, empty for the shipped one.
    """
    if not reason.strip():
        raise Refused(_("Say why. It is kept with the model."))
    in_use, now = _lock_champion(), timezone.now()
    if to == SHIPPED:
        if not in_use:
            raise Refused(_("The shipped model is in use already."))
        _retire(by=by, why=reason.strip(), at=now)
        return ""
    row = TrainedModel.objects.select_for_update().filter(version=to).first()
    if row is None or row.state not in (State.RETIRED, State.CHAMPION):
        raise Refused(_("No model %(version)s was ever in use.") % {"version": to})
    if row.state == State.CHAMPION:
        raise Refused(_("This model is in use already."))
    try:
        artefact.loads(row.weights or b"")
    except artefact.BadArtefact as error:
        raise Refused(_("This model is damaged and cannot be used. Choose another one, or train again.")) from error
    _retire(by=by, why=reason.strip(), at=now)
    row.state, row.promoted_at, row.promoted_by = State.CHAMPION, now, by
    row.figures["put_back"] = reason.strip()
    row.save(update_fields=["state", "promoted_at", "promoted_by", "figures"])
    return to


def _lock_champion() -> str:
    """The version in use, held until the transaction ends, so that two changes come one after the other."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
    return champion.version()


def _retire(*, by: "User | None", why: str, at: datetime) -> None:
    for row in TrainedModel.objects.select_for_update().filter(state=State.CHAMPION):
        row.state = State.RETIRED
        row.figures["retired"] = {"by": by.name if by else "", "why": why, "at": at.isoformat()}
        row.save(update_fields=["state", "figures"])

"""Training in the background: one worker at a time, and whoever finds one left behind begins it again.

Loads scikit-learn: whoever asks for a training rings for it.
"""

from pathlib import Path

import structlog
from django.db import InterfaceError, OperationalError
from django.utils.translation import gettext as _

from inbox.turns import alone
from routing import champion, learn, lessons, promotion
from routing.corpus import EXAMPLES, BadExamples
from routing.models import TrainedModel

log = structlog.get_logger(__name__)

_LOCK = 7_333  # of PostgreSQL's advisory locks
State = TrainedModel.State


def nightly() -> None:
    """Train if enough was put right since the last time, or if the departments are others than the model knows."""
    if promotion.new_corrections() >= promotion.NEW or lessons.is_outdated(champion.current().departments):
        promotion.ask(by=None, reason="")
    work()


def work(folder: Path = EXAMPLES) -> TrainedModel | None:
    """Do the training that waits, if nobody else is at it; returns what came of it. `folder`: the shipped examples."""
    if not TrainedModel.objects.filter(state__in=[State.QUEUED, State.TRAINING]).exists():
        return None
    with alone(_LOCK, 0) as is_alone:
        asked = promotion.waiting() if is_alone else None
        if asked is None:
            return None
        try:
            return learn.train(asked, folder)
        except BadExamples as error:
            promotion.fail(asked, str(error))
        except (OperationalError, InterfaceError):
            # The database is away: the row says that it goes on, and the next one begins again.
            raise
        except Exception:  # noqa: BLE001 - a defect must show where the training is shown, and not be tried for ever
            log.exception("training_failed", asked=asked.pk)
            promotion.fail(asked, _("Something went wrong on our side. The model in use stays. Try again."))
        asked.refresh_from_db()
        return asked

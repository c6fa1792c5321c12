"""Trying a channel before it is stored: what its connector's steps say, and how long each took."""

import time
from dataclasses import dataclass

import structlog
from django.db import DatabaseError
from django.utils.translation import gettext
from django.views.decorators.debug import sensitive_variables

from connectors import outbound
from connectors.connect import Candidate
from connectors.defects import defect
from connectors.protocol import Connector, ConnectorError, Step

log = structlog.get_logger(__name__)

# All steps together; somebody sits before the page.
SECONDS = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """One step that was tried; `error` says what the network had against it."""

    label: str
    milliseconds: int
    error: ConnectorError | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What came of it. `handle` is who the channel answers as, where everything works."""

    steps: tuple[Tried, ...]
    handle: str = ""

    @property
    def failed(self) -> int:
        """How many steps did not work."""
        return sum(step.error is not None for step in self.steps)

    @property
    def seconds(self) -> float:
        """All steps together."""
        return sum(step.milliseconds for step in self.steps) / 1000


@sensitive_variables()
def run(candidate: Candidate) -> Trial:
    """Try every step, also after one has failed: people mend several things at once."""
    with outbound.deadline(SECONDS):
        made: list[Connector] = []
        begun = _try(Step(label=gettext("Signed in"), run=lambda: made.append(candidate.connector())))
        if not made:
            return Trial(steps=(begun,))
        connector = made[0]
        tried = tuple(map(_try, connector.steps()))
        if any(step.error for step in tried):
            return Trial(steps=tried)
        handles: list[str] = []
        named = _try(Step(label=gettext("Account found"), run=lambda: handles.append(connector.verify())))
    return Trial(steps=tried, handle=handles[0]) if handles else Trial(steps=(*tried, named))


def _try(step: Step) -> Tried:
    begun, error = time.monotonic(), None
    try:
        step.run()
    except ConnectorError as caught:
        error = caught
    except DatabaseError:
        raise
    except Exception as caught:  # noqa: BLE001 - a connector's defect is told where somebody waits for its answer
        log.exception("connector_defect", step=step.label)
        error = defect(caught)
    return Tried(label=step.label, milliseconds=round(1000 * (time.monotonic() - begun)), error=error)

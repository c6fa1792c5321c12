"""The model that decides now: the champion that was trained here, or the one that came with the product."""

import threading

import structlog

from routing import artefact
from routing.classifier import Model
from routing.model import load
from routing.models import TrainedModel

log = structlog.get_logger(__name__)

_lock = threading.Lock()
# The version that was asked for last, with its model, or the shipped one where it cannot be read.
_held: tuple[str, Model] | None = None


def version() -> str:
    """Which version decides; empty for the shipped one. One statement."""
    in_use = TrainedModel.objects.filter(state=TrainedModel.State.CHAMPION).values_list("version", flat=True).first()
    return in_use or ""


def model(version: str) -> Model:
    """The model of a version, which stays in memory until another one is asked for; an empty one is the shipped model.

    A model that is damaged or gone is logged once, and the shipped one takes its place: a message is never left
    undecided because of it.
    """
    global _held  # noqa: PLW0603 - one a process, as the shipped one
    if not version:
        return load()
    held = _held
    if held is not None and held[0] == version:
        return held[1]
    with _lock:
        if _held is None or _held[0] != version:
            _held = (version, _read(version))
        return _held[1]


def current() -> Model:
    """The model that decides now. One statement, two when it is another one than before."""
    return model(version())


def is_damaged(version: str) -> bool:
    """Whether the shipped model decides in place of this version, which cannot be read."""
    return bool(version) and model(version) is load()


def _read(version: str) -> Model:
    weights = TrainedModel.objects.filter(version=version).values_list("weights", flat=True).first()
    try:
        return Model(artefact.loads(weights or b""))
    except artefact.BadArtefact as error:
        log.error("model_damaged", version=version, error=str(error))
        return load()

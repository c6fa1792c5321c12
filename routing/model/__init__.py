"""The model that the router uses: read from this folder once a process, when it is first needed."""

from functools import cache

from routing.classifier import Model


@cache
def load() -> Model:
    """The trained model. Raises `routing.artefact.BadArtefact` where its files are missing or damaged."""
    return Model.load()

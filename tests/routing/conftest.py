import pytest

from routing.classifier import Model
from routing.model import load


@pytest.fixture(scope="session")
def model() -> Model:
    return load()

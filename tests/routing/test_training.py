import csv

import pytest

from routing.artefact import read
from routing.classifier import Model
from routing.training import BadExamples, read_examples, train

SALES = ["what does it cost", "price please", "i want to buy one", "is it in stock", "how much for two", "buy it now"]
LEGAL = [
    "my lawyer writes",
    "see you in court",
    "i will sue",
    "this is illegal",
    "the contract is void",
    "legal notice",
]


def write_examples(folder, **departments):
    for department, texts in departments.items():
        with (folder / f"{department}.csv").open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([["text", "language"], *([text, "en"] for text in texts)])


@pytest.fixture
def examples(tmp_path):
    write_examples(tmp_path, sales=SALES[:3], more_sales=SALES[3:], legal=LEGAL)
    return tmp_path


def test_any_set_of_departments_can_be_trained(examples):
    weights, probabilities = train(read_examples(examples))
    assert weights.departments == ["legal", "sales"]
    assert probabilities.shape == (12, 2)
    model = Model(weights)
    best = model.score(["what is the price", "my lawyer will sue"]).probabilities.argmax(axis=1)
    assert best.tolist() == [1, 0]


def test_training_can_be_repeated(examples):
    first, second = (train(read_examples(examples))[0] for _ in range(2))
    assert first.version == second.version
    assert first.cue_weights == pytest.approx(second.cue_weights)


def test_the_version_changes_with_the_examples(examples):
    before = train(read_examples(examples))[0].version
    write_examples(examples, more_legal=["a subpoena"])
    assert train(read_examples(examples))[0].version != before


def test_the_model_in_the_repository_is_trained_on_its_examples():
    assert read().version.endswith(read_examples().digest[:12]), "run train_router"


def test_two_departments_are_needed(tmp_path):
    write_examples(tmp_path, sales=SALES)
    with pytest.raises(BadExamples, match="two departments"):
        read_examples(tmp_path)


def test_a_column_is_needed(tmp_path):
    (tmp_path / "sales.csv").write_text("message\nhello\n")
    with pytest.raises(BadExamples, match="sales.csv has no column “text”"):
        read_examples(tmp_path)

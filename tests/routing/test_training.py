import csv

import numpy as np
import pytest

from routing.artefact import dumps, loads, read
from routing.classifier import Model
from routing.training import BadExamples, correction, read_examples, train, train_and_judge, version

SALES = [
    "what does it cost",
    "price please",
    "i want to buy one",
    "is it in stock",
    "how much for two",
    "buy it now",
    "do you sell them by the dozen",
    "any discount",
]
LEGAL = [
    "my lawyer writes",
    "see you in court",
    "i will sue",
    "this is illegal",
    "the contract is void",
    "legal notice",
    "our lawyers will write to you",
    "a breach of law",
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
    trained = train_and_judge(read_examples(folder=examples))
    assert trained.weights.departments == ["legal", "sales"]
    assert trained.probabilities.shape == trained.quick.shape == (16, 2)
    model = Model(trained.weights)
    best = model.score(["what is the price", "my lawyer will sue"]).probabilities.argmax(axis=1)
    assert best.tolist() == [1, 0]


def test_training_can_be_repeated(examples):
    first, second = (train(read_examples(folder=examples)) for _ in range(2))
    assert first.version == second.version
    assert first.cue_weights == pytest.approx(second.cue_weights)


def test_the_version_changes_with_the_examples(examples):
    before = train(read_examples(folder=examples)).version
    write_examples(examples, more_legal=["a subpoena"])
    assert train(read_examples(folder=examples)).version != before


def test_the_model_in_the_repository_is_trained_on_its_examples():
    assert read().version == version(read_examples()), "run train_router"


def test_two_departments_are_needed(tmp_path):
    write_examples(tmp_path, sales=SALES)
    with pytest.raises(BadExamples, match="Two departments"):
        train(read_examples(folder=tmp_path))


def test_a_column_is_needed(tmp_path):
    (tmp_path / "sales.csv").write_text("message\nhello\n")
    with pytest.raises(BadExamples, match="sales.csv has no column “text”"):
        read_examples(folder=tmp_path)


RIDES = [
    "driver left without me at the gate", "the shuttle never came to the pickup point", "ride took a wrong turn",
    "my shuttle driver was rude", "no shuttle at the pickup point again", "where does the shuttle stop",
    "the driver of my ride braked all the time", "is there a later shuttle", "ride cancelled while i stood at the gate",
]  # fmt: skip


def test_a_department_learns_from_corrections_alone(examples):
    some = read_examples(folder=examples)
    few = train(some + [correction(text, "rides", 10 + at) for at, text in enumerate(RIDES[:7])])
    assert few.departments == ["legal", "sales"]
    weights = train(some + [correction(text, "rides", 10 + at) for at, text in enumerate(RIDES)])
    assert weights.departments == ["legal", "rides", "sales"]
    scores = Model(weights).score(["the shuttle left me at the gate"], full=True)
    assert scores.probabilities.argmax() == 1


def test_shipped_examples_of_others_are_left_out():
    some = read_examples({"support", "sales"})
    assert set(some.labels) == {"support", "sales", "noise", ""}
    begun = read_examples({"support", "people"}, {"people": "hr"})
    assert set(begun.labels) == {"support", "people", "noise", ""}


def test_vectors_that_were_kept_are_not_computed_again(examples):
    some = read_examples(folder=examples)
    turned = np.zeros(512, dtype=np.float16)
    turned[0] = 1
    weights = train(some + [correction(text, "rides", 10 + at, turned) for at, text in enumerate(RIDES)])
    model = Model(weights)
    scores = model.score(["anything at all"], embeddings=turned[None].astype(np.float32))
    assert scores.probabilities.argmax() == weights.departments.index("rides")


def test_what_was_learnt_from_a_message_is_named_by_its_id_and_not_by_its_words(examples):
    some = read_examples(folder=examples)
    weights = loads(dumps(train(some + [correction(text, "rides", 10 + at) for at, text in enumerate(RIDES)])))
    assert not set(RIDES) & set(weights.known_texts)
    model = Model(weights)
    embedded = model.score([RIDES[2]], full=True).embeddings
    place, like = model.known.nearest(embedded)
    assert model.known.ids[place[0]] == 12 and like[0] > 0.95


def test_an_intent_that_nobody_knows_is_named(tmp_path):
    (tmp_path / "sales.csv").write_text("text,intents,sentiment\nhello,buy,0\n")
    with pytest.raises(BadExamples, match="'buy'"):
        read_examples(folder=tmp_path)

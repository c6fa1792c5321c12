"""Training of the classifier on the examples of this folder. Needs scikit-learn, which the product does without.

Three opinions are averaged: a regression on words and character n-grams, a regression on cues, and the hand-given
leanings of the cues. All three are linear, so their mean is one linear model (a geometric mean of their probabilities).
"""

import csv
import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy import sparse
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold

from routing import cues, lexicon
from routing.artefact import Weights
from routing.classifier import Model
from routing.words import grams, normal, tokens

EXAMPLES = Path(__file__).parent / "examples"
CODE_VERSION = 1
"""Raised when a change to this code or to the cues changes the model."""

OPINIONS = 3
WORDS_STRENGTH, CUES_STRENGTH = 3.0, 0.4
"""How far the two regressions may follow the examples (scikit-learn's C)."""
RARE = {"word": 1, "pair": 2, "gram": 3}
"""In how many examples a word, a pair or an n-gram must stand to count."""
FOLDS = 5

Numbers = npt.NDArray[np.float64]
Feature = tuple[str, str]


class BadExamples(Exception):
    """The examples cannot be trained on; the message says what to do."""


@dataclass(frozen=True)
class Examples:
    """Texts and the department (or noise) of each; `digest` changes whenever they do."""

    texts: list[str]
    labels: list[str]
    digest: str


def read_examples(folder: Path = EXAMPLES) -> Examples:
    """All examples of a folder: `<department>.csv` and `more_<department>.csv`, column `text`. Raises `BadExamples`."""
    digest, texts, labels = hashlib.sha256(), [], []
    for path in sorted(folder.glob("*.csv")):
        digest.update(path.name.encode() + path.read_bytes())
        with path.open(encoding="utf-8", newline="") as file:
            rows = csv.DictReader(file)
            if "text" not in (rows.fieldnames or ()):
                raise BadExamples(f"{path.name} has no column “text”. Add it to the first line.")
            found = [row["text"] for row in rows if row["text"]]
        texts += found
        labels += [path.stem.removeprefix("more_")] * len(found)
    if min(Counter(labels).values(), default=0) < FOLDS or len(set(labels)) < 2:
        raise BadExamples(f"{folder} needs two departments with {FOLDS} examples each at least.")
    for path in sorted(lexicon.FOLDER.glob("*.txt")):
        digest.update(path.read_bytes())
    return Examples(texts, labels, digest.hexdigest())


def train(examples: Examples) -> tuple[Weights, Numbers]:
    """The calibrated model, and its cross-validated probabilities for the examples."""
    departments = sorted(set(examples.labels) - {"noise"}) + ["noise"] * ("noise" in examples.labels)
    words, labels = lexicon.read(), np.array([departments.index(label) for label in examples.labels])
    texts = np.array(examples.texts, dtype=object)
    unseen = np.zeros((len(labels), len(departments)))
    for seen, held_out in StratifiedKFold(FOLDS, shuffle=True, random_state=0).split(labels, labels):
        fold = fit(list(texts[seen]), labels[seen], departments, words)
        unseen[held_out] = np.log(Model(fold).score(list(texts[held_out])).probabilities)
    temperature = calibrate(unseen, labels)
    weights = scaled(fit(examples.texts, labels, departments, words), temperature)
    return replace(weights, version=f"{CODE_VERSION}-{examples.digest[:12]}"), softmax(unseen * temperature)


def fit(texts: Sequence[str], labels: npt.NDArray[np.int64], departments: list[str], words: lexicon.Lexicon) -> Weights:
    """One model, not calibrated."""
    bags = [_features(text) for text in texts]
    idf = _inverse_frequencies(bags)
    vocabulary = {feature: at for at, feature in enumerate(idf)}
    matrix = _matrix(bags, idf, vocabulary)
    word_coefficients, word_bias = _regression(matrix, labels, len(departments), WORDS_STRENGTH)
    blank = _blank(departments, words)
    cue_coefficients, cue_bias = _regression(cue_matrix(Model(blank), texts), labels, len(departments), CUES_STRENGTH)
    leanings = [*words.leanings, *(cue.leaning for cue in cues.FORM)]
    given = np.array([[leaning.get(department, 0.0) for department in departments] for leaning in leanings])
    given -= given.mean(axis=1, keepdims=True)
    arrays: dict[str, Any] = {}
    for kind in ("word", "pair", "gram"):
        chosen = [feature for feature in idf if feature[0] == kind]
        sizes = np.array([idf[feature] for feature in chosen])
        rows = [vocabulary[feature] for feature in chosen]
        arrays[f"{kind}s"] = [name for _, name in chosen]
        arrays[f"{kind}_weights"] = word_coefficients[rows] * sizes[:, None] / OPINIONS
        arrays[f"{kind}_sizes"] = sizes**2
    arrays["cue_weights"] = (cue_coefficients + given) / OPINIONS
    arrays["bias"] = (word_bias + cue_bias) / OPINIONS
    return replace(blank, **arrays)


def cue_matrix(model: Model, texts: Sequence[str]) -> Numbers:
    """The cues of texts, a row a text."""
    scores = model.score(texts)
    return np.hstack([cues.spoken(scores.concepts), scores.form]).astype(np.float64)


def calibrate(logits: Numbers, labels: npt.NDArray[np.int64]) -> float:
    """The factor on the logits under which the labels are least surprising."""
    factors = np.geomspace(0.3, 5, 200)
    rows = np.arange(len(labels))
    return float(min(factors, key=lambda factor: -np.log(softmax(logits * factor)[rows, labels]).mean()))


def scaled(weights: Weights, factor: float) -> Weights:
    """The same model with all its logits multiplied."""
    names = ("word_weights", "pair_weights", "gram_weights", "cue_weights", "bias")
    return replace(weights, **{name: getattr(weights, name) * factor for name in names})


def softmax(logits: Numbers) -> Numbers:
    """Probabilities, a row a text."""
    powers: Numbers = np.exp(logits - logits.max(axis=1, keepdims=True))
    powers /= powers.sum(axis=1, keepdims=True)
    return powers


def _features(text: str) -> list[list[Feature]]:
    """What a text consists of, in the groups that its size is added up from: words and pairs, and n-grams."""
    found = tokens(text)
    words = [normal(token) for token in dict.fromkeys(found)]
    pairs = {f"{left} {right}" for left, right in pairwise(map(normal, found))}
    first: list[Feature] = [("word", word) for word in words] + [("pair", pair) for pair in sorted(pairs)]
    return [first, [("gram", gram) for word in words for gram in sorted(grams(word))]]


def _inverse_frequencies(bags: Sequence[list[list[Feature]]]) -> dict[Feature, float]:
    """How telling each feature is that is not too rare."""
    documents: Counter[Feature] = Counter()
    for bag in bags:
        documents.update({feature for group in bag for feature in group})
    return {
        feature: float(np.log((1 + len(bags)) / (1 + count)) + 1)
        for feature, count in sorted(documents.items())
        if count >= RARE[feature[0]]
    }


def _matrix(
    bags: Iterable[list[list[Feature]]], idf: dict[Feature, float], vocabulary: dict[Feature, int]
) -> sparse.csr_matrix:
    """Features of texts, normalised by the sum of the sizes of their words: the same sum that `WordTable` adds up."""
    rows, columns, values = [], [], []
    for row, bag in enumerate(bags):
        for group in bag:
            known = [feature for feature in group if feature in idf]
            norm = np.sqrt(sum(idf[feature] ** 2 for feature in known)) or 1
            rows += [row] * len(known)
            columns += [vocabulary[feature] for feature in known]
            values += [idf[feature] / norm for feature in known]
    return sparse.csr_matrix((values, (rows, columns)), shape=(max(rows) + 1, len(vocabulary)))


def _regression(
    matrix: Numbers | sparse.csr_matrix, labels: npt.NDArray[np.int64], departments: int, strength: float
) -> tuple[Numbers, Numbers]:
    """Coefficients (a row a feature, a column a department, centred) and bias of a balanced logistic regression."""
    regression = LogisticRegression(C=strength, class_weight="balanced", max_iter=3000).fit(matrix, labels)
    coefficients, bias = regression.coef_.T, regression.intercept_
    if departments == 2:
        coefficients, bias = np.hstack([-coefficients, coefficients]) / 2, np.array([-bias[0], bias[0]]) / 2
    return coefficients - coefficients.mean(axis=1, keepdims=True), bias - bias.mean()


def _blank(departments: list[str], words: lexicon.Lexicon) -> Weights:
    """A model that knows the lexicons and nothing else."""
    nothing, none = np.zeros((0, len(departments)), dtype=np.float32), np.zeros(0, dtype=np.float32)
    return Weights(
        version="", departments=departments, words=[], pairs=[], grams=[],
        concept_words=words.words, concept_stems=words.stems, concept_pairs=words.pairs,
        word_weights=nothing, word_sizes=none, pair_weights=nothing, pair_sizes=none,
        gram_weights=nothing, gram_sizes=none,
        cue_weights=np.zeros((len(words.concepts) + len(cues.FORM), len(departments)), dtype=np.float32),
        bias=np.zeros(len(departments), dtype=np.float32),
    )  # fmt: skip

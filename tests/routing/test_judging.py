"""Judging two models on the same messages."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routing.judging import FEWEST, Answers, calibration_error, compare, curve, figures, threshold_for

SLUGS = ["pr", "sales", "support"]


def answers(said, sure=0.8, departments=SLUGS):
    rows = np.full((len(said), len(departments)), (1 - sure) / (len(departments) - 1))
    for row, slug in enumerate(said):
        rows[row, departments.index(slug)] = sure
    return Answers(departments, rows)


def test_a_perfect_model_is_perfect():
    labels = SLUGS * 10
    found = figures(labels, answers(labels, sure=1.0))
    assert (found["accuracy"], found["macro_f1"], found["calibration_error"]) == (1, 1, 0)
    assert found["departments"]["pr"] == {"precision": 1, "recall": 1, "f1": 1, "messages": 10, "said": 10}
    assert found["confusion"] == {slug: {slug: 10} for slug in SLUGS}


def test_whoever_is_clearly_better_takes_over():
    labels = SLUGS * 20
    worse = ["pr"] * 30 + labels[30:]
    found = compare(labels, answers(worse), answers(labels))
    assert found.is_better
    assert found.likely > 0.99
    assert not compare(labels, answers(labels), answers(worse)).is_better


def test_the_same_is_not_better():
    labels = SLUGS * 20
    found = compare(labels, answers(labels), answers(labels))
    assert (found.is_better, found.reason, found.likely) == (False, "unclear", 0.5)


def test_on_a_handful_nothing_is_judged():
    labels = (SLUGS * FEWEST)[: FEWEST - 1]
    assert compare(labels, answers(["pr"] * len(labels)), answers(labels)).reason == "few"


def test_a_department_may_not_pay_for_the_others():
    labels = ["support"] * 60 + ["sales"] * 60 + ["pr"] * 60
    old = ["support"] * 60 + ["pr"] * 60 + ["support"] * 60
    new = ["support"] * 40 + ["sales"] * 20 + ["sales"] * 60 + ["pr"] * 60
    assert compare(labels, answers(old), answers(new)).is_better
    old = ["support"] * 60 + ["sales"] * 20 + ["pr"] * 40 + ["pr"] * 20 + ["sales"] * 40
    new = ["sales"] * 30 + ["support"] * 30 + ["sales"] * 60 + ["pr"] * 60
    found = compare(labels, answers(old), answers(new))
    assert (found.reason, list(found.fallen)) == ("worse", ["support"])


def test_a_department_that_only_the_challenger_knows_counts_for_it():
    labels = (["hr"] * 10 + ["sales"] * 10) * 2
    old = answers(["sales"] * 40, departments=["sales", "support"])
    new = answers(labels, departments=["hr", "sales", "support"])
    assert compare(labels, old, new).is_better


def test_the_calibration_error_is_the_distance_between_said_and_right():
    hits = np.array([True] * 6 + [False] * 4)
    assert calibration_error(np.full(10, 0.6), hits) == pytest.approx(0)
    assert calibration_error(np.full(10, 0.9), hits) == pytest.approx(0.3)


def test_the_lowest_threshold_with_the_wished_precision_is_chosen():
    sure = np.array([0.95] * 20 + [0.72] * 20 + [0.52] * 20)
    right = np.array([0] * 20 + [0] * 18 + [1] * 2 + [0] * 6 + [1] * 14)
    points = curve(right, np.stack([sure, 1 - sure], axis=1), 0)
    assert points[0] == {"threshold": 0.3, "precision": 0.7333, "share": 1, "messages": 60}
    assert threshold_for(points, 0.8) == 0.55
    assert threshold_for(points, 0.97) == 0.75
    assert threshold_for([point | {"messages": 3} for point in points]) is None
    assert threshold_for([]) is None


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from(SLUGS), st.sampled_from([*SLUGS, "noise"])), min_size=1, max_size=60))
def test_no_answers_break_the_figures(pairs):
    labels = [label for label, _ in pairs]
    new = answers([said for _, said in pairs], departments=[*SLUGS, "noise"])
    found = figures(labels, new)
    assert found["accuracy"] == pytest.approx(sum(a == b for a, b in pairs) / len(pairs), abs=1e-4)
    assert all(0 <= found[name] <= 1 for name in ("accuracy", "macro_f1", "calibration_error"))
    assert 0 <= compare(labels, answers(["pr"] * len(labels)), new).likely <= 1

"""From scores to probabilities that come true: of messages that are given 80 %, eight in ten are right."""

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize_scalar
from sklearn.linear_model import LogisticRegression

Numbers = npt.NDArray[np.float64]
Rows = npt.NDArray[np.int64]


def softmax(logits: Numbers) -> Numbers:
    """Probabilities, a row a text."""
    powers: Numbers = np.exp(logits - logits.max(axis=1, keepdims=True))
    powers /= powers.sum(axis=1, keepdims=True)
    return powers


def factor(logits: Numbers, right: Rows, weights: Numbers) -> float:
    """The factor on the logits under which the right answers are least surprising (temperature scaling, Guo 2017)."""
    rows = np.arange(len(right))

    def surprise(exponent: float) -> float:
        said = softmax(logits * np.exp(exponent))[rows, right]
        return float(-(weights * np.log(np.maximum(said, 1e-12))).sum() / weights.sum())

    return float(np.exp(minimize_scalar(surprise, bounds=(-2.5, 2.5), method="bounded").x))


def platt(scores: Numbers, said: npt.NDArray[np.bool_]) -> tuple[float, float]:
    """Factor and shift that make probabilities of the scores of one yes-or-no question (Platt 1999)."""
    if said.all() or not said.any():
        return 1.0, 0.0
    fitted = LogisticRegression(C=100.0).fit(scores[:, None], said)
    return max(float(fitted.coef_[0, 0]), 0.05), float(fitted.intercept_[0])

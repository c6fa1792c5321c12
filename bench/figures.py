"""Figures of many measured times."""

from collections.abc import Iterable


def percentile(times: Iterable[float], share: float) -> float:
    """The time within which a share of all is done (0.95: 95 of 100); 0 of none."""
    ordered = sorted(times)
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)] if ordered else 0.0

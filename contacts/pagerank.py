"""PageRank: who is paid attention to by those who are paid attention to.

S. Brin and L. Page, "The anatomy of a large-scale hypertextual web search engine", 1998. Pure: arrays in, arrays out.
"""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import sparse

Ids = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

DAMPING = 0.85
# How far the scores, which sum to one, may be from the exact ones: summed over everybody.
TOLERANCE = 1e-9
_MOST_ROUNDS = 1000


class Ranks(NamedTuple):
    """Everybody who has an edge, in ascending order; their scores, which sum to one; how many rounds it took."""

    nodes: Ids
    scores: Floats
    rounds: int


def pagerank(
    sources: Ids,
    targets: Ids,
    weights: Floats,
    *,
    start: tuple[Ids, Floats] | None = None,
    damping: float = DAMPING,
    tolerance: float = TOLERANCE,
) -> Ranks:
    """Scores by the power iteration; attention flows from source to target in proportion to the weights.

    Parallel edges add up. Whoever pays attention to nobody spreads theirs evenly over all. `start`: earlier scores of
    some, in ascending order of the nodes; they change how soon the end is reached and not where it is. Each round
    shrinks the distance to the fixed point by the damping, so the last step bounds it by damping / (1 - damping) of its
    size: where the sum of all distances is below `tolerance`, it ends.
    """
    nodes, places = np.unique(np.concatenate([sources, targets]), return_inverse=True)
    count = len(nodes)
    if not count:
        return Ranks(nodes, np.empty(0), 0)
    from_, to = places[: len(sources)].astype(np.int32), places[len(sources) :].astype(np.int32)
    given = np.bincount(from_, weights=weights, minlength=count)
    shares = sparse.csr_array((weights / given[from_], (to, from_)), shape=(count, count))
    silent = given == 0
    scores = _begin(nodes, start)
    enough = tolerance * (1 - damping) / damping
    rounds, step = 0, 1.0
    while step > enough and rounds < _MOST_ROUNDS:
        after = damping * (shares @ scores + scores[silent].sum() / count) + (1 - damping) / count
        step = float(np.abs(after - scores).sum())
        scores, rounds = after, rounds + 1
    return Ranks(nodes, scores / scores.sum(), rounds)


def _begin(nodes: Ids, start: tuple[Ids, Floats] | None) -> Floats:
    """Earlier scores where there are any; whoever is new begins with what nobody can fall below."""
    scores = np.full(len(nodes), (1 - DAMPING) / len(nodes))
    if start is None or not len(start[0]):
        return np.full(len(nodes), 1 / len(nodes))
    known, earlier = start
    at = np.searchsorted(known, nodes).clip(max=len(known) - 1)
    found = known[at] == nodes
    scores[found] = earlier[at[found]]
    return np.asarray(scores / scores.sum(), dtype=np.float64)


def percentiles(scores: Floats) -> Floats:
    """How many percent of all score lower than each one. Differences that are due to rounding do not count."""
    if not len(scores):
        return np.empty(0)
    told = np.round(scores / scores.min(), 6)
    below = np.searchsorted(np.sort(told), told, side="left")
    return np.asarray(100.0 * below / len(scores), dtype=np.float64)

"""PageRank, by what must hold of it whatever the graph."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from contacts.pagerank import DAMPING, TOLERANCE, pagerank, percentiles

edge = st.tuples(st.integers(1, 25), st.integers(1, 25), st.floats(0.01, 20)).filter(lambda one: one[0] != one[1])
graphs = st.lists(edge, min_size=1, max_size=120)


def arrays(edges):
    sources, targets, weights = zip(*edges, strict=True)
    return np.array(sources, np.int64), np.array(targets, np.int64), np.array(weights, np.float64)


def scores(edges, **options):
    ranks = pagerank(*arrays(edges), **options)
    return dict(zip(ranks.nodes.tolist(), ranks.scores.tolist(), strict=True))


def exactly(edges):
    """The fixed point by solving the linear equations, instead of going there step by step."""
    nodes = sorted({one for source, target, _ in edges for one in (source, target)})
    at, n = {node: place for place, node in enumerate(nodes)}, len(nodes)
    flow = np.zeros((n, n))
    for source, target, weight in edges:
        flow[at[target], at[source]] += weight
    given_away = flow.sum(axis=0)
    flow = np.where(given_away > 0, flow / np.where(given_away > 0, given_away, 1), 1 / n)
    found = np.linalg.solve(np.eye(n) - DAMPING * flow, np.full(n, (1 - DAMPING) / n))
    return dict(zip(nodes, found.tolist(), strict=True))


@given(graphs)
def test_it_shares_out_all_attention(edges):
    found = scores(edges)
    assert sum(found.values()) == pytest.approx(1)
    assert all(score > 0 for score in found.values())


@given(graphs)
def test_it_ends_at_the_solution_of_the_equations(edges):
    found, exact = scores(edges), exactly(edges)
    assert sum(abs(found[node] - exact[node]) for node in exact) < 10 * TOLERANCE


@given(graphs, st.permutations(range(1, 26)))
def test_it_does_not_care_what_people_are_called(edges, names):
    renamed = scores([(names[source - 1], names[target - 1], weight) for source, target, weight in edges])
    for node, score in scores(edges).items():
        assert renamed[names[node - 1]] == pytest.approx(score, abs=TOLERANCE)


@given(graphs, st.randoms())
def test_it_does_not_care_in_which_order_edges_come(edges, random):
    mixed = list(edges)
    random.shuffle(mixed)
    assert scores(mixed) == pytest.approx(scores(edges), abs=TOLERANCE)


@given(graphs, graphs)
def test_it_ends_at_the_same_from_yesterdays_scores_as_from_nothing(before, since):
    ranks = pagerank(*arrays(before))
    warm = scores(before + since, start=(ranks.nodes, ranks.scores))
    assert warm == pytest.approx(scores(before + since), abs=2 * TOLERANCE)


@given(graphs)
def test_it_is_done_at_once_where_nothing_has_changed(edges):
    ranks = pagerank(*arrays(edges))
    again = pagerank(*arrays(edges), start=(ranks.nodes, ranks.scores))
    assert again.rounds <= 2


def test_who_is_mentioned_by_more_ranks_higher():
    found = scores([(1, 9, 1.0), (2, 9, 1.0), (3, 9, 1.0), (4, 8, 1.0)])
    assert found[9] > found[8] > found[1]


def test_who_is_mentioned_by_somebody_of_weight_ranks_higher():
    crowd = [(n, 9, 1.0) for n in range(20, 40)]
    found = scores([*crowd, (9, 1, 1.0), (40, 2, 1.0)])
    assert found[1] > found[2]


def test_nobody_is_ranked_where_nobody_talks():
    empty = np.empty(0, np.int64)
    assert len(pagerank(empty, empty, np.empty(0)).nodes) == 0


def test_a_percentile_counts_those_strictly_below():
    assert percentiles(np.array([0.1, 0.1, 0.2, 0.6])).tolist() == [0, 0, 50, 75]

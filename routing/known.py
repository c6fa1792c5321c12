"""The examples that a model can name to explain itself, with vectors of few numbers."""

from typing import Any

import numpy as np

from routing.corpus import ELSEWHERE, Examples
from routing.cues import Matrix

NUMBERS = 64
"""Numbers in a vector of an example."""
MOST = 8_000
"""Examples that a model can name: the newest corrections, and shipped ones."""
_LONGEST = 160


def known(examples: Examples, vectors: Matrix | None) -> dict[str, Any]:
    """The fields `known_…` of `Weights`."""
    if vectors is None:
        return blank()
    named = np.array([each.department != ELSEWHERE for each in examples])
    chosen = np.concatenate([np.flatnonzero(named & ~examples.learnt), np.flatnonzero(named & examples.learnt)])[-MOST:]
    _, _, axes = np.linalg.svd(vectors[chosen][:: max(1, len(chosen) // 2000)], full_matrices=False)
    basis = axes[:NUMBERS].T
    projected = vectors[chosen] @ basis
    lengths = np.maximum(np.abs(projected).max(axis=1, keepdims=True), 1e-12)
    kept = [examples[int(at)] for at in chosen]
    return {
        "known_texts": ["" if each.id else each.text[:_LONGEST] for each in kept],
        "known_labels": [each.department for each in kept],
        "known_ids": np.array([each.id for each in kept], dtype=np.int64),
        "known_basis": basis.astype(np.float32),
        "known_vectors": np.round(projected / lengths * 127).astype(np.int8),
    }


def blank() -> dict[str, Any]:
    """The same, of no examples."""
    return {
        "known_texts": [],
        "known_labels": [],
        "known_ids": np.zeros(0, dtype=np.int64),
        "known_basis": np.zeros((0, 0), dtype=np.float32),
        "known_vectors": np.zeros((0, 0), dtype=np.int8),
    }

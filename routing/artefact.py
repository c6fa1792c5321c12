"""The trained model as bytes: an npz archive of numbers, never pickled, with the words in it as JSON."""

import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

import numpy as np
import numpy.typing as npt

from routing.cues import Matrix

FILE = Path(__file__).parent / "model" / "model.npz"
_ARRAYS = (
    "word_weights", "word_sizes", "pair_weights", "pair_sizes", "gram_weights", "gram_sizes", "cue_weights", "bias",
    "whole_weights", "whole_bias", "quick_share",
)  # fmt: skip
_LISTS = (
    "departments", "intents", "moods", "words", "pairs", "grams", "concept_words", "concept_stems", "concept_pairs",
    "known_texts", "known_labels",
)  # fmt: skip


class BadArtefact(Exception):
    """The model cannot be read; the message says which and what to do."""


@dataclass(frozen=True)
class Weights:
    """What was learnt. Weights have a column for each department, then for each intent, then for each mood.

    `concept_…` say which concepts of the lexicons a word, a word's beginning or a pair of words stands for. The first
    rows of `cue_weights` belong to the concepts, the others to the cues of form. Sizes are squares, by which a text is
    normalised. The quick opinion is complete without `whole_…`; the full one is `quick_share` times the quick one and
    what the encoder's vector of the text adds by `whole_weights` and `whole_bias`.

    `known_…`: some of the examples, so that a decision can name the one that a message is most like: vectors in few
    dimensions (`known_basis` makes them of the encoder's), labels, and texts; of what was learnt from a message not its
    text but its id, which a person's erasure takes the meaning from.
    """

    version: str
    departments: list[str]
    intents: list[str]
    moods: list[str]
    words: list[str]
    pairs: list[str]
    grams: list[str]
    concept_words: dict[str, list[int]]
    concept_stems: dict[str, list[int]]
    concept_pairs: dict[str, list[int]]
    word_weights: Matrix
    word_sizes: Matrix
    pair_weights: Matrix
    pair_sizes: Matrix
    gram_weights: Matrix
    gram_sizes: Matrix
    cue_weights: Matrix
    bias: Matrix
    whole_weights: Matrix
    whole_bias: Matrix
    quick_share: Matrix
    known_texts: list[str]
    known_labels: list[str]
    known_ids: npt.NDArray[np.int64]
    known_basis: Matrix
    known_vectors: npt.NDArray[np.int8]

    @property
    def columns(self) -> int:
        """Columns of all weights."""
        return len(self.departments) + len(self.intents) + len(self.moods)


def dumps(weights: Weights) -> bytes:
    """A model as bytes, the same for the same model."""
    vocabulary = {"version": weights.version} | {name: getattr(weights, name) for name in _LISTS}
    text = json.dumps(vocabulary, ensure_ascii=False, separators=(",", ":")).encode()
    arrays = {name: getattr(weights, name).astype(np.float16) for name in (*_ARRAYS, "known_basis")}
    blob = io.BytesIO()
    np.savez_compressed(
        blob,
        allow_pickle=False,
        vocabulary=np.frombuffer(text, dtype=np.uint8),
        known_ids=weights.known_ids,
        known_vectors=weights.known_vectors,
        **arrays,
    )
    return blob.getvalue()


def loads(blob: bytes | memoryview) -> Weights:
    """The model of some bytes. Raises `BadArtefact`."""
    try:
        with np.load(io.BytesIO(blob), allow_pickle=False) as file:
            vocabulary: dict[str, Any] = json.loads(file["vocabulary"].tobytes())
            arrays = {name: file[name].astype(np.float32) for name in (*_ARRAYS, "known_basis")}
            arrays |= {name: file[name] for name in ("known_ids", "known_vectors")}
        return Weights(**{"version": vocabulary["version"]}, **{name: vocabulary[name] for name in _LISTS}, **arrays)
    except (OSError, EOFError, ValueError, KeyError, TypeError, BadZipFile) as error:
        raise BadArtefact(f"The model cannot be read ({error}). Train it again.") from error


def write(weights: Weights, file: Path = FILE) -> int:
    """Write the model and return its size in bytes."""
    file.parent.mkdir(parents=True, exist_ok=True)
    return file.write_bytes(dumps(weights))


def read(file: Path = FILE) -> Weights:
    """The model in a file. Raises `BadArtefact`."""
    try:
        return loads(file.read_bytes())
    except (OSError, BadArtefact) as error:
        raise BadArtefact(f"The model {file} cannot be read ({error}). Write it with “train_router”.") from error

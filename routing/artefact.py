"""The trained model as files: `weights.npz` (numbers, never pickled) and `vocabulary.json` (words and the version)."""

import json
from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile

import numpy as np

from routing.cues import Matrix

FOLDER = Path(__file__).parent / "model"
_ARRAYS = (
    "word_weights", "word_sizes", "pair_weights", "pair_sizes", "gram_weights", "gram_sizes", "cue_weights", "bias",
)  # fmt: skip
_LISTS = ("departments", "words", "pairs", "grams", "concept_words", "concept_stems", "concept_pairs")


class BadArtefact(Exception):
    """The model cannot be read; the message says which file and what to do."""


@dataclass(frozen=True)
class Weights:
    """What was learnt. Weights have a column for each department; sizes are squares, by which a text is normalised.

    `concept_…` say which concepts of the lexicons a word, a word's beginning or a pair of words stands for. The first
    rows of `cue_weights` belong to the concepts, the others to the cues of form.
    """

    version: str
    departments: list[str]
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


def write(weights: Weights, folder: Path = FOLDER) -> int:
    """Write the model and return its size in bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    vocabulary = {"version": weights.version} | {name: getattr(weights, name) for name in _LISTS}
    text = json.dumps(vocabulary, ensure_ascii=False, separators=(",", ":"))
    (folder / "vocabulary.json").write_text(text + "\n", encoding="utf-8")
    arrays = {name: getattr(weights, name).astype(np.float16) for name in _ARRAYS}
    np.savez_compressed(folder / "weights.npz", allow_pickle=False, **arrays)
    return sum((folder / name).stat().st_size for name in ("vocabulary.json", "weights.npz"))


def read(folder: Path = FOLDER) -> Weights:
    """The model in a folder. Raises `BadArtefact`."""
    try:
        vocabulary = json.loads((folder / "vocabulary.json").read_text(encoding="utf-8"))
        with np.load(folder / "weights.npz", allow_pickle=False) as file:
            arrays = {name: file[name].astype(np.float32) for name in _ARRAYS}
        return Weights(**{"version": vocabulary["version"]}, **{name: vocabulary[name] for name in _LISTS}, **arrays)
    except (OSError, EOFError, ValueError, KeyError, TypeError, BadZipFile) as error:
        raise BadArtefact(f"The model in {folder} cannot be read ({error}). Write it with “train_router”.") from error

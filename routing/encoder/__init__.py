"""The encoder: a text as one vector, so that texts that mean the same lie close together, in sixteen languages.

Google's Universal Sentence Encoder (multilingual, version 3), run by onnxruntime; README.md says where it comes from.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnxruntime
from tokenizers import Tokenizer

from routing.cues import Matrix

FOLDER = Path(__file__).parent
PIECES = "pieces.npy"
SIZE = 512
"""Numbers in a vector."""
REACH = 5
"""Neighbouring tokens that are seen at once: two to the left, the token, two to the right."""

_LONGEST = 128
"""Tokens of a text that are looked at: about 90 words."""
_LOOKED_AT = 1024
"""Characters of a text that are cut into tokens."""
_BEGIN, _END = 1, 2
_BATCH = 512
"""Tokens put through at once: more do not fit the processor's cache."""

Numbers = npt.NDArray[np.int64]


class BadEncoder(Exception):
    """The encoder's files are missing or damaged; the message says which."""


class Encoder:
    """Turns texts into vectors. Safe for threads, each of which uses one core."""

    def __init__(self, folder: Path = FOLDER) -> None:
        """Open the files of a folder. Raises `BadEncoder`."""
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        try:
            self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
            self._tokenizer.no_padding()
            # Mapped, not read: the processes of one machine share it, and rare pieces are never loaded.
            self._pieces = np.load(folder / PIECES, mmap_mode="r")
            self._session = onnxruntime.InferenceSession(
                folder / "model.onnx", options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # tokenizers and onnxruntime raise bare exceptions of their own for a damaged file.
            raise BadEncoder(f"The encoder in {folder} cannot be read ({error}).") from error

    def encode(self, texts: Sequence[str]) -> Matrix:
        """A vector of length one for each text, a row a text. A text without a word has some vector, too."""
        found = self._tokenizer.encode_batch_fast([_clean(text) for text in texts], add_special_tokens=False)
        tokens = [[_BEGIN, *each.ids[: _LONGEST - 2], _END] for each in found]
        vectors = np.zeros((len(texts), SIZE), dtype=np.float32)
        for batch in _batches(tokens):
            vectors[batch] = self._run([tokens[at] for at in batch])
        return vectors

    def _run(self, texts: list[list[int]]) -> Any:
        lengths = np.array([len(text) for text in texts])
        ids = np.concatenate(texts).astype(np.int64)
        starts = np.cumsum(lengths) - lengths
        spread = np.zeros((len(texts), len(ids)), dtype=np.float32)
        spread[np.repeat(np.arange(len(texts)), lengths), np.arange(len(ids))] = np.repeat(lengths**-0.5, lengths)
        inputs = {
            "rows": self._pieces[ids],
            "ids": ids,
            "windows": _windows(starts, lengths, len(ids)),
            "spread": spread,
        }
        return self._session.run(None, inputs)[0]


def _clean(text: str) -> str:
    """The beginning of a text, without what cannot be encoded."""
    return text[:_LOOKED_AT].replace("\0", " ").encode(errors="replace").decode()


def _batches(tokens: list[list[int]]) -> Iterator[list[int]]:
    """Which texts go together: a bounded number of tokens each."""
    batch: list[int] = []
    size = 0
    for at, text in enumerate(tokens):
        if batch and size + len(text) > _BATCH:
            yield batch
            batch, size = [], 0
        batch.append(at)
        size += len(text)
    if batch:
        yield batch


def _windows(starts: Numbers, lengths: Numbers, tokens: int) -> Numbers:
    """The neighbours of every token within its own text, and `tokens` where there is none."""
    places = np.arange(tokens)[:, None] + np.arange(-(REACH // 2), REACH // 2 + 1)
    inside = (places >= np.repeat(starts, lengths)[:, None]) & (places < np.repeat(starts + lengths, lengths)[:, None])
    return np.where(inside, places, tokens)

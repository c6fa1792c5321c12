"""Reads the word pieces of a sentencepiece model, so that `tokenizers` can cut texts into them.

Only what the encoder's model holds is understood: protocol-buffer messages of strings and numbers, in the layout that
the package named in README.md carries (pieces, and in the third field the table by which characters are normalised).
"""

import struct
from collections.abc import Iterator
from pathlib import Path

from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers

_VARINT, _EIGHT_BYTES, _STRING, _FOUR_BYTES = 0, 1, 2, 5


def read(path: Path) -> Tokenizer:
    """The tokenizer of a sentencepiece model."""
    pieces: list[tuple[str, float]] = []
    characters = b""
    for field, content in _fields(path.read_bytes()):
        if field == 1:
            piece = dict(_fields(content))
            score = struct.unpack("<f", piece[2])[0] if 2 in piece else 0.0
            pieces.append((piece[1].decode(), score))
        elif field == 3:
            characters = dict(_fields(content))[2]
    tokenizer = Tokenizer(models.Unigram(pieces, unk_id=0, byte_fallback=False))
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.Precompiled(characters), normalizers.Replace(Regex(" {2,}"), " "), normalizers.Strip()]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always", split=False)
    return tokenizer


def _fields(data: bytes) -> Iterator[tuple[int, bytes]]:
    """The fields of a message: their numbers and their contents (of numbers: the bytes they stand in)."""
    at = 0
    while at < len(data):
        key, at = _varint(data, at)
        start = at
        if key & 7 == _VARINT:
            _, at = _varint(data, at)
        elif key & 7 == _STRING:
            length, start = _varint(data, at)
            at = start + length
        else:
            at += {_EIGHT_BYTES: 8, _FOUR_BYTES: 4}[key & 7]
        yield key >> 3, data[start:at]


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, at

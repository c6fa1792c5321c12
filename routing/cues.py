"""Cues: what the form of a message and its choice of words say about it, beside the words themselves.

A token's form is a small vector of counts; the counts of a text are the sum over its distinct tokens; the cues are
simple functions of those counts. Training and classifier read the same functions.
"""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from routing.words import HANDLE, LINK

Matrix = npt.NDArray[np.float32]

COUNTS = (
    "words", "characters", "capitals", "titled", "numbers", "handles", "links", "hashtags", "questions", "exclamations",
    "quotes", "dots", "money", "percent", "emoji", "forwards",
)  # fmt: skip
_AT = {name: at for at, name in enumerate(COUNTS)}


@dataclass(frozen=True)
class Cue:
    """`label` is what a colleague reads, empty where it would tell nothing; `leaning` is a hand-given opinion on which
    departments the cue speaks for."""

    name: str
    label: str
    leaning: dict[str, float] = field(default_factory=dict)


FORM = (
    Cue("length", ""),
    Cue("long_words", ""),
    Cue("capitals", "words in capitals"),
    Cue("titled", ""),
    Cue("numbers", "numbers", {"support": 0.1, "noise": 0.2}),
    Cue("handles", "names accounts", {"marketing": 0.1, "noise": 0.2}),
    Cue("links", "has a link", {"noise": 0.5, "pr": 0.5, "marketing": 0.2, "support": -0.5}),
    Cue("hashtags", "has hashtags", {"marketing": 0.3, "noise": 0.2, "support": -0.2}),
    Cue("questions", "asks a question", {"sales": 0.4, "support": 0.3}),
    Cue("exclamations", "exclaims", {"marketing": 0.3}),
    Cue("quotes", "quotes", {"pr": 0.3}),
    Cue("dots", "trails off …"),
    Cue("money", "names an amount of money", {"sales": 0.2}),
    Cue("percent", "names a percentage", {"pr": 0.3}),
    Cue("emoji", "has emoji"),
    Cue("addressed", "begins with an account's name", {"support": 0.5, "pr": -0.2}),
    Cue(
        "forwarded",
        "forwards somebody's message",
        {"pr": 0.4, "marketing": 0.3, "noise": 0.2, "support": -0.6, "sales": -0.4},
    ),
    Cue("ends_asking", "ends with a question"),
    Cue("ends_with_link", "ends with a link", {"pr": 0.3, "marketing": 0.1}),
    Cue("long", "is long", {"support": 0.4}),
    Cue("short", "is very short", {"noise": 0.5, "marketing": 0.3}),
    Cue("shouted", "is mostly in capitals"),
    Cue("headline", "is capitalised like a headline", {"pr": 0.5}),
)


def counts(written: str, word: str) -> tuple[float, ...]:
    """What a token adds to the `COUNTS` of its text: as it was written, and `word`, its normalised form."""
    first = written[0]
    is_handle, is_link = word == HANDLE and len(written) > 1, word == LINK
    is_word = not is_handle and not is_link and (first.isalnum() or first == "#")
    letters = written[1:] if first == "#" else written
    return (
        is_word,
        len(word) if is_word else 0,
        is_word and len(letters) > 1 and letters.isupper(),
        is_word and letters[:1].isupper() and letters[1:2].islower(),
        written.isdigit(),
        is_handle,
        is_link,
        is_word and first == "#",
        "?" in word,
        "!" in word,
        word == '"',
        word == "..",
        written in "€$£¥₹",
        written == "%",
        first >= "\u2600" and not first.isalnum(),
        word == "rt",
    )


def form(totals: Matrix, first: Matrix, last: Matrix) -> Matrix:
    """The cues of `FORM`, a row a text, from the counts of each text, of its first token and of its last."""

    def count(name: str) -> Matrix:
        return totals[:, _AT[name]]

    words = count("words")
    some = np.maximum(words, 1)
    columns = [
        np.log1p(words) / 2,
        count("characters") / some / 6,
        np.minimum(count("capitals"), 3) / 3,
        np.log1p(count("titled")) / 2,
        np.log1p(count("numbers")),
        np.log1p(count("handles")),
        np.minimum(count("links"), 2),
        np.log1p(count("hashtags")),
        np.minimum(count("questions"), 2),
        np.minimum(count("exclamations"), 2),
        np.minimum(count("quotes"), 2) / 2,
        np.minimum(count("dots"), 2) / 2,
        np.minimum(count("money"), 2),
        np.minimum(count("percent"), 1),
        np.minimum(count("emoji"), 3) / 2,
        first[:, _AT["handles"]],
        first[:, _AT["forwards"]],
        last[:, _AT["questions"]],
        last[:, _AT["links"]],
        words > 25,
        words < 5,
        count("capitals") / some * 2,
        count("titled") / some * 2,
    ]
    return np.stack(columns, axis=1).astype(np.float32)


def spoken(totals: Matrix) -> Matrix:
    """The cues of the lexicons, a row a text, from how many words of each concept a text holds."""
    return np.log1p(totals)

"""Why the classifier says what it says: the words and cues that spoke for or against a department, with their weights.

A weight is what a term adds to the department's score, in units of log-odds, against the mean of all departments.
Neighbouring words that pull the same way are shown as one phrase: “time for an upgrade” +1.32. What the encoder adds is
one term, the message as a whole, with the known example that the message is most like.
"""

import re
from collections.abc import Sequence

import numpy as np

from routing.classifier import Model, Parts, Scores
from routing.cues import FORM, Matrix
from routing.decisions import Evidence
from routing.words import is_unspaced
from routing.wordtable import Layout, Numbers

MOST_TERMS = 4
_PEAKS = 6
_WIDEST_GAP = 3
_LONGEST_PHRASE = 5
_SMALLEST_WEIGHT, _SMALLEST_CUE = 0.08, 0.15
_LIKE = 0.6
"""How like a known example a message must be for it to be named."""
_CLOSELY, _PHRASES = 1024, 12
WHOLE = "the message as a whole"
_WORD = re.compile(r"\S+")
_MARKS = '?!¿¡؟？！…."“”„«»'
"""Marks say little to a reader; the cues “asks a question”, “exclaims” and “quotes” say it for them."""


def explain(model: Model, scores: Scores, wanted: Sequence[int]) -> list[list[Evidence]]:
    """The terms that weigh most, for each text and the column of the department it is asked about (-1: not asked)."""
    asked = np.asarray(wanted, dtype=np.int64)
    columns = np.maximum(asked, 0)
    shares = model.quick_share[columns] if scores.look == "full" else np.ones(len(columns), dtype=np.float32)
    weights = _token_weights(model, scores, columns)
    form = scores.form * model.cue_weights[-len(FORM) :, columns].T * shares[:, None]
    strongest = np.argsort(-np.abs(form), axis=1)[:, :MOST_TERMS]
    wholes = _wholes(model, scores, columns)
    found: list[list[Evidence]] = []
    for text, column in enumerate(asked.tolist()):
        if column < 0:
            found.append([])
            continue
        start, share = int(scores.starts[text]) + 1, float(shares[text])
        said = weights[start : start + len(scores.tokens[text])]
        terms = phrases(scores.tokens[text], [weight * share for weight in said])
        terms += [
            (FORM[cue].label, weight)
            for cue, weight in zip(strongest[text].tolist(), form[text, strongest[text]].tolist(), strict=True)
            if abs(weight) >= _SMALLEST_CUE and FORM[cue].label
        ]
        terms.sort(key=lambda term: -abs(term[1]))
        department = model.departments[column]
        evidence = [_term(term, department, weight) for term, weight in terms[:MOST_TERMS]]
        if wholes is not None and scores.tokens[text]:
            whole, like = wholes[text]
            evidence = sorted([*evidence[: MOST_TERMS - 1], whole], key=lambda one: -abs(one["weight"])) + like
        found.append(evidence)
    return found


def _term(term: str, department: str, weight: float) -> Evidence:
    return {"kind": "term", "term": term, "department": department, "weight": round(weight, 2)}


def _wholes(model: Model, scores: Scores, columns: Numbers) -> list[tuple[Evidence, list[Evidence]]] | None:
    """For each text what the encoder adds, and the known example that it is most like; None without an encoder."""
    if scores.embeddings is None:
        return None
    weights = scores.whole[np.arange(len(columns)), columns].tolist()
    known = model.known
    places, likeness = (found.tolist() for found in known.nearest(scores.embeddings))
    wholes: list[tuple[Evidence, list[Evidence]]] = []
    for column, weight, place, like in zip(columns.tolist(), weights, places, likeness, strict=True):
        whole = _term(WHOLE, model.departments[column], weight) | {"whole": True}
        nearest: list[Evidence] = []
        if like >= _LIKE and known.labels[place]:
            nearest.append(
                {
                    "kind": "like",
                    "text": known.texts[place],
                    "message": int(known.ids[place]) or None,
                    "department": known.labels[place],
                    "likeness": round(like, 2),
                }
            )
        wholes.append((whole, nearest))
    return wholes


def explain_closely(model: Model, text: str, department: str) -> list[Evidence]:
    """Which phrases what the encoder adds for a department rests on: by how much it falls when each is left out.

    A phrase is a word or, in a longer text, a run of words. The most telling come first. Nothing where there is
    no encoder, or too little text to leave anything out.
    """
    column = model.departments.index(department)
    spans = _spans(text)
    if len(spans) < 2:
        return []
    without = [f"{text[:start]} {text[end:]}" for start, end in spans]
    scores = model.score([text, *without], full=True)
    if scores.embeddings is None:
        return []
    wholes = scores.whole[:, column]
    falls = [
        _term(text[start:end], department, float(wholes[0] - left)) | {"kind": "phrase"}
        for (start, end), left in zip(spans, wholes[1:].tolist(), strict=True)
    ]
    return sorted(falls, key=lambda one: -abs(one["weight"]))[:MOST_TERMS]


def _spans(text: str) -> list[tuple[int, int]]:
    """Where the phrases of a text's beginning stand: a dozen at most, each of one word or more."""
    words = [found.span() for found in _WORD.finditer(text[:_CLOSELY])]
    size = max(1, -(-len(words) // _PHRASES))
    return [(words[at][0], words[min(at + size, len(words)) - 1][1]) for at in range(0, len(words), size)]


def _token_weights(model: Model, scores: Scores, columns: Numbers) -> list[float]:
    """What each token adds to the score of its text's department; the tokens are numbered as in `scores`."""
    layout = model.layout
    concept_weights = model.cue_weights[: -len(FORM), columns].T
    # A concept's cue is the logarithm of a count: each of its words bears an equal share.
    shares = (concept_weights * np.log1p(scores.concepts) / np.maximum(scores.concepts, 1)).astype(np.float32)
    words, pairs = scores.words, scores.pairs
    added: Matrix = _of_words(words, layout, columns, scores)
    added += _of_concepts(words, layout.concepts, shares)
    total = np.zeros(sum(map(len, scores.tokens)) + len(scores.tokens) + 1, dtype=np.float32)
    total[words.token] = added
    rows, after_words = np.arange(len(pairs.text)), slice(layout.word.stop, None)
    added = pairs.values[rows, columns[pairs.text]] / scores.word_norms[pairs.text, 0]
    added += _of_concepts(pairs, after_words, shares)
    # The two words of a pair share what it adds.
    np.add.at(total, pairs.token, added / 2)
    np.add.at(total, pairs.token + 1, added / 2)
    weights: list[float] = total.tolist()
    return weights


def _of_words(words: Parts, layout: Layout, columns: Numbers, scores: Scores) -> Matrix:
    rows, column = np.arange(len(words.text)), columns[words.text]
    by_word = words.values[rows, layout.word.start + column] / scores.word_norms[words.text, 0]
    by_gram = words.values[rows, layout.gram.start + column] / scores.gram_norms[words.text, 0]
    return np.asarray(by_word + by_gram, dtype=np.float32)


def _of_concepts(parts: Parts, where: slice, shares: Matrix) -> Matrix:
    added: Matrix = np.einsum("ij,ij->i", parts.values[:, where], shares[parts.text])
    return added


def phrases(tokens: list[str], weights: list[float]) -> list[tuple[str, float]]:
    """The words that weigh most, neighbours joined with what stands between them, and what they weigh together."""
    if len(tokens) > _PEAKS:
        peaks = sorted(sorted(range(len(tokens)), key=[-abs(weight) for weight in weights].__getitem__)[:_PEAKS])
    else:
        peaks = list(range(len(tokens)))
    spans: list[tuple[int, int]] = []
    for peak in peaks:
        if abs(weights[peak]) < _SMALLEST_WEIGHT or tokens[peak][0] in _MARKS:
            continue
        if spans and _joins(tokens, weights, spans[-1], peak):
            spans[-1] = (spans[-1][0], peak)
        else:
            spans.append((peak, peak))
    return [(_shown(tokens[start : end + 1]), sum(weights[start : end + 1])) for start, end in spans]


def _joins(tokens: list[str], weights: list[float], span: tuple[int, int], peak: int) -> bool:
    start, end = span
    if peak - end > _WIDEST_GAP or peak - start >= _LONGEST_PHRASE or weights[end] * weights[peak] < 0:
        return False
    return all(token[0].isalnum() for token in tokens[end : peak + 1])


def _shown(tokens: list[str]) -> str:
    """Tokens as a person reads them. Runs of a script without spaces overlap by one character and are put together."""
    if len(tokens) == 1:
        return _named(tokens[0])
    shown = ""
    for token in map(_named, tokens):
        if not shown or not is_unspaced(token):
            shown += f" {token}" if shown else token
        else:
            shown += token[1:] if shown[-1] == token[0] else token
    return shown


def _named(token: str) -> str:
    if token[0] == "@":
        return "an account's name"
    return "a link" if token.startswith(("http://", "https://", "www.")) else token

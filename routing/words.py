"""From a text to its words: what the classifier and its training both read.

Everything here depends on one word alone, so that what a word is worth is added up once and remembered.
Words are normalised one by one (NFKC, case, digits, drawn-out letters); handles and links count as such, whoever and
wherever they name. Scripts written without spaces are read two characters at a time.
"""

import re
import unicodedata

LOOKED_AT = 8192
"""Characters of a text that are looked at. What somebody wants stands at the beginning of a long e-mail."""

HANDLE = "@"
LINK = "://"

# Marks that belong to the letter before them, which \w does not know: accents, vowel signs, joiners.
_MARKS = (
    "\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u05bf\u05c1-\u05c2\u05c4-\u05c5\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06dc"
    "\u06df-\u06e4\u06e7-\u06e8\u06ea-\u06ed\u0900-\u0963\u0971-\u0dff\u1000-\u1049\u1050-\u109f\u200c\u200d\ufe0e\ufe0f"
)
# Thai, Lao, kana and Chinese characters.
_UNSPACED = (
    "\u0e01-\u0e3a\u0e40-\u0e4e\u0e80-\u0ecd\u3041-\u309f\u30a1-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\uff66-\uff9f\U00020000-\U0002fa1f"
)
_EMOJI = "\u2600-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff"
_LETTERS = rf"[\w{_MARKS}{_UNSPACED}]+"

_TOKEN = re.compile(
    r"(?:https?://|www\.)\S+"
    r"|@\w+(?:[.@-]\w+)*"
    rf"|#?{_LETTERS}(?:['’]{_LETTERS})*"
    r"|[?!¿¡؟？！]+|…|\.\.+|[€$£¥₹%&+]|[\"“”„«»]|[:;]-?[()DPp]"
    rf"|[{_EMOJI}]"
)
_UNSPACED_CHARACTER = re.compile(f"[{_UNSPACED}]")
_RUN = re.compile(f"[{_UNSPACED}]+|[^{_UNSPACED}]+")
_WORD_CHARACTER = re.compile(_LETTERS[:-1])
_ASCII_WORD = re.compile(r"[^\W_]+", re.ASCII)
_SPACED_WORD = re.compile(rf"(?:(?![_{_UNSPACED}])[\w{_MARKS}])+")
_DRAWN_OUT = re.compile(r"(\D)\1{2,}")
_DIGITS = re.compile(r"\d+")
_QUOTES = str.maketrans("“”„«»？！؟", '"""""?!?')
_LONGEST_WORD = 32
_SHORTEST_GRAM, _LONGEST_GRAM = 3, 5


def is_unspaced(text: str) -> bool:
    """Whether the text begins with a character of a script written without spaces (Chinese, Japanese, Thai …)."""
    return _UNSPACED_CHARACTER.match(text) is not None


def is_word_character(character: str) -> bool:
    """Whether a character is part of a word: a letter, a digit, or a mark that belongs to one, in any script."""
    return _WORD_CHARACTER.match(character) is not None


def runs(text: str) -> list[str]:
    """The longest pieces of letters, digits and their marks, in scripts with spaces: what stands between all else."""
    return _ASCII_WORD.findall(text) if text.isascii() else _SPACED_WORD.findall(text)


def tokens(text: str) -> list[str]:
    """The words, marks and emoji of a text's first `LOOKED_AT` characters, as they stand there."""
    text = text[:LOOKED_AT]
    found: list[str] = _TOKEN.findall(text)
    if text.isascii() or not _UNSPACED_CHARACTER.search(text):
        return found
    return [piece for token in found for piece in _pieces(token)]


def _pieces(token: str) -> list[str]:
    """A token cut where a script without spaces begins or ends, its runs read two characters at a time."""
    if token.startswith(("http://", "https://", "www.", "@")):
        return [token]
    pieces: list[str] = []
    for run in _RUN.findall(token):
        if len(run) > 2 and is_unspaced(run):
            pieces.extend(run[at : at + 2] for at in range(len(run) - 1))
        else:
            pieces.append(run)
    return pieces


def normal(token: str) -> str:
    """The form under which a token is counted: `@` for a handle, `://` for a link, `0` for a number, lower case."""
    if len(token) > 1:
        if token[0] == "@":
            return HANDLE
        if token.startswith(("http://", "https://", "www.")):
            return LINK
        token = token.removeprefix("#")[:_LONGEST_WORD]
    if not token.isascii():
        token = unicodedata.normalize("NFKC", token).replace("’", "'").replace("\u200c", "").replace("\u200d", "")
    token = token.translate(_QUOTES).casefold()
    if not token.isalpha():
        token = _DIGITS.sub("0", token)
    return _DRAWN_OUT.sub(r"\1\1", token) or "_"


def grams(word: str) -> set[str]:
    """The pieces of a normalised word by which its relatives are known: `<re`, `fund`, `und>` … Marks have none."""
    if is_unspaced(word):
        return {f"~{character}" for character in word}
    if word in (HANDLE, LINK) or not word[0].isalnum():
        return set()
    edged = f"<{word}>"
    return {
        edged[at : at + length]
        for length in range(_SHORTEST_GRAM, _LONGEST_GRAM + 1)
        for at in range(len(edged) - length + 1)
    }

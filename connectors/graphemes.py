"""What people see as characters: extended grapheme clusters, those of UAX 29 but for a few that nobody writes. Pure."""

import re
import unicodedata

_PICTURE = (
    "[\u00a9\u00ae\u203c\u2049\u2122\u2139\u2194-\u21aa\u231a-\u23ff\u24c2\u25aa-\u25fe\u2600-\u27bf\u2934\u2935"
    "\u2b05-\u2b55\u3030\u303d\u3297\u3299\U0001f000-\U0001f1e5\U0001f200-\U0001f3fa\U0001f400-\U0001faff]"
)
# What goes with the character before it: joiners, variation selectors, skin tones, tags, and all that combines.
_EXTENDS = "\u200c\u200d\ufe00-\ufe0f\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f\U000e0100-\U000e01ef\uff9e\uff9f"
_HANGUL = "[\u1100-\u115f\ua960-\ua97c]*(?:[\uac00-\ud7a3]|[\u1160-\u11a7\ud7b0-\ud7c6])[\u1160-\u11ff\ud7b0-\ud7fb]*"
_CLUSTER = re.compile(
    "\r\n"
    "|[\U0001f1e6-\U0001f1ff]{2}"
    f"|{_PICTURE}[{_EXTENDS}]*(?:(?<=\u200d){_PICTURE}[{_EXTENDS}]*)*"
    f"|{_HANGUL}"
    "|[\u1100-\u115f\ua960-\ua97c]+"
    "|(?s:.)"
)
_AFTER = re.compile(f"[{_EXTENDS}\u0e33\u0eb3]")
# Marks with a width of their own that nevertheless stand alone (UAX 29, table 2).
_ALONE = re.compile(
    "[\u102b\u102c\u1038\u1062-\u1064\u1067-\u106d\u1083\u1087-\u108c\u108f\u109a-\u109c\u1a61\u1a63\u1a64\uaa7b\uaa7d"
    "\U00011720\U00011721]"
)
_PREPENDS = re.compile("[\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd]")
_BREAKS = re.compile("[\r\n\ufff0-\ufff8]|\r\n")


def clusters(text: str) -> list[str]:
    """The characters of a text as people see them; together they are the text."""
    found: list[str] = []
    takes_more, joins = False, False
    for cluster in _CLUSTER.findall(text):
        breaks = _breaks(cluster)
        if breaks or not (joins or (takes_more and _extends(cluster[0]))):
            found.append(cluster)
        else:
            found[-1] += cluster
        takes_more = not breaks
        joins = bool(_PREPENDS.fullmatch(cluster))
    return found


def _extends(char: str) -> bool:
    """Whether a character goes with the one before it."""
    if _AFTER.match(char):
        return True
    return unicodedata.category(char) in ("Mn", "Me", "Mc") and not _ALONE.match(char)


def _breaks(cluster: str) -> bool:
    """Whether nothing goes with it: line breaks, controls and what is invisible."""
    if _BREAKS.fullmatch(cluster):
        return True
    invisible = unicodedata.category(cluster[0]) in ("Cc", "Cf", "Cs", "Zl", "Zp")
    return len(cluster) == 1 and invisible and not (_AFTER.match(cluster) or _PREPENDS.match(cluster))

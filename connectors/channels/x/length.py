"""How long X takes a text to be: the rules of twitter-text, version 3 (weights 100 and 200, links 23, emoji 2)."""

import re
import unicodedata

LIMIT = 280
_LINK = 23
# One column: Latin, Greek, Cyrillic, Hebrew, Arabic, Indic … and some punctuation. Everything else takes two.
_NARROW = re.compile("[\u0000-\u10ff\u2000-\u200d\u2010-\u201f\u2032-\u2037]")
_SINGLE = (
    "[\u203c\u2049\u2122\u2139\u2194-\u21aa\u231a-\u23ff\u25aa-\u25fe\u2600-\u27bf\u2934\u2935\u2b05-\u2b55\u3030\u303d\u3297"
    "\u3299\U0001f004\U0001f0cf\U0001f170-\U0001f251\U0001f300-\U0001faff]"
)
_TONED = f"{_SINGLE}[\U0001f3fb-\U0001f3ff]?\ufe0f?"
# However many code points an emoji is made of, it takes two.
_EMOJI = re.compile(
    "[\U0001f1e6-\U0001f1ff]{2}"  # flags
    "|[0-9#*]\ufe0f?\u20e3"  # keycaps
    "|\U0001f3f4[\U000e0020-\U000e007e]+\U000e007f"  # flags of regions
    f"|{_TONED}(?:\u200d{_TONED})*"
)
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_GENERIC = (
    "academy|agency|app|art|biz|blog|cloud|club|com|company|design|dev|digital|edu|email|expert|gov|group|guru|health|"
    "help|info|int|jobs|life|link|live|marketing|media|mil|mobi|money|name|net|network|news|ngo|online|org|page|photo|"
    "press|pro|services|shop|site|social|solutions|space|store|studio|support|systems|team|tech|tips|today|tools|top|"
    "travel|video|website|wiki|work|world|xyz"
)
# With a scheme any host; without one a known ending: generic, or of a country where more than a name stands before it
# or a path follows (twitter-text leaves "foo.de" alone).
_URL = re.compile(
    r"(?<![A-Za-z0-9_@＠$#＃.-])(?:"
    rf"https?://(?:[^\s/?#.]+\.)+[^\W\d_]{{2,}}(?::\d+)?(?:[/?#][^\s<>\"]*)?"
    rf"|(?:{_LABEL}\.)+(?:{_GENERIC}|co|tv)(?![\w@-]|\.\w)(?::\d+)?(?:[/?#][^\s<>\"]*)?"
    rf"|(?:{_LABEL}\.){{2,}}[a-z]{{2}}(?![\w@-]|\.\w)(?::\d+)?(?:[/?#][^\s<>\"]*)?"
    rf"|{_LABEL}\.[a-z]{{2}}(?::\d+)?/[^\s<>\"]*"
    r")",
    re.IGNORECASE,
)
_TRAILING = ".,;:!?'\")]}…"


def weighted_length(text: str) -> int:
    """The length of `text` as X counts it against its limit of 280."""
    text = unicodedata.normalize("NFC", text)
    length, end = 0, 0
    for found in _URL.finditer(text):
        address = found[0].rstrip(_TRAILING)
        length += _plain_length(text[end : found.start()]) + _LINK
        end = found.start() + len(address)
    return length + _plain_length(text[end:])


def _plain_length(text: str) -> int:
    emoji = len(_EMOJI.findall(text))
    rest = _EMOJI.sub("", text)
    narrow = len(_NARROW.findall(rest))
    return 2 * emoji + narrow + 2 * (len(rest) - narrow)

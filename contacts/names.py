"""Names in every script: one form to search by, one to sort by. Free of Django."""

import unicodedata


def fold(text: str) -> str:
    """The form in which names are searched and sorted: "Ångström ＡＢ" → "angstrom ab".

    Compatibility forms are unified (NFKD), case is folded, and the combining marks of Latin, Greek and Cyrillic letters
    go, so that Zoë is found as zoe. Marks of other scripts (vowel signs, dakuten) carry meaning and stay.
    """
    if text.isascii():
        return " ".join(text.lower().split())
    kept: list[str] = []
    base_is_alphabetic = False
    for character in unicodedata.normalize("NFKD", text.casefold()):
        if unicodedata.combining(character):
            if not base_is_alphabetic:
                kept.append(character)
            continue
        # Latin, Greek and Cyrillic end below U+0530, with extensions of Latin and Greek at U+1E00-U+1FFF.
        base_is_alphabetic = character < "\u0530" or "\u1e00" <= character <= "\u1fff"
        kept.append(character)
    return " ".join(unicodedata.normalize("NFC", "".join(kept)).casefold().split())

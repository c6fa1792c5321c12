"""Texts of networks that people read, marked for translators where they stand and translated where they are shown.

Pure: a network's module knows of no language. It imports `marked` under the name that translators' tools look for, `_`.
"""


def marked(text: str) -> str:
    """The text itself."""
    return text

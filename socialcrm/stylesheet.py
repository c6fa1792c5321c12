"""All stylesheets as one."""

import re
from collections.abc import Sequence
from pathlib import Path

from socialcrm.bundles import BundleFinder

# What others rest on; the rest follows in the order of the alphabet.
_FIRST = ("fonts", "tokens", "base", "shell")
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_MARGIN = re.compile(r"^\s+", re.MULTILINE)


class StylesheetFinder(BundleFinder):
    """Finds `css/app.css`: every stylesheet there is, without comments and indentation."""

    name = "css/app.css"

    def parts(self) -> Sequence[Path]:
        """The foundations, then one file for each component."""
        rest = sorted(part for part in self.source.glob("*.css") if part.stem not in _FIRST)
        return [*(self.source / f"{name}.css" for name in _FIRST), *rest]

    def text(self, parts: Sequence[Path]) -> str:
        """One after the other."""
        return _MARGIN.sub("", _COMMENT.sub("", "\n".join(part.read_text() for part in parts)))

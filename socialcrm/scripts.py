"""The modules of every page as one. Each becomes a function of its own, whose exports the later ones take.

The modules keep to a few forms, and what goes beyond them is refused: imports of names or of a whole neighbour at the
beginning of a line, exports of declarations that are never assigned anew, no circles. What only some pages need is not
imported by main.js but loaded by them, and may itself import what keeps no state.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from whitenoise.storage import CompressedManifestStaticFilesStorage

from socialcrm.bundles import BundleFinder

_ENTRY = "main.js"
_IMPORT = re.compile(r'^import (?:\{ ([^}]*) \} from )?"\./([\w-]+\.js)";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export ((?:async )?function|const|class) (\w+)", re.MULTILINE)
_OTHER = re.compile(r"^(?:import|export)\b(?!\().*", re.MULTILINE)
_COMMENT = re.compile(r"^\s*//.*\n", re.MULTILINE)
_MARGIN = re.compile(r"^\s+", re.MULTILINE)
_HASHED = re.compile(r"\.[0-9a-f]{12}(\.|$)")


class FormError(Exception):
    """Modules import each other, or one of them has an import or export of an unknown form."""


class ScriptFinder(BundleFinder):
    """Finds `js/app.js`: main.js and all that it imports, without comments and indentation."""

    name = "js/app.js"

    def parts(self) -> Sequence[Path]:
        """Every module after those that it imports."""
        found: list[Path] = []
        self._visit(self.source / _ENTRY, found, ())
        return found

    def text(self, parts: Sequence[Path]) -> str:
        """One after the other, each in a scope of its own."""
        return "".join(_module(part) for part in parts)

    def _visit(self, part: Path, found: list[Path], above: tuple[Path, ...]) -> None:
        if part in above:
            raise FormError(f"{part.name} imports itself by way of {above[-1].name}.")
        for _, name in _IMPORT.findall(part.read_text()):
            if self.source / name not in found:
                self._visit(self.source / name, found, (*above, part))
        found.append(part)


class HashedStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Names files after what is in them, our modules that import each other too: browsers keep them for ever."""

    # Only ours: Django's switch for this takes modules that others ship, and whose neighbours they do not.
    patterns = (
        *CompressedManifestStaticFilesStorage.patterns,
        ("js/*.js", CompressedManifestStaticFilesStorage._js_module_import_aggregation_patterns[1]),
    )

    def compress_files(self, paths: Iterable[str]) -> Iterator[tuple[str, str]]:
        """What pages name, and once: the file of a hashed name never changes."""
        yield from super().compress_files([path for path in paths if _HASHED.search(path) and not self._is_done(path)])

    def _is_done(self, path: str) -> bool:
        # The one that is written last; where a start was broken off before, it is missing.
        return Path(f"{self.path(path)}.gz").exists() and Path(f"{self.path(path)}.br").exists()


def _module(part: Path) -> str:
    text = part.read_text()
    exported = [name for _, name in _EXPORT.findall(text)]
    text = _EXPORT.sub(r"\1 \2", _IMPORT.sub(_taken, text))
    if other := _OTHER.search(text):
        raise FormError(f"{part.name}: “{other[0]}” is not a form that socialcrm/scripts.py knows.")
    text = _MARGIN.sub("", _COMMENT.sub("", text))
    given = f"return {{ {', '.join(exported)} }};\n" if exported else ""
    name = f"const {_scope(part.name)} = " if exported else ""
    return f"{name}(() => {{\n{text}{given}}})();\n"


def _taken(found: re.Match[str]) -> str:
    """`const { a, b: c } = $panes` for `import { a, b as c } from "./panes.js"`; nothing for one without names."""
    names, module = found.groups()
    return f"const {{ {names.replace(' as ', ': ')} }} = {_scope(module)};\n" if names else ""


def _scope(module: str) -> str:
    return "$" + module.removesuffix(".js").replace("-", "_")

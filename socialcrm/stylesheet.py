"""All stylesheets as one: a page asks for one file, not for thirty, and no tool has to be run for it."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.storage import FileSystemStorage

NAME = "css/app.css"
# What others rest on; the rest follows in the order of the alphabet.
_FIRST = ("fonts", "tokens", "base", "shell")


class StylesheetFinder(BaseFinder):
    """Finds `css/app.css`, which it writes below var/ whenever one of its parts is newer."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._source = Path(settings.BASE_DIR) / "static" / "css"
        self._folder = Path(settings.VAR_DIR) / "stylesheet"

    def find(self, path: str, find_all: bool = False, **_: Any) -> Any:
        """Where the file is; nothing for any other name."""
        if path != NAME:
            return []
        found = self._written()
        return [found] if find_all else found

    def list(self, ignore_patterns: Any) -> Iterator[Any]:
        """The file, for collectstatic."""
        self._written()
        yield NAME, FileSystemStorage(location=self._folder)

    def _written(self) -> str:
        parts = self._parts()
        target = self._folder / NAME
        newest = max(one.stat().st_mtime for one in (self._source, *parts))
        if not target.exists() or target.stat().st_mtime < newest:
            target.parent.mkdir(parents=True, exist_ok=True)
            aside = target.with_suffix(".new")
            aside.write_text("\n".join(part.read_text() for part in parts))
            aside.replace(target)
        return str(target)

    def _parts(self) -> Sequence[Path]:
        rest = sorted(part for part in self._source.glob("*.css") if part.stem not in _FIRST)
        return [*(self._source / f"{name}.css" for name in _FIRST), *rest]

"""Many small files of the browser's as one: a page asks for one, not for thirty, and no tool has to be run for it."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.storage import FileSystemStorage


class BundleFinder(BaseFinder, ABC):
    """Finds the file `name`, which it writes below var/ whenever one of its parts is newer."""

    name: str

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.source = Path(settings.BASE_DIR) / "static" / Path(self.name).parent
        self._folder = Path(settings.VAR_DIR) / "bundles"

    @abstractmethod
    def parts(self) -> Sequence[Path]:
        """The files that it is made of, in their order."""

    @abstractmethod
    def text(self, parts: Sequence[Path]) -> str:
        """The whole, as the browser gets it."""

    def find(self, path: str, find_all: bool = False, **_: Any) -> Any:
        """Where the file is; nothing for any other name."""
        if path != self.name:
            return []
        found = self._written()
        return [found] if find_all else found

    def list(self, ignore_patterns: Any) -> Iterator[Any]:
        """The file, for collectstatic."""
        self._written()
        yield self.name, FileSystemStorage(location=self._folder)

    def _written(self) -> str:
        parts = self.parts()
        target = self._folder / self.name
        newest = max(one.stat().st_mtime for one in (self.source, *parts))
        if not target.exists() or target.stat().st_mtime < newest:
            target.parent.mkdir(parents=True, exist_ok=True)
            aside = target.with_suffix(".new")
            aside.write_text(self.text(parts))
            aside.replace(target)
        return str(target)

"""A file of contacts, from the upload to the last row and out again: seconds, rows a second and memory."""

import csv
import io
import resource
import time
from collections.abc import Iterator
from typing import Any

from django.utils import timezone

from contacts.crm import steps
from contacts.crm.people import Chosen
from contacts.models import Import
from inbox import crm_imports, people_export

_HEADER = ("Customer no", "First name", "Last name", "E-mail", "City", "Postal code", "Tags", "Role", "Twitter")
_NAMES = ("Ines", "Bo", "Rui", "Zoë", "Lena", "Jürgen", "Anaïs", "Çelik")


def contacts(rows: int = 100_000) -> dict[str, Any]:
    """Figures for a file of so many rows: checked, imported, imported again, exported, taken back."""
    source = steps.upload("bench.csv", _file(rows), system="bench", by=None, now=timezone.now())
    steps.check(source)
    checked = _timed(source)
    steps.start(source)
    imported = _timed(source)
    again = steps.upload("bench.csv", _file(rows), system="bench", by=None, now=timezone.now())
    Import.objects.filter(pk=again.pk).update(state="queued")
    unchanged = _timed(again)
    began = time.perf_counter()
    size = sum(len(piece) for piece in people_export.lines("csv", Chosen()))
    exported = time.perf_counter() - began
    steps.take_back(again)
    _timed(again)
    steps.take_back(_fresh(source))
    undone = _timed(source)
    return {
        "rows": rows,
        "created": _fresh(source).counts["taken"]["created"],
        "dry run, s": round(checked, 1),
        "import, s": round(imported, 1),
        "import, rows/s": round(rows / imported),
        "the same file again, s": round(unchanged, 1),
        "export as CSV, s": round(exported, 1),
        "export, MB": round(size / 2**20, 1),
        "taken back, s": round(undone, 1),
        "peak memory, MB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }


def _timed(source: Import) -> float:
    began = time.perf_counter()
    crm_imports.work(source.pk, seconds=100_000)
    return time.perf_counter() - began


def _fresh(source: Import) -> Import:
    return Import.objects.defer("content").get(pk=source.pk)


def _file(rows: int) -> Iterator[bytes]:
    """The file in pieces."""
    for start in range(0, rows, 5_000):
        text = io.StringIO()
        writer = csv.writer(text)
        if not start:
            writer.writerow(_HEADER)
        for number in range(start, min(rows, start + 5_000)):
            name = _NAMES[number % len(_NAMES)]
            handle = f"@person_{number}" if number % 4 == 0 else ""
            said = ("Porto" if number % 3 else "Lund", f"{number % 90_000:05}", "fair, vip", "customer", handle)
            writer.writerow((number, name, f"Prado {number}", f"p{number}@example.org", *said))
        yield text.getvalue().encode()

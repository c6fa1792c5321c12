import json
import resource
from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.test.utils import override_settings

from bench import ingest, pages, silence, webhooks

BENCHES: dict[str, Callable[[int], dict[str, Any]]] = {
    "ingest": ingest.ingest,
    "webhooks": webhooks.webhooks,
    "list": pages.inbox_list,
    "timeline": pages.timeline,
    "silence": lambda messages: silence.silence(),
}
# These bring their own data.
_ALONE = {"ingest", "silence", "webhooks"}
# Pages are asked for under another name, over plain HTTP, and without collected files.
_SETTINGS: dict[str, Any] = {
    "ALLOWED_HOSTS": ["*"],
    "SECURE_SSL_REDIRECT": False,
    "STORAGES": {
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    },
}


class Command(BaseCommand):
    help = "Measure speed and memory on a scratch database, which is removed afterwards."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("names", nargs="*", metavar="NAME", help=f"{', '.join(BENCHES)}; all by default")
        parser.add_argument("--messages", type=int, default=20_000, metavar="N", help="size of the data set")
        parser.add_argument("--json", action="store_true")

    def handle(self, *, names: list[str], messages: int, **options: Any) -> None:
        if unknown := set(names) - set(BENCHES):
            raise CommandError(f"{', '.join(sorted(unknown))}: unknown. Known are {', '.join(BENCHES)}.")
        if messages < 1000:
            raise CommandError(f"--messages {messages}: at least 1000 say something.")
        chosen = names or list(BENCHES)
        results: dict[str, dict[str, Any]] = {}
        with scratch_database(), override_settings(**_SETTINGS):
            if "ingest" in chosen:
                results["ingest"] = ingest.ingest(messages)
            if set(chosen) - _ALONE:
                pages.fill(messages)
            for name in [one for one in chosen if one != "ingest"]:
                results[name] = BENCHES[name](messages)
        peak = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        results["memory"] = {"peak of one process, MB": round(peak / 1024)}
        self._print(results, as_json=options["json"])

    def _print(self, results: dict[str, dict[str, Any]], *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps(results, indent=2))
            return
        width = max(len(figure) for figures in results.values() for figure in figures)
        for name, figures in results.items():
            self.stdout.write(name)
            for figure, value in figures.items():
                self.stdout.write(f"  {figure.ljust(width)}  {value:>12,}")


@contextmanager
def scratch_database() -> Iterator[None]:
    """A new database on the same server, migrated, as the default one; dropped at the end."""
    before = connection.settings_dict["NAME"]
    connection.settings_dict["TEST"]["NAME"] = f"{before}_bench"
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    try:
        yield
    finally:
        connection.creation.destroy_test_db(before, verbosity=0)

import json
import resource
from argparse import ArgumentParser
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.test.utils import override_settings

from bench import (
    acts,
    agents,
    browser,
    contacts,
    criteria,
    crm,
    database,
    dryrun,
    first_page,
    influence,
    ingest,
    lists,
    matching,
    merging,
    pages,
    router,
    rules,
    search,
    senses,
    silence,
    streams,
    webhooks,
)
from bench.large import Sizes

BENCHES: dict[str, Callable[[int], dict[str, Any]]] = {
    "ingest": ingest.ingest,
    "webhooks": webhooks.webhooks,
    "streams": streams.streams,
    "agents": agents.agents_at_work,
    "browser": browser.moving_on,
    "firstpage": first_page.transferred,
    "list": pages.inbox_list,
    "timeline": pages.timeline,
    "dryrun": dryrun.dryrun,
    "senses": lambda messages: senses.senses(),
    "router": lambda messages: router.router(),
    "training": lambda messages: router.training(),
    "silence": lambda messages: silence.silence(),
    "import": lambda messages: crm.contacts(),
    "influence": lambda messages: influence.influence(),
    "rules": lambda messages: rules.rules(),
    "matching": lambda messages: matching.matching(100_000, ""),
}
# These are asked of a company's whole past (bench/large).
LARGE: dict[str, Callable[[], dict[str, Any]]] = {
    "large": database.figures,
    "lists": lists.lists,
    "acts": acts.acts,
    "contact": contacts.contact,
    "merge": merging.merge,
    "criteria": criteria.figures,
    "search": search.search,
}
# These bring their own data.
_ALONE = {"import", "influence", "ingest", "matching", "senses", "rules", "silence", "webhooks", "router", "training"}
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
        parser.add_argument("names", nargs="*", metavar="NAME", help=f"{', '.join([*BENCHES, *LARGE])}; all by default")
        parser.add_argument("--messages", type=int, default=20_000, metavar="N", help="size of the data set")
        parser.add_argument("--contacts", type=int, default=5_000, metavar="N", help="people of the large data set")
        parser.add_argument(
            "--keep",
            default="",
            metavar="DATABASE",
            help="have the large data set there, and leave it for the next time",
        )
        parser.add_argument(
            "--identities", type=int, default=100_000, metavar="N", help="accounts among which matching looks"
        )
        parser.add_argument("--data", default="", metavar="FOLDER", help="known sets for matching")
        parser.add_argument("--json", action="store_true")

    def handle(self, *, names: list[str], messages: int, contacts: int, keep: str, **options: Any) -> None:
        if unknown := set(names) - set(BENCHES) - set(LARGE):
            raise CommandError(f"{', '.join(sorted(unknown))}: unknown. Known are {', '.join([*BENCHES, *LARGE])}.")
        if messages < 1000 or contacts < 1000:
            raise CommandError("--messages and --contacts: at least 1000 say something.")
        BENCHES["matching"] = lambda _: matching.matching(options["identities"], options["data"])
        chosen = names or [*BENCHES, *LARGE]
        results: dict[str, dict[str, Any]] = {}
        with override_settings(**_SETTINGS):
            if small := [name for name in chosen if name in BENCHES]:
                results |= self._small(small, messages)
            if large := [name for name in chosen if name in LARGE]:
                results |= self._large(large, Sizes.of(contacts, messages), keep)
        peak = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        results["memory"] = {"peak of one process, MB": round(peak / 1024)}
        self._print(results, as_json=options["json"])

    def _small(self, chosen: list[str], messages: int) -> dict[str, dict[str, Any]]:
        results: dict[str, dict[str, Any]] = {}
        with database.scratch_database():
            if "ingest" in chosen:
                results["ingest"] = ingest.ingest(messages)
            if set(chosen) - _ALONE:
                pages.fill(messages)
            for name in [one for one in chosen if one != "ingest"]:
                results[name] = BENCHES[name](messages)
        return results

    def _large(self, chosen: list[str], sizes: Sizes, keep: str) -> dict[str, dict[str, Any]]:
        place: AbstractContextManager[None] = database.kept_database(keep) if keep else database.scratch_database()
        with place:
            database.have_large(sizes, self.stderr.write)
            return {name: LARGE[name]() for name in chosen}

    def _print(self, results: dict[str, dict[str, Any]], *, as_json: bool) -> None:
        if as_json:
            self.stdout.write(json.dumps(results, indent=2))
            return
        width = max(len(figure) for figures in results.values() for figure in figures)
        for name, figures in results.items():
            self.stdout.write(name)
            for figure, value in figures.items():
                shown = value if isinstance(value, str) else f"{value:,}"
                self.stdout.write(f"  {figure.ljust(width)}  {shown:>12}")

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from connectors.disconnect import disconnect
from connectors.models import Channel
from connectors.registry import CONNECTORS


class Command(BaseCommand):
    """`manage.py revoke_credentials --all`: for the day on which somebody else may have read them."""

    help = (
        "Give back at the networks what they gave us, delete it here, and switch the channels off; history stays. "
        "The exit status says whether every network took it back."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("names", nargs="*", metavar="NAME", help="channels")
        parser.add_argument("--all", action="store_true", dest="everything", help="every channel that has credentials")

    def handle(self, *, names: list[str], everything: bool, **options: Any) -> None:
        if bool(names) == everything:
            raise CommandError("Name channels, or write --all. `channels` lists them.")
        held = Channel.objects.filter(credential__isnull=False)
        found = list((held if everything else Channel.objects.filter(name__in=names)).order_by("name"))
        if missing := set(names) - {channel.name for channel in found}:
            raise CommandError(f"No channel is called {', '.join(sorted(missing))}. `channels` lists them.")
        refusals = sum(not self._revoke(channel) for channel in found)
        if not found:
            self.stdout.write("No channel has credentials.")
        if refusals:
            message = f"{refusals} of {len(found)} networks did not take them back: do it on their own pages."
            raise CommandError(message)

    def _revoke(self, channel: Channel) -> bool:
        error = disconnect(channel)
        if error is None:
            self.stdout.write(f"{channel.name}: revoked and deleted.")
            return True
        kind = CONNECTORS.get(channel.network)
        label = kind.label if kind else channel.network
        self.stderr.write(f"{channel.name}: deleted here. {label} did not take it back: {error.message} {error.remedy}")
        return False

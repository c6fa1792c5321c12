import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from connectors.models import Channel
from inbox.drain import drain
from inbox.pull import pull

# Seconds between tries of a network that stumbles. Nobody waits here for a rate limit: the network says when it ends.
_WAITS = (2, 5, 10)


class Command(BaseCommand):
    help = "Pull channels in the foreground until nothing more is there. The exit status says whether all went well."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("names", nargs="*", metavar="NAME", help="channels; all that can be pulled by default")

    def handle(self, *, names: list[str], **options: Any) -> None:
        channels = list(Channel.objects.filter(name__in=names) if names else Channel.objects.filter(is_active=True))
        if missing := set(names) - {channel.name for channel in channels}:
            raise CommandError(f"No channel is called {', '.join(sorted(missing))}. `channels` lists them.")
        troubles = 0
        for channel in sorted(channels, key=lambda one: one.name):
            if not names and channel.network == "import":
                continue
            troubles += self._pull(channel)
        drain()
        if troubles:
            raise CommandError(f"{troubles} of {len(channels)} channels could not be pulled completely.")

    def _pull(self, channel: Channel) -> int:
        for wait in (*_WAITS, None):
            pulled = pull(channel)
            if pulled is None:
                self.stderr.write(f"{channel.name}: another worker is pulling it now.")
                return 1
            counts = ", ".join(f"{count} {outcome}" for outcome, count in sorted(pulled.outcomes.items()) if count)
            self.stdout.write(f"{channel.name}: {counts or 'nothing new'}.")
            error = pulled.error
            if error is None:
                return 0
            when = f" Not before {error.retry_at:%Y-%m-%d %H:%M:%S %Z}." if error.retry_at else ""
            self.stderr.write(f"{channel.name}: {error.message} {error.remedy}{when}")
            if wait is None or error.permanent or error.retry_at:
                return 1
            time.sleep(wait)
        return 1

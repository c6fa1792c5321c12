import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.views.decorators.debug import sensitive_variables

from connectors import addressed
from connectors.connect import Candidate, Incorrect, prepare, prepare_change, store
from connectors.models import Channel
from connectors.protocol import ConnectorError
from connectors.registry import CONNECTORS
from connectors.subscribe import can_subscribe, subscribe


class Command(BaseCommand):
    help = "Connect an account, after a round trip with its credentials. Again for a channel that exists: change it."

    def create_parser(self, prog_name: str, subcommand: str, **kwargs: Any) -> CommandParser:
        """Lets our --settings take the place of Django's."""
        return super().create_parser(prog_name, subcommand, conflict_handler="resolve", **kwargs)

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("network", metavar="NETWORK", help=f"one of {', '.join(CONNECTORS)}")
        parser.add_argument("name", metavar="NAME", help="what the channel shall be called")
        parser.add_argument("--base-url", help="another address than the vendor's")
        # manage.py renames --settings, which Django takes for itself wherever it sees it.
        example = 'an object, for example {"username": "halden"}'
        parser.add_argument("--settings", "--channel-settings", dest="given", metavar="JSON", help=example)
        parser.set_defaults(settings=None)
        parser.add_argument("--credentials", metavar="FILE", help="a JSON object of secrets; - reads standard input")

    @sensitive_variables()
    def handle(self, *, network: str, name: str, **options: Any) -> None:
        """Raises CommandError, in the network's own words where it was the network that said no."""
        entered = _object(options["given"], "--settings") if options["given"] is not None else None
        secrets = _object(_text(options["credentials"]), "--credentials") if options["credentials"] else {}
        existing = Channel.objects.filter(name=name, network=network).first()
        address = options["base_url"]
        try:
            if existing is None:
                candidate = prepare(
                    network=network, name=name, base_url=address or "", settings=entered, credentials=secrets
                )
            else:
                candidate = prepare_change(existing, base_url=address, settings=entered, credentials=secrets)
            channel = store(candidate, candidate.connector().verify())
        except Incorrect as error:
            raise CommandError("\n".join(f"{field}: {why}" for field, why in error.errors.items())) from error
        except ConnectorError as error:
            raise CommandError(f"{error.message} {error.remedy} Nothing was stored.") from error
        done = "Connected" if existing is None else "Changed"
        self.stdout.write(f"{done} {channel.name} ({CONNECTORS[network].label}{f' {channel.account}'.rstrip()}).")
        self._hand_over(channel, candidate)

    @sensitive_variables()
    def _hand_over(self, channel: Channel, candidate: Candidate) -> None:
        """What has to be written elsewhere, this one time; webhooks are subscribed where the network can be asked."""
        for one in candidate.kind.fields:
            if one.copied and one.name in candidate.made:
                self.stdout.write(f"{one.label}, shown this one time: {candidate.secrets[one.name]}")
        if not candidate.kind.takes_webhooks:
            return
        address = addressed.webhook(None, channel)
        self.stdout.write(f"Webhooks go to {address}")
        if not channel.is_active or not can_subscribe(channel):
            return
        if not settings.SITE_URL:
            said = (
                "is not asked to send them: set SITE_URL to how this server is called from outside, and connect again."
            )
        elif error := subscribe(channel, address):
            said = f"does not send them: {error.message} {error.remedy}".rstrip()
        else:
            said = "sends them there."
        self.stdout.write(f"{candidate.kind.label} {said}")


def _text(source: str) -> str:
    try:
        return sys.stdin.read() if source == "-" else Path(source).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(f"--credentials: {source} cannot be read: {error}") from error


@sensitive_variables()
def _object(text: str, option: str) -> dict[str, Any]:
    try:
        value = json.loads(text)
    except ValueError as error:
        # The error's own text would quote the secret.
        raise CommandError(f"{option} is not JSON (line {getattr(error, 'lineno', 1)}): write an object.") from None
    if not isinstance(value, dict):
        raise CommandError(f'{option}: write a JSON object, like {{"name": "value"}}.')
    return value

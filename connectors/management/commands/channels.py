import json
from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from connectors import watching
from connectors.models import Channel, Pull


class Command(BaseCommand):
    help = "All channels: how each one is, and what is wrong where something is."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="one JSON array")

    def handle(self, **options: Any) -> None:
        channels = Channel.objects.select_related("pull", "watch", "calls").order_by("name")
        health = watching.health(timezone.now())
        rows = [_row(channel, getattr(channel, "pull", None), health.get(channel.pk)) for channel in channels]
        if options["json"]:
            self.stdout.write(json.dumps(rows, indent=2, ensure_ascii=False))
            return
        for row in rows:
            self.stdout.write(f"{row['name']}  {row['network']} {row['account']}  {row['state']}".rstrip())
            if row["error"]:
                self.stdout.write(f"    {row['error']} {row['remedy']}".rstrip())
            for sign in row["signs"]:
                if sign["kind"] not in ("broken", "retrying"):
                    self.stdout.write(f"    {sign['words']}")
        if not rows:
            self.stdout.write("No channel yet. `connect_channel` makes one.")


def _row(channel: Channel, pull: Pull | None, health: watching.Health | None) -> dict[str, Any]:
    watch, calls = getattr(channel, "watch", None), getattr(channel, "calls", None)
    return {
        "name": channel.name,
        "uuid": str(channel.uuid),
        "network": channel.network,
        "account": channel.account,
        "base_url": channel.base_url,
        "settings": channel.settings,
        "is_active": channel.is_active,
        "is_sample": channel.is_sample,
        "connected_at": _time(channel.connected_at),
        "state": pull.state if pull else Pull.State.NEW,
        "error": pull.error if pull else "",
        "remedy": pull.remedy if pull else "",
        "pulled_at": _time(pull.pulled_at if pull else None),
        "next_at": _time(pull.next_at if pull else None),
        "calls_left": pull.calls_left if pull else None,
        "calls_reset_at": _time(pull.calls_reset_at if pull else None),
        "expires_at": _time(watch.expires_at if watch else None),
        "subscribed_at": _time(calls.subscribed_at if calls else None),
        "heard_at": _time(calls.heard_at if calls else None),
        "silent_since": _time(watch.silent_since if watch else None),
        "lag_seconds": health.lag.total_seconds() if health and health.lag is not None else None,
        "level": health.level if health else "",
        "signs": [{"kind": one.kind, "level": one.level, "words": one.words} for one in health.signs] if health else [],
    }


def _time(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None

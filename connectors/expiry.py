"""When somebody has to connect a channel anew: asked of its network once a day, to be known before it happens."""

from datetime import datetime, timedelta

import structlog
from django.db.models import F, Q

from connectors.models import Channel, Watch
from connectors.protocol import Connector, ConnectorError
from connectors.registry import CONNECTORS
from connectors.sessions import ready

log = structlog.get_logger(__name__)

_DAILY = timedelta(days=1)
# After an error the answer may have changed, but nobody asks again and again.
_HOURLY = timedelta(hours=1)
_AT_ONCE = 50


def due(now: datetime) -> list[int]:
    """Ids of channels whose network is to be asked."""
    old = Q(watch=None) | Q(watch__checked_at=None) | Q(watch__checked_at__lt=now - _DAILY)
    anew = Q(connected_at__gt=F("watch__checked_at"))
    troubled = Q(pull__error_at__gt=F("watch__checked_at"), watch__checked_at__lt=now - _HOURLY)
    found = Channel.objects.filter(old | anew | troubled, is_active=True, connected_at__isnull=False)
    ending = [name for name, kind in CONNECTORS.items() if kind.expires_at is not Connector.expires_at]
    return list(found.filter(network__in=ending).order_by("pk").values_list("pk", flat=True)[:_AT_ONCE])


def check(channel: Channel, now: datetime) -> bool:
    """Ask, and note the answer; returns whether it has changed. What can't be found out now stays as it was."""
    watch, _ = Watch.objects.get_or_create(channel=channel)
    # First of all, so that a network that hangs is asked by one worker, and not again at once.
    Watch.objects.filter(channel=channel).update(checked_at=now)
    try:
        expires_at = ready(channel).expires_at()
    except ConnectorError as error:
        log.warning("expiry_unknown", channel=channel.name, error=error.message)
        return False
    except Exception:  # noqa: BLE001 - a defect of one connector must not look like a broken worker
        log.exception("connector_defect", channel=channel.name)
        return False
    Watch.objects.filter(channel=channel).update(expires_at=expires_at)
    return expires_at != watch.expires_at

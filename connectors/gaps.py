"""Times of which a network no longer serves everything, kept so that nobody believes that it was quiet."""

from collections.abc import Sequence

from django.utils import timezone

from connectors.models import Gap
from connectors.protocol import Gap as Told


def note(channel_id: int, gaps: Sequence[Told]) -> None:
    """Keep what a page said was missing, in the running transaction."""
    now = timezone.now()
    Gap.objects.bulk_create(
        Gap(channel_id=channel_id, since=one.since, until=one.until, reason=one.reason, noticed_at=now) for one in gaps
    )

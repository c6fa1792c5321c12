"""The attachments of a message, one at a time, as the viewer shows them."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext

from inbox import marks, media
from inbox.presentation import address, full, network_name
from inbox.speech import ATTACHMENTS, PLAYED
from people.models import User


def shown(user: User, message_id: int, position: int) -> dict[str, Any]:
    """One attachment with its neighbours, for the viewer's template. One statement. Raises media.Absent."""
    message = media.message_of(user, message_id)
    count = len(message.attachments)
    if not 0 <= position < count:
        raise media.Absent
    one = message.attachments[position]
    kind, url = str(one.get("kind", "")), str(one.get("url", ""))
    shape, word = ATTACHMENTS.get(kind, ("paperclip", gettext("File")))
    ours = reverse("attachment", args=[message_id, position])
    here = reverse("viewer", args=[message_id])
    network = network_name(message.identity.network)
    return {
        "name": str(one.get("name") or word),
        "icon": marks.icon(shape),
        "alt": str(one.get("alt", "")),
        "picture": ours if kind == "image" else "",
        "video": f"{ours}?play=1" if kind in PLAYED and kind != "audio" else "",
        "audio": f"{ours}?play=1" if kind == "audio" else "",
        "download": f"{ours}?save=1",
        "original": url if address(url) else "",
        "open_on": gettext("Open on %(network)s") % {"network": network},
        "from": str(message.identity) if message.direction == message.Direction.IN else gettext("us"),
        "at": full(message.posted_at),
        "number": position + 1,
        "count": count,
        "previous": f"{here}?at={position - 1}" if position else "",
        "next": f"{here}?at={position + 1}" if position + 1 < count else "",
        "back": reverse("short", args=[message.conversation_id]),
    }

"""The files of a draft as the composer shows them."""

from base64 import b64decode
from typing import Any

from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils.translation import gettext

from connectors import isolation
from connectors.protocol import Enclosable
from inbox import attaching, replies
from inbox.models import DraftFile

_SIDE = 160


def allowed(conversation: Any, account: int | None = None) -> Enclosable | None:
    """What files an answer may carry here, from the account that is chosen: `account`, where the composer tells it."""
    sender = replies.chosen(replies.senders(conversation), conversation, account)
    return sender.able.files if sender else None


def enclosable(files: Enclosable) -> dict[str, Any]:
    """The same for the form: what a browser offers to choose from, and how much of it."""
    types = [f"{kind}*" if kind.endswith("/") else kind for kind in files.types]
    said = gettext("Files, at most %(n)d of %(size)s each") % {"n": files.count, "size": filesizeformat(files.size)}
    return {
        "accept": ",".join(types),
        "count": files.count,
        "size": filesizeformat(files.size),
        "bytes": files.size,
        "said": said,
        "alt": files.alt,
    }


def told(conversation: Any, alt: int) -> list[dict[str, Any]]:
    """The files of a person's draft, for the template. `alt`: how long a description the network takes."""
    return [
        {
            "id": one["id"],
            "name": one["name"],
            "size": filesizeformat(one["size"]),
            "alt": one["alt"],
            "picture": reverse("file", args=[one["id"]]) if one["content_type"] in attaching.PICTURES else "",
            "longest": alt if one["content_type"].startswith("image/") else 0,
        }
        for one in sorted(conversation.files, key=lambda one: one["id"])
    ]


def thumbnail(file: DraftFile) -> bytes | None:
    """A small picture of a file, made anew by a process of its own; None where it is none."""
    if file.content_type not in attaching.PICTURES:
        return None
    try:
        return b64decode(isolation.call("inbox.pictures:shrink", bytes(file.content), side=_SIDE))
    except isolation.Unreadable:
        return None

"""A text over the network's limit as the posts that it would go out as."""

from typing import Any

from django.utils.translation import gettext, ngettext

from connectors import parting
from inbox import replies
from inbox.models import Conversation


def posts(conversation: Conversation, text: str, *, numbered: bool, account: int | None = None) -> dict[str, Any]:
    """For the template: the posts, or why there are none. Nothing of both for a text that fits, or a network that takes
    one post only. `account`: the channel that is to answer, where that is not the usual one."""
    text = replies.plain(text)
    nothing: dict[str, Any] = {"posts": [], "why": "", "said": "", "numbered": numbered}
    try:
        sender = replies.sender(conversation, account)
    except replies.CannotReply:
        return nothing
    able = sender.able
    if not able.can_reply or not able.splits or able.text_limit is None:
        return nothing
    try:
        found = parting.split(text, able.text_limit, sender.measure, numbered=numbered)
    except parting.Unsplittable:
        most = {"most": parting.MOST}
        return nothing | {"why": gettext("Even %(most)d posts are not enough for this text. Shorten it.") % most}
    if len(found) < 2:
        return nothing
    said = ngettext("This goes out as %(n)d post", "This goes out as %(n)d posts", len(found)) % {"n": len(found)}
    return nothing | {"posts": [one.text for one in found], "said": said}

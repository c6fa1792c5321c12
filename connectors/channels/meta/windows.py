"""Whether, how and until when something can be answered: Meta's rules, without a call to Meta."""

from datetime import UTC, datetime, timedelta

from connectors.protocol import Capability, Original

WINDOW, LONG_WINDOW = timedelta(hours=24), timedelta(days=7)
COMMENT_LIMIT, MESSENGER_LIMIT, CAPTION_LIMIT, INSTAGRAM_LIMIT = 8_000, 2_000, 2_200, 1_000
NO_TOKEN = "The channel has no access token. Repair it in the channel's settings."  # noqa: S105
NO_REVIEWS = "Meta offers no answers to recommendations to other programs. Answer it on Facebook."
NOT_TAGGED = "Instagram takes no comments on media in which you are only tagged. Answer it on Instagram."
HIDDEN = "Instagram takes no answers to hidden comments. Show it again on Instagram first."
LIVE = "Comments under a live video can be answered only in the app."
UNKNOWN = "Meta does not say who wrote this, so nobody can write to them."
CLOSED = (
    "Meta's 24 hours since this person's last message are over. Answer in the network's own inbox, or wait until they "
    "write again."
)
CLOSED_LONG = "Meta's 7 days since this person's last message are over. Wait until they write again."
AS_AGENT = "The 24 hours are over. This goes out as “human agent”: only to help with what they asked, no advertising."
ONE_LEVEL = "Instagram has one level of answers: this will stand under the first comment."


def direct(original: Original, *, limit: int, human_agent: bool, now: datetime | None = None) -> Capability:
    """A direct message: for 24 hours since it was written, with Meta's leave for 7 days."""
    if original.author_external_id.startswith("unknown:"):
        return Capability(can_reply=False, reason=UNKNOWN, public=False, text_limit=limit)
    now = now or datetime.now(UTC)
    until, longest = original.posted_at + WINDOW, original.posted_at + LONG_WINDOW
    if now < until:
        return Capability(can_reply=True, public=False, text_limit=limit, until=until)
    if not human_agent:
        return Capability(can_reply=False, reason=CLOSED, public=False, text_limit=limit)
    if now < longest:
        return Capability(can_reply=True, public=False, text_limit=limit, until=longest, notice=AS_AGENT)
    return Capability(can_reply=False, reason=CLOSED_LONG, public=False, text_limit=limit)


def on_facebook(original: Original, *, human_agent: bool) -> Capability:
    """Whatever stands on a Page, or came by Messenger."""
    if original.kind == "direct":
        return direct(original, limit=MESSENGER_LIMIT, human_agent=human_agent)
    if original.kind == "review":
        return Capability(can_reply=False, reason=NO_REVIEWS, text_limit=COMMENT_LIMIT)
    return Capability(can_reply=True, text_limit=COMMENT_LIMIT)


def on_instagram(original: Original, *, human_agent: bool) -> Capability:
    """Whatever stands on Instagram, or came there as a message."""
    if original.kind == "direct":
        return direct(original, limit=INSTAGRAM_LIMIT, human_agent=human_agent)
    surface, data = original.raw.get("surface"), original.raw.get("data")
    told = data if isinstance(data, dict) else {}
    reasons = {"tagged": NOT_TAGGED, "live": LIVE}
    reason = reasons.get(str(surface)) or (HIDDEN if told.get("hidden") is True else "")
    if reason:
        return Capability(can_reply=False, reason=reason, text_limit=CAPTION_LIMIT)
    notice = ONE_LEVEL if surface == "comment" and told.get("parent_id") else ""
    return Capability(can_reply=True, text_limit=CAPTION_LIMIT, notice=notice)


def is_late(original: Original) -> bool:
    """Whether only a human agent's answer is taken now."""
    return datetime.now(UTC) >= original.posted_at + WINDOW

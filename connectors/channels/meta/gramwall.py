"""What stands on Instagram in the shape that `connectors.parse` reads: comments, and media that name the account."""

from connectors.channels.meta.shapes import Json, context, identity, member, several, somebody, text, written

NETWORK = "Instagram"
MEDIA_FIELDS = "id,caption,permalink,timestamp,username,media_type,comments_count"
TAG_FIELDS = "id,caption,permalink,timestamp,username,media_type,media_url"
_COMMENT = "id,text,timestamp,username,from{id,username},parent_id,hidden"
COMMENT_FIELDS = f"{_COMMENT},replies.limit(50){{{_COMMENT}}}"
MENTION_FIELDS = "id,text,timestamp,username,media{id,caption,permalink,username}"
CAPTION_FIELDS = "id,caption,timestamp,username,permalink,media_type,media_url"
NOTHING = "(Nothing that can be shown here. Look at it on Instagram.)"


def comments(told: Json, media: Json) -> list[Json]:
    """A comment and its answers; Instagram has no more than two levels."""
    return [comment(told, media), *(comment(one, media, above=told) for one in several(told.get("replies")))]


def comment(told: Json, media: Json, above: Json | None = None) -> Json:
    """One comment; `above` is the one that it answers."""
    comment_id, media_id = identity(told.get("id")), identity(media.get("id"))
    parent_id = identity((above or {}).get("id")) or identity(told.get("parent_id")) or media_id
    return {
        "external_id": told.get("id"),
        "kind": "comment",
        "posted_at": written(told.get("timestamp")),
        "text": text(told.get("text")) or NOTHING,
        "author": person(told, comment_id),
        "thread_id": media_id,
        "parent_id": parent_id,
        "url": text(media.get("permalink")),
        "context": [context("replied_to", parent_id, (above or {}) if parent_id != media_id else media)],
        "raw": {"surface": "comment", "media": media_id, "data": without_replies(told)},
    }


def person(told: Json, message_id: str) -> Json:
    """Who wrote it. Without an id the name is the identity: Instagram's names are unique, and few change them."""
    known, username = member(told, "from"), text(told.get("username"))
    if not identity(known.get("id")) and username:
        known = {"id": f"@{username}", "username": username}
    author = somebody(known, message_id, NETWORK)
    if "handle" in author:
        author["url"] = f"https://www.instagram.com/{author['handle']}/"
    return author


def tagged(told: Json, surface: str = "tagged") -> Json:
    """Somebody else's medium that names the account, in a tag or in its caption."""
    media_id = identity(told.get("id"))
    address = text(told.get("media_url"))
    kind = "video" if told.get("media_type") in ("VIDEO", "REELS") else "image"
    return {
        "external_id": told.get("id"),
        "kind": "mention",
        "posted_at": written(told.get("timestamp")),
        "text": text(told.get("caption")) or ("" if address else NOTHING),
        "author": person(told, media_id),
        "thread_id": media_id,
        "url": text(told.get("permalink")),
        "attachments": [{"url": address, "kind": kind}] if address else [],
        "raw": {"surface": surface, "media": media_id, "data": told},
    }


def mention(told: Json) -> Json:
    """A comment under somebody else's medium that names the account."""
    media = member(told, "media")
    item = comment(told, media)
    return {**item, "kind": "mention", "raw": {**item["raw"], "surface": "mention"}}


def told_comment(value: Json, at: object, media: Json, *, live: bool) -> Json:
    """A comment of which a webhook tells; what it tells has no time but that of the telling."""
    item = comment({**value, "timestamp": at}, {**media, "id": member(value, "media").get("id")})
    return {**item, "raw": {**item["raw"], "surface": "live" if live else "comment", "data": value}}


def without_replies(told: Json) -> Json:
    """A comment on its own, as it is kept."""
    return {name: value for name, value in told.items() if name != "replies"}

"""What stands on a Facebook Page in the shape that `connectors.parse` reads: posts, comments, recommendations.

Two sources tell of the same things in different words: the Graph API, and webhooks. Both lead to the same ids, threads
and authors, so that what comes twice is known as one.
"""

from typing import Any

from connectors.channels.meta.shapes import Json, context, identity, member, several, somebody, text, written

NETWORK = "Facebook"
POST_FIELDS = (
    "id,message,story,from{id,name},created_time,updated_time,permalink_url,"
    "attachments{type,media_type,media,url,title,subattachments}"
)
# How many comments there are, answers included: with the time of the last change it tells whether to look closer.
LIST_FIELDS = POST_FIELDS + ",comments.filter(stream).limit(0).summary(true)"
COMMENT_FIELDS = (
    "id,message,from{id,name},parent{id,message,from{name},permalink_url},created_time,permalink_url,"
    "attachment,is_hidden"
)
RATING_FIELDS = "created_time,reviewer{id,name},recommendation_type,rating,review_text,open_graph_story{id}"
NOTHING = "(Nothing that can be shown here. Look at it on Facebook.)"
_FILMS = ("video", "video_inline", "video_autoplay", "animated_image_video")
_VERDICTS = {"positive": "Recommends the Page.", "negative": "Does not recommend the Page."}


def comment(told: Json, post: Json) -> Json:
    """A comment as the Graph API has it; `post` is what it stands under."""
    comment_id, post_id = identity(told.get("id")), identity(post.get("id"))
    above = member(told, "parent")
    parent_id = identity(above.get("id")) or post_id
    files = pictures(told, f"comment/{comment_id}")
    return {
        "external_id": told.get("id"),
        "kind": "comment",
        "posted_at": written(told.get("created_time")),
        "text": text(told.get("message")) or _shared(member(told, "attachment")) or ("" if files else NOTHING),
        "author": somebody(member(told, "from"), comment_id, NETWORK),
        "thread_id": post_id,
        "parent_id": parent_id,
        "url": told.get("permalink_url"),
        "attachments": files,
        "context": [context("replied_to", parent_id, above or post)],
        "raw": {"surface": "comment", "data": told},
    }


def post(told: Json, surface: str = "post") -> Json:
    """A visitor's post on the Page, or one elsewhere that names the Page (`tagged`)."""
    post_id = identity(told.get("id"))
    files = pictures(told, f"post/{post_id}")
    shared = next((_shared(one) for one in several(told.get("attachments"))), "")
    return {
        "external_id": told.get("id"),
        "kind": "mention" if surface == "tagged" else "post",
        "posted_at": written(told.get("created_time")),
        "text": text(told.get("message")) or text(told.get("story")) or shared or ("" if files else NOTHING),
        "author": somebody(member(told, "from"), post_id, NETWORK),
        "thread_id": post_id,
        "url": told.get("permalink_url"),
        "attachments": files,
        "raw": {"surface": surface, "data": told},
    }


def rating(told: Json, page_id: str) -> Json:
    """A recommendation; those without words say what they recommend."""
    reviewer = member(told, "reviewer")
    story = identity(member(told, "open_graph_story").get("id"))
    review_id = story or f"review:{page_id}:{identity(reviewer.get('id')) or text(told.get('created_time'))}"
    stars = told.get("rating")
    verdict = _VERDICTS.get(text(told.get("recommendation_type")).lower(), "")
    if not verdict and isinstance(stars, int) and not isinstance(stars, bool):
        verdict = f"{stars} of 5 stars."
    words = text(told.get("review_text"))
    return {
        "external_id": review_id,
        "kind": "review",
        "posted_at": written(told.get("created_time")),
        "text": "\n".join(part for part in (verdict, words) if part) or NOTHING,
        "author": somebody(reviewer, review_id, NETWORK),
        "thread_id": review_id,
        "url": f"https://www.facebook.com/{story}" if story else "",
        "raw": {"surface": "review", "data": told},
    }


def pictures(told: Json, owner: str) -> list[Json]:
    """The pictures and films of a post or comment, by names of our own: Meta's addresses for them run out."""
    return [{"url": f"media:{owner}/{n}", "kind": kind} for n, (kind, _) in enumerate(sources(told))]


def sources(told: Json) -> list[tuple[str, str]]:
    """Kind and present address of each picture and film of a post or comment, in order."""
    tops = several(told.get("attachments")) + ([told["attachment"]] if member(told, "attachment") else [])
    found = []
    for one in [inner for top in tops for inner in several(top.get("subattachments")) or [top]]:
        media = member(one, "media")
        film, picture = text(media.get("source")), text(member(media, "image").get("src"))
        kind = text(one.get("media_type")) or text(one.get("type"))
        if film or picture:
            found.append(("video", film) if film and kind in _FILMS else ("image", picture or film))
    return found[:20]


def _shared(attachment: Json) -> str:
    """What somebody shared without a word of their own."""
    parts = (attachment.get("title"), attachment.get("url"))
    return " ".join(part for part in map(text, parts) if part)


def told_comment(value: Json, at: object, posts: dict[str, Json]) -> Json:
    """A comment of which a webhook tells; `posts` are those that could be read, by id."""
    comment_id, post_id = identity(value.get("comment_id")), identity(value.get("post_id"))
    parent_id = identity(value.get("parent_id")) or post_id
    under = posts.get(parent_id) or (posts.get(post_id) or member(value, "post") if parent_id == post_id else {})
    files = _told_files(value, f"comment/{comment_id}")
    return {
        "external_id": value.get("comment_id"),
        "kind": "comment",
        "posted_at": written(at),
        "text": text(value.get("message")) or ("" if files else NOTHING),
        "author": somebody(_sender(value), comment_id, NETWORK),
        "thread_id": post_id,
        "parent_id": parent_id,
        "url": _link(post_id, comment_id),
        "attachments": files,
        "context": [context("replied_to", parent_id, under)],
        "raw": {"surface": "comment", "data": value},
    }


def told_post(value: Json, at: object, surface: str = "post") -> Json:
    """A post of which a webhook tells."""
    post_id = identity(value.get("post_id"))
    files = _told_files(value, f"post/{post_id}")
    return {
        "external_id": value.get("post_id"),
        "kind": "mention" if surface == "tagged" else "post",
        "posted_at": written(at),
        "text": text(value.get("message")) or ("" if files else text(value.get("link")) or NOTHING),
        "author": somebody(_sender(value), post_id, NETWORK),
        "thread_id": post_id,
        "url": text(member(value, "post").get("permalink_url")) or _link(post_id),
        "attachments": files,
        "raw": {"surface": surface, "data": value},
    }


def told_rating(value: Json, at: object, page_id: str) -> Json:
    """A recommendation of which a webhook tells, in its own words for the same things."""
    names = {"id": value.get("reviewer_id"), "name": value.get("reviewer_name")}
    same = {**value, "reviewer": names, "open_graph_story": {"id": value.get("open_graph_story_id")}}
    return {**rating(same, page_id), "posted_at": written(at), "raw": {"surface": "review", "data": value}}


def _sender(value: Json) -> Json:
    return member(value, "from") or {"id": value.get("sender_id"), "name": value.get("sender_name")}


def _told_files(value: Json, owner: str) -> list[Json]:
    listed: Any = value.get("photos")
    count = (
        len([one for one in listed if text(one)]) if isinstance(listed, list) else int(bool(text(value.get("photo"))))
    )
    if value.get("item") == "photo" and not count and text(value.get("link")):
        count = 1
    films = text(value.get("video")) or (text(value.get("link")) if value.get("item") == "video" else "")
    kinds = ["image"] * min(count, 20) + ["video"] * int(bool(films))
    return [{"url": f"media:{owner}/{n}", "kind": kind} for n, kind in enumerate(kinds)]


def _link(post_id: str, comment_id: str = "") -> str:
    """A permalink that leads there also where Meta told none."""
    inner = comment_id.rpartition("_")[2]
    return f"https://www.facebook.com/{post_id}" + (f"?comment_id={inner}" if inner else "") if post_id else ""

"""Reads X's post objects, in both spellings of their fields, into items for `parse`.

Pure. Whatever a field holds instead of what X documents is passed over here and kept in `raw`.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

Json = dict[str, Any]
User = Mapping[str, str]

# What to ask for: the names of parameters and fields in the usual spelling.
_FIELDS = {
    "tweet.fields": "attachments,author_id,conversation_id,created_at,edit_history_tweet_ids,entities,"
    "in_reply_to_user_id,lang,note_tweet,public_metrics,referenced_tweets",
    "expansions": "author_id,attachments.media_keys,referenced_tweets.id,referenced_tweets.id.author_id",
    "user.fields": "description,entities,location,profile_image_url,protected,public_metrics,url,verified,"
    "verified_type",
    "media.fields": "alt_text,preview_image_url,type,url,variants",
}
_NO_LANGUAGE = re.compile(r"und|zxx|art|q[a-z]{2}")
_LANGUAGES = {"in": "id", "iw": "he", "ji": "yi"}
_KINDS = {"photo": "image", "video": "video", "animated_gif": "video"}


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a page holds beside its posts, by id."""

    users: Mapping[str, Json]
    posts: Mapping[str, Json]
    media: Mapping[str, Json]


def asked_for(spelling: str) -> dict[str, str]:
    """The parameters that name what posts shall hold, spelled for `post` or, by default, for `tweet`."""
    if spelling != "post":
        return dict(_FIELDS)
    return {name.replace("tweet", "post"): fields.replace("tweet", "post") for name, fields in _FIELDS.items()}


def surroundings(body: Json) -> Surroundings:
    """The `includes` of an answer."""
    includes = _object(body.get("includes"))
    return Surroundings(
        users=_by("id", listed(includes.get("users"))),
        posts=_by("id", [*listed(includes.get("tweets")), *listed(includes.get("posts"))]),
        media=_by("media_key", listed(includes.get("media"))),
    )


def listed(value: object) -> list[Json]:
    """The objects of a list; nothing of what is none."""
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def id_of(post: object) -> str:
    """The id of a post; empty where it has none."""
    return _id(post.get("id")) if isinstance(post, dict) else ""


def made_at(post: Json) -> datetime | None:
    """When a post was made; None where it doesn't say."""
    try:
        made = datetime.fromisoformat(str(post.get("created_at")))
    except ValueError:
        return None
    return made if made.tzinfo else made.replace(tzinfo=UTC)


def chain(post: Json) -> list[str]:
    """The ids of all versions of a post, the first one first."""
    own = _id(post.get("id"))
    history = post.get("edit_history_tweet_ids") or post.get("edit_history_post_ids")
    ids = [_id(one) for one in history] if isinstance(history, list) else []
    return ids if own in ids and all(ids) else [own]


def references(post: Json) -> list[tuple[str, str]]:
    """Pairs of relation and id: what a post replies to, quotes or repeats."""
    others = listed(post.get("referenced_tweets") or post.get("referenced_posts"))
    return [(str(one.get("type")), _id(one.get("id"))) for one in others if _id(one.get("id"))]


def text_of(post: Json) -> str | None:
    """The whole text; X escapes three characters in it."""
    note = _object(post.get("note_tweet") or post.get("note_post"))
    return _unescaped(note.get("text") or post.get("text"))


def _unescaped(text: object) -> str | None:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&") if isinstance(text, str) else None


def mentioned(post: Json) -> list[Json]:
    """The accounts that a post names: objects with username, and id where X gives it."""
    note = _object(post.get("note_tweet") or post.get("note_post"))
    entities = _object(note.get("entities")) or _object(post.get("entities"))
    return listed(entities.get("mentions"))


def is_to(post: Json, around: Surroundings, user: User) -> bool:
    """Whether a post names the account, or quotes one of its posts: then X lets it reply."""
    if names(post, user):
        return True
    quoted = [around.posts.get(post_id, {}) for relation, post_id in references(post) if relation == "quoted"]
    return any(_id(one.get("author_id")) == user["id"] for one in quoted)


def names(post: Json, user: User) -> bool:
    """Whether a post names the account."""
    return any(_is(one, user) for one in mentioned(post))


def item(post: Json, around: Surroundings, user: User, *, from_mentions: bool) -> Json:
    """A post in the shape that `connectors.parse` reads; `user` is the account that it was pulled for."""
    writer = around.users.get(_id(post.get("author_id")), {})
    versions = chain(post)
    summoned = from_mentions or is_to(post, around, user)
    parents = [post_id for relation, post_id in references(post) if relation == "replied_to"]
    return {
        "external_id": versions[0],
        "action": "create" if versions[0] == _id(post.get("id")) else "edit",
        "kind": "mention" if summoned else "post",
        "posted_at": post.get("created_at"),
        "text": text_of(post),
        "author": author(writer) if writer else {"external_id": post.get("author_id")},
        "thread_id": post.get("conversation_id"),
        "parent_id": _first_version(parents[0], around) if parents else None,
        "url": permalink(writer.get("username"), _id(post.get("id"))),
        "language": language(post.get("lang")),
        "mentions": [
            {"external_id": one["id"], "handle": one.get("username")}
            for one in mentioned(post)
            if _id(one.get("id")) and not _is(one, user)
        ],
        "attachments": attachments(post, around),
        "context": context(post, around),
        "raw": {
            "data": post,
            "includes": included(post, writer, around),
            "summoned": summoned,
            # Another account may not be.
            "read_by": user["username"],
        },
    }


def permalink(username: object, post_id: str) -> str:
    """The address of a post; X finds it without the name as well."""
    return f"https://x.com/{username if isinstance(username, str) and username else 'i'}/status/{post_id}"


def language(tag: object) -> str:
    """X's tag without those that stand for no language, and in today's spelling."""
    if not isinstance(tag, str) or _NO_LANGUAGE.fullmatch(tag):
        return ""
    return _LANGUAGES.get(tag, tag)


def author(user: Json) -> Json:
    """A profile in the shape that `connectors.parse` reads."""
    metrics = _object(user.get("public_metrics"))
    return {
        "external_id": user.get("id"),
        "handle": user.get("username"),
        "name": _unescaped(user.get("name")),
        "url": f"https://x.com/{user['username']}" if isinstance(user.get("username"), str) else None,
        "avatar_url": user.get("profile_image_url"),
        "followers": metrics.get("followers_count"),
        "verified": user.get("verified"),
        "bio": _unescaped(user.get("description")),
        "location": _unescaped(user.get("location")),
        "links": _links(_object(user.get("entities"))),
    }


def _links(entities: Json) -> list[str]:
    """Where the addresses lead that a profile names; in its own words they are X's short ones."""
    lists = [_object(entities.get(place)).get("urls") for place in ("url", "description")]
    named = [_object(one).get("expanded_url") for urls in lists if isinstance(urls, list) for one in urls]
    return [one for one in named if isinstance(one, str) and one]


def _is(one: Json, user: User) -> bool:
    """Whether a mention is of that account; X gives no id where it did not recognise the name in time."""
    name = str(one.get("username") or "").lower()
    return _id(one.get("id")) == user["id"] != "" or name == user["username"].lower() != ""


def attachments(post: Json, around: Surroundings) -> list[Json]:
    """Its pictures and films."""
    keys = _object(post.get("attachments")).get("media_keys")
    found = [around.media.get(_id(key), {}) for key in keys] if isinstance(keys, list) else []
    return [
        {"url": address, "kind": _KINDS.get(str(one.get("type")), "file"), "alt": one.get("alt_text")}
        for one in found
        if (address := _media_address(one))
    ]


def _media_address(media: Json) -> Any:
    films = [one for one in listed(media.get("variants")) if one.get("content_type") == "video/mp4"]
    films.sort(key=lambda one: one["bit_rate"] if isinstance(one.get("bit_rate"), int) else 0)
    return media.get("url") or (films[-1].get("url") if films else None) or media.get("preview_image_url")


def context(post: Json, around: Surroundings) -> list[Json]:
    """What it answers and quotes."""
    told = []
    for relation, post_id in references(post):
        if relation not in ("replied_to", "quoted"):
            continue
        other = around.posts.get(post_id, {})
        name = around.users.get(_id(other.get("author_id")), {}).get("username")
        told.append(
            {
                "relation": relation,
                "external_id": _first_version(post_id, around),
                "author": f"@{name}" if isinstance(name, str) else "",
                "author_id": _id(other.get("author_id")),
                "text": text_of(other) or "",
                "url": permalink(name, post_id),
            }
        )
    return told


def included(post: Json, writer: Json, around: Surroundings) -> Json:
    """What of its surroundings is kept with it."""
    keys = _object(post.get("attachments")).get("media_keys")
    parts = {
        "users": [writer] if writer else [],
        "posts": [around.posts[one] for _, one in references(post) if one in around.posts],
        "media": [around.media[_id(key)] for key in keys if _id(key) in around.media] if isinstance(keys, list) else [],
    }
    return {name: part for name, part in parts.items() if part}


def _first_version(post_id: str, around: Surroundings) -> str:
    return chain(around.posts[post_id])[0] if post_id in around.posts else post_id


def _id(value: object) -> str:
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""


def _object(value: object) -> Json:
    return value if isinstance(value, dict) else {}


def _by(name: str, values: Iterable[Json]) -> dict[str, Json]:
    return {_id(one.get(name)): one for one in values}

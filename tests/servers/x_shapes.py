"""Which fields and inclusions an answer has, spelled as tweet.fields or as post.fields."""

from collections.abc import Iterable
from typing import Any

from tests.servers.x_world import World

POST_FIELDS = set(
    """
    attachments author_id context_annotations conversation_id created_at edit_controls edit_history_tweet_ids entities
    geo id in_reply_to_user_id lang note_tweet possibly_sensitive public_metrics referenced_tweets reply_settings text
    withheld
    """.split()
)
EXPANSIONS = {
    "author_id",
    "attachments.media_keys",
    "referenced_tweets.id",
    "referenced_tweets.id.author_id",
    "in_reply_to_user_id",
    "entities.mentions.username",
}
DIRECT_EXPANSIONS = {"attachments.media_keys", "participant_ids", "referenced_tweets.id", "sender_id"}
# Canonical name → the newer spelling.
NEWER = {
    "referenced_tweets": "referenced_posts",
    "edit_history_tweet_ids": "edit_history_post_ids",
    "note_tweet": "note_post",
    "referenced_tweets.id": "referenced_posts.id",
    "referenced_tweets.id.author_id": "referenced_posts.id.author_id",
}
OLDER = {new: old for old, new in NEWER.items()}


class Asked:
    """What a request asks for. Raises ValueError where X would answer 400."""

    def __init__(self, query: dict[str, str], spelling: str = "both", path: str = "") -> None:
        self.query = query
        self.newer = "post.fields" in query or any(name in query.get("expansions", "") for name in OLDER)
        if spelling != "both" and ("tweet.fields" in query if spelling == "post" else self.newer):
            raise ValueError(f"this server speaks {spelling}.fields only")
        self.fields = self._listed("post.fields" if self.newer else "tweet.fields", POST_FIELDS)
        self.fields |= {"id", "text", "edit_history_tweet_ids"}
        self.expansions = self._listed("expansions", DIRECT_EXPANSIONS if "/dm_" in path else EXPANSIONS)
        self.user_fields = {"id", "name", "username"} | self._listed("user.fields", None)
        self.media_fields = {"media_key", "type"} | self._listed("media.fields", None)

    def _listed(self, name: str, known: set[str] | None) -> set[str]:
        given = {OLDER.get(one, one) for one in self.query.get(name, "").split(",") if one}
        if known is not None and given - known:
            raise ValueError(f"The `{name}` query parameter value {sorted(given - known)} is not known")
        return given

    def number(self, name: str, default: int | None = None) -> int | None:
        """A whole number of the query."""
        value = self.query.get(name, "")
        if value and not value.isdecimal():
            raise ValueError(f"The `{name}` query parameter value [{value}] is not a number")
        return int(value) if value else default

    def user(self, user: dict[str, Any]) -> dict[str, Any]:
        """A user with the fields that were asked for."""
        return {name: value for name, value in user.items() if name in self.user_fields}

    def post(self, post: dict[str, Any]) -> dict[str, Any]:
        """A post with the fields that were asked for, in the spelling of the question."""
        return {
            NEWER.get(name, name) if self.newer else name: value
            for name, value in post.items()
            if name in self.fields and value not in (None, {}, [])
        }


def shaped(world: World, posts: list[dict[str, Any]], asked: Asked) -> dict[str, Any]:
    """`data` and `includes` for these posts."""
    if not posts:
        return {}
    users = [post["author_id"] for post in posts] if "author_id" in asked.expansions else []
    referenced = _referenced(world, posts) if "referenced_tweets.id" in asked.expansions else []
    if "referenced_tweets.id.author_id" in asked.expansions:
        users += [post["author_id"] for post in _referenced(world, posts)]
    if "entities.mentions.username" in asked.expansions:
        users += [one["id"] for post in posts for one in post["entities"].get("mentions", ()) if "id" in one]
    keys = [key for post in posts for key in post.get("attachments", {}).get("media_keys", ())]
    media = [world.media[key] for key in dict.fromkeys(keys) if key in world.media]
    includes = {
        "users": [asked.user(world.users[one]) for one in _once(users) if one in world.users],
        "posts" if asked.newer else "tweets": [asked.post(post) for post in referenced],
        "media": [
            {name: value for name, value in one.items() if name in asked.media_fields}
            for one in (media if "attachments.media_keys" in asked.expansions else [])
        ],
    }
    answer: dict[str, Any] = {"data": [asked.post(post) for post in posts]}
    if includes := {name: values for name, values in includes.items() if values}:
        answer["includes"] = includes
    return answer


def _referenced(world: World, posts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    ids = _once(one["id"] for post in posts for one in post.get("referenced_tweets", ()))
    return [world.posts[one] for one in ids if one in world.posts]


def _once(values: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(values))

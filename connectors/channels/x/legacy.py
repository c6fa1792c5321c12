"""Turns the shapes of X's older API, which account-activity webhooks still have, into those of API v2. Pure."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from connectors.channels.x.direct import pair

Json = dict[str, Any]


def body_of(tweet: Json) -> Json:
    """A tweet as an answer of API v2 would hold it: `data` with one post, and `includes`."""
    quoted = _object(tweet.get("quoted_status"))
    known = [one for one in (tweet, quoted) if one]
    media = [one for each in known for one in _media(each)]
    return {
        "data": [_post(tweet)],
        "includes": {
            "users": [_user(_object(one.get("user"))) for one in known],
            "tweets": [_post(quoted)] if quoted else [],
            "media": media,
        },
    }


def is_repost(tweet: Json) -> bool:
    """Whether somebody only passed on what another one said."""
    return bool(tweet.get("retweeted_status"))


def event_of(told: Json) -> Json:
    """A direct message as API v2 has it."""
    said = _object(told.get("message_create"))
    data = _object(said.get("message_data"))
    attached = _object(_object(data.get("attachment")).get("media"))
    target = _object(said.get("target")).get("recipient_id")
    return {
        "id": told.get("id"),
        "event_type": "MessageCreate" if told.get("type", "message_create") == "message_create" else told.get("type"),
        "text": data.get("text"),
        "sender_id": said.get("sender_id"),
        "created_at": _from_milliseconds(told.get("created_timestamp")),
        "dm_conversation_id": told.get("dm_conversation_id") or pair(said.get("sender_id"), target),
        **({"attachments": {"media_keys": [_key(attached)]}} if attached else {}),
    }


def direct_includes(payload: Mapping[str, Any]) -> Json:
    """The users and pictures that come with direct messages."""
    users = [_user(_unwrapped(one)) for one in _object(payload.get("users")).values()]
    events = payload.get("direct_message_events")
    told = [_object(_object(one).get("message_create")) for one in (events if isinstance(events, list) else [])]
    attached = [_object(_object(_object(one.get("message_data")).get("attachment")).get("media")) for one in told]
    return {"users": users, "media": [_medium(one) for one in attached if one]}


def unwrapped(includes: object) -> Json:
    """The `includes` of an event, where X sometimes puts each thing into a `data` of its own."""
    return {
        str(name): [_unwrapped(one) for one in things]
        for name, things in _object(includes).items()
        if isinstance(things, list)
    }


def at(milliseconds: object) -> datetime | None:
    """A time as X's older API counts it."""
    text = str(milliseconds)
    if isinstance(milliseconds, bool) or not (text.isascii() and text.isdecimal() and len(text) < 15):
        return None
    return datetime.fromtimestamp(int(text) / 1000, UTC)


def _post(tweet: Json) -> Json:
    long = _object(tweet.get("extended_tweet"))
    text = long.get("full_text") or tweet.get("full_text") or tweet.get("text")
    entities = _object(long.get("entities")) or _object(tweet.get("entities"))
    answered, quoted = _id(tweet, "in_reply_to_status"), _id(tweet, "quoted_status")
    references = [("replied_to", answered), ("quoted", quoted)]
    conversation = tweet.get("conversation_id_str") or ("" if answered else _id(tweet, ""))
    post = {
        "id": _id(tweet, ""),
        "text": text,
        "author_id": _id(_object(tweet.get("user")), ""),
        "created_at": _time(tweet),
        "lang": tweet.get("lang"),
        "conversation_id": conversation,
        "in_reply_to_user_id": _id(tweet, "in_reply_to_user"),
        "referenced_tweets": [{"type": kind, "id": one} for kind, one in references if one],
        "entities": {
            "mentions": [
                {"username": one.get("screen_name"), "id": _id(one, "")}
                for one in _dicts(entities.get("user_mentions"))
            ]
        },
        "attachments": {"media_keys": [one["media_key"] for one in _media(tweet)]},
    }
    return {name: value for name, value in post.items() if value not in (None, "", [])}


def _user(user: Json) -> Json:
    """A profile; those that are in the newer shape stay as they are."""
    if "username" in user or not user:
        return user
    made = {
        "id": _id(user, ""),
        "username": user.get("screen_name"),
        "name": user.get("name"),
        "description": user.get("description"),
        "location": user.get("location"),
        "entities": user.get("entities"),
        "verified": user.get("verified"),
        "profile_image_url": user.get("profile_image_url_https"),
        "public_metrics": {"followers_count": user.get("followers_count")},
    }
    return {name: value for name, value in made.items() if value is not None}


def _media(tweet: Json) -> list[Json]:
    long = _object(tweet.get("extended_tweet"))
    for place in (long.get("extended_entities"), tweet.get("extended_entities"), tweet.get("entities")):
        if found := _dicts(_object(place).get("media")):
            return [_medium(one) for one in found]
    return []


def _medium(one: Json) -> Json:
    films = _dicts(_object(one.get("video_info")).get("variants"))
    address = one.get("media_url_https") or one.get("media_url")
    return {
        "media_key": _key(one),
        "type": one.get("type") or "photo",
        "preview_image_url" if films else "url": address,
        "alt_text": one.get("ext_alt_text"),
        "variants": [{**film, "bit_rate": film.get("bitrate")} for film in films],
    }


def _key(one: Json) -> str:
    return f"old_{_id(one, '')}"


def _id(thing: Json, name: str) -> str:
    """An id: the text of it, because JavaScript's numbers are not exact enough."""
    prefix = f"{name}_id" if name else "id"
    value = thing.get(f"{prefix}_str") or thing.get(prefix)
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""


def _time(tweet: Json) -> Any:
    given = tweet.get("created_at")
    try:
        return datetime.strptime(str(given), "%a %b %d %H:%M:%S %z %Y").isoformat()
    except ValueError:
        return given


def _from_milliseconds(value: object) -> Any:
    made = at(value)
    return made.isoformat() if made else value


def _unwrapped(thing: object) -> Json:
    inner = _object(thing)
    return _object(inner["data"]) if isinstance(inner.get("data"), dict) and "id" not in inner else inner


def _dicts(value: object) -> list[Json]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _object(value: object) -> Json:
    return value if isinstance(value, dict) else {}

"""What a Page's webhooks tell, as items: comments, visitors' posts, mentions, recommendations."""

from collections.abc import Mapping, Sequence

from connectors.channels.meta import pagewall
from connectors.channels.meta.courtesy import recall
from connectors.channels.meta.graph import Graph
from connectors.channels.meta.hooks import Told, later_of
from connectors.channels.meta.lookup import plain
from connectors.channels.meta.refusals import Refusal
from connectors.channels.meta.shapes import Json, identity, text
from connectors.incoming import Rejected

FIELDS = ("feed", "mention", "ratings")
# What is somebody's words; reactions, likes and events are none.
_POSTS = {"post", "status", "photo", "video", "share", "link", "album", "note"}
_ACTIONS = {"add": "create", "unhide": "create", "edited": "edit", "edit": "edit", "remove": "delete"}
_MOST_ASKED = 100


def answered(graph: Graph, told: Sequence[Told]) -> dict[str, Json]:
    """The posts and comments that were answered, as far as Meta shows them now. It need not be reachable for this: the
    answers themselves are in the delivery."""
    wanted = {
        identity(one.value.get(name)): None
        for one in told
        if one.field == "feed" and one.value.get("item") == "comment" and one.value.get("verb") == "add"
        for name in ("post_id", "parent_id")
    }
    return recall(graph, list(wanted)[:_MOST_ASKED], "id,message,from{id,name},permalink_url")


def item(told: Told, posts: Mapping[str, Json], page_id: str, graph: Graph) -> Json | None:
    """What became of somebody's words; None for what is none. Raises Rejected, ConnectorError."""
    if told.field not in FIELDS:
        return None
    value, kind = told.value, told.value.get("item", "rating" if told.field == "ratings" else "post")
    verb = value.get("verb", "add")
    if not isinstance(kind, str) or not isinstance(verb, str):
        raise Rejected("item", kind, "and its verb must be texts.")
    action = _ACTIONS.get(verb)
    if action is None:
        return None
    # A webhook tells when something was made; of a change, only when it tells.
    at = value.get("created_time") if action == "create" else later_of(value, told.at)
    made = _made(told.field, kind, value, at, action, posts, page_id, graph)
    return made | {"action": action} if made is not None else None


def _made(
    field: str, kind: str, value: Json, at: object, action: str, posts: Mapping[str, Json], page_id: str, graph: Graph
) -> Json | None:
    if field == "mention":
        return _mention(value, at, action, graph)
    if field == "ratings":
        return pagewall.told_rating(value, at, page_id) if kind == "rating" else None
    if kind == "comment":
        return pagewall.told_comment(value, at, dict(posts))
    return pagewall.told_post(value, at) if kind in _POSTS and not value.get("comment_id") else None


def _mention(value: Json, at: object, action: str, graph: Graph) -> Json:
    """What names the Page elsewhere. Some webhooks tell only where."""
    comment_id = identity(value.get("comment_id"))
    if action == "delete" or text(value.get("message")):
        made = pagewall.told_comment(value, at, {}) if comment_id else pagewall.told_post(value, at, "tagged")
        return made | {"kind": "mention"}
    found_id = comment_id or identity(value.get("post_id"))
    try:
        fields = pagewall.COMMENT_FIELDS if comment_id else pagewall.POST_FIELDS
        told = graph.ask(plain(found_id), fields=fields).body
    except Refusal as error:
        if not error.permanent or error.is_dead:
            raise
        raise Rejected("mention", found_id, f"cannot be read: {error.message}") from None
    post = {"id": value.get("post_id")}
    made = pagewall.comment(told, post) if comment_id else pagewall.post(told, "tagged")
    return made | {"kind": "mention"} | ({"posted_at": at} if action == "edit" else {})

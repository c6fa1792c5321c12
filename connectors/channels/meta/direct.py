"""Direct messages of Messenger and Instagram in the shape that `connectors.parse` reads, from both sources."""

from connectors.channels.meta.shapes import Json, context, identity, member, several, text, written
from connectors.incoming import Rejected

MESSAGE_FIELDS = (
    "id,created_time,from,to,message,sticker,is_unsupported,reply_to,"
    "attachments{id,mime_type,name,size,image_data,video_data,file_url},shares{link,name},story"
)
# Meta lets no more than these be read of a conversation.
READABLE = 20
NOTHING = "(Nothing that can be shown here. Look at it in the network's own inbox.)"
_KINDS = {"image": "image", "sticker": "image", "video": "video", "audio": "audio", "file": "file"}
_LINKED = {"share", "fallback", "story_mention", "ig_reel", "reel", "ig_post", "post", "ig_story", "template"}


def message(told: Json, author: Json) -> Json:
    """A message as the Graph API has it."""
    message_id, story = identity(told.get("id")), member(told, "story")
    links = [text(one.get("link")) for one in several(told.get("shares"))]
    return {
        **_common(author, [text(told.get("message")), *links], _files(told, message_id)),
        "external_id": told.get("id"),
        "posted_at": written(told.get("created_time")),
        "parent_id": identity(member(told, "reply_to").get("mid")),
        "context": _story(member(story, "reply_to") or member(story, "mention"), "link"),
        "raw": {"surface": "direct", "data": told},
    }


def told(event: Json, author: Json) -> Json | None:
    """A message of which a webhook tells; None where the event is none: a read receipt, a reaction, a button."""
    if edit := member(event, "message_edit"):
        return _edited(event, edit, author)
    said = member(event, "message")
    if not said:
        return None
    files, links = _told_files(said, identity(said.get("mid")))
    above = member(said, "reply_to")
    return {
        **_common(author, [text(said.get("text")), *links], files),
        "external_id": said.get("mid"),
        "action": "delete" if said.get("is_deleted") is True else "create",
        "posted_at": written(event.get("timestamp")),
        "parent_id": identity(above.get("mid")),
        "context": _story(member(above, "story"), "url"),
        "raw": {"surface": "direct", "data": event},
    }


def _edited(event: Json, edit: Json, author: Json) -> Json:
    if not text(edit.get("text")):
        raise Rejected("message_edit", edit, "holds no text; the message itself comes with the next pull.")
    return {
        **_common(author, [text(edit.get("text"))], []),
        "external_id": edit.get("mid"),
        "action": "edit",
        "posted_at": written(event.get("timestamp")),
        "raw": {"surface": "direct", "data": event},
    }


def thread_of(person_id: str) -> str:
    """There is one conversation with a person, and webhooks do not tell its id."""
    return f"direct:{person_id}"


def sources(told: Json) -> list[tuple[str, str]]:
    """Kind and present address of each file of a message as the Graph API has it, in order."""
    found = []
    for one in several(told.get("attachments")):
        kind = text(one.get("mime_type")).partition("/")[0]
        image, film = text(member(one, "image_data").get("url")), text(member(one, "video_data").get("url"))
        address = film or image or text(one.get("file_url"))
        if address:
            known = kind if kind in ("image", "video", "audio") else ""
            found.append((known or ("video" if film else "image" if image else "file"), address))
    if text(told.get("sticker")):
        found.append(("image", text(told.get("sticker"))))
    return found[:20]


def _common(author: Json, lines: list[str], files: list[Json]) -> Json:
    return {
        "kind": "direct",
        "text": "\n".join(line for line in lines if line) or ("" if files else NOTHING),
        "author": author,
        "thread_id": thread_of(identity(author.get("external_id"))),
        "attachments": files,
    }


def _files(told: Json, message_id: str) -> list[Json]:
    names = [text(one.get("name")) for one in several(told.get("attachments"))]
    return [
        {"url": f"media:direct/{message_id}/{n}", "kind": kind, "name": names[n] if n < len(names) else ""}
        for n, (kind, _) in enumerate(sources(told))
    ]


def _told_files(said: Json, message_id: str) -> tuple[list[Json], list[str]]:
    """The files of an event, and the addresses of what was shared."""
    files: list[Json] = []
    links: list[str] = []
    for one in several(said.get("attachments")):
        kind, payload = text(one.get("type")), member(one, "payload")
        address = text(payload.get("url")) or text(one.get("url"))
        if kind in _KINDS and address and len(files) < 20:
            files.append({"url": f"media:direct/{message_id}/{len(files)}", "kind": _KINDS[kind]})
        elif kind in _LINKED and (address or text(one.get("title"))):
            links.append(" ".join(part for part in (text(one.get("title")), address) if part))
        elif kind == "location" and (place := member(payload, "coordinates")):
            links.append(f"{place.get('lat')}, {place.get('long')}")
    return files, links[:20]


def _story(story: Json, name: str) -> list[Json]:
    """The company's story that a message answers or names."""
    if not story:
        return []
    return [context("quoted", identity(story.get("id")), {"text": "Story"}, url=text(story.get(name)))]

"""Pictures and files at Meta, whose addresses run out after some days. They are known here by what they belong to and
asked for anew when somebody looks at them."""

import re

from connectors import http
from connectors.channels.meta import direct, pagewall
from connectors.channels.meta.graph import Graph
from connectors.channels.meta.lookup import plain
from connectors.protocol import ConnectorError, Media

_NAME = re.compile(r"media:(direct|comment|post)/(.+)/(\d{1,2})")
_MOST_BYTES, _SECONDS = 25 * 1024 * 1024, 20.0
_FIELDS = {
    "direct": "id,sticker,attachments{id,mime_type,name,size,image_data,video_data,file_url}",
    "comment": "id,attachment",
    "post": "id,attachments{type,media_type,media,url,subattachments}",
}


def media(graph: Graph, url: str) -> Media | None:
    """The file that `url` names; None where it is no name of ours. Raises ConnectorError."""
    named = _NAME.fullmatch(url)
    if named is None:
        return None
    kind, owner, number = named[1], plain(named[2]), int(named[3])
    told = graph.ask(owner, fields=_FIELDS[kind]).body
    found = direct.sources(told) if kind == "direct" else pagewall.sources(told)
    if number >= len(found):
        raise ConnectorError("Meta no longer has this file.", remedy="Look at it on the network.", permanent=True)
    try:
        with http.session(redirects=2, max_bytes=_MOST_BYTES, total=_SECONDS) as session:
            answer = session.get(found[number][1])
    except http.RequestException as error:
        raise ConnectorError(f"The file cannot be fetched ({type(error).__name__}).") from None
    if answer.status_code != 200:
        raise ConnectorError(f"The file cannot be fetched (HTTP {answer.status_code}).")
    content_type = answer.headers.get("content-type", "application/octet-stream")
    return Media(content=answer.content, content_type=content_type)

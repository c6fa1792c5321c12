"""A stand-in for a site with feeds, over real HTTP: `serving()`.

/feed.xml is Atom, with ETag and Last-Modified, /rss.xml the same as RSS 2.0, / a page that names the first one.
`pages` holds whatever else a test wants to serve.
"""

from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from hashlib import sha256
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from tests.servers.serving import Handler, StandIn, running

PAGE = """<!doctype html><html><head><title>Halden</title><link rel="stylesheet" href="/a.css">
<link rel="alternate" type="application/atom+xml" title="News" href="/feed.xml"></head><body>Welcome.</body></html>"""


@dataclass
class Entry:
    """One entry of the feed."""

    id: str
    title: str
    content: str
    at: datetime
    updated: datetime | None = None
    author: str = ""
    files: list[tuple[str, str]] = field(default_factory=list)
    parent: str = ""


@dataclass
class Served:
    """What lies at a path: a body, its status and headers."""

    body: bytes
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


class Server(StandIn):
    """The stand-in: its `entries` and `pages` can be changed and its `requests` read while it runs."""

    def __init__(self) -> None:
        super().__init__(_Handler)
        self.entries: list[Entry] = []
        self.pages: dict[str, Served] = {}
        self.ttl = 0

    def add(self, key: str, content: str = "<p>Words</p>", at: datetime | None = None, **more: Any) -> Entry:
        """A new entry."""
        title = more.pop("title", f"About {key}")
        entry = Entry(key, title, content, at or datetime.now(UTC), **more)
        self.entries.insert(0, entry)
        return entry

    def served(self, path: str) -> Served:
        """What lies at a path."""
        if path in self.pages:
            return self.pages[path]
        if path == "/":
            return Served(PAGE.encode(), headers={"Content-Type": "text/html; charset=utf-8"})
        if path not in ("/feed.xml", "/rss.xml"):
            return Served(b"Not here", 404, {"Content-Type": "text/plain"})
        body = (self._atom() if path == "/feed.xml" else self._rss()).encode()
        changed = max((one.updated or one.at for one in self.entries), default=datetime(2026, 1, 1, tzinfo=UTC))
        kind = "application/atom+xml" if path == "/feed.xml" else "application/rss+xml"
        etag = f'"{sha256(body).hexdigest()[:16]}"'
        return Served(
            body,
            headers={"Content-Type": kind, "ETag": etag, "Last-Modified": format_datetime(changed, usegmt=True)},
        )

    def _atom(self) -> str:
        return (
            '<?xml version="1.0" encoding="utf-8"?><feed xmlns="http://www.w3.org/2005/Atom"'
            ' xmlns:thr="http://purl.org/syndication/thread/1.0" xml:lang="en"><title>Halden News</title>'
            f'<id>tag:halden,2026</id><link href="{self.url}/"/><updated>2026-01-01T00:00:00Z</updated>'
            f"<subtitle>All about us</subtitle><logo>{self.url}/logo.png</logo>"
            + "".join(self._atom_entry(one) for one in self.entries)
            + "</feed>"
        )

    def _atom_entry(self, one: Entry) -> str:
        return (
            f"<entry><id>{escape(one.id)}</id><title>{escape(one.title)}</title>"
            f"<link href={quoteattr(f'{self.url}/posts/{one.id}')}/>"
            + (f'<thr:in-reply-to ref={quoteattr(one.parent)} href="{self.url}/x"/>' if one.parent else "")
            + (f"<author><name>{escape(one.author)}</name></author>" if one.author else "")
            + f"<published>{one.at.isoformat()}</published><updated>{(one.updated or one.at).isoformat()}</updated>"
            + "".join(f'<link rel="enclosure" href={quoteattr(url)} type="{kind}"/>' for url, kind in one.files)
            + f'<content type="html">{escape(one.content)}</content></entry>'
        )

    def _rss(self) -> str:
        return (
            '<?xml version="1.0"?><rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"'
            ' xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel><title>Halden News</title>'
            f"<link>{self.url}/</link><description>All about us</description>"
            + (f"<ttl>{self.ttl}</ttl>" if self.ttl else "")
            + "".join(
                f'<item><guid isPermaLink="false">{escape(one.id)}</guid><title>{escape(one.title)}</title>'
                f"<link>{self.url}/posts/{escape(one.id)}</link><pubDate>{format_datetime(one.at)}</pubDate>"
                + (f"<dc:creator>{escape(one.author)}</dc:creator>" if one.author else "")
                + "".join(f'<enclosure url={quoteattr(url)} type="{kind}" length="1"/>' for url, kind in one.files)
                + f"<description>Short</description><content:encoded>{escape(one.content)}</content:encoded></item>"
                for one in self.entries
            )
            + "</channel></rss>"
        )


class _Handler(Handler):
    server: Server

    def do_GET(self) -> None:
        self.server.requests.append({"method": "GET", "path": self.path, "headers": dict(self.headers)})
        effect = self.server.faults.take("GET", self.path)
        if effect["type"] == "status":
            self._send(Served(b"", effect["status"], effect.get("headers", {})))
            return
        served = self.server.served(self.path)
        same = self.headers.get("If-None-Match") == served.headers.get("ETag", "none")
        since, changed = self.headers.get("If-Modified-Since"), served.headers.get("Last-Modified")
        if not same and since and changed and not self.headers.get("If-None-Match"):
            same = parsedate_to_datetime(since) >= parsedate_to_datetime(changed)
        self._send(Served(b"", 304, served.headers) if same else served)

    def _send(self, served: Served) -> None:
        self.send_response(served.status)
        for name, value in served.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(served.body)))
        self.end_headers()
        self.wfile.write(served.body)


def serving() -> AbstractContextManager[Server]:
    """A stand-in on a free port of 127.0.0.1 for the length of a `with` block."""
    return running(Server())

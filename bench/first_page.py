"""What the first page of the inbox takes over the wire, in a Chromium that has never been here."""

import shutil
from collections import defaultdict
from typing import Any
from urllib.parse import urlsplit

from bench.serving import agents, serving

_SETTLES = 3_000  # milliseconds in which scripts ask for what they still want


def transferred(count: int) -> dict[str, Any]:
    """kB with headers, compressed as they came, and the number of requests."""
    try:
        from playwright.sync_api import sync_playwright  # noqa: PLC0415 - only developers have it
    except ImportError:
        return {"first page": "needs Playwright and Chromium"}
    (cookie,) = agents(1)
    figures: dict[str, Any] = {}
    with serving() as (port, _), sync_playwright() as playwright:
        path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))))
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        for name, page in (("inbox", "/inbox/"), ("contacts", "/contacts/")):
            sizes = _sizes(browser, f"http://127.0.0.1:{port}", page, cookie)
            kinds: dict[str, int] = defaultdict(int)
            for address, size in sizes:
                kinds[_kind(address)] += size
            figures |= {
                f"{name}, requests": len(sizes),
                f"{name}, kB": round(sum(kinds.values()) / 1000, 1),
                **{f"{name}, {kind}, kB": round(size / 1000, 1) for kind, size in sorted(kinds.items())},
            }
        browser.close()
    return figures


def _sizes(browser: Any, site: str, page: str, cookie: str) -> list[tuple[str, int]]:
    """The path and the bytes of everything that a browser with an empty cache asks for."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    name, _, value = cookie.partition("=")
    context.add_cookies([{"name": name, "value": value, "url": site}])
    tab = context.new_page()
    wire = context.new_cdp_session(tab)
    asked: dict[str, str] = {}
    took: dict[str, int] = defaultdict(int)
    wire.on("Network.requestWillBeSent", lambda one: asked.update({one["requestId"]: one["request"]["url"]}))
    wire.on("Network.loadingFinished", lambda one: took.update({one["requestId"]: int(one["encodedDataLength"])}))
    wire.send("Network.enable")
    tab.goto(site + page)
    tab.wait_for_timeout(_SETTLES)
    context.close()
    return [(urlsplit(address).path, took[key]) for key, address in asked.items()]


def _kind(path: str) -> str:
    if not path.startswith("/static/"):
        return "pages"
    if path.startswith("/static/js/"):
        return "own JavaScript"
    return {"woff2": "fonts", "css": "stylesheet"}.get(path.rsplit(".", 1)[-1], "htmx and icons")

"""In Chromium: how soon the next conversation is painted when somebody moves on by keyboard, fetched before as on any
day."""

import shutil
from typing import Any

from bench.figures import percentile
from bench.serving import agents, serving

_STEPS = 40
# One step: the key that opens, then the moment after the painting in which another conversation stands there.
_OPEN = """() => new Promise((done) => {
  const before = document.getElementById("thread").dataset.id;
  const start = performance.now();
  const watch = new MutationObserver(() => {
    const now = document.getElementById("thread");
    if (!now || !now.dataset.id || now.dataset.id === before) return;
    watch.disconnect();
    requestAnimationFrame(() => setTimeout(() => done(performance.now() - start)));
  });
  watch.observe(document.getElementById("main"), { childList: true, subtree: true });
  document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { key: "o", bubbles: true, cancelable: true }));
})"""


def moving_on(count: int) -> dict[str, Any]:
    """Times in milliseconds."""
    try:
        from playwright.sync_api import sync_playwright  # noqa: PLC0415 - only developers have it
    except ImportError:
        return {"moving on": "needs Playwright and Chromium"}
    (cookie,) = agents(1)
    with serving() as (port, _), sync_playwright() as playwright:
        path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))))
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        context = browser.new_context(viewport={"width": 1440, "height": 900})
        name, _, value = cookie.partition("=")
        context.add_cookies([{"name": name, "value": value, "url": f"http://127.0.0.1:{port}"}])
        page = context.new_page()
        page.goto(f"http://127.0.0.1:{port}/inbox/")
        page.wait_for_selector("html[data-stream=open]")
        fetched = [_step(page, settle=700) for _ in range(_STEPS)]
        hurried = [_step(page, settle=0) for _ in range(5)]
        browser.close()
    return {
        "steps": len(fetched),
        "j, o to painted p50, ms": round(percentile(fetched, 0.5)),
        "j, o to painted p95, ms": round(percentile(fetched, 0.95)),
        "without any pause p50, ms": round(percentile(hurried, 0.5)),
    }


def _step(page: Any, *, settle: int) -> float:
    page.keyboard.press("j")
    page.wait_for_timeout(settle)
    return float(page.evaluate(_OPEN))

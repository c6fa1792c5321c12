"""What few people see: less motion, forced colours, a video in the viewer, German words in a narrow window."""

import base64

from playwright.sync_api import expect

from inbox.attaching import OWN
from inbox.models.replies import Upload

# Whatever moves, fades or scrolls by itself, of all that is on a page.
MOVING = """() => [...document.querySelectorAll("*")].flatMap((one) => [null, "::before", "::after"].map((part) => {
    const style = getComputedStyle(one, part);
    const moves = style.animationName !== "none" || style.scrollBehavior === "smooth" ||
        style.transitionDuration.split(",").some((time) => parseFloat(time) > 0);
    return moves && `${one.tagName}.${one.className}${part || ""}`;
})).filter(Boolean)"""
# A second of changing colours, as a WebM of this browser's own making.
RECORD = """async () => {
    const canvas = document.createElement("canvas");
    const pen = canvas.getContext("2d");
    const recorder = new MediaRecorder(canvas.captureStream(25), { mimeType: "video/webm;codecs=vp8" });
    const parts = [];
    recorder.ondataavailable = (event) => parts.push(event.data);
    const done = new Promise((resolve) => { recorder.onstop = resolve; });
    recorder.start();
    for (let n = 0; n < 25; n++) {
        pen.fillStyle = `hsl(${n * 14} 60% 50%)`;
        pen.fillRect(0, 0, 300, 150);
        await new Promise((resolve) => { setTimeout(resolve, 40); });
    }
    recorder.stop();
    await done;
    const bytes = new Uint8Array(await new Blob(parts).arrayBuffer());
    return btoa(bytes.reduce((text, one) => text + String.fromCharCode(one), ""));
}"""
# What is cut off or lies over something else, of the words that one reads all day.
CUT_OFF = """() => [".rail a", ".side a", ".status > *", ".composer .foot > *", ".composer .tab", ".bar > .btn"]
    .flatMap((kind) => [...document.querySelectorAll(kind)])
    .filter((one) => one.checkVisibility() && !one.matches(".logo, .grow"))
    .filter((one) => {
        const place = one.getBoundingClientRect(), frame = one.parentElement.getBoundingClientRect();
        return one.scrollWidth > one.clientWidth + 1 && getComputedStyle(one).display !== "inline" ||
            place.top < frame.bottom && place.right > frame.right + 1;
    }).map((one) => one.outerHTML.slice(0, 200))"""


def test_nothing_moves_for_those_who_want_less_motion(cast, visit):
    conversation = cast.asks()
    page = visit("alice", f"/inbox/open/c/{conversation.pk}/", reduced_motion="reduce")
    assert page.evaluate(MOVING) == []
    for key in ("s", "Control+k"):
        page.keyboard.press(key)
        page.locator("dialog[open]").wait_for()
        assert page.evaluate(MOVING) == []
        assert page.evaluate("() => document.getAnimations().length") == 0
        page.keyboard.press("Escape")


def test_a_video_plays_in_the_viewer(cast, visit):
    conversation = cast.asks()
    reply = cast.says(conversation, "This is how", direction="out")
    page = visit("alice", f"/inbox/open/c/{conversation.pk}/")
    Upload.objects.create(
        message=reply, name="how.webm", content_type="video/webm", content=base64.b64decode(page.evaluate(RECORD))
    )
    reply.attachments = [{"kind": "video", "name": "how.webm", "alt": "", "url": f"{OWN}{reply.pk}/0"}]
    reply.save(update_fields=["attachments"])
    page.reload()
    page.get_by_role("link", name="Play").click()
    video = page.locator("dialog[data-viewer] video")
    expect(video).to_have_attribute("controls", "")
    assert video.evaluate("async (one) => { one.muted = true; await one.play(); return one.videoWidth }") == 300
    page.wait_for_function("() => document.querySelector('dialog[data-viewer] video').currentTime > 0.2")


def test_forced_colours_leave_the_writing_place_its_outlines(cast, visit):
    conversation = cast.asks()
    page = visit("alice", f"/inbox/open/c/{conversation.pk}/", forced_colors="active")
    lines = "(one) => { return getComputedStyle(one).borderBottomColor }"
    reply, note = page.locator(".composer .tab").all()
    assert reply.evaluate(lines) != note.evaluate(lines)
    note.click()
    assert reply.evaluate(lines) != note.evaluate(lines)
    page.keyboard.press("Escape")
    page.keyboard.press("s")
    dialog = page.locator("dialog[open]")
    dialog.wait_for()
    assert dialog.evaluate("(one) => getComputedStyle(one).borderTopWidth") == "1px"


def test_german_words_have_room(cast, visit):
    conversation = cast.asks()
    for width in (1440, 1024, 820, 390):
        page = visit(
            "adam", f"/inbox/open/c/{conversation.pk}/", viewport={"width": width, "height": 900}, locale="de-DE"
        )
        page.fill("[name=text]", "Guten Tag")
        expect(page.locator("[data-sends=reply]")).to_contain_text("Senden")
        assert page.evaluate(CUT_OFF) == [], width

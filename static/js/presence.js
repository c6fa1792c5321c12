// Who else is at a conversation, and who writes an answer: said every ten seconds, shown on lines, in the head, and above
// the composer. It warns and never stops anybody: Send asks once while somebody else is replying.
import { openId } from "./panes.js";
import { isOffline } from "./stream.js";
import { words } from "./words.js";

const EVERY = 10_000; // as the server expects; it forgets after 25 s
const STILL = 20_000; // without a key since, somebody is no longer writing
const SHOWN = 3; // faces on one line

const me = Number(document.body.dataset.me);
const csrf = () => JSON.parse(document.body.getAttribute("hx-headers:inherited"))["X-CSRFToken"];
let here = new Map();
let said = { id: "", doing: "left" };
let typedAt = 0;

// --- saying

async function say(id, doing) {
  said = { id, doing };
  if (!id || isOffline()) return;
  const body = new URLSearchParams({ conversation: id, doing });
  try {
    await fetch(`${document.body.dataset.live}here/`, { method: "POST", body, headers: { "X-CSRFToken": csrf() }, keepalive: true });
  } catch {
    // It is said again in ten seconds.
  }
}

const composer = () => document.querySelector("[data-composer]");

function doing() {
  const form = composer();
  if (document.hidden) return "left";
  if (!form?.elements.text?.value.trim() || Date.now() - typedAt > STILL) return "viewing";
  return form.elements.mode?.value === "reply" ? "replying" : "noting";
}

function look() {
  const id = openId();
  if (id !== said.id) {
    if (said.id && said.doing !== "left") say(said.id, "left");
    typedAt = 0;
    if (id) say(id, doing());
  } else if (id && doing() !== said.doing) say(id, doing());
}

// --- showing

const others = (id) => (here.get(String(id)) ?? []).filter((one) => one.id !== me);
const replying = (id) => others(id).filter((one) => one.doing === "replying");

function face(one, size = "s18") {
  const sentence = words({ replying: "isReplying", noting: "isNoting", viewing: "isViewing" }[one.doing], one);
  const [box, read] = [document.createElement("span"), document.createElement("span")];
  box.className = `av mate ${size}${one.doing === "viewing" ? " faint" : ""}`;
  box.dataset.h = one.hue;
  box.title = sentence;
  box.textContent = one.initials;
  box.ariaHidden = "true";
  read.className = "vh";
  read.textContent = sentence;
  return [box, read];
}

function faces(those) {
  const all = document.createElement("span");
  all.className = "stackav";
  all.dataset.here = "";
  all.append(...those.slice(0, SHOWN).flatMap((one) => face(one)));
  return all;
}

function draw() {
  for (const old of document.querySelectorAll("[data-here]")) old.remove();
  for (const id of here.keys()) {
    if (!others(id).length) continue;
    document.querySelector(`#row-${id} .meta > .end`)?.prepend(faces(others(id)));
    if (id === openId()) document.querySelector(`#head-${id} .title`)?.after(faces(others(id)));
  }
  drawBar();
}

function drawBar() {
  const bar = document.getElementById("presence-bar");
  if (!bar || bar.dataset.taker) return;
  const those = replying(openId());
  bar.hidden = !those.length;
  if (!those.length) return;
  const text = bar.dataset[those.length > 1 ? "many" : "one"].replace("{name}", those[0].first).replace("{n}", those.length - 1);
  const says = bar.querySelector("[data-says]");
  if (says.textContent !== text) says.textContent = text;
  bar.querySelector("[data-faces]").replaceChildren(...those.slice(0, SHOWN).map((one) => face(one, "s20")[0]));
}

document.addEventListener("stream:here", ({ detail: { all, at } }) => {
  if (all) here = new Map();
  for (const [id, those] of Object.entries(at)) those.length ? here.set(id, those) : here.delete(id);
  draw();
});

// Somebody else answers from now on. Whoever has begun an answer too is told, and keeps it.
document.addEventListener("stream:taken", ({ detail: taker }) => {
  const bar = document.getElementById("presence-bar");
  const isWriting = composer()?.elements.mode?.value === "reply" && composer().elements.text.value.trim();
  if (!bar || taker.id === me || String(taker.conversation) !== openId() || !isWriting) return;
  bar.dataset.taker = taker.id;
  bar.querySelector("[data-says]").textContent = bar.dataset.taken.replace("{name}", taker.first);
  bar.querySelector("[data-faces]").replaceChildren(face({ ...taker, doing: "replying" }, "s20")[0]);
  bar.setAttribute("role", "alert");
  bar.querySelector("[data-dots]").hidden = true;
  bar.hidden = false;
});

// --- before sending

// Asked once, until the composer is another.
let waiting = null;
document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-composer] :is([data-sends=reply], [data-sends=close], [data-sends=later])");
  const those = button ? replying(openId()) : [];
  const form = button?.form;
  if (!those.length || form.dataset.anyway || !form.elements.text.value.trim()) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  waiting = button;
  const see = document.querySelector("#presence-bar [data-see]").getAttribute("href");
  htmx.ajax("GET", `${see}?${new URLSearchParams({ sending: 1, name: those[0].first })}`, { target: "#dialogs" });
}, true);

document.addEventListener("click", (event) => {
  const button = event.target.closest("dialog [data-anyway]"); // the composer says the same of itself from then on
  if (!button || !waiting?.isConnected) return;
  const [dialog, send, take] = [button.closest("dialog"), waiting, document.querySelector("[data-take]")];
  waiting = null;
  // What was read here counts as heard.
  send.form.append(...dialog.querySelectorAll("[name=heard]"));
  send.form.dataset.anyway = "yes";
  dialog.close();
  if (!take) return send.click();
  // Colleagues hear who answers before they see the answer, and its toast stays.
  take.addEventListener("htmx:finally:request", () => send.click(), { once: true });
  take.requestSubmit();
});

// --- when

if (document.body.dataset.live) {
  document.addEventListener("input", (event) => {
    if (!event.target.matches?.("[data-composer] [name=text]")) return;
    typedAt = Date.now();
    look();
  });
  document.addEventListener("visibilitychange", look);
  document.addEventListener("htmx:after:swap", () => {
    look();
    draw();
  });
  addEventListener("pagehide", () => said.doing !== "left" && say(said.id, "left"));
  addEventListener("pageshow", look);
  setInterval(() => {
    look();
    if (said.id && said.doing !== "left") say(said.id, doing());
  }, EVERY);
  look();
}

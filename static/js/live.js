// The live stream says which conversations changed; this asks for the parts that are on the page. Nothing jumps.
import { catchUp, many, sortSoon } from "./arrivals.js";
import { isAtEnd, openId, scroller, toEnd } from "./panes.js";
import { isOffline } from "./stream.js";
import { toNewest } from "./timeline.js";
import { announce, counted } from "./words.js";

const MOST = 200; // ids in one question
const AGAIN = 5_000; // until a question without an answer is asked again
const HIDDEN = 15_000; // between two questions of a page that nobody sees

// Looked up anew each time: going back in history replaces the whole page.
const main = () => document.getElementById("main");
const view = () => main()?.dataset.view;
let waiting = new Set();
let timer = 0;
let dueAt = Infinity;
let asking = false;
let askedAt = 0;
let answered = false;
let justOpened = "";
// Milliseconds between two questions: with each answer the server says how many ask it just now.
let pace = 100;

// --- asking

const isShown = (id) => id === openId() || document.getElementById(`row-${id}`);

// What is on the page is asked for at once where nothing was asked a moment ago, everything else a little later and not by
// all pages in the same moment.
function changed(ids) {
  for (const id of ids) waiting.add(String(id));
  const delay = [...waiting].some(isShown) ? 0 : Math.random() * pace;
  soon(Math.max(delay, askedAt + (document.hidden ? HIDDEN : pace) - Date.now()));
}

function soon(delay) {
  if (dueAt <= Date.now() + delay) return;
  clearTimeout(timer);
  dueAt = Date.now() + delay;
  timer = setTimeout(ask, Math.max(0, delay));
}

async function ask() {
  dueAt = Infinity;
  if (!view() || asking || isOffline()) return;
  asking = true;
  askedAt = Date.now();
  const ids = [...waiting];
  waiting = new Set();
  const shown = ids.filter((id) => document.getElementById(`row-${id}`));
  const others = ids.filter((id) => !document.getElementById(`row-${id}`));
  if (others.length > MOST) many();
  const query = new URLSearchParams(main().dataset.query);
  query.set("shown", shown.slice(0, MOST).join(","));
  query.set("ids", others.length > MOST ? "" : others.join(","));
  if (openId()) {
    query.set("open", openId());
    for (const input of place()) query.set(input.name, input.value);
    if (isRead()) query.set("reading", "1");
    if (isRead() && justOpened === openId()) query.set("opened", "1");
  }
  answered = false;
  try {
    await keepingPlace(() => htmx.ajax("GET", `${view()}changes/?${query}`, { swap: "none" }));
  } finally {
    asking = false;
    if (!answered) setTimeout(() => changed(ids), AGAIN);
    else if (query.has("opened")) justOpened = "";
    if (waiting.size) changed([]);
  }
  if (shown.length) sortSoon();
}

// What the open timeline shows. Whatever is done goes on from there, from a toast or a dialog, too: an answer that does not
// know it would begin anew, and what happens in the person's other conversations would not be told any more.
const place = () => document.querySelectorAll(`#place-${openId()} input`);

document.addEventListener("htmx:config:request", ({ detail: { ctx } }) => {
  const { method, body } = ctx.request;
  if (method !== "POST" || !openId() || !body) return;
  for (const input of place()) body.set(input.name, input.value);
});
document.addEventListener("htmx:finally:request", ({ detail: { ctx } }) => {
  if (!/\/changes\/\?/.test(ctx.request.action)) return;
  answered = ctx.status === "swapped";
  pace = Number(ctx.response?.headers.get("Live-Pace")) || pace;
});
document.addEventListener("visibilitychange", () => !document.hidden && waiting.size && soon(0));

// Whether whoever sits here sees what is appended.
const isRead = () => !document.hidden && document.hasFocus() && scroller() && isAtEnd(scroller());

// New events at the end: stay there if the end was in view, else say so and leave the reader where they are.
async function keepingPlace(swap) {
  const [box, id] = [scroller(), openId()];
  const atEnd = box ? isAtEnd(box) : false;
  const before = box?.querySelectorAll(".msg").length ?? 0;
  const place = box?.scrollTop ?? 0;
  await swap();
  if (!box || openId() !== id || scroller() !== box) return;
  const added = box.querySelectorAll(".msg").length - before;
  if (added <= 0) return;
  // Whoever has scrolled up meanwhile stays there.
  if (atEnd && box.scrollTop >= place) toEnd();
  else below(added);
  announce(counted("newMessages", added));
}

function below(added) {
  const pill = document.getElementById("unseen");
  const n = Number(pill.dataset.n ?? 0) + added;
  pill.dataset.n = n;
  pill.querySelector("[data-says]").textContent = counted("newMessages", n);
  pill.hidden = false;
}

function hideBelow() {
  const pill = document.getElementById("unseen");
  if (!pill) return;
  pill.hidden = true;
  delete pill.dataset.n;
}

document.addEventListener("scroll", (event) => {
  if (event.target.id === "timeline-scroll" && isAtEnd(event.target)) hideBelow();
}, true);
document.addEventListener("click", (event) => {
  if (event.target.closest("#unseen")) {
    hideBelow();
    toNewest();
  }
});
// Where an older part of the timeline is shown, nothing is appended.
document.addEventListener("timeline:below", ({ detail }) => detail.n && below(detail.n));

// --- the stream

function title() {
  const mine = Number(document.getElementById("views")?.dataset.mine ?? 0);
  const plain = document.title.replace(/^\(\d+\) /, "");
  document.title = mine ? `(${mine}) ${plain}` : plain;
}

// Whatever was missed: every line that is on the page, the conversation that is read, and what has come meanwhile.
function everything() {
  parts();
  document.body.dispatchEvent(new CustomEvent("live-changed"));
  if (!view()) return;
  catchUp();
  changed([...document.querySelectorAll("#rows .row")].map((row) => row.dataset.id).slice(0, MOST));
  changed(openId() ? [openId()] : []);
}

// A page that is not the inbox: its marked parts are fetched anew, and what somebody is writing beside them stays.
async function parts() {
  if (!document.querySelector("[data-live-parts]")) return;
  const html = await (await fetch(location.href, { headers: { "X-Requested-With": "live" } })).text();
  const fresh = new DOMParser().parseFromString(html, "text/html");
  for (const old of document.querySelectorAll("[data-live-part]")) {
    const part = fresh.getElementById(old.id);
    if (part) htmx.swap({ text: part.outerHTML, target: old, swap: "outerMorph", sourceElement: document.body });
  }
}

// Times and counts of a channel change without any conversation changing.
setInterval(() => document.hidden || isOffline() || parts(), 15_000);

document.addEventListener("stream:changed", ({ detail: { conversations, channels } }) => {
  changed(conversations);
  // Pages that are about people ask for themselves.
  if (conversations.length) document.body.dispatchEvent(new CustomEvent("live-changed"));
  if (channels.length) parts();
});
document.addEventListener("stream:everything", everything);
document.addEventListener("stream:open", () => waiting.size && changed([]));
// What was fetched before it was opened is seen now, and may have changed on the way.
document.addEventListener("stream:opened", ({ detail: id }) => {
  justOpened = id;
  setTimeout(() => changed([id]), 50);
});
document.addEventListener("stream:refused", () => view() && !isOffline() && changed([]));

title();
document.addEventListener("htmx:after:swap", title);

// The live stream says which conversations changed; this asks for the parts that are on the page. Nothing jumps.
import { catchUp, many, sortSoon } from "./arrivals.js";
import { isAtEnd, openId, scroller, toEnd } from "./panes.js";
import { announce, counted } from "./words.js";

const GATHER = 300; // of one burst
const PACE = 1_000; // between two questions, however much happens
const LOST = 5_000; // until a lost stream is worth a banner
const MOST = 200; // ids in one question
const AGAIN = 5_000; // until a question without an answer is asked again

// Looked up anew each time: going back in history replaces the whole page.
const main = () => document.getElementById("main");
const view = () => main()?.dataset.view;
let waiting = new Set();
let timer = 0;
let asking = false;
let askedAt = 0;
let answered = false;
let wasLost = false;
let lostTimer = 0;

// --- asking

function changed(ids) {
  for (const id of ids) waiting.add(String(id));
  clearTimeout(timer);
  timer = setTimeout(ask, Math.max(GATHER, askedAt + PACE - Date.now()));
}

async function ask() {
  if (!view()) return;
  if (asking) return changed([]);
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
    for (const input of document.querySelectorAll(`#place-${openId()} input`)) query.set(input.name, input.value);
    if (isRead()) query.set("reading", "1");
  }
  answered = false;
  try {
    await keepingPlace(() => htmx.ajax("GET", `${view()}changes/?${query}`, { swap: "none" }));
  } finally {
    asking = false;
    if (!answered) setTimeout(() => changed(ids), AGAIN);
  }
  if (shown.length) sortSoon();
}

document.addEventListener("htmx:finally:request", ({ detail: { ctx } }) => {
  if (/\/changes\/\?/.test(ctx.request.action)) answered = ctx.status === "swapped";
});

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
    toEnd();
  }
});

// --- the stream

function title() {
  const mine = Number(document.getElementById("views")?.dataset.mine ?? 0);
  const plain = document.title.replace(/^\(\d+\) /, "");
  document.title = mine ? `(${mine}) ${plain}` : plain;
}

function state(lost) {
  document.documentElement.toggleAttribute("data-stream-lost", lost);
  const banner = document.getElementById("stream-lost");
  if (banner) banner.hidden = !lost;
}

function hello() {
  document.documentElement.dataset.stream = "open";
  clearTimeout(lostTimer);
  lostTimer = 0;
  state(false);
  if (!wasLost) return;
  wasLost = false;
  // Whatever was missed: everything once.
  if (view()) {
    catchUp();
    changed(openId() ? [openId()] : []);
  }
  parts();
}

function lost() {
  wasLost = true;
  lostTimer ||= setTimeout(() => state(true), LOST);
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
setInterval(() => document.hidden || parts(), 15_000);

function connect(wait = 1_000) {
  const stream = new EventSource(document.body.dataset.live);
  stream.addEventListener("hello", () => {
    wait = 1_000;
    hello();
  });
  stream.addEventListener("changed", (event) => {
    const { conversations, channels: touched } = JSON.parse(event.data);
    if (conversations?.length || touched?.length) changed(conversations ?? []);
    // Pages that are about people ask for themselves.
    if (conversations?.length) document.body.dispatchEvent(new CustomEvent("live-changed"));
    if (touched?.length) parts();
  });
  stream.addEventListener("error", () => {
    lost();
    // A browser gives up by itself where the answer was no stream; then we try again, ever more seldom.
    if (stream.readyState !== EventSource.CLOSED) return;
    changed([]); // whoever has been logged out is led to the log-in by the answer
    setTimeout(() => connect(Math.min(wait * 2, 60_000)), wait);
  });
  addEventListener("pagehide", () => stream.close());
}

if (document.body.dataset.live) {
  title();
  connect();
}
document.addEventListener("htmx:after:swap", title);

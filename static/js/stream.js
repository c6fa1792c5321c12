// The one stream of events from the server: it comes back by itself, goes on where it was, and says when it cannot.
// What it brings is told on the document: stream:open, :changed, :everything, :here, :taken, :notified; stream:refused where it is none.
import { words } from "./words.js";

const LOST = 5_000; // until a lost stream is worth a bar
const SILENCE = 40_000; // the server says every 15 s that it lives
const LONGEST = 30_000; // between two tries

const root = document.documentElement;
let stream = null;
let since = document.body.dataset.since ?? "";
let heardAt = Date.now();
let wait = 1_000;
let again = 0;
let lostTimer = 0;
let isLost = false;
let isDeaf = false;

// Where the stream alone is lost, the server may still answer.
export const isOffline = () => !navigator.onLine;

const tell = (name, detail = {}) => document.dispatchEvent(new CustomEvent(`stream:${name}`, { detail }));

function draw() {
  const why = isOffline() ? "streamOffline" : isLost ? "streamAway" : isDeaf ? "streamDeaf" : "";
  root.toggleAttribute("data-stream-lost", Boolean(why));
  const bar = document.getElementById("stream-lost");
  if (!bar) return;
  const time = new Date(heardAt).toLocaleTimeString(root.lang, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  const says = why && words(why, { time });
  const place = bar.querySelector("[data-says]");
  if (place.textContent !== says) place.textContent = says;
  bar.hidden = !why;
}

function heard(event) {
  if (event?.lastEventId) since = event.lastEventId;
  heardAt = Date.now();
}

function found() {
  clearTimeout(lostTimer);
  lostTimer = 0;
  wait = 1_000;
  isLost = false;
  root.dataset.stream = "open";
}

function lost() {
  delete root.dataset.stream;
  lostTimer ||= setTimeout(() => {
    isLost = true;
    draw();
  }, LOST);
}

function listen(name, act) {
  stream.addEventListener(name, (event) => {
    heard(event);
    act(JSON.parse(event.data));
  });
}

export function connect() {
  clearTimeout(again);
  stream?.close();
  stream = new EventSource(document.body.dataset.live + (since && `?since=${since}`));
  const mine = stream;
  listen("hello", ({ deaf }) => {
    const wasAway = isLost;
    found();
    isDeaf = deaf;
    draw();
    tell(wasAway ? "everything" : "open");
  });
  listen("changed", (data) => (data.conversations.length || data.channels.length) && tell("changed", data));
  listen("everything", ({ deaf = isDeaf }) => {
    isDeaf = deaf;
    draw();
    tell("everything");
  });
  listen("deaf", () => {
    isDeaf = true;
    draw();
  });
  for (const name of ["here", "taken", "notified"]) listen(name, (data) => tell(name, data));
  listen("beat", () => {});
  stream.addEventListener("error", () => {
    lost();
    // A browser gives up by itself where the answer was no stream; then we try again, ever more seldom.
    if (mine !== stream || stream.readyState !== EventSource.CLOSED) return;
    tell("refused"); // whoever has been logged out is led to the log-in by the answer to a question
    again = setTimeout(connect, wait);
    wait = Math.min(2 * wait, LONGEST);
  });
}

function tryNow() {
  wait = 1_000;
  connect();
}

if (document.body.dataset.live) {
  connect();
  addEventListener("pagehide", () => stream.close());
  // A page that a browser had put aside, on the way back.
  addEventListener("pageshow", (event) => event.persisted && tryNow());
  addEventListener("online", tryNow);
  addEventListener("offline", () => {
    lost();
    draw();
  });
  document.addEventListener("click", (event) => event.target.closest("[data-tries]") && tryNow());
  setInterval(() => {
    // A connection may be dead without anybody having said so; a computer may have slept.
    if (!isOffline() && Date.now() - heardAt > SILENCE && stream.readyState === EventSource.OPEN) tryNow();
    // A server that hears nothing itself can still be asked.
    if (isDeaf && !isOffline() && !document.hidden) tell("everything");
  }, 10_000);
}

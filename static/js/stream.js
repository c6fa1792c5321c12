// The one stream of events from the server: it comes back by itself, goes on where it was, and says when it cannot.
// What it brings is told on the document: stream:open, :changed, :everything, :here, :taken, :notified; stream:refused where it is none.
import { words } from "./words.js";

const LOST = 5_000; // until a lost stream is worth a bar
const SILENCE = 40_000; // the server says every 15 s that it lives
const LONGEST = 30_000; // between two tries
const ANSWER = 500; // until it is clear that no other tab listens
const PATIENCE = 5_000; // for the server's answer to whether it is there

const root = document.documentElement;
let stream = null;
let since = document.body.dataset.since ?? "";
let heardAt = Date.now();
let wait = 1_000;
let again = 0;
let lostTimer = 0;
let isLost = false;
let isDeaf = false;
let isResting = false;
let isCaughtUp = false;
let login = ""; // where whoever has been logged out goes

// Where the stream alone is lost, the server may still answer.
export const isOffline = () => !navigator.onLine;
// Or it may not, from the moment on in which the stream broke off.
export const isAway = () => isOffline() || Boolean(lostTimer);

const tell = (name, detail = {}) => document.dispatchEvent(new CustomEvent(`stream:${name}`, { detail }));

// What is news to the other tabs as well; what this one alone had missed is not.
function tellAll(name, detail) {
  tell(name, detail);
  if (isCaughtUp) say("heard", { name, detail });
}

function draw() {
  const why = isOffline() ? "streamOffline" : login ? "streamLoggedOut" : isLost ? "streamAway" : isDeaf ? "streamDeaf" : "";
  root.toggleAttribute("data-stream-lost", Boolean(why));
  const bar = document.getElementById("stream-lost");
  if (!bar) return;
  const time = new Date(heardAt).toLocaleTimeString(root.lang, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  const says = why && words(why, { time });
  const place = bar.querySelector("[data-says]");
  if (place.textContent !== says) place.textContent = says;
  bar.querySelector("[data-tries]").hidden = Boolean(login);
  const link = bar.querySelector("[data-logs-in]");
  link.hidden = !login;
  if (login) link.href = login;
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
  login = "";
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

function connect() {
  close();
  const wasResting = isResting;
  isResting = isCaughtUp = false;
  stream = new EventSource(document.body.dataset.live + (since && `?since=${since}`));
  const mine = stream;
  listen("hello", ({ deaf }) => {
    const wasAway = isLost;
    found();
    isDeaf = deaf;
    draw();
    say("listens");
    tell(wasAway ? "everything" : "open");
    if (wasResting) tell("notified"); // of this nobody keeps what was missed
  });
  listen("changed", (data) => (data.conversations.length || data.channels.length) && tellAll("changed", data));
  listen("everything", ({ deaf = isDeaf }) => {
    isDeaf = deaf;
    draw();
    tellAll("everything");
  });
  listen("deaf", () => {
    isDeaf = true;
    draw();
  });
  listen("here", (data) => {
    isCaughtUp ||= Boolean(data.all); // the last of what a stream begins with
    tellAll("here", data);
  });
  listen("taken", (data) => tellAll("taken", data));
  listen("notified", (data) => tell("notified", data));
  listen("beat", () => say("listens"));
  stream.addEventListener("error", () => {
    lost();
    // A browser gives up by itself where the answer was no stream; then we try again, ever more seldom.
    if (mine !== stream || stream.readyState !== EventSource.CLOSED) return;
    refused();
    again = setTimeout(connect, wait);
    wait = Math.min(2 * wait, LONGEST);
  });
}

// What the server says of this page: whether it is there at all, and still knows who asks.
export const ask = () =>
  fetch(location.href, {
    method: "HEAD",
    headers: { "HX-Request": "true", "HX-Current-URL": location.href },
    signal: AbortSignal.timeout(PATIENCE),
  }).catch(() => null);

async function refused() {
  tell("refused");
  const mine = stream;
  const answer = await ask();
  if (mine !== stream) return; // it was tried again meanwhile
  login = answer?.status === 401 ? answer.headers.get("HX-Redirect") : "";
  draw();
}

function close() {
  clearTimeout(again);
  stream?.close();
}

// --- the tabs of one browser

// A browser opens six connections to a host, and each stream is one of them. So a tab that is shown has a stream of its
// own; a hidden one hears through whichever has one, and has one only where no other has. Once it is shown, it goes on
// where its own stream ended: nothing depends on what tabs tell each other.
let tabs = null;
const me = Math.random();
const say = (what, more) => tabs?.postMessage({ what, from: me, isShown: !document.hidden, ...more });

function join() {
  tabs = new BroadcastChannel(`stream-${document.body.dataset.me}`);
  tabs.addEventListener("message", ({ data: { what, from, isShown, name, detail } }) => {
    if (what === "asks" && stream?.readyState === EventSource.OPEN) say("listens");
    if (what === "listens" && document.hidden && (isResting || isShown || from < me)) rest();
    if (what === "heard" && isResting) tell(name, detail);
    if (what === "left" && isResting) seek();
  });
}

function leave() {
  close();
  if (!isResting) say("left");
  tabs.close();
  tabs = null;
}

function rest() {
  close();
  found();
  isResting = true;
  heardAt = Date.now();
  root.dataset.stream = "resting";
  draw();
}

// Where no other tab answers, this one listens.
function seek() {
  rest();
  say("asks");
  again = setTimeout(connect, ANSWER * (1 + Math.random()));
}

function shownOrHidden() {
  if (document.hidden) say("asks"); // whoever listens says so, and this tab rests
  else if (isResting) connect();
}

function tryNow() {
  wait = 1_000;
  if (document.hidden) seek();
  else connect();
}

if (document.body.dataset.live) {
  join();
  tryNow();
  document.addEventListener("visibilitychange", shownOrHidden);
  addEventListener("pagehide", leave);
  // A page that a browser had put aside, on the way back.
  addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    join();
    tryNow();
  });
  addEventListener("online", tryNow);
  addEventListener("offline", () => {
    lost();
    draw();
  });
  document.addEventListener("click", (event) => event.target.closest("[data-tries]") && tryNow());
  setInterval(() => {
    // A connection may be dead without anybody having said so, or the tab that listened; a computer may have slept.
    const isSilent = !isOffline() && Date.now() - heardAt > SILENCE;
    if (isSilent && (isResting || stream.readyState === EventSource.OPEN)) tryNow();
    // A server that hears nothing itself can still be asked.
    if (isDeaf && !isOffline() && !document.hidden) tell("everything");
  }, 10_000);
}

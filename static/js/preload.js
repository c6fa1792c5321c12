// What will probably be opened next is fetched before: the line that has the focus, and its neighbours. It counts as seen
// only when it is opened.
import { openId } from "./panes.js";
import { isOffline } from "./stream.js";

const DWELLS = 60; // milliseconds on a line before it is fetched
const FRESH = 60_000;
const KEPT = 6;

const fetched = new Map(); // address: { id, at, text (a promise) }
let timer = 0;

function fetchPane(link, id) {
  const url = link?.getAttribute("hx-get");
  const known = fetched.get(url);
  if (!url || id === openId() || (known && Date.now() - known.at < FRESH)) return;
  const headers = { "HX-Request": "true", "HX-Request-Type": "partial", "HX-Preload": "true" };
  const text = fetch(url, { headers, priority: "low" }).then((answer) => (answer.ok && !answer.redirected ? answer.text() : ""));
  text.catch(() => "").then((found) => found || fetched.delete(url));
  fetched.set(url, { id, at: Date.now(), text });
  if (fetched.size > KEPT) fetched.delete(fetched.keys().next().value);
}

function soon(row) {
  clearTimeout(timer);
  if (!row || isOffline() || navigator.connection?.saveData) return;
  timer = setTimeout(() => {
    for (const one of [row, row.nextElementSibling, row.previousElementSibling]) {
      if (one?.matches(".row")) fetchPane(one.querySelector(":scope > a"), one.dataset.id);
    }
  }, DWELLS);
}

document.addEventListener("focusin", (event) => soon(event.target.closest?.("#rows .row")));
document.addEventListener("htmx:after:swap", (event) => {
  if (event.detail.ctx.target?.id === "thread") soon(document.getElementById(`row-${openId()}`));
});

// What has changed since is fetched anew when it is opened.
document.addEventListener("stream:changed", ({ detail: { conversations } }) => {
  for (const [url, one] of fetched) if (conversations.includes(Number(one.id))) fetched.delete(url);
});
document.addEventListener("stream:everything", () => fetched.clear());

// An act may change any of them, also those that were fetched while it was on its way.
document.addEventListener("htmx:after:request", ({ detail: { ctx } }) => ctx.request.method !== "GET" && fetched.clear());

document.addEventListener("htmx:before:request", (event) => {
  const { ctx } = event.detail;
  if (ctx.request.method !== "GET") return fetched.clear();
  const known = ctx.target?.id === "thread" ? fetched.get(ctx.request.action) : null;
  if (!known || Date.now() - known.at > FRESH) return;
  fetched.delete(ctx.request.action);
  const { action, ...options } = ctx.request;
  ctx.fetch = async () => {
    const text = await known.text.catch(() => "");
    if (!text) return fetch(action, options);
    // Now it is read: what has come since, and that it was seen, is asked for by the way.
    document.dispatchEvent(new CustomEvent("stream:opened", { detail: known.id }));
    return new Response(text, { status: 200, headers: { "Content-Type": "text/html; charset=utf-8" } });
  };
});

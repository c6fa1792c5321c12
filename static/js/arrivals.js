// What is not in the list yet, and in which order the list stands: it announces itself, and nothing moves under eyes and hands.
import { markCurrent } from "./panes.js";
import { announce, counted, words } from "./words.js";

const QUIET = 2_000; // since pointer and focus left the list, until it may put itself in order

const main = () => document.getElementById("main");
const list = () => document.getElementById("list");
let arrived = new Set();

document.addEventListener("inbox:arrived", (event) => {
  for (const id of event.detail.ids) arrived.add(id);
  if (mayMove()) return refreshList();
  pill(counted("newConversations", arrived.size));
});

// So many that nobody counts them.
export function many() {
  pill(words("newConversations"));
}

function pill(text) {
  const button = document.getElementById("newpill");
  if (!button) return;
  if (button.hidden) button.removeAttribute("data-low");
  button.hidden = false;
  button.querySelector("[data-says]").textContent = text;
  giveWay();
  announce(text);
}

// It lies over the lines, and goes to the other end where it would lie over the one that somebody is at.
function giveWay() {
  const button = document.getElementById("newpill");
  if (!button || button.hidden) return;
  const { top, bottom } = button.getBoundingClientRect();
  const isOver = (row) => row.getBoundingClientRect().bottom > top && row.getBoundingClientRect().top < bottom;
  if ([...document.querySelectorAll("#rows .row:is(:hover, :focus-within)")].some(isOver)) button.toggleAttribute("data-low");
}
document.addEventListener("focusin", (event) => event.target.closest("#rows") && requestAnimationFrame(giveWay));

// When somebody last pointed at the list, or did something in it.
let touchedAt = 0;
const touched = (event) => event.target.closest?.("#rows") && (touchedAt = Date.now());
for (const name of ["pointermove", "pointerdown", "focusout", "keydown"]) document.addEventListener(name, touched, { passive: true });

// Lines slide in by themselves only under nobody's eyes and hands.
function mayMove() {
  const rows = document.getElementById("rows");
  if (!rows || document.hidden || rows.scrollTop >= 4 || Date.now() - touchedAt < QUIET) return false;
  return !rows.matches(":hover") && !rows.contains(document.activeElement) && !rows.querySelector(".check:checked");
}

// Lines stay where they are while somebody is at the list; two quiet seconds later they are put in order.
let sorting = 0;

export function sortSoon() {
  clearTimeout(sorting);
  sorting = setTimeout(() => (mayMove() ? refreshList() : sortSoon()), QUIET);
}

// The line that somebody is at as the new list comes, which need not be the one that they asked for it at.
let at = "";
const line = () => document.activeElement?.closest("#rows .row");

export async function refreshList() {
  clearTimeout(sorting);
  at = "";
  await htmx.ajax("GET", main().dataset.view + main().dataset.query, { target: "#list", swap: "outerMorph" });
  document.getElementById("newpill")?.setAttribute("hidden", "");
  document.getElementById("rows").scrollTop = 0;
  markCurrent();
  if (at && document.activeElement === document.body) document.getElementById(at)?.querySelector(":scope > a")?.focus();
  line()?.scrollIntoView({ block: "nearest" });
}

// After a time in which nothing was heard.
export async function catchUp() {
  if (mayMove()) return refreshList();
  try {
    const answer = await fetch(main().dataset.view + main().dataset.query, { headers: { "HX-Request": "true" } });
    const fresh = new DOMParser().parseFromString(answer.ok ? await answer.text() : "", "text/html");
    const ids = [...fresh.querySelectorAll(".row")].map((row) => row.dataset.id);
    const missed = ids.filter((id) => !document.getElementById(`row-${id}`));
    if (missed.length) document.dispatchEvent(new CustomEvent("inbox:arrived", { detail: { ids: missed } }));
  } catch {
    // The way broke again: this is done again when it is back.
  }
}

document.addEventListener("click", (event) => event.target.closest("#newpill") && refreshList());

document.addEventListener("htmx:before:swap", ({ detail: { ctx } }) => ctx.target?.id === "list" && (at = line()?.id ?? ""));

// Another list than before, or the same anew: what the page asks for from now on is that one.
document.addEventListener("htmx:after:swap", (event) => {
  if (event.detail.ctx.target?.id !== "list" || !list()) return;
  arrived = new Set();
  Object.assign(main().dataset, { view: list().dataset.view, query: list().dataset.query });
});

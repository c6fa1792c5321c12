// Choosing several lines of a list: by box, by key, a range, all of the view. Kept for each view while the browser is open.
import { focusedRow, following, goOn } from "./rows.js";
import { openId } from "./panes.js";
import { refreshList } from "./arrivals.js";

const MOST = 1_000; // of one deed
const form = () => document.querySelector("[data-picks]");
const list = () => document.getElementById("list");
const boxes = () => [...document.querySelectorAll("[data-picks] .check")];
const place = () => `picks ${list()?.dataset.view ?? ""}${list()?.dataset.query ?? ""}`;
let last = ""; // the line that was chosen last, where a range begins

function kept() {
  try {
    const { ids, all } = JSON.parse(sessionStorage.getItem(place()) ?? "{}");
    return { ids: new Set(ids), all: Boolean(all) };
  } catch {
    return { ids: new Set(), all: false };
  }
}

function keep(ids, all = false) {
  try {
    if (ids.size) sessionStorage.setItem(place(), JSON.stringify({ ids: [...ids], all }));
    else sessionStorage.removeItem(place());
  } catch {
    // Without storage what is chosen lasts as long as the page.
  }
  paint(ids, all);
}

// How many the view holds: Infinity where nobody counted them and more follow, which what is searched for never does.
function total() {
  const counted = document.getElementById("list-count")?.textContent;
  if (/^\d+$/.test(counted)) return Number(counted);
  const isMore = document.querySelector("#rows .more") && !new URLSearchParams(list()?.dataset.query).has("q");
  return isMore ? Infinity : boxes().length;
}

const say = (sentence, n) => sentence.replace("{n}", n.toLocaleString(document.documentElement.lang));
// One of the sentences about all of a view: where the number is not known, where it is too many, and any other.
const ofAll = ({ dataset }, [whole, most, all]) =>
  total() === Infinity ? dataset[whole] : say(dataset[total() > MOST ? most : all], Math.min(total(), MOST));

// How many are chosen; none where there is nothing to choose from.
export const picked = () => (form() ? kept().ids.size : 0);

function paint(ids, all) {
  const shown = boxes();
  for (const box of shown) box.checked = all || ids.has(box.value);
  const bar = document.querySelector("[data-bulk]");
  if (!bar) return;
  const number = all ? total() : ids.size;
  const says = bar.querySelector("[data-picked]");
  const text = number === 1 ? says.dataset.one : number === Infinity ? says.dataset.whole : say(says.dataset.many, Math.min(number, MOST));
  const appears = bar.hidden && number;
  bar.hidden = !number;
  // The line that the keyboard is at comes up from behind the bar.
  if (appears) document.querySelector("#rows .row > :focus-visible")?.parentElement.scrollIntoView({ block: "nearest" });
  if (says.textContent !== text) says.textContent = text;
  every(bar, shown, ids, all);
  hand(shown, ids, all);
}

// All of the page are chosen, and the view holds more: all of those are offered.
function every(bar, shown, ids, all) {
  const line = bar.querySelector("[data-every]");
  const button = bar.querySelector("[data-pick=every]");
  const isWhole = shown.length > 0 && shown.every((box) => ids.has(box.value));
  line.hidden = !(all || (isWhole && total() > ids.size));
  line.querySelector("[data-every-said]").textContent = all ? ofAll(button, ["whole", "most", "all"]) : "";
  button.hidden = all;
  button.textContent = ofAll(button, ["offerWhole", "offerMost", "offer"]);
}

// What is chosen and not on the page is sent along with what is.
function hand(shown, ids, all) {
  const here = new Set(shown.map((box) => box.value));
  const input = (name, value) => Object.assign(document.createElement("input"), { type: "hidden", name, value });
  const others = all ? [input("all", "1")] : [...ids].filter((id) => !here.has(id)).map((id) => input("ids", id));
  form().querySelector("[data-ids]").replaceChildren(...others);
}

function set(values, is) {
  const { ids, all } = kept();
  // Taking one away from all of a view leaves those that are seen.
  const now = new Set(all ? boxes().map((box) => box.value) : ids);
  for (const value of values) now[is ? "add" : "delete"](value);
  keep(now);
}

function between(one, other) {
  const values = boxes().map((box) => box.value);
  const [from, to] = [values.indexOf(one), values.indexOf(other)].sort((a, b) => a - b);
  return from < 0 ? [other] : values.slice(from, to + 1);
}

// From the line that was chosen last to this one.
export function range() {
  const value = focusedRow()?.querySelector(".check")?.value;
  if (!value) return false;
  set(between(last || value, value), true);
  last = value;
  return true;
}

// All that are on the page; again: none.
export function pickAll() {
  const values = boxes().map((box) => box.value);
  if (!values.length) return false;
  const { ids } = kept();
  keep(values.every((value) => ids.has(value)) ? new Set() : new Set([...ids, ...values]));
  return true;
}

export function pickNone() {
  if (!picked()) return false;
  keep(new Set());
  return true;
}

// A key that acts on what is chosen, where something is.
export function onPicked(action) {
  if (!picked()) return false;
  const button = document.querySelector(`[data-bulk] [data-stands-for="${CSS.escape(action)}"]`);
  button?.click();
  return Boolean(button);
}

document.addEventListener("click", (event) => {
  const box = event.target.closest("[data-picks] .check");
  if (box) {
    set(event.shiftKey && last ? between(last, box.value) : [box.value], box.checked);
    last = box.value;
  }
  const what = event.target.closest("[data-pick]")?.dataset.pick;
  if (what === "none") pickNone();
  if (what === "every") keep(kept().ids, true);
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && event.target.matches("[data-picks] .check")) event.preventDefault();
});

function look() {
  if (!form()) return;
  const { ids, all } = kept();
  paint(ids, all);
}

document.addEventListener("htmx:after:swap", look);
addEventListener("pageshow", look);
look();

// Something was done to many: the list is asked for anew, and where the open one has left, the next one opens.
document.addEventListener("inbox:done", async ({ detail: { ids, leaves, clears } }) => {
  if (!list()) return;
  const goes = leaves && ids.map(String).includes(openId());
  if (clears) keep(new Set());
  const next = goes ? following(openId(), ids.map(String)) : "";
  await refreshList();
  if (goes) goOn(next);
});

// Keys act, single ones while nobody types. The registry is the server's (inbox/keyboard.py): an action is known by its
// default keys, which a button carries as data-key; the page brings what this person chose instead.
import { choose, send } from "./composer.js";
import { closeDrawers } from "./panes.js";
import { act, focusedRow, focusList, openRow, step } from "./rows.js";
import { focusedEvent, stepEvent } from "./timeline.js";
import { onPicked, pickAll, picked, pickNone, range } from "./picks.js";
import { takeBack } from "./undo.js";

// What acts on the line that has the focus, else on the conversation that is open.
const OF_LINES = new Set(["e", "a", "A", "m", "s", "!", "l", "c"]);
// What a line has no button for can be done with it where it has any.
const UNSEEN = { A: "take", "!": "spam", l: "tags", c: "ask" };
const MODIFIED = { k: "Mod+k", j: "Mod+j", "Shift+f": "Mod+Shift+f" };

const settings = () => JSON.parse(document.body.dataset.keys);
const isShown = (one) => one?.getClientRects().length;
// A key of a menu acts also while the menu is closed, and one of the head also where that has no room for its button.
const isAble = (one) => (isShown(one) || one.closest("[data-closes]") || isShown(one.closest(".thread-head"))) && !one.closest(".pair");
const buttons = (action) => [...document.querySelectorAll(`[data-key="${CSS.escape(action)}"]`)];

export function press(action) {
  const found = buttons(action).find(isAble);
  if (!found) return false;
  if (found.matches("input:not([type=radio], [type=checkbox])")) {
    found.focus();
    found.select();
  } else if (found.matches("select")) {
    found.focus();
    found.showPicker?.();
  } else {
    // A page that came back a moment ago may not have been looked through yet.
    htmx.process(found.form ?? found);
    found.click();
  }
  return true;
}

// In a pair of people that has the focus, its own buttons are meant.
function inPair(action) {
  const button = focusedRow()?.matches(".pair") && focusedRow().querySelector(`[data-key="${CSS.escape(action)}"]`);
  if (!button) return false;
  button.focus();
  button.click();
  return true;
}

const ofRow = (row, action) =>
  row.querySelector(`[data-stands-for="${CSS.escape(action)}"]`)?.dataset.act ?? (row.querySelector(".acts") && UNSEEN[action]);

function onLine(action) {
  const row = focusedRow();
  if (row?.matches(".pair")) return inPair(action);
  if (!row || row.matches(".tile") || row.hasAttribute("aria-current")) return press(action);
  const what = ofRow(row, action);
  if (what) act(what, row.dataset.id);
  return true;
}

function back() {
  const main = document.getElementById("main");
  if (matchMedia("(width < 760px)").matches) return press("u");
  main.dataset.pane = "list";
  focusList();
  return true;
}

function leave(event) {
  if (isTyping(event.target)) {
    event.target.blur();
    focusList();
    return true;
  }
  if (!document.querySelector(":popover-open") && pickNone()) return true;
  closeDrawers();
  return false;
}

// Of the message that is at hand, else of the conversation; the newest message where nobody asked for it.
function why() {
  const link = focusedEvent()?.querySelector(".why") ?? buttons("w")[0] ?? [...document.querySelectorAll("#timeline-scroll .why")].at(-1);
  link?.click();
  return Boolean(link);
}

function focusViews() {
  const link = document.querySelector("#views [aria-current]") ?? document.querySelector("#views a");
  if (!isShown(link)) return false;
  link.focus();
  return true;
}

function select() {
  const box = focusedRow()?.querySelector(".check");
  box?.click();
  return Boolean(box);
}

// Actions that are more than pressing their button.
const RUN = {
  w: why,
  "g v": () => focusViews() || press("g v"),
  j: () => (focusedEvent() ? stepEvent(1) : step(1)),
  k: () => (focusedEvent() ? stepEvent(-1) : step(-1)),
  "[": () => stepEvent(-1),
  "]": () => stepEvent(1),
  o: () => inPair("o") || openRow(),
  u: back,
  x: select,
  X: range,
  "*": pickAll,
  r: () => choose("reply") || press("r"),
  n: () => inPair("n") || choose("note"),
  "Mod+Shift+f": () => Boolean(buttons("Mod+Shift+f")[0]) && choose("reply", { quietly: true }) && press("Mod+Shift+f"),
  z: () => takeBack(() => press("z")),
  "?": () => buttons("?")[0]?.click() ?? true,
};

export function run(action) {
  if (onPicked(action)) return true;
  if (RUN[action]) return RUN[action]();
  return OF_LINES.has(action) ? onLine(action) : press(action);
}

// Which actions make sense here and now, for the palette.
export function possible() {
  const row = focusedRow();
  const here = new Set([...document.querySelectorAll("[data-key]")].filter(isAble).map((one) => one.dataset.key));
  if (picked()) return [...here, ...[...document.querySelectorAll("[data-bulk] [data-stands-for]")].map((one) => one.dataset.standsFor)];
  if (row && !row.matches("[aria-current], .pair")) {
    for (const action of OF_LINES) here[ofRow(row, action) ? "add" : "delete"](action);
  }
  return [...here];
}

let typed = [];
let typedAt = 0;

const isTyping = (target) => target.matches?.("input:not([type=radio]):not([type=checkbox]), textarea, select, [contenteditable]");

function withModifier(event) {
  const action = MODIFIED[(event.shiftKey ? "Shift+" : "") + event.key.toLowerCase()];
  if (action && !event.altKey) {
    const dialog = document.querySelector("dialog[open]");
    if (!dialog || (action === "Mod+k" && !dialog.matches(":modal"))) {
      if (buttons(action)[0]) event.preventDefault();
      if (RUN[action]) RUN[action]();
      else (buttons(action).find(isAble) ?? buttons(action)[0])?.click();
    } else if (dialog.matches(".palette")) event.preventDefault();
    return;
  }
  if (event.key !== "Enter") return;
  // On a page of its own it is the only one, and open without being called so.
  const dialog = event.target.closest("dialog[open]") ?? document.querySelector(".alone dialog");
  if (dialog) dialog.querySelector("[data-sends=dialog]")?.click();
  else if (event.target.closest("[data-composer]")) send({ closing: event.shiftKey });
  else return;
  if (!dialog?.matches(".palette")) event.preventDefault();
}

function single(event, { lead, map }) {
  if (Date.now() - typedAt > 1_200) typed = [];
  typedAt = Date.now();
  const before = typed.at(-1);
  typed = [event.key];
  // The first key of two waits for what follows.
  const keys = lead.includes(before) ? `${before} ${event.key}` : event.key;
  if (keys === event.key && lead.includes(keys)) return;
  const action = event.key === "Enter" ? "o" : (map[keys] ?? keys);
  if (keys !== event.key) typed = [];
  if (!action || action.startsWith("Mod+")) return;
  if (event.key === "Enter" && (!focusedRow() || event.target.matches(".pair *"))) return;
  if (run(action) !== false) event.preventDefault();
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing) return;
  if (event.ctrlKey || event.metaKey) return withModifier(event);
  if (event.altKey || /^(Shift|Control|Meta|CapsLock)$/.test(event.key)) return;
  if (event.key === "Escape" && !document.querySelector("dialog[open]")) {
    if (leave(event)) event.preventDefault();
    return;
  }
  const mine = settings();
  if (isTyping(event.target) || document.querySelector("dialog[open]") || !mine.on) return;
  single(event, mine);
});

// --- the sheet: finding one of its lines, and the switch

document.addEventListener("input", ({ target }) => {
  if (!target.matches("[data-finds]")) return;
  const wanted = target.value.trim().toLowerCase();
  const dialog = target.closest("dialog");
  for (const line of dialog.querySelectorAll("[data-keys] div")) line.hidden = !line.textContent.toLowerCase().includes(wanted);
  for (const part of dialog.querySelectorAll("[data-keys] section")) part.hidden = !part.querySelector("div:not([hidden])");
});
document.addEventListener("change", ({ target }) => {
  if (target.matches("[data-keys-switch]")) document.body.dataset.keys = JSON.stringify({ ...settings(), on: target.checked });
});

// The one registry of keys. It acts, and it feeds the sheet behind "?". Single keys pause while somebody types.
import { choose, send } from "./composer.js";
import { showDialog } from "./dialogs.js";
import { closeDrawers } from "./panes.js";
import { act, focusedRow, focusList, openRow, step } from "./rows.js";
import { picked } from "./picks.js";
import { words } from "./words.js";

const press = (key) => () => {
  // A key of a menu acts also while the menu is closed.
  const able = (one) => (one.getClientRects().length || one.closest("[data-closes]")) && !one.closest(".pair");
  const found = [...document.querySelectorAll(`[data-key="${key}"]`)].find(able);
  if (!found) return false;
  if (found.matches("input")) {
    found.focus();
    found.select();
  } else found.click();
  return true;
};

// In a pair of people that has the focus, its own buttons are meant.
function inPair(key) {
  const button = focusedRow()?.matches(".pair") && focusedRow().querySelector(`[data-key="${key}"]`);
  if (!button) return false;
  button.focus();
  button.click();
  return true;
}

// A line that has the focus is meant, else the conversation that is open.
const onRow = (what, key) => () => {
  if (key === "e" && picked()) return press("B")();
  const row = focusedRow();
  if (row?.matches(".pair")) return inPair(key);
  if (!row || row.hasAttribute("aria-current")) return press(key)();
  const button = row.querySelector(`[data-act=${what}], [data-stands-for="${key}"]`);
  if (button) act(button.dataset.act, row.dataset.id);
  return true;
};

function back() {
  const main = document.getElementById("main");
  if (matchMedia("(width < 760px)").matches) return press("u")();
  main.dataset.pane = "list";
  focusList();
  return true;
}

function leave(event) {
  if (event.target.matches?.("textarea, input")) {
    event.target.blur();
    focusList();
    return true;
  }
  closeDrawers();
  return false;
}

function select() {
  const box = focusedRow()?.querySelector(".check");
  box?.click();
  return Boolean(box);
}

const REGISTRY = [
  { section: "move", keys: ["j"], name: "keyNext", run: () => step(1) },
  { section: "move", keys: ["k"], name: "keyPrevious", run: () => step(-1) },
  { section: "move", keys: ["o"], also: ["Enter"], name: "keyOpen", run: () => inPair("o") || openRow() },
  { section: "move", keys: ["u"], name: "keyBack", run: back },
  { section: "move", keys: ["/"], name: "keySearch", run: press("/") },
  { section: "move", keys: ["."], name: "keyShowNew", run: press(".") },
  { section: "move", keys: ["t"], name: "keyTimeline", run: press("t") },
  { section: "move", keys: ["["], name: "keyEarlier", run: press("[") },
  { section: "move", keys: ["]"], name: "keyLater", run: press("]") },
  { section: "move", keys: ["i"], name: "keyCard", run: press("i") },
  { section: "go", keys: ["g", "i"], name: "keyGoInbox", run: press("g i") },
  { section: "go", keys: ["g", "m"], name: "keyGoMine", run: press("g m") },
  { section: "go", keys: ["g", "u"], name: "keyGoUnassigned", run: press("g u") },
  { section: "go", keys: ["g", "c"], name: "keyGoContacts", run: press("g c") },
  { section: "go", keys: ["g", "/"], name: "keyGoSearch", run: press("g /") },
  { section: "go", keys: ["g", "s"], name: "keyGoSettings", run: press("g s") },
  { section: "go", keys: ["g", "v"], name: "keyGoViews", run: press("g v") },
  ...Array.from({ length: 9 }, (_, n) => ({ keys: ["g", String(n + 1)], run: press(`g ${n + 1}`) })),
  { section: "go", shown: ["g", "1…9"], keys: [], name: "keyGoQueue" },
  { section: "act", keys: ["e"], name: "keyClose", run: onRow("close", "e") },
  { section: "act", keys: ["a"], name: "keyAssign", run: onRow("assign", "a") },
  { section: "act", keys: ["p"], name: "keyUrgent", run: press("p") },
  { section: "act", keys: ["m"], name: "keyMove", run: onRow("move", "m") },
  { section: "act", keys: ["s"], name: "keySimilar", run: press("s") },
  { section: "act", keys: ["!"], name: "keySpam", run: onRow("spam", "!") },
  { section: "act", keys: ["U"], shown: ["⇧", "u"], name: "keyUnread", run: press("U") },
  { section: "act", keys: ["x"], name: "keySelect", run: select },
  { section: "act", keys: [], shown: ["m"], name: "keyMerge" },
  { section: "act", keys: [], shown: ["n"], name: "keyNotSame" },
  { section: "act", keys: [], shown: ["Alt", "↑"], name: "keyPlace" },
  { section: "act", keys: ["z"], name: "keyUndo", run: press("z") },
  { section: "write", keys: ["r"], name: "keyReply", run: () => choose("reply") || press("r")() },
  { section: "write", keys: ["n"], name: "keyNote", run: () => inPair("n") || choose("note") },
  { section: "write", keys: [], shown: ["⌘", "↵"], name: "keySend" },
  { section: "write", keys: [], shown: ["⌘", "⇧", "↵"], name: "keySendClose" },
  { section: "write", keys: [], shown: ["esc"], name: "keyLeave" },
  { section: "write", keys: ["?"], name: "keyHelp", run: () => (showDialog("keys"), true) },
];
const SECTIONS = ["move", "go", "act", "write"];

// --- acting

let typed = [];
let typedAt = 0;

const isTyping = (target) => target.matches?.("input:not([type=radio]):not([type=checkbox]), textarea, select, [contenteditable]");

function isOff() {
  try {
    return localStorage.getItem("keys") === "off";
  } catch {
    return false;
  }
}

function withModifier(event) {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
  const dialog = event.target.closest("dialog[open]");
  if (dialog) dialog.querySelector("[data-sends=dialog]")?.click();
  else if (event.target.closest("[data-composer]")) send({ closing: event.shiftKey });
  else return;
  event.preventDefault();
}

function single(event) {
  if (Date.now() - typedAt > 1_200) typed = [];
  typedAt = Date.now();
  typed = [...typed, event.key].slice(-2);
  const found =
    REGISTRY.find((one) => one.keys.length === 2 && one.keys.join(" ") === typed.join(" ")) ??
    REGISTRY.find((one) => one.keys.length === 1 && (one.keys[0] === event.key || one.also?.includes(event.key)));
  // "g" waits for what it goes to.
  if (!found?.run || (typed.at(-2) === "g" && found.keys.length === 1)) return;
  if (event.key === "Enter" && (!focusedRow() || event.target.matches(".pair *"))) return;
  if (found.run(event) !== false) event.preventDefault();
  if (found.keys.length === 2) typed = [];
}

document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || event.isComposing) return;
  if (event.ctrlKey || event.metaKey) return withModifier(event);
  if (event.altKey) return;
  if (event.key === "Escape" && !document.querySelector("dialog[open]")) {
    if (leave(event)) event.preventDefault();
    return;
  }
  if (isTyping(event.target) || document.querySelector("dialog[open]") || isOff()) return;
  single(event);
});

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-opens=keys]")) showDialog("keys");
});

// --- the sheet

function kbd(text) {
  const key = document.createElement("kbd");
  const isMac = /Mac|iP(hone|ad)/.test(navigator.platform);
  key.textContent = text === "⌘" && !isMac ? "Ctrl" : text === "Enter" ? "↵" : text;
  return key;
}

function line(one) {
  const row = document.createElement("div");
  const [term, keys] = [document.createElement("dt"), document.createElement("dd")];
  term.textContent = words(one.name);
  keys.append(...[...(one.shown ?? one.keys), ...(one.also ?? [])].map(kbd));
  row.append(term, keys);
  return row;
}

function sheet() {
  const box = document.querySelector("[data-keys]:empty");
  for (const name of box ? SECTIONS : []) {
    const section = document.createElement("section");
    const [title, list] = [document.createElement("h3"), document.createElement("dl")];
    title.textContent = words(`keys-${name}`.replace(/-(.)/, (_, c) => c.toUpperCase()));
    list.append(...REGISTRY.filter((one) => one.section === name && one.name).map(line));
    section.append(title, list);
    box.append(section);
  }
  const switcher = document.querySelector("[data-keys-switch]");
  if (switcher) switcher.checked = !isOff();
}

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-keys-switch]")) localStorage.setItem("keys", event.target.checked ? "on" : "off");
});
document.addEventListener("htmx:after:swap", sheet);
sheet();

// The palette: opens at once, asks the server while somebody types, and does what was chosen where they came from.
import { showDialog, wish } from "./dialogs.js";
import { possible, run } from "./keys.js";
import { goTo } from "./leaving.js";

const KEPT = "palette";
const MOST = 8;
const box = () => document.getElementById("palette");
const field = () => document.getElementById("palette-q");
const list = () => document.getElementById("palette-options");
const options = () => [...list().querySelectorAll("[role=option]")];
const selected = () => list().querySelector("[aria-selected=true]");

let from = null;
// Enter before the answer is there waits for it.
let isDue = null;

function lately() {
  try {
    return JSON.parse(localStorage.getItem(KEPT) ?? "[]").filter((one) => typeof one === "string");
  } catch {
    return [];
  }
}

function remember(option) {
  const { recent } = option.dataset;
  try {
    localStorage.setItem(KEPT, JSON.stringify([recent, ...lately().filter((one) => one !== recent)].slice(0, MOST)));
  } catch {
    // Then nothing is offered first.
  }
}

function open() {
  if (document.querySelector("dialog:modal") || !box()) return;
  from = document.activeElement;
  const form = field().form;
  form.elements.can.value = possible().join("\t");
  form.elements.recent.value = lately().join("\t");
  field().value = "";
  list().replaceChildren();
  isDue = null;
  showDialog("palette");
  field().focus();
  htmx.trigger(field(), "begin");
}

function select(option) {
  for (const one of options()) one.setAttribute("aria-selected", String(one === option));
  if (option) field().setAttribute("aria-activedescendant", option.id);
  else field().removeAttribute("aria-activedescendant");
  option?.scrollIntoView({ block: "nearest" });
}

function step(by) {
  const all = options();
  if (all.length) select(all[(all.indexOf(selected()) + by + all.length) % all.length]);
}

function take(option, apart) {
  if (!option) return;
  remember(option);
  if (option.href) {
    if (apart) window.open(option.href, "_blank", "noopener");
    else {
      box().close();
      goTo(option.href);
    }
    return;
  }
  box().close();
  // What was focused before says what is meant.
  if (from?.isConnected) from.focus();
  if (option.dataset.choice) wish(option.dataset.choice);
  run(option.dataset.does);
}

const isFresh = () => list().querySelector("[data-answers]")?.dataset.answers === field().value.trim();

document.addEventListener("click", (event) => {
  const opens = event.target.closest("[data-palette]");
  const option = event.target.closest("#palette-options [role=option]");
  const apart = event.ctrlKey || event.metaKey;
  if (opens && !apart) {
    event.preventDefault();
    open();
  } else if (option) {
    event.preventDefault();
    take(option, apart);
  }
});

document.addEventListener("submit", (event) => event.target.closest("#palette") && event.preventDefault());

document.addEventListener("keydown", (event) => {
  if (event.target !== field() || event.isComposing) return;
  if (event.key === "ArrowDown" || event.key === "ArrowUp") step(event.key === "ArrowDown" ? 1 : -1);
  else if (event.key === "Enter") {
    const apart = event.ctrlKey || event.metaKey;
    if (isFresh()) take(selected(), apart);
    else isDue = { apart };
  } else return;
  event.preventDefault();
});

document.addEventListener("htmx:after:swap", (event) => {
  if (event.detail.ctx.target !== list()) return;
  document.getElementById("palette-away").hidden = true;
  document.getElementById("palette-says").textContent = list().querySelector("[data-says]")?.dataset.says ?? "";
  select(options()[0]);
  // What arrives first may answer an earlier question.
  if (!isDue || !isFresh()) return;
  const { apart } = isDue;
  isDue = null;
  take(selected(), apart);
});

document.addEventListener("htmx:error", (event) => {
  if (event.detail.ctx?.sourceElement === field()) document.getElementById("palette-away").hidden = false;
});

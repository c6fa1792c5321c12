// The managers' rules: the popover of a part, words as chips, switches, order by hand and by keys.
const pop = () => document.getElementById("pop");
const list = () => document.getElementById("rules");
let opener = null;

// --- the popover: the server sends what stands in it

document.addEventListener("htmx:before:request", ({ detail: { ctx } }) => {
  const asked = ctx.sourceElement.closest?.("[data-pops]");
  if (asked) opener = asked.closest("[popover]") ? (invoker(asked.closest("[popover]")) ?? asked) : asked;
});

const invoker = (menu) => document.querySelector(`[popovertarget="${menu.id}"]`);

function showPart() {
  const box = pop();
  if (!box) return;
  if (!box.querySelector("form")) {
    if (box.matches(":popover-open")) box.hidePopover();
    return;
  }
  for (const menu of document.querySelectorAll(".menu:popover-open")) if (menu !== box) menu.hidePopover();
  if (!box.matches(":popover-open")) {
    opener = opener?.id ? (document.getElementById(opener.id) ?? opener) : opener;
    box.showPopover(opener?.isConnected ? { source: opener } : undefined);
  }
  dress(box);
  first(box)?.focus();
}

// What is wrong, else where something is written or chosen, before what it is about.
const FIRST = [
  "[data-bad] .chips > input",
  "[data-bad] :is(input, textarea)",
  ".chips > input",
  "fieldset input:checked",
  "fieldset input",
  ".label :is(input, textarea):not([type=hidden], [hidden])",
  "select",
];
const first = (box) => FIRST.map((one) => box.querySelector(one)).find(Boolean);

document.addEventListener("toggle", (event) => {
  if (event.target !== pop() || event.newState !== "closed") return;
  pop().replaceChildren();
  const back = opener?.id ? document.getElementById(opener.id) : opener;
  if (document.activeElement === document.body && back?.isConnected) back.focus();
}, true);

// Leaving the popover is no leaving of the list (keys.js).
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && event.target.closest?.("[popover]")) event.stopPropagation();
}, true);

// Another field or comparison needs another input; what is written stays where it fits.
document.addEventListener("change", (event) => {
  const asks = event.target.closest("[data-asks]");
  if (!asks || !event.target.matches("select")) return;
  const form = event.target.form;
  const query = new URLSearchParams();
  for (const name of ["at", "into", "grouped", "field", "op"]) {
    const input = form.elements[name];
    if (input && !(name === "op" && event.target.name === "field")) query.set(name, input.value);
  }
  const name = event.target.name;
  htmx.ajax("GET", `${asks.dataset.asks}?${query}`, { target: pop() ? "#pop" : ".pop-alone" }).then(() => document.querySelector(`.part select[name=${name}]`)?.focus());
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || !event.target.closest(".part")) return;
  event.preventDefault();
  event.target.closest(".part").querySelector("[data-saves-part]").click();
});

// --- words as chips

const wordsOf = (area) => area.value.split("\n").map((line) => line.trim()).filter(Boolean);

function draw(area, box) {
  box.querySelectorAll(".chip").forEach((chip) => chip.remove());
  for (const word of wordsOf(area)) {
    const [chip, text, off] = [document.createElement("span"), document.createElement("span"), document.createElement("button")];
    chip.className = "chip";
    text.textContent = word;
    text.dir = "auto";
    off.type = "button";
    off.dataset.word = word;
    off.textContent = "×";
    off.setAttribute("aria-label", area.dataset.away ? area.dataset.away.replace("{word}", word) : `× ${word}`);
    chip.append(text, off);
    box.querySelector("input").before(chip);
  }
}

function take(area, box, typed) {
  const added = typed.split(/[\n,;]/).map((word) => word.trim()).filter(Boolean);
  area.value = [...new Set([...wordsOf(area), ...added])].join("\n");
  draw(area, box);
}

function dress(root) {
  for (const area of root.querySelectorAll("textarea[data-chips]:not([hidden])")) {
    const box = document.createElement("span");
    const input = document.createElement("input");
    box.className = "chips";
    input.autocomplete = "off";
    input.dir = "auto";
    input.id = `${area.id}-more`;
    if (area.getAttribute("aria-describedby")) input.setAttribute("aria-describedby", area.getAttribute("aria-describedby"));
    for (const label of document.querySelectorAll(`label[for="${area.id}"]`)) label.htmlFor = input.id;
    box.append(input);
    area.hidden = true;
    area.after(box);
    draw(area, box);
    bind(area, box, input);
  }
}

function bind(area, box, input) {
  input.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if ((event.key === "Enter" && !event.ctrlKey && !event.metaKey && input.value.trim()) || event.key === ",") {
      event.preventDefault();
      take(area, box, input.value);
      input.value = "";
    } else if (event.key === "Backspace" && !input.value) {
      area.value = wordsOf(area).slice(0, -1).join("\n");
      draw(area, box);
    }
  });
  input.addEventListener("paste", (event) => {
    const text = event.clipboardData.getData("text");
    if (!/[\n,;]/.test(text)) return;
    event.preventDefault();
    take(area, box, text);
  });
  // A word that was typed and not yet put among the others is meant.
  const rest = () => {
    if (!input.value.trim()) return;
    take(area, box, input.value);
    input.value = "";
  };
  input.addEventListener("blur", rest);
  input.addEventListener("keydown", (event) => event.key === "Enter" && (event.ctrlKey || event.metaKey) && rest());
  box.addEventListener("click", (event) => {
    const off = event.target.closest("button");
    if (off) {
      area.value = wordsOf(area).filter((word) => word !== off.dataset.word).join("\n");
      draw(area, box);
    }
    input.focus();
  });
}

// --- a pattern, while it is written

let checking = 0;

document.addEventListener("input", (event) => {
  if (!event.target.matches("[data-pattern]")) return;
  clearTimeout(checking);
  checking = setTimeout(() => {
    const says = document.getElementById("pattern-says");
    if (says && event.target.value) htmx.ajax("POST", says.dataset.address, { target: says, swap: "innerHTML", values: { value: event.target.value } });
  }, 400);
});

// --- the list

const revision = () => document.getElementById("revision")?.value ?? "";
const act = (id, what, values) =>
  htmx.ajax("POST", `${list().dataset.rules}${id}/${what}/`, { swap: "none", values: { ...values, revision: revision() } });

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-switch]");
  if (button) act(button.closest(".rule").dataset.id, "switch", { on: button.getAttribute("aria-checked") === "true" ? "0" : "1" });
});

document.addEventListener("keydown", (event) => {
  if (!event.altKey || event.ctrlKey || event.metaKey || !["ArrowUp", "ArrowDown"].includes(event.key)) return;
  const rule = event.target.closest?.("#rules .rule");
  if (!rule) return;
  event.preventDefault();
  act(rule.dataset.id, "place", { way: event.key === "ArrowUp" ? "up" : "down" });
});

let lifted = null;
const unmark = () => list()?.querySelectorAll(".drop-before, .drop-after").forEach((one) => one.classList.remove("drop-before", "drop-after"));
const isAfter = (rule, y) => y > rule.getBoundingClientRect().top + rule.offsetHeight / 2;

document.addEventListener("dragstart", (event) => {
  lifted = event.target.closest?.("#rules .n")?.closest(".rule") ?? null;
  if (!lifted) return;
  lifted.classList.add("is-lifted");
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", lifted.querySelector(".name").textContent);
  event.dataTransfer.setDragImage(lifted, 12, 12);
});
document.addEventListener("dragover", (event) => {
  const over = lifted && event.target.closest?.("#rules .rule");
  if (!over) return;
  event.preventDefault();
  unmark();
  if (over !== lifted) over.classList.add(isAfter(over, event.clientY) ? "drop-after" : "drop-before");
});
document.addEventListener("drop", (event) => {
  const over = lifted && event.target.closest?.("#rules .rule");
  if (!over || over === lifted) return;
  event.preventDefault();
  const [from, at] = [Number(lifted.dataset.place), Number(over.dataset.place) + (isAfter(over, event.clientY) ? 1 : 0)];
  const to = at > from ? at - 1 : at;
  if (to !== from) act(lifted.dataset.id, "place", { to });
});
document.addEventListener("dragend", () => {
  lifted?.classList.remove("is-lifted");
  lifted = null;
  unmark();
});

// --- after a swap

let seen = null;

// What was tried is tried again on the rules as they are now.
function tryAgain() {
  const now = revision();
  if (seen !== null && seen !== now && document.querySelector("#trial-says .verdict")) document.getElementById("trial").requestSubmit();
  seen = now;
}

function settle() {
  showPart();
  tryAgain();
  document.querySelectorAll("#dialogs textarea[data-chips], .alone textarea[data-chips]").forEach((area) => dress(area.parentElement));
  const main = document.querySelector("main.routing");
  if (!main) return;
  const open = document.getElementById("rule-box")?.dataset.rule ?? "";
  if (open) main.dataset.pane = "rule";
  else delete main.dataset.pane;
  for (const one of list()?.querySelectorAll(".rule") ?? []) one.toggleAttribute("aria-current", one.dataset.id === open);
  const focus = document.querySelector("[data-focuses]");
  if (!focus) return;
  const row = document.getElementById(focus.dataset.focuses);
  focus.remove();
  row?.querySelector(".name")?.focus();
  row?.scrollIntoView({ block: "nearest" });
}

document.addEventListener("htmx:after:swap", settle);
settle();

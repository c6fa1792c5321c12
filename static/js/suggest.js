// Lists at the caret: macros behind "/", colleagues behind "@", emoji behind ":". Loaded when the first is asked for.
import { addChip } from "./chips.js";
import { emojiFor } from "./emoji.js";
import { announce, counted, words } from "./words.js";

const MOST = 50;
const SIGNS = { "/": macros, "@": colleagues, ":": emoji };
let open = null; // { form, box, sign, start, list, items, at, wanted }
let asked = 0;

// --- what is typed

// The sign and the word behind it that the caret stands in; null where there is none.
function typed(box) {
  const before = box.value.slice(Math.max(0, box.selectionStart - 80), box.selectionStart);
  const found = /^(?:.*[\s(])?([/@:])([^\n]*)$/su.exec(before);
  if (!found || box.selectionStart !== box.selectionEnd) return null;
  const [, sign, word] = found;
  if (sign === ":" && !/^[\p{L}\p{N}_+-]{2,}$/u.test(word)) return null;
  // A name has a few words; what goes on after that is a sentence.
  if (/\s/.test(word) && (sign === ":" || /^\s/.test(word) || word.split(/\s/).length > 4)) return null;
  return { sign, word, start: box.selectionStart - word.length - 1 };
}

export async function look(box) {
  const form = box.form;
  const found = typed(box);
  if (!found || (found.sign === "@" && form.elements.mode.value !== "note")) return close();
  const mine = ++asked;
  const items = await SIGNS[found.sign](form, found.word);
  if (mine !== asked || document.activeElement !== box) return;
  if (!items.length) return close();
  draw(form, box, found, items);
}

// A button asks for the list: the sign is written for whoever pressed it.
export function begin(form, sign) {
  const box = form.elements.text;
  box.focus();
  const before = box.value.slice(0, box.selectionStart);
  insert(box, box.selectionStart, box.selectionEnd, before && !/\s$/.test(before) ? ` ${sign}` : sign);
  look(box);
}

// --- what is offered

const lists = new Map();

async function fetched(url) {
  const before = lists.get(url);
  if (before && Date.now() - before.when < 60_000) return before.found;
  try {
    const answer = await fetch(url, { headers: { "HX-Request": "true", "HX-Current-URL": location.href } });
    const found = answer.ok ? await answer.json() : { all: [] };
    if (answer.ok) lists.set(url, { found, when: Date.now() });
    return found;
  } catch {
    return { all: [] };
  }
}

const plain = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

// Those whose name begins with the words go first, then those that have them at the beginning of a word, then the rest.
export function ranked(all, word, textsOf) {
  const wanted = plain(word).trim();
  if (!wanted) return all.slice(0, MOST);
  const scored = [];
  for (const one of all) {
    const texts = textsOf(one).map(plain);
    const score = texts[0].startsWith(wanted) ? 0 : texts.some((text) => text.startsWith(wanted)) ? 1 : texts.some((text) => text.includes(` ${wanted}`)) ? 2 : texts.some((text) => text.includes(wanted)) ? 3 : 9;
    if (score < 9) scored.push([score, scored.length, one]);
  }
  return scored.sort((a, b) => a[0] - b[0] || a[1] - b[1]).slice(0, MOST).map(([, , one]) => one);
}

async function macros(form, word) {
  // They name the account that answers.
  const account = form.elements.account?.value;
  const { all } = await fetched(account ? `${form.dataset.macros}?account=${account}` : form.dataset.macros);
  if (!all.length && !word) return [{ name: words("macrosNone"), icon: "zap", take: ({ box, start, end }) => insert(box, start, end, "") }];
  const able = all.filter((one) => form.querySelector(`[name=mode][value=${one.mode}]:not(:disabled)`));
  return ranked(able, word, (one) => [one.name, one.text]).map((one) => ({
    name: one.name,
    about: one.about,
    under: [one.text.slice(0, 140).replace(/\s+/g, " "), one.does.join(", ")].filter(Boolean).join(" · "),
    icon: one.mode === "note" ? "lock" : "zap",
    take: (place) => useMacro(form, one, place),
  }));
}

async function colleagues(form, word) {
  let found = await fetched(form.dataset.colleagues);
  if (found.more && word) found = await fetched(`${form.dataset.colleagues}?q=${encodeURIComponent(word)}`);
  return ranked(found.all, word, (one) => [one.name, one.also]).map((one) => ({
    name: one.name,
    about: [one.about, one.state].filter(Boolean).join(" · "),
    initials: one.initials,
    hue: one.hue,
    icon: one.initials ? "" : "users",
    take: ({ box, start, end }) => insert(box, start, end, `@${one.insert} `),
  }));
}

async function emoji(form, word) {
  return (await emojiFor(word)).slice(0, 12).map((one) => ({
    name: one.name,
    sign: one.emoji,
    take: ({ box, start, end }) => insert(box, start, end, `${one.emoji} `),
  }));
}

function useMacro(form, macro, { box, start, end }) {
  insert(box, start, end, "");
  if (!macro.text) {
    htmx.ajax("POST", form.dataset.macro, { source: form, swap: "none", values: { macro: macro.id } });
    return;
  }
  const tab = form.querySelector(`[name=mode][value=${macro.mode}]`);
  if (!tab.checked) {
    tab.click();
    box.setSelectionRange(box.value.length, box.value.length);
  }
  insert(box, box.selectionStart, box.selectionStart, macro.text);
  addChip(form, macro);
}

export function insert(box, start, end, text) {
  box.focus();
  box.setRangeText(text, start, end, "end");
  box.dispatchEvent(new InputEvent("input", { bubbles: true }));
}

// --- the list

function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", "i sm");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  const sprite = document.querySelector("svg use[href]").getAttribute("href").split("#")[0];
  use.setAttribute("href", `${sprite}#i-${name}`);
  svg.append(use);
  return svg;
}

function span(text, name) {
  const part = document.createElement("span");
  part.textContent = text;
  part.className = name;
  part.dir = "auto";
  return part;
}

function option(item, n) {
  const line = document.createElement("li");
  Object.assign(line, { id: `suggested-${n}` });
  line.setAttribute("role", "option");
  line.setAttribute("aria-selected", "false");
  if (item.sign) line.append(span(item.sign, "sign"));
  else if (item.initials) {
    const face = span("", "av s20 mate");
    face.dataset.h = item.hue;
    face.setAttribute("aria-hidden", "true");
    face.append(span(item.initials, ""));
    line.append(face);
  } else line.append(icon(item.icon));
  const text = span("", "said");
  text.append(span(item.name, "name"));
  if (item.under) text.append(span(item.under, "under"));
  line.append(text);
  if (item.about) line.append(span(item.about, "about"));
  return line;
}

function draw(form, box, { sign, start }, items) {
  const before = open;
  if (!open) {
    const list = document.createElement("ul");
    Object.assign(list, { id: "suggested", className: "menu suggested" });
    list.setAttribute("role", "listbox");
    list.popover = "manual";
    form.append(list);
    list.showPopover();
    box.setAttribute("aria-controls", "suggested");
    open = { list };
  }
  Object.assign(open, { form, box, sign, start, items, at: 0 });
  open.list.setAttribute("aria-label", words({ "/": "suggestMacros", "@": "suggestColleagues", ":": "suggestEmoji" }[sign]));
  open.list.replaceChildren(...items.map(option));
  if (!before || before.start !== start) place();
  mark(0);
  announce(counted("suggested", items.length));
}

function mark(at) {
  const lines = open.list.children;
  lines[open.at]?.setAttribute("aria-selected", "false");
  open.at = (at + lines.length) % lines.length;
  lines[open.at].setAttribute("aria-selected", "true");
  lines[open.at].scrollIntoView({ block: "nearest" });
  open.box.setAttribute("aria-activedescendant", lines[open.at].id);
}

export function close() {
  asked += 1;
  if (!open) return;
  open.box.removeAttribute("aria-activedescendant");
  open.box.removeAttribute("aria-controls");
  open.list.remove();
  open = null;
}

function take(at) {
  const { items, box, start } = open;
  const end = box.selectionStart;
  close();
  items[at].take({ box, start, end });
}

// --- where it stands: above the caret, or on a phone above the composer

function place() {
  const { list, box, form } = open;
  const around = form.getBoundingClientRect();
  const caret = caretOf(box, open.start);
  const isNarrow = innerWidth < 760;
  const width = Math.min(isNarrow ? around.width : 420, innerWidth - 16);
  const left = isNarrow ? around.left : Math.min(Math.max(8, caret.left - 8), innerWidth - width - 8);
  const bottom = innerHeight - (isNarrow ? around.top : caret.top) + 6;
  Object.assign(list.style, {
    position: "fixed", inset: `auto auto ${bottom}px ${left}px`, margin: "0", width: `${width}px`,
    maxHeight: `${Math.max(120, Math.min(320, innerHeight - bottom - 8))}px`,
  });
}

// The place of a character on the screen, measured in a copy of the text that nobody sees.
function caretOf(box, index) {
  const copy = document.createElement("div");
  const look = getComputedStyle(box);
  for (const name of ["direction", "fontFamily", "fontSize", "fontWeight", "letterSpacing", "lineHeight", "padding", "textAlign", "wordSpacing"]) copy.style[name] = look[name];
  const area = box.getBoundingClientRect();
  Object.assign(copy.style, { position: "fixed", visibility: "hidden", whiteSpace: "pre-wrap", overflowWrap: "break-word", boxSizing: "border-box", width: `${box.clientWidth}px`, top: "0", left: "0" });
  copy.dir = box.dir === "auto" ? (look.direction === "rtl" ? "rtl" : "ltr") : box.dir;
  copy.textContent = box.value.slice(Math.max(0, index - 5_000), index);
  const sign = document.createElement("span");
  sign.textContent = "|";
  copy.append(sign);
  document.body.append(copy);
  const { top, left } = sign.getBoundingClientRect();
  copy.remove();
  return { top: Math.max(area.top, area.top + top - box.scrollTop), left: area.left + left };
}

// --- keys and clicks; before anybody else hears of them

const KEYS = {
  ArrowDown: () => mark(open.at + 1),
  ArrowUp: () => mark(open.at - 1),
  Enter: () => take(open.at),
  Tab: () => take(open.at),
  Escape: close,
};

document.addEventListener("keydown", (event) => {
  if (!open || event.isComposing || event.ctrlKey || event.metaKey || event.altKey || !KEYS[event.key]) return;
  if (event.shiftKey && event.key === "Tab") return close();
  event.preventDefault();
  event.stopImmediatePropagation();
  KEYS[event.key]();
}, true);
// The focus stays where one writes.
document.addEventListener("pointerdown", (event) => {
  if (!open) return;
  if (event.target.closest(".suggested")) event.preventDefault();
  else if (event.target !== open.box) close();
});
document.addEventListener("click", ({ target }) => {
  const line = open && target.closest(".suggested [role=option]");
  if (line) take([...open.list.children].indexOf(line));
});
document.addEventListener("focusout", ({ target }) => open && target === open.box && setTimeout(() => open && document.activeElement !== open.box && close(), 100));
addEventListener("resize", () => open && place());

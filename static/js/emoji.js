// Emoji by name, in English and German, and the picker. The data come when they are first asked for.
import { words } from "./words.js";

const RECENT = "emoji";
const SHOWN = 240;
let data = null;

async function load() {
  data ??= fetch(document.body.dataset.emojiData)
    .then((answer) => (answer.ok ? answer.text() : Promise.reject(answer.status)))
    .then((text) => {
      let group = 0;
      const found = [];
      for (const line of text.split("\n")) {
        if (/^#\d/.test(line)) group = Number(line.slice(1));
        else if (line) {
          const [emoji, en, de, more = ""] = line.split("\t");
          found.push({ emoji, group, names: [en, de], more, all: plain(`${en} ${de} ${more}`) });
        }
      }
      return found;
    })
    .catch((why) => {
      data = null;
      throw why;
    });
  return data;
}

const plain = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").replaceAll("_", " ").toLowerCase();
const isGerman = () => document.documentElement.lang.startsWith("de");
const nameOf = (one) => one.names[isGerman() ? 1 : 0];

// Every word has to begin a word of the names; whole names go first.
export async function emojiFor(word) {
  const parts = plain(word).split(/\s+/).filter(Boolean);
  const all = await load().catch(() => []);
  const fits = all.filter((one) => parts.every((part) => ` ${one.all}`.includes(` ${part}`)));
  const whole = parts.join(" ");
  const rank = (one) => (one.names.some((name) => plain(name) === whole) ? 0 : one.names.some((name) => plain(name).startsWith(whole)) ? 1 : 2);
  const used = recent();
  const place = (one) => (used.includes(one.emoji) ? -1 : 0);
  return fits.map((one) => ({ ...one, name: nameOf(one) })).sort((a, b) => rank(a) - rank(b) || place(a) - place(b) || a.names[0].length - b.names[0].length);
}

function recent() {
  try {
    return JSON.parse(localStorage.getItem(RECENT) ?? "[]");
  } catch {
    return [];
  }
}

export function used(emoji) {
  try {
    localStorage.setItem(RECENT, JSON.stringify([emoji, ...recent().filter((one) => one !== emoji)].slice(0, 24)));
  } catch {
    // It is not remembered then.
  }
}

// --- the picker

let picker = null;

export async function pick(button, take) {
  if (picker) return close();
  const box = document.createElement("div");
  box.className = "menu emoji";
  box.popover = "manual";
  box.setAttribute("role", "dialog");
  box.setAttribute("aria-label", words("suggestEmoji"));
  const search = Object.assign(document.createElement("input"), { type: "search", placeholder: words("emojiFind"), autocomplete: "off" });
  search.setAttribute("aria-label", words("emojiFind"));
  const field = document.createElement("label");
  field.className = "field quiet";
  field.append(search);
  const grid = document.createElement("div");
  grid.className = "all";
  box.append(field, grid);
  button.closest("form").append(box);
  box.showPopover();
  picker = { box, grid, search, take, button };
  button.setAttribute("aria-expanded", "true");
  place(button);
  search.addEventListener("input", () => show(search.value));
  search.focus();
  await show("");
}

function place(button) {
  const { top, left, width } = button.getBoundingClientRect();
  const size = Math.min(328, innerWidth - 16);
  const start = Math.min(Math.max(8, left + width / 2 - size / 2), innerWidth - size - 8);
  Object.assign(picker.box.style, { position: "fixed", inset: `auto auto ${innerHeight - top + 6}px ${start}px`, margin: "0", width: `${size}px`, maxHeight: `${Math.min(340, top - 16)}px` });
}

async function show(word) {
  const { grid } = picker;
  let parts;
  try {
    const all = await load();
    if (!picker) return;
    if (word.trim()) parts = [[words("emojiFound"), await emojiFor(word)]];
    else {
      const own = recent().map((emoji) => all.find((one) => one.emoji === emoji)).filter(Boolean);
      parts = [...(own.length ? [[words("emojiRecent"), own]] : []), [words("emojiAll"), all]];
    }
  } catch {
    grid.textContent = words("failedAway");
    return;
  }
  if (!picker) return;
  grid.replaceChildren(...parts.flatMap(([title, list]) => section(title, list)));
  if (!parts.some(([, list]) => list.length)) grid.textContent = words("emojiNone");
  grid.scrollTop = 0;
}

// The whole list is drawn in parts, as it is scrolled.
function section(title, list) {
  const head = document.createElement("h3");
  head.textContent = title;
  const box = document.createElement("div");
  box.className = "cells";
  let drawn = 0;
  const more = () => {
    box.append(...list.slice(drawn, drawn + SHOWN).map(cell));
    drawn += SHOWN;
  };
  more();
  picker.grid.onscroll = ({ target }) => drawn < list.length && target.scrollTop + target.clientHeight > target.scrollHeight - 200 && more();
  return [head, box];
}

function cell(one) {
  const button = Object.assign(document.createElement("button"), { type: "button", textContent: one.emoji, title: nameOf(one), tabIndex: -1 });
  button.setAttribute("aria-label", nameOf(one));
  return button;
}

export function close({ back = false } = {}) {
  if (!picker) return;
  const { box, button } = picker;
  picker = null;
  box.remove();
  button.removeAttribute("aria-expanded");
  if (back) button.focus();
}

function choose(button) {
  const { take } = picker;
  used(button.textContent);
  close();
  take(button.textContent);
}

// Arrows go through the cells as they stand, eight to a line or fewer.
function move(event) {
  const cells = [...picker.grid.querySelectorAll("button")];
  const at = cells.indexOf(document.activeElement);
  const perLine = cells.findIndex((one) => one.offsetTop > cells[0]?.offsetTop);
  const toEnd = getComputedStyle(picker.grid).direction === "rtl" ? -1 : 1;
  const step = { ArrowRight: toEnd, ArrowLeft: -toEnd, ArrowDown: perLine > 0 ? perLine : 1, ArrowUp: perLine > 0 ? -perLine : -1 }[event.key];
  if (!step || (at < 0 && event.key !== "ArrowDown")) return;
  event.preventDefault();
  if (at < 0) cells[0]?.focus();
  else if (at + step < 0) picker.search.focus();
  else cells[Math.min(cells.length - 1, at + step)].focus();
}

document.addEventListener("keydown", (event) => {
  if (!picker?.box.contains(event.target)) return;
  event.stopPropagation();
  if (event.key === "Escape") {
    event.preventDefault();
    close({ back: true });
  } else if (event.key === "Enter") {
    event.preventDefault();
    const chosen = document.activeElement.matches(".cells button") ? document.activeElement : picker.grid.querySelector("button");
    if (chosen) choose(chosen);
  } else move(event);
}, true);
document.addEventListener("click", ({ target }) => {
  if (!picker) return;
  const button = target.closest(".emoji .cells button");
  if (button) choose(button);
  else if (!target.closest(".emoji, [data-emoji]")) close();
});

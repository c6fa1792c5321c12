// The window on a timeline: parts come as somebody scrolls to them and drop out at the far end; nothing jumps.
import { scroller, toEnd } from "./panes.js";

const MOST = 200; // entries that stay on the page
const NEAR = 700; // pixels of timeline left when the next part is asked for

const LIST = "ol.tl[data-window]";
const LATEST = "999999999999999999"; // behind all ids of one moment
const TRIMMED = "[data-trimmed]";
const entries = (list) => [...list.querySelectorAll(":scope > [data-at]")];
const box = (list) => list.closest(".scroll");
const gap = (one, list) => one.getBoundingClientRect().top - box(list).getBoundingClientRect().top;

function fold(list, end) {
  const last = end === "top" ? list.firstElementChild : list.lastElementChild;
  return last?.matches(".fold") ? last : null;
}

// --- asking for more

function more(list, end) {
  const link = fold(list, end)?.querySelector(":scope > a[hx-get]");
  // What is in other conversations is opened by a person only; and what could not be had is not asked for on and on.
  if (!link || link.matches("[data-elsewhere], [data-asked]")) return Boolean(link?.matches("[data-asked]"));
  link.dataset.asked = "";
  link.click();
  return true;
}

const places = new WeakMap();

document.addEventListener("scroll", ({ target }) => {
  const list = target.querySelector?.(LIST);
  if (!list) return;
  const isDown = target.scrollTop > (places.get(target) ?? target.scrollTop);
  const isUp = target.scrollTop < (places.get(target) ?? target.scrollTop);
  places.set(target, target.scrollTop);
  const [inner, outer] = [list.getBoundingClientRect(), target.getBoundingClientRect()];
  if (isUp && outer.top - inner.top < NEAR) more(list, "top");
  else if (isDown && inner.bottom - outer.bottom < NEAR) more(list, "bottom");
}, { capture: true, passive: true });

// --- what a part that arrived leaves to be done

const kept = new WeakMap();

document.addEventListener("htmx:before:swap", ({ detail: { ctx } }) => {
  const from = ctx.sourceElement?.closest?.(`${LIST} > .fold`);
  const list = from?.parentElement;
  if (!list || ctx.target !== from) return;
  const top = box(list).getBoundingClientRect().top;
  const anchor = entries(list).find((one) => one.getBoundingClientRect().bottom > top + 40);
  const end = from === list.firstElementChild ? "top" : "bottom";
  kept.set(ctx, { list, end, anchor, gap: anchor ? gap(anchor, list) : 0, strip: from.querySelector("[data-strip]") });
});

document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
  const { list, end, anchor, gap: was, strip } = kept.get(ctx) ?? {};
  if (list?.isConnected) {
    keepStrip(list, strip);
    trim(list, end === "top" ? "bottom" : "top");
    if (anchor?.isConnected) box(list).scrollTop += gap(anchor, list) - was;
    places.set(box(list), box(list).scrollTop);
    settle(list);
    stepOn(list);
  } else if (ctx.target?.matches?.(LIST) || ctx.target?.id === "history") jumped(shown());
  else arrived(ctx);
});

function keepStrip(list, strip) {
  const slot = fold(list, "top")?.querySelector("[data-strip]");
  if (slot && strip && slot !== strip && !slot.childElementCount) slot.replaceWith(strip);
}

// Entries of one moment stay together: they are told in another order than they are counted in.
function cutAt(all, end) {
  if (end === "bottom") {
    let cut = MOST;
    while (cut < all.length && all[cut].dataset.at === all[cut - 1].dataset.at) cut++;
    return cut;
  }
  let cut = all.length - MOST;
  while (cut > 0 && all[cut].dataset.at === all[cut - 1].dataset.at) cut--;
  return cut;
}

const isBusy = (one) => one.matches(":focus-within, :has(:popover-open)") || [...one.querySelectorAll("audio, video")].some((media) => !media.paused);

function trim(list, end) {
  const all = entries(list);
  if (all.length <= MOST) return;
  const cut = cutAt(all, end);
  const gone = end === "bottom" ? all.slice(cut) : all.slice(0, cut);
  if (!gone.length || gone.some(isBusy)) return;
  const strip = list.querySelector("[data-strip]");
  const mark = end === "top" ? markOf(all[cut]) : null;
  if (end === "bottom") {
    while (list.lastElementChild !== all[cut - 1]) list.lastElementChild.remove();
  } else {
    while (list.firstElementChild !== all[cut]) list.firstElementChild.remove();
    if (mark) all[cut].before(mark);
  }
  list[end === "bottom" ? "append" : "prepend"](newFold(list, end, end === "bottom" ? all[cut - 1] : all[cut]));
  keepStrip(list, strip);
}

function markOf(entry) {
  let mark = entry.previousElementSibling;
  while (mark && !mark.matches(".tl-day")) mark = mark.previousElementSibling;
  return mark;
}

// Leads on from an entry that stays; all of its moment stay.
function newFold(list, end, entry) {
  const [top, bottom] = list.closest("section").querySelector("[data-folds]").content.children;
  const made = (end === "top" ? top : bottom).cloneNode(true);
  const place = `${entry.dataset.at},${made.dataset.way === "before" ? 0 : LATEST}`;
  const link = made.querySelector("a");
  link.href = `${list.dataset.window}${made.dataset.way}=${encodeURIComponent(place)}`;
  link.setAttribute("hx-get", link.getAttribute("href"));
  made.dataset.trimmed = "";
  queueMicrotask(() => htmx.process(made));
  return made;
}

// Up to where the page shows the timeline of an open conversation: what arrives is appended only at its very end.
function settle(list) {
  const after = list.closest("#thread")?.querySelector("[id^=place-] input[name=after]");
  if (!after) return;
  const all = entries(list);
  const at = all.at(-1)?.dataset.at;
  const ids = all.filter((one) => one.dataset.at === at).map((one) => Number(one.id.slice("event-".length)));
  after.value = fold(list, "bottom") || !at ? "" : `${at},${Math.max(...ids)}`;
}

// --- jumping

function jumped(list) {
  if (!list) return;
  settle(list);
  const goal = list.querySelector("[data-goal]");
  if (goal) {
    focusOn(goal);
    goal.scrollIntoView({ block: list.dataset.order === "up" ? "start" : "center" });
  } else if (list.closest("#thread")) toEnd();
  places.set(box(list), box(list).scrollTop);
}

// The newest part, where the page shows an older one.
export function toNewest() {
  const list = scroller()?.querySelector(LIST);
  if (!list || !fold(list, "bottom")?.matches(TRIMMED)) return toEnd();
  return htmx.ajax("GET", `${list.dataset.window}before=${encodeURIComponent(`9990-01-01T00:00:00+00:00,0`)}`, { target: list, swap: "innerHTML" });
}

let known = 0;

// Something new below the part that is shown: what one did oneself is shown, all else is told of.
function arrived(ctx) {
  const place = document.querySelector("#thread > [id^=place-]");
  const before = known;
  known = Number(place?.querySelector("[name=known]").value ?? 0);
  const list = scroller()?.querySelector(LIST);
  if (ctx.target?.id === "thread" || known <= before || !list || !fold(list, "bottom")?.matches(TRIMMED)) return;
  if (!/\/changes\/\?/.test(ctx.request?.action ?? "")) toNewest();
  else document.dispatchEvent(new CustomEvent("timeline:below", { detail: { n: Number(place.dataset.arrived) } }));
}

// --- from event to event by keyboard

let stepping = 0;

const shown = () => [...document.querySelectorAll(LIST)].find((list) => list.getClientRects().length);
export const focusedEvent = () => document.activeElement?.closest?.(`${LIST} > [data-at]`);

function focusOn(entry) {
  const control = entry.querySelector(":scope > a.t");
  if (!control) entry.tabIndex = -1;
  (control ?? entry).focus({ preventScroll: true });
  entry.scrollIntoView({ block: "nearest" });
}

// One event on: -1 to what was earlier, 1 to what came later. Says whether there is a timeline at all.
export function stepEvent(by) {
  const list = shown();
  if (!list) return false;
  const all = entries(list);
  const down = list.dataset.order === "up" ? by : -by;
  const from = focusedEvent();
  const next = from ? all[all.indexOf(from) + down] : firstSeen(list, all, down);
  if (next) focusOn(next);
  else if (more(list, down > 0 ? "bottom" : "top")) stepping = by;
  return true;
}

function firstSeen(list, all, down) {
  const { top, bottom } = box(list).getBoundingClientRect();
  const seen = all.filter((one) => one.getBoundingClientRect().bottom > top + 40 && one.getBoundingClientRect().top < bottom);
  return down > 0 ? seen[0] : seen.at(-1);
}

function stepOn(list) {
  const by = stepping;
  stepping = 0;
  if (by && focusedEvent()?.parentElement === list) stepEvent(by);
}

document.addEventListener("keydown", (event) => {
  // What looks like a button answers to the space bar as well.
  if (event.key === " " && event.target.matches?.("a[role=button]")) {
    event.preventDefault();
    event.target.click();
  }
  if (event.key === "Escape") document.documentElement.toggleAttribute("data-no-tips", true);
});
for (const kind of ["focusin", "pointerover"]) {
  document.addEventListener(kind, () => document.documentElement.removeAttribute("data-no-tips"), { passive: true });
}

// --- where reading goes on

export function toUnread() {
  const line = scroller()?.querySelector("[data-news]");
  if (!line || gap(line, line.parentElement) > 0) return;
  line.scrollIntoView({ block: "start" });
}

document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
  if (ctx.target?.id === "thread") opened();
});

function opened() {
  known = Number(document.querySelector("#thread > [id^=place-] [name=known]")?.value ?? 0);
  const goal = scroller()?.querySelector("[data-goal]");
  if (goal) goal.scrollIntoView({ block: "start" });
  else toUnread();
}

opened();
document.fonts?.ready.then(opened);

// Where somebody stood in a list survives going back and a reload: which line was at the top, how far the list was
// open, and which line had the focus. What arrived meanwhile moves nothing, for it goes by lines, not by pixels.
const MOST = 1_000; // lines that are fetched again
const rows = () => document.getElementById("rows");
const lines = () => rows()?.querySelectorAll(".row").length ?? 0;

function key() {
  const { view, query } = document.getElementById("list").dataset;
  return `list:${view}${query}`;
}

function keep() {
  const box = rows();
  if (!box || !lines() || isRestoring) return;
  const { left, top, width } = box.getBoundingClientRect();
  const first = width ? document.elementFromPoint(left + width / 2, top + 8)?.closest(".row") : null;
  if (!first) return;
  const focused = document.activeElement?.closest?.("#rows .row")?.id ?? "";
  const place = { top: first.id, by: first.getBoundingClientRect().top - top, lines: lines(), focused };
  try {
    sessionStorage.setItem(key(), JSON.stringify(place));
  } catch {
    // A browser that keeps nothing goes on from the top.
  }
}

function kept() {
  try {
    return JSON.parse(sessionStorage.getItem(key()));
  } catch {
    return null;
  }
}

let isRestoring = false;

async function restore() {
  if (!rows()) return;
  const place = kept();
  if (place) {
    isRestoring = true;
    await open(Math.min(place.lines, MOST));
    isRestoring = false;
    const first = document.getElementById(place.top);
    if (first && rows()) rows().scrollTop += first.getBoundingClientRect().top - rows().getBoundingClientRect().top - place.by;
    const isFree = !document.activeElement || document.activeElement === document.body;
    if (isFree && place.focused) document.getElementById(place.focused)?.querySelector(":scope > a")?.focus({ preventScroll: true });
  }
  document.querySelector("#rows .row[aria-current]")?.scrollIntoView({ block: "nearest" });
}

// As far down as it was open.
async function open(wanted) {
  for (let before = -1; lines() < wanted && lines() > before; ) {
    const more = rows().querySelector(".more");
    if (!more) return;
    before = lines();
    await htmx.ajax("GET", more.querySelector("a").href, { target: more, swap: "outerHTML" });
  }
}

let timer = 0;
const soon = (event) => {
  if (!event.target.closest?.("#rows")) return;
  clearTimeout(timer);
  timer = setTimeout(keep, 150);
};
document.addEventListener("scroll", soon, { capture: true, passive: true });
document.addEventListener("focusin", soon);
addEventListener("pagehide", keep);

// Going back in history replaces the whole page.
document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
  if (ctx.request?.headers?.["HX-History-Restore-Request"]) restore();
});
// Whoever comes by a link begins at the top.
const [came] = performance.getEntriesByType("navigation");
addEventListener("load", () => (came && came.type !== "navigate" ? restore() : document.querySelector("#rows .row[aria-current]")?.scrollIntoView({ block: "nearest" })));

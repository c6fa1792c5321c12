// The three panes: which one a phone shows, which row is open, where the timeline stands, what is in a drawer.
const main = () => document.getElementById("main");

export const openId = () => document.getElementById("thread")?.dataset.id ?? "";
export const scroller = () => document.getElementById("timeline-scroll");
export const isAtEnd = (box, height = box.clientHeight) => box.scrollHeight - box.scrollTop - height < 80;

export function toEnd() {
  const box = scroller();
  if (!box) return;
  follow(box);
  box.scrollTop = box.scrollHeight;
  // A contact may have gone on elsewhere since: then the end of this conversation is what was asked for.
  const last = [...box.querySelectorAll(".now")].at(-1);
  if (last && last.offsetTop + last.offsetHeight < box.scrollTop) last.scrollIntoView({ block: "end" });
  leftAt = box.scrollTop;
}

// The composer grows, with what is told in it late and with every line: whoever stands at the end, or where they were
// put, still sees it; whoever reads further up does not move.
let [followed, height, leftAt] = [null, 0, 0];
const resized = new ResizeObserver(() => {
  const now = followed.clientHeight;
  if (!now) return; // not shown just now
  const wasThere = isAtEnd(followed, height) || followed.scrollTop === leftAt;
  if (now < height && wasThere) {
    followed.scrollTop += height - now;
    leftAt = followed.scrollTop;
  }
  height = now;
});

function follow(box) {
  if (box === followed) return;
  resized.disconnect();
  [followed, height] = [box, box.clientHeight];
  resized.observe(box);
}

export function markCurrent() {
  const id = openId();
  for (const row of document.querySelectorAll(".row[aria-current]")) {
    if (row.dataset.id !== id) row.removeAttribute("aria-current");
  }
  document.getElementById(`row-${id}`)?.setAttribute("aria-current", "true");
}

function opened() {
  markCurrent();
  document.getElementById(`row-${openId()}`)?.classList.remove("unread");
  main().dataset.pane = "thread";
  closeDrawers();
  toEnd();
  if (matchMedia("(width < 760px)").matches) scroller()?.focus({ preventScroll: true });
}

// --- drawers: views and contact where the window is too narrow to show them

export function closeDrawers() {
  delete document.querySelector(".app").dataset.drawer;
  if (main()?.dataset.pane === "card") main().dataset.pane = "thread";
}

export function toggleDrawer(name) {
  const app = document.querySelector(".app");
  if (name === "card" && matchMedia("(width < 760px)").matches) {
    main().dataset.pane = main().dataset.pane === "card" ? "thread" : "card";
    return;
  }
  if (app.dataset.drawer === name) {
    closeDrawers();
    return;
  }
  app.dataset.drawer = name;
  document.getElementById(name)?.querySelector("a, button")?.focus();
}

document.addEventListener("click", (event) => {
  const opens = event.target.closest("[data-opens=sidebar], [data-opens=card]");
  if (opens) return toggleDrawer(opens.dataset.opens);
  if (event.target.closest("[data-closes]")) return closeDrawers();
  const drawer = document.querySelector(".app")?.dataset.drawer;
  if (drawer && !event.target.closest(`#${drawer}`)) closeDrawers();
});

// --- what a swap leaves to be done

document.addEventListener("htmx:after:swap", (event) => {
  const { ctx } = event.detail;
  // Two parts of a timeline may each begin with the mark of the same day.
  onlyFirst(".tl-day", (mark) => mark.dataset.day);
  onlyFirst("#timeline-scroll [data-news]", () => "news");
  // The answer to an action and a live update that was under way may both bring what was just done.
  onlyFirst("#timeline-scroll [id^=event-]", (entry) => entry.id);
  if (ctx.target?.id === "thread") opened();
  else markCurrent();
  // Going back in history replaces the whole page.
  if (ctx.request?.headers?.["HX-History-Restore-Request"] && scroller()) toEnd();
});

function onlyFirst(selector, key) {
  const seen = new Set();
  for (const one of document.querySelectorAll(selector)) {
    if (seen.has(key(one))) one.remove();
    seen.add(key(one));
  }
}

document.addEventListener("htmx:after:history:push", () => document.getElementById("unseen")?.setAttribute("hidden", ""));

// Asking for the fonts alone would lay a page out before its time.
if (scroller()) {
  toEnd();
  document.fonts?.ready.then(toEnd);
}

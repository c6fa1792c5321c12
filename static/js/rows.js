// Moving through the list, and acting on a line of it without opening it.
import { refreshList } from "./arrivals.js";
import { openId } from "./panes.js";

const LINES = ":is(#rows .row, #rows .pair, #rules .rule, #lanes .tile)";
const rows = () => [...document.querySelectorAll(LINES)];
// A pair of people is no link, and takes the focus itself.
const link = (row) => (row?.matches(".pair") ? row : row?.querySelector(":scope > a, .name"));

// What is done at once; anything else asks in a dialog first.
const POSTED = new Set(["close", "reopen", "spam", "take"]);

export const focusedRow = () => document.activeElement?.closest?.(LINES) ?? null;

export function step(by) {
  const all = rows();
  const from = focusedRow() ?? document.querySelector(":is(#rows .row, #rules .rule)[aria-current]");
  const at = all.indexOf(from);
  const next = at < 0 ? all[by > 0 ? 0 : all.length - 1] : all[at + by];
  link(next)?.focus();
  next?.scrollIntoView({ block: "nearest" });
  return Boolean(next);
}

export function openRow() {
  const row = focusedRow();
  link(row)?.click();
  return Boolean(row);
}

export function focusList() {
  (link(document.querySelector(":is(#rows .row, #rules .rule)[aria-current]")) ?? link(rows()[0]))?.focus();
}

export function act(what, id) {
  const url = document.getElementById("main").dataset.acts.replace("/0/", `/${id}/`) + `${what}/`;
  if (POSTED.has(what)) return htmx.ajax("POST", url, { swap: "none" });
  return htmx.ajax("GET", url, { target: "#dialogs" });
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-act]");
  if (button) act(button.dataset.act, button.closest(".row").dataset.id);
});

// The line after one that leaves, else the one before it: its number, empty where there is none.
export function following(id, leaving = [id]) {
  const all = rows();
  const at = all.findIndex((row) => row.dataset.id === id);
  const stays = (row) => !row.matches(".gone") && !leaving.includes(row.dataset.id);
  const next = at < 0 ? all.find(stays) : (all.slice(at + 1).find(stays) ?? all.slice(0, at).findLast(stays));
  return next?.dataset.id ?? "";
}

// Work goes on with a line: it is opened and has the focus. Where there is none, the list has it.
export function goOn(id) {
  const next = link(document.getElementById(`row-${id}`));
  if (!next) {
    document.getElementById("main").dataset.pane = "list";
    return focusList();
  }
  next.focus({ preventScroll: true });
  next.scrollIntoView({ block: "nearest" });
  next.click();
}

const isWriting = () => document.activeElement?.matches("textarea, input:not([type=checkbox], [type=radio])");

// The page goes on at once: the server need not draw what nobody will look at.
document.addEventListener("htmx:config:request", ({ detail: { ctx } }) => {
  if (ctx.sourceElement.closest?.("[data-leaving]") && openId() && following(openId())) ctx.request.body?.set("on", "1");
});

// After closing, snoozing or moving, the next line is where the work goes on; what comes back is opened again.
document.addEventListener("htmx:after:swap", () => {
  const said = document.querySelector("[data-leaves], [data-returns]");
  if (!said) return;
  const { leaves, returns } = said.dataset;
  delete said.dataset.leaves;
  delete said.dataset.returns;
  if (returns) return comeBack(returns);
  const row = document.getElementById(`row-${leaves}`);
  const next = following(leaves);
  const hasGone = !row || row.matches(".gone");
  if (openId() === leaves && (next || hasGone)) goOn(next);
  else if (row && hasGone && !isWriting()) link(document.getElementById(`row-${next}`))?.focus();
});

async function comeBack(id) {
  if (!document.getElementById(`row-${id}`)) await refreshList();
  if (document.getElementById(`row-${id}`)) goOn(id);
}

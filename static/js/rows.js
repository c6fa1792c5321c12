// Moving through the list, and acting on a line of it without opening it.
const LINES = ":is(#rows .row, #rows .pair, #rules .rule)";
const rows = () => [...document.querySelectorAll(LINES)];
// A pair of people is no link, and takes the focus itself.
const link = (row) => (row?.matches(".pair") ? row : row?.querySelector(":scope > a, .name"));

// What is done at once; anything else asks in a dialog first.
const POSTED = new Set(["close", "reopen", "spam"]);

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

// After closing or moving, the next line is where the work goes on.
document.addEventListener("htmx:after:swap", () => {
  const left = document.querySelector("[data-leaves]");
  if (!left) return;
  const row = document.getElementById(`row-${left.dataset.leaves}`);
  delete left.dataset.leaves;
  const next = row?.nextElementSibling ?? row?.previousElementSibling;
  if (row?.classList.contains("gone") && !document.activeElement?.matches("textarea, input")) link(next)?.focus();
});

// The form of a channel: Save turns on when the test has passed, and what is wrong marks its field.
const form = () => document.getElementById("channel-form");

function allow(passed) {
  const save = form()?.querySelector("[data-saves]");
  if (!save) return;
  save.disabled = !passed;
  const note = document.getElementById("save-note");
  note.dataset.usual ??= note.textContent;
  note.textContent = passed ? note.dataset.usual : note.dataset.first;
}

// Not disabled: whoever pressed a button keeps the focus on it.
function busy(is) {
  for (const button of form().querySelectorAll("footer button")) {
    if (is) button.setAttribute("aria-disabled", "true");
    else button.removeAttribute("aria-disabled");
  }
  const words = form().querySelector("[data-testing]");
  words.dataset.usual ??= words.textContent;
  words.textContent = is ? words.dataset.testing : words.dataset.usual;
}

function mark() {
  for (const error of document.querySelectorAll(".error")) {
    const id = error.closest("[id^=hint-]")?.id ?? error.id;
    const input = document.querySelector(`[aria-describedby~="${id}"]`);
    if (!input) continue;
    if (error.textContent) input.setAttribute("aria-invalid", "true");
    else input.removeAttribute("aria-invalid");
    // A secret that is to be replaced has to be seen.
    if (error.textContent) input.closest("details")?.setAttribute("open", "");
  }
}

// The first thing that is wrong, for whoever cannot see it.
function lead() {
  const wrong = form()?.querySelector("[aria-invalid=true]");
  if (wrong && form().contains(document.activeElement)) wrong.focus();
}

function begin() {
  const fresh = form();
  if (fresh && !fresh.dataset.begun) {
    fresh.dataset.begun = "yes";
    allow(fresh.dataset.tested === "passed");
  }
  const main = document.querySelector("main[data-address]");
  // What is shown once has no address of its own; reloading leads to the channel.
  if (main && main.dataset.address !== location.pathname) history.replaceState(null, "", main.dataset.address);
}

document.addEventListener("input", (event) => {
  // The label is nothing that a network could refuse.
  if (event.target.closest("#channel-form") && !event.target.matches("[data-untested]")) allow(false);
  else if (event.target.matches("#channel-form [data-untested]") && form().dataset.stored) allow(true);
});

// A secret that is kept after all is not sent.
document.addEventListener("toggle", (event) => {
  if (!event.target.matches?.("details.replace")) return;
  const input = event.target.querySelector("input, textarea");
  if (event.target.open) input.focus();
  else input.value = "";
}, true);

document.addEventListener("htmx:after:swap", () => {
  begin();
  mark();
});
document.addEventListener("htmx:before:request", ({ detail: { ctx } }) => ctx.sourceElement === form() && busy(true));
document.addEventListener("htmx:finally:request", ({ detail: { ctx } }) => {
  if (ctx.sourceElement !== form()) return;
  busy(false);
  allow(Boolean(document.querySelector("#trial [data-passed]")) && !form().querySelector("[aria-invalid=true]"));
  lead();
});
begin();

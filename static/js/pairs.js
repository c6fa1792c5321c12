// Reviewing pairs of people: choosing several of them, and going on with the next one after a decision.
const list = () => document.getElementById("pairs");

function count() {
  const says = list()?.querySelector("[data-selected]");
  if (!says) return;
  const n = list().querySelectorAll(".check:checked").length;
  says.textContent = n === 1 ? says.dataset.one : says.dataset.many.replace("{n}", n);
}

document.addEventListener("change", (event) => event.target.matches("#pairs .check") && count());

// Enter in a box would press the form's first button, and decide on somebody whom nobody meant.
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && event.target.matches("#pairs .check")) event.preventDefault();
});

// Where the work goes on: the first pair below those that are being decided on.
let next = null;

document.addEventListener("htmx:before:request", ({ detail: { ctx } }) => {
  if (ctx.sourceElement !== list()) return;
  const pair = document.activeElement?.closest(".pair");
  next = pair?.nextElementSibling?.matches(".pair") ? pair.nextElementSibling : pair?.previousElementSibling;
});

document.addEventListener("htmx:after:swap", () => {
  if (!list()) return;
  count();
  if (next?.isConnected && document.activeElement === document.body) next.focus();
  if (list().querySelector(".pair, .more")) return;
  // All of them have been decided on: what else there is, or that there is nothing.
  list().remove();
  htmx.ajax("GET", location.pathname + location.search, { target: "#review" });
});

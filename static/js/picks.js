// Choosing several lines of a list: how many they are, and Enter in a box decides on nothing.
const list = () => document.querySelector("[data-picks]");
export const picked = () => list()?.querySelectorAll(".check:checked").length ?? 0;

function count() {
  const says = list()?.querySelector("[data-picked]");
  if (says) says.textContent = picked() === 1 ? says.dataset.one : says.dataset.many.replace("{n}", picked());
}

document.addEventListener("change", (event) => event.target.matches("[data-picks] .check") && count());
document.addEventListener("htmx:after:swap", count);
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && event.target.matches("[data-picks] .check")) event.preventDefault();
});

// The search page: from the field into the results and back with the arrow keys; a hint completes what is typed.
import { step } from "./rows.js";

const field = () => document.getElementById("search-q");

document.addEventListener("keydown", (event) => {
  if (!field() || event.altKey || event.ctrlKey || event.metaKey) return;
  const down = event.key === "ArrowDown";
  if (!down && event.key !== "ArrowUp") return;
  const inField = event.target === field();
  const row = event.target.closest?.("#rows .row");
  if (!(inField && down) && !row) return;
  event.preventDefault();
  if (!step(down ? 1 : -1) && !down) field().focus();
});

document.addEventListener("click", (event) => {
  const hint = event.target.closest(".hints [data-query]");
  if (!hint || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  const input = field();
  input.value = hint.dataset.query;
  input.focus();
  input.setSelectionRange(input.value.length, input.value.length);
  input.dispatchEvent(new Event("input", { bubbles: true }));
});

// The board: tiles are dragged to a department or a person, or moved by keys; columns are fetched anew when nothing is in hand.
const board = () => document.getElementById("board");
const tiles = () => [...document.querySelectorAll("#lanes .tile")];
const tileOf = (node) => node?.closest?.("#lanes .tile");
const chosen = () => tiles().filter((tile) => tile.querySelector(".check")?.checked).map((tile) => tile.dataset.id);
let dragged = [];
let last = "";
let again = 0;

const say = (text) => {
  const place = board()?.querySelector("[data-board-says]");
  if (place) place.textContent = text;
};

// What is meant: those that were chosen if the tile is one of them, else the tile.
function meant(tile) {
  const ids = chosen();
  return tile && !ids.includes(tile.dataset.id) ? [tile.dataset.id] : ids;
}

function ask(ids, where = {}) {
  if (!ids.length) return;
  const query = new URLSearchParams({ ids: ids.join(","), ...where });
  htmx.ajax("GET", `${board().dataset.moves}?${query}`, { target: "#dialogs" });
}

// --- choosing

function count() {
  const button = board()?.querySelector("[data-board-move]");
  if (!button) return;
  const ids = chosen();
  const tile = tileOf(document.activeElement);
  if (tile) last = tile.dataset.id;
  button.disabled = !ids.length && !last;
  button.querySelector("[data-board-count]").textContent = ids.length ? ` ${ids.length}` : "";
}

document.addEventListener("change", (event) => {
  if (!event.target.matches("#lanes .check")) return;
  count();
  const { one, many } = board().querySelector("[data-board-says]").dataset;
  const n = chosen().length;
  say(n === 1 ? one : many.replace("{n}", n));
});
document.addEventListener("focusin", count);
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-board-move]")) ask(meant(tileOf(document.activeElement) ?? document.getElementById(`tile-${last}`)));
});

// --- keys: arrows go over tiles and columns

document.addEventListener("keydown", (event) => {
  const tile = tileOf(event.target);
  if (!tile || event.ctrlKey || event.metaKey || event.altKey || !event.key.startsWith("Arrow")) return;
  const lanes = [...document.querySelectorAll("#lanes .lane")];
  const here = [...tile.closest(".lane").querySelectorAll(".tile")];
  const at = here.indexOf(tile);
  let next;
  if (event.key === "ArrowDown" || event.key === "ArrowUp") next = here[at + (event.key === "ArrowDown" ? 1 : -1)];
  else {
    const by = (event.key === "ArrowRight") === (document.dir !== "rtl") ? 1 : -1;
    for (let n = lanes.indexOf(tile.closest(".lane")) + by; lanes[n] && !next; n += by) {
      const there = [...lanes[n].querySelectorAll(".tile")];
      next = there[Math.min(at, there.length - 1)];
    }
  }
  event.preventDefault();
  next?.querySelector("a").focus();
  next?.scrollIntoView({ block: "nearest", inline: "nearest" });
});

// --- the pointer

document.addEventListener("dragstart", (event) => {
  const tile = tileOf(event.target);
  if (!tile) return;
  dragged = meant(tile);
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", dragged.join(","));
  requestAnimationFrame(() => tiles().forEach((one) => one.classList.toggle("gap", dragged.includes(one.dataset.id))));
  say(board().querySelector("[data-board-says]").dataset.lifted);
});

function target(event) {
  if (!dragged.length) return null;
  return event.target.closest?.("[data-person], [data-department]");
}

function mark(place) {
  for (const one of document.querySelectorAll("#lanes .target")) one.classList.remove("target");
  place?.classList.add("target");
}

document.addEventListener("dragover", (event) => {
  const place = target(event);
  mark(place);
  if (place) event.preventDefault();
});
document.addEventListener("drop", (event) => {
  const place = target(event);
  if (!place) return;
  event.preventDefault();
  const lane = place.closest("[data-department]");
  const stays = dragged.every((id) => document.getElementById(`tile-${id}`)?.closest("[data-department]") === lane);
  const where = {};
  if (place.dataset.person) where.person = place.dataset.person;
  if (!stays) where.to = lane.dataset.department;
  const ids = dragged;
  end();
  if (where.person || where.to) ask(ids, where);
});

function end() {
  dragged = [];
  mark(null);
  for (const one of tiles()) one.classList.remove("gap");
}
document.addEventListener("dragend", end);

// --- news: asked for when something changed, and nothing is in hand

const isBusy = () => dragged.length || document.querySelector("dialog[open]") || document.hidden || chosen().length;

function soon(delay = 1_500) {
  clearTimeout(again);
  again = setTimeout(refresh, delay);
}

async function refresh() {
  if (!board()) return;
  if (isBusy()) return soon(3_000);
  await htmx.ajax("GET", board().dataset.url, { target: "#board", swap: "outerMorph" });
  count();
}

for (const name of ["changed", "everything"]) document.addEventListener(`stream:${name}`, () => soon());
document.addEventListener("inbox:done", ({ detail: { clears } }) => {
  if (clears) for (const box of document.querySelectorAll("#lanes .check:checked")) box.checked = false;
  soon(0);
});

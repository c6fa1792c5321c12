// Pictures and videos of messages: turning with the arrows, the actual size, and a word where one cannot be shown.
const viewer = () => document.querySelector("dialog[data-viewer][open]");
// Arrows pressed while the picture before is on its way.
let isTurning = false;
let owed = [];

document.addEventListener("keydown", (event) => {
  const side = { ArrowLeft: "back", ArrowRight: "on" }[event.key];
  if (!(viewer() || isTurning) || !side || event.target.matches("video, audio") || event.ctrlKey || event.metaKey || event.altKey) return;
  const isMirrored = document.documentElement.dir === "rtl";
  const turns = isMirrored ? { back: "on", on: "back" }[side] : side;
  // A picture larger than the room for it is moved by the arrows first.
  if (viewer()?.matches("[data-zoomed]") && event.target.matches("figure")) return;
  if (isTurning) owed.push(turns);
  else turn(turns);
});

function turn(side) {
  const link = viewer()?.querySelector(`[data-turns=${side}]`);
  isTurning = Boolean(link);
  if (!link) owed = [];
  link?.click();
}

document.addEventListener("htmx:finally:request", ({ detail: { ctx } }) => {
  if (ctx.target?.id !== "dialogs" || !isTurning) return;
  isTurning = false;
  // Once it is open.
  setTimeout(() => owed.length && turn(owed.shift()));
});

document.addEventListener("click", (event) => {
  const zoom = viewer()?.querySelector("[data-zoom]");
  if (!zoom || !(event.target.closest("[data-zoom]") || event.target.matches("[data-viewer] img"))) return;
  zoom.setAttribute("aria-pressed", String(viewer().toggleAttribute("data-zoomed")));
});

const broken = (one) => one.closest(".picture")?.setAttribute("data-broken", "");

document.addEventListener("error", ({ target }) => target.matches?.("img, video, audio") && broken(target), true);
for (const image of document.querySelectorAll(".picture img")) if (image.complete && !image.naturalWidth && image.currentSrc) broken(image);

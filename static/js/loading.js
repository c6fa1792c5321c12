// A list that is on its way: lines without words where it takes a while, and where it did not come, what to do.
const SHOWN_AFTER = 200;
let timer = 0;
let asked = null;

// What pages ask for by themselves shows nothing while it is on its way, and asks again by itself.
export const isOfList = (ctx) => ctx.sourceElement !== document.body && (ctx.target?.id === "list" || Boolean(ctx.target?.matches?.(".more")));

function clear() {
  clearTimeout(timer);
  const rows = document.getElementById("rows");
  rows?.removeAttribute("aria-busy");
  rows?.querySelector(":scope > .skel")?.remove();
}

function show() {
  const rows = document.getElementById("rows");
  const lines = document.getElementById("skeleton")?.content.cloneNode(true);
  if (!rows || !lines || rows.getAttribute("aria-busy")) return;
  rows.prepend(lines);
  rows.setAttribute("aria-busy", "true");
  rows.scrollTop = 0;
}

document.addEventListener("htmx:before:request", ({ detail: { ctx } }) => {
  if (!isOfList(ctx) || ctx.target.id !== "list") return;
  document.querySelector("#rows > .failed")?.remove();
  clearTimeout(timer);
  timer = setTimeout(show, SHOWN_AFTER);
});

document.addEventListener("htmx:finally:request", ({ detail: { ctx } }) => {
  if (!isOfList(ctx)) return;
  if (ctx.target.id === "list") clear();
  if (ctx.status === "swapped" || !ctx.target.isConnected) return;
  const failed = document.getElementById("list-failed")?.content.cloneNode(true);
  if (!failed) return;
  asked = ctx.sourceElement;
  if (ctx.target.id === "list") document.getElementById("rows").prepend(failed);
  else if (!ctx.target.querySelector(".failed")) ctx.target.append(failed);
});

document.addEventListener("click", (event) => {
  const again = event.target.closest("#rows .failed button");
  if (!again || !asked?.isConnected) return;
  again.closest(".failed").remove();
  if (asked.matches("form")) asked.requestSubmit();
  else asked.click();
});

// A conversation on its way shows its shape, one that did not come says so where it should stand, and acts without a connection
// are not begun.
import { isOffline } from "./stream.js";
import { toast } from "./toasts.js";
import { words } from "./words.js";

const SOON = 200; // an answer within that needs no shape

const paneOf = (ctx) => (ctx.request.method === "GET" && ctx.target?.id === "thread" ? ctx.target : null);
let timer = 0;
let again = null;

function uncover() {
  clearTimeout(timer);
  for (const cover of document.querySelectorAll("[data-cover]")) {
    cover.parentElement.removeAttribute("aria-busy");
    cover.remove();
  }
}

function cover(pane, name) {
  uncover();
  pane.append(document.getElementById(name).content.cloneNode(true));
  if (name === "loading") pane.setAttribute("aria-busy", "true");
  if (pane.id === "thread") document.getElementById("main").dataset.pane = "thread";
}

function notNow(event) {
  event.preventDefault();
  toast("failure", words("notNow"));
}

document.addEventListener("htmx:before:request", (event) => {
  const { ctx } = event.detail;
  if (isOffline() && (ctx.request.method !== "GET" || ctx.target?.id === "dialogs")) return notNow(event);
  const pane = paneOf(ctx);
  if (!pane) return;
  uncover();
  timer = setTimeout(() => cover(pane, "loading"), SOON);
});

document.addEventListener("htmx:finally:request", (event) => {
  const { ctx } = event.detail;
  if (!paneOf(ctx)) return;
  uncover();
  const failed = String(ctx.status).startsWith("error") || ctx.response?.status >= 500;
  if (!failed || !ctx.target.isConnected) return;
  again = ctx.sourceElement;
  cover(ctx.target, "not-loaded");
});

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-again]")) {
    if (!again?.isConnected) location.reload();
    else if (again.matches("form")) again.requestSubmit();
    else again.click();
  } else if (event.target.closest("[data-uncover]")) {
    const pane = event.target.closest("#thread");
    uncover();
    if (pane) document.getElementById("main").dataset.pane = "list";
  }
});

// While the connection is lost, another page would be the browser's own about that, without a way back. So the server is
// asked first, and where it does not answer, the page stays.
import { ask, isAway } from "./stream.js";
import { words } from "./words.js";

const isThere = async () => (await ask())?.status < 500;

function tell(template, change) {
  const toast = document.getElementById(template).content.cloneNode(true);
  change(toast);
  document.getElementById("toasts").replaceChildren(toast);
}

let chosen = null; // what was chosen last: whoever has gone elsewhere meanwhile is not taken away again

// The toast brings the link along.
export async function goTo(there) {
  const mine = (chosen = Symbol());
  const goes = !isAway() || (await isThere());
  if (mine !== chosen) return;
  if (goes) location.assign(there);
  else tell("not-left", (toast) => (toast.querySelector("a").href = there));
}

function leaving(event) {
  if (event.target.closest?.("a, button")) chosen = null;
  const link = event.target.closest?.("a[href]:not([target], [download])");
  const isElsewhere = event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey;
  if (!isAway() || !link || event.defaultPrevented || isElsewhere) return;
  const there = new URL(link.getAttribute("href"), location); // a drawing has links as well
  const isHere = there.hash && there.pathname + there.search === location.pathname + location.search;
  if (there.origin !== location.origin || isHere) return;
  event.preventDefault();
  goTo(there);
}

let asked = null; // a form that the server is there for

async function sending(event) {
  const form = event.target;
  const goes = form === asked;
  asked = null;
  if (goes || !isAway() || event.defaultPrevented || form.matches("[target], [method=dialog]")) return;
  event.preventDefault();
  if (!(await isThere())) return tell("failure", (toast) => (toast.querySelector("span").textContent = words("failedAway")));
  asked = form;
  form.requestSubmit(event.submitter);
}

// After all that act on the document.
addEventListener("click", leaving);
addEventListener("submit", sending);

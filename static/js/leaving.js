// While the connection is lost, another page would be the browser's own about that, without a way back. So the server is
// asked first, and where it does not answer, the page stays.
import { ask, isAway } from "./stream.js";
import { toast } from "./toasts.js";
import { words } from "./words.js";

let chosen = null; // what was chosen last: whoever has gone elsewhere meanwhile is not taken away again

// Whether the server is there; nothing where somebody chose otherwise until that was known.
async function isThere() {
  const mine = (chosen = Symbol());
  const answer = await ask();
  return mine === chosen ? answer?.status < 500 : undefined;
}

// The toast brings the link along.
export async function goTo(there) {
  const goes = !isAway() || (await isThere());
  if (goes) location.assign(there);
  if (goes === false) toast("not-left").querySelector("a").href = there;
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
  const isAsked = form === asked;
  asked = null;
  if (isAsked || !isAway() || event.defaultPrevented || form.matches("[target], [method=dialog]")) return;
  event.preventDefault();
  const goes = await isThere();
  if (goes === false) toast("failure", words("failedAway"));
  if (!goes) return;
  asked = form;
  form.requestSubmit(event.submitter);
}

// After all that act on the document.
addEventListener("click", leaving);
addEventListener("submit", sending);

// Nothing fails in silence, and no page about an error lands inside of a page.
import { isOfList } from "./loading.js";
import { toast } from "./toasts.js";
import { words } from "./words.js";

// These answer with parts of a page that say what is wrong; any other refusal is a whole page.
const SPOKEN = [401, 403, 409, 422];
const SENTENCES = { 403: "failedOld", 404: "failedGone" };

const isWhole = (text) => /<html[\s>]/i.test(text.slice(0, 1_000));
// The live stream asks again by itself.
const isAsking = (ctx) => /\/changes\/\?/.test(ctx.request.action);

// Said where the conversation should stand (opening.js).
const isPane = (ctx) => ctx.request.method === "GET" && ctx.target?.id === "thread" && !(ctx.response?.status < 500);

function tell(ctx, sentence) {
  // A list says by itself that it did not come.
  if (isAsking(ctx) || isOfList(ctx) || isPane(ctx)) return;
  const kept = ctx.sourceElement.closest?.("[data-composer]") ? ` ${words("failedKept")}` : "";
  toast("failure", words(sentence) + kept);
}

// Whoever writes is not taken to the log-in by what the page asks for by itself; what they do next leads there.
const isDisturbing = (ctx) => ctx.response.status === 401 && ctx.request.method === "GET" && document.activeElement?.closest("[data-composer]");

document.addEventListener("htmx:after:request", (event) => {
  const { ctx } = event.detail;
  const { status } = ctx.response;
  if (isDisturbing(ctx)) return event.preventDefault();
  if (status < 400 || (SPOKEN.includes(status) && !isWhole(ctx.text))) return;
  event.preventDefault();
  tell(ctx, SENTENCES[status] ?? "failedThere");
});

// No answer at all: the way is broken, or it took too long.
document.addEventListener("htmx:error", (event) => event.detail.ctx?.request && tell(event.detail.ctx, "failedAway"));

// A face that cannot be shown gives way to the initials below it; errors of pictures do not bubble. One that failed
// before it stood in the page tells nobody, so all are looked at again whenever one fails or something new stands there.
const leave = (picture) => picture.matches?.(".av > img") && picture.remove();
const sweep = () => {
  for (const picture of document.images) if (picture.complete && !picture.naturalWidth && picture.currentSrc) leave(picture);
};
document.addEventListener("error", (event) => {
  leave(event.target);
  setTimeout(sweep, 100);
}, true);
document.addEventListener("htmx:after:swap", () => setTimeout(sweep, 100));
window.addEventListener("load", sweep);
sweep();

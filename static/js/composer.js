// The composer: reply and note are never mistaken for each other, and characters are counted as the network counts them.
import { restore, sent, shown, textOf, written } from "./drafts.js";

const composer = () => document.querySelector("[data-composer]");

// A text far beyond every limit is not worth counting exactly.
const FAR = 20;

function setUp() {
  const form = composer();
  if (!form || form.dataset.restored) return;
  form.dataset.restored = "yes";
  const { mode, text } = restore(form);
  form.querySelector(`[name=mode][value=${mode}]`).checked = true;
  form.dataset.mode = mode;
  form.elements.text.value = text;
  // Where the words stood there already, the caret would be before them.
  form.elements.text.setSelectionRange(text.length, text.length);
  draw(form);
}

export function choose(mode, { quietly = false } = {}) {
  const form = composer();
  const tab = form?.querySelector(`[name=mode][value=${mode}]`);
  if (!tab || tab.disabled) return false;
  tab.checked = true;
  if (form.dataset.mode !== mode) {
    form.dataset.mode = mode;
    form.elements.text.value = textOf(form, mode);
  }
  if (!quietly) form.elements.text.focus();
  draw(form);
  return true;
}

export function send({ closing = false } = {}) {
  const form = composer();
  if (!form) return;
  const mode = form.elements.mode.value;
  const wanted = mode === "note" ? "note" : closing ? "close" : "reply";
  form.querySelector(`[data-sends=${wanted}]`)?.click();
}

// As networks count; the server counts again, exactly, when the reply is sent.
const LINK = /https?:\/\/\S+/g;
const WIDE = /[^\u0000-\u10ff\u2000-\u200d\u2010-\u201f\u2032-\u2037]/gu;

export function lengthOf(text, counts) {
  if (counts === "bytes") return new TextEncoder().encode(text).length;
  if (counts === "graphemes") return [...new Intl.Segmenter().segment(text)].length;
  if (counts !== "links" && counts !== "weighted") return [...text].length;
  const links = text.match(LINK)?.length ?? 0;
  const words = text.replace(LINK, "").normalize("NFC");
  if (counts === "links") return links * 23 + [...words].length;
  const emoji = words.match(/\p{RGI_Emoji}/gv) ?? [];
  const plain = words.replace(/\p{RGI_Emoji}/gv, "");
  return links * 23 + emoji.length * 2 + [...plain].length + (plain.match(WIDE)?.length ?? 0);
}

// Another account may take more or less.
function measure(form) {
  const chosen = form.querySelector("[data-account]")?.selectedOptions[0];
  if (chosen) form.dataset.limit = chosen.dataset.limit;
}

function draw(form) {
  measure(form);
  const text = form.elements.text;
  const mode = form.elements.mode.value;
  if (text.dataset[mode]) text.placeholder = text.dataset[mode];
  shown(form);
  const count = form.querySelector("[data-count]");
  if (!count) return;
  const limit = Number(form.dataset.limit);
  const length = text.value.length > limit * FAR ? text.value.length : lengthOf(text.value, form.dataset.counts);
  const left = limit - length;
  count.classList.toggle("over", left < 0);
  count.querySelector("[data-left]").textContent = left;
  const share = Math.min(100, Math.round((100 * (limit - left)) / limit));
  count.querySelector("circle + circle").setAttribute("stroke-dasharray", `${share} 100`);
}

document.addEventListener("input", (event) => {
  const form = event.target.closest("[data-composer]");
  if (!form || event.target.name !== "text") return;
  written(form, form.elements.mode.value, event.target.value);
  // What was wrong with the words of before; somebody else's answer stays to be read.
  form.querySelector(".complaint .is-bad")?.remove();
  draw(form);
});
document.addEventListener("drafts:put", (event) => draw(event.target));

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-composer] [name=mode]")) choose(event.target.value);
  if (!event.target.matches("[data-account]")) return;
  event.target.form.dispatchEvent(new CustomEvent("drafts:with", { bubbles: true }));
  draw(event.target.form);
});

// What was taken goes from the store before the fresh composer arrives; a refusal leaves everything where it is.
document.addEventListener("htmx:after:request", (event) => {
  const { ctx } = event.detail;
  const form = ctx.sourceElement.closest?.("[data-composer]");
  const mode = /\/c\/\d+\/(reply|note)\/$/.exec(ctx.request.action.split("?")[0])?.[1];
  if (form && mode && ctx.response?.status === 200) sent(form, mode);
});

document.addEventListener("htmx:after:swap", setUp);
setUp();

// Help while one writes is loaded when it is first asked for: a sign at the beginning of a word, or a button.
const suggest = () => import("./suggest.js");
const SIGN = /(?:^|[\s(])[/@:][^\s]*(?:\s[^\n]{0,40})?$/u;
let isLoaded = false;

document.addEventListener("input", async ({ target, isComposing }) => {
  if (isComposing || !target.matches?.("[data-composer] textarea[name=text]")) return;
  const before = target.value.slice(Math.max(0, target.selectionStart - 80), target.selectionStart);
  if (!isLoaded && !SIGN.test(before)) return;
  isLoaded = true;
  (await suggest()).look(target);
});

document.addEventListener("click", async ({ target }) => {
  const form = target.closest("[data-composer]");
  const sign = target.closest("[data-suggests]")?.dataset.suggests;
  if (form && sign) (await suggest()).begin(form, sign);
  const button = target.closest("[data-emoji]");
  if (!form || !button) return;
  const [{ pick }, { insert }] = await Promise.all([import("./emoji.js"), suggest()]);
  const box = form.elements.text;
  pick(button, (emoji) => insert(box, box.selectionStart, box.selectionEnd, emoji));
});

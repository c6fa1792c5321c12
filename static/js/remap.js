// Choosing keys: what is pressed in a field is what will stand for its action. Typing it works as well.
const WAIT = 900;
let timer = 0;

function submit(input) {
  clearTimeout(timer);
  // Once: a field that is taken away loses the focus, too.
  if (input.value === (input.dataset.sent ?? input.defaultValue)) return;
  input.dataset.sent = input.value;
  input.form.requestSubmit();
}

document.addEventListener("keydown", (event) => {
  const input = event.target;
  if (!input.matches?.("[data-captures]") || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Escape") {
    clearTimeout(timer);
    input.value = input.defaultValue;
    event.preventDefault();
    return;
  }
  const isEmptied = event.key === "Backspace" || event.key === "Delete";
  if (event.isComposing || (!isEmptied && [...event.key].length !== 1) || event.key === " ") return;
  event.preventDefault();
  // The second of two comes soon after the first.
  const isSecond = timer && input.value && !input.value.includes(" ") && input.dataset.captures === "first";
  input.value = isEmptied ? "" : isSecond ? `${input.value} ${event.key}` : event.key;
  input.dataset.captures = isSecond || isEmptied ? "" : "first";
  clearTimeout(timer);
  timer = setTimeout(() => {
    timer = 0;
    input.dataset.captures = "";
    submit(input);
  }, isSecond || isEmptied ? 0 : WAIT);
});

document.addEventListener("focusin", ({ target }) => target.matches?.("[data-captures]") && target.select());
document.addEventListener("focusout", ({ target }) => target.matches?.("[data-captures]") && submit(target));

// The answer brings all fields anew, and what is wrong.
let focused = "";
document.addEventListener("htmx:before:swap", () => (focused = document.activeElement?.id ?? ""));
document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
  const fresh = document.getElementById("keyboard");
  if (ctx.target?.id !== "keyboard" || !fresh) return;
  document.body.dataset.keys = fresh.dataset.keysNow;
  (fresh.querySelector("[aria-invalid]") ?? document.getElementById(focused))?.focus();
});

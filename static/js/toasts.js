// Toasts: gone after eight seconds, longer while somebody looks at them; errors stay until they are dismissed.
const STAYS = 8_000;

function watch(toast) {
  if (toast.dataset.watched || toast.dataset.until) return;
  toast.dataset.watched = "yes";
  let timer = 0;
  const wait = () => {
    timer = setTimeout(() => toast.remove(), STAYS);
  };
  const stay = () => clearTimeout(timer);
  for (const name of ["pointerenter", "focusin"]) toast.addEventListener(name, stay);
  for (const name of ["pointerleave", "focusout"]) toast.addEventListener(name, wait);
  wait();
}

function look() {
  document.querySelectorAll(".toast[data-goes]").forEach(watch);
}

// What this page says by itself, in place of what was said before.
export function toast(template, said = "") {
  const one = document.getElementById(template).content.firstElementChild.cloneNode(true);
  if (said) one.querySelector("span").textContent = said;
  document.getElementById("toasts").replaceChildren(one);
  return one;
}

document.addEventListener("click", (event) => event.target.closest(".toast [data-dismiss]")?.closest(".toast").remove());
document.addEventListener("htmx:after:swap", look);
look();

// Before a reply leaves: the posts that a long text goes out as, as the network counts, and the menu of later times.
const PAUSE = 400;
let timer = 0;
let asked = 0;

function soon(form) {
  clearTimeout(timer);
  timer = setTimeout(() => preview(form), PAUSE);
}

async function preview(form) {
  const panel = form.querySelector(".parts");
  if (!panel || !form.isConnected) return;
  if (!form.querySelector(".count.over")) return panel.replaceChildren();
  const turn = ++asked;
  const body = new FormData();
  body.append("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
  body.append("text", form.elements.text.value);
  if (form.elements.account) body.append("account", form.elements.account.value);
  if (panel.querySelector("[data-numbered]")?.checked ?? true) body.append("numbered", "1");
  try {
    const answer = await fetch(form.dataset.splits, { method: "POST", body, headers: { "HX-Request": "true" } });
    // The answer to an earlier question, or a log-in page, is none.
    if (turn === asked && answer.ok && !answer.redirected) {
      await htmx.swap({ text: await answer.text(), target: panel, swap: "outerMorph", sourceElement: form });
    }
  } catch {
    // The next letter asks again, and the server divides the text once more when it is sent.
  }
}

document.addEventListener("input", ({ target }) => {
  const form = target.closest("[data-splits]");
  if (form && (["text", "account"].includes(target.name) || target.matches("[data-numbered]"))) soon(form);
});
document.addEventListener("htmx:after:swap", () => {
  const form = document.querySelector("[data-splits]");
  if (form && form.querySelector(".count.over") && !form.querySelector(".parts ol")) soon(form);
});

// The menu goes with Escape, and when something else is pressed; its key opens it.
const menus = () => document.querySelectorAll("details[data-later][open]");
document.addEventListener("click", ({ target }) => {
  for (const menu of menus()) if (!menu.contains(target)) menu.open = false;
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of menus()) {
    menu.open = false;
    menu.querySelector("summary").focus();
    event.stopPropagation();
  }
}, true);

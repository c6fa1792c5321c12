// The bell counts what its person has not read; the stream, and opening a conversation, say that it may have changed.
const bell = () => document.getElementById("bell");
const ask = () => document.body.dispatchEvent(new CustomEvent("notified"));

for (const name of ["notified", "everything"]) document.addEventListener(`stream:${name}`, ask);
document.addEventListener("htmx:after:swap", ({ detail: { ctx } }) => {
  if (bell()?.textContent.trim() && ctx.sourceElement?.closest?.(".row")) ask();
});

// Taking back waits for what is under way, so that the last thing done here is the last one on the server, too.
const underWay = new Set();
let owed = [];

export function takeBack(press) {
  if (!underWay.size) return press();
  owed.push(press);
  return true;
}

document.addEventListener("htmx:before:request", ({ detail: { ctx } }) => {
  if (ctx.request.method === "POST") underWay.add(ctx);
});
document.addEventListener("htmx:finally:request", ({ detail: { ctx } }) => {
  if (!underWay.delete(ctx)) return;
  // What was refused has changed nothing: taking back would take back what was done before it.
  if (!ctx.response || ctx.response.status >= 400) owed = [];
  if (!underWay.size) owed.shift()?.();
});

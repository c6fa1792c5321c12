// Loads what draws graphs, on pages that have one.
const find = () => document.querySelectorAll("[data-graph]:not([data-drawn])").length > 0;

async function drawAll() {
  if (!find()) return;
  const { draw } = await import("./graph.js");
  for (const figure of document.querySelectorAll("[data-graph]:not([data-drawn])")) draw(figure);
}

document.addEventListener("htmx:after:swap", drawAll);
drawAll();

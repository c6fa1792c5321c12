// Sentences that scripts show, translated by the server (templates/_words.html). `{n}` and the like are filled in.
const all = { ...document.getElementById("words")?.dataset };

export function words(name, values = {}) {
  return (all[name] ?? name).replace(/\{(\w+)\}/g, (whole, key) => values[key] ?? whole);
}

export function counted(name, n) {
  return words(n === 1 ? `${name}One` : `${name}Many`, { n });
}

// Polite announcements, gathered so that a busy inbox does not talk without end.
const PAUSE = 20_000;
let waiting = [];
let spokeAt = 0;
let timer = 0;

export function announce(sentence) {
  waiting.push(sentence);
  clearTimeout(timer);
  timer = setTimeout(speak, Math.max(500, spokeAt + PAUSE - Date.now()));
}

function speak() {
  const region = document.getElementById("says");
  if (region) region.textContent = [...new Set(waiting)].join(". ");
  waiting = [];
  spokeAt = Date.now();
}

// Light and dark: the button that changes between them, and the choice that also leaves it to the system.
const root = document.documentElement;

function choose(theme) {
  if (theme) root.dataset.theme = theme;
  else delete root.dataset.theme;
  try {
    if (theme) localStorage.setItem("theme", theme);
    else localStorage.removeItem("theme");
  } catch {
    // Then it holds for this page only.
  }
}

document.addEventListener("click", (event) => {
  if (!event.target.closest("[data-theme-switch]")) return;
  const dark = root.dataset.theme ? root.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  choose(dark ? "light" : "dark");
});
document.addEventListener("change", ({ target }) => target.closest("[data-theme-choice]") && choose(target.value));
for (const one of document.querySelectorAll("[data-theme-choice] input")) one.checked = one.value === (root.dataset.theme ?? "");

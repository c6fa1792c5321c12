// Buttons that put a text of the page into the clipboard.
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copies]");
  if (!button) return;
  const text = document.getElementById(button.dataset.copies);
  try {
    await navigator.clipboard.writeText(text.textContent);
    button.dataset.done = "yes";
  } catch {
    getSelection().selectAllChildren(text); // no permission: at least it is selected
  }
});

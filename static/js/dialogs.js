// Dialogs that the server sends, opened as modal ones; focus starts on the first choice and returns to the opener.
let opener = null;
let isOpen = false;
// A digit typed while the dialog is still on its way: "m", "4" is one movement of the hand.
let isComing = false;
let early = "";
// What the palette said already: the value of one of the choices.
let wished = "";

export function wish(value) {
  wished = value;
}

function openSent() {
  const dialog = document.querySelector("#dialogs dialog[data-open]:not([open])");
  if (!dialog || dialog.closest(".alone")) return;
  dialog.showModal();
  isOpen = true;
  const choices = "input:checked:not(:disabled), input:not(:disabled):not([type=hidden]), select, textarea";
  const first = dialog.querySelector("[aria-invalid=true]") ?? dialog.querySelector("[data-first]") ?? dialog.querySelector(choices);
  first?.focus();
  isComing = false;
  const numbered = [...dialog.querySelectorAll("[data-numbered] input[type=radio]")];
  take(dialog, wished ? numbered.find((one) => one.value === wished) : numbered[Number(early) - 1]);
  early = wished = "";
}

function choose(dialog, digit) {
  return take(dialog, dialog.querySelectorAll("[data-numbered] input[type=radio]")[Number(digit) - 1]);
}

function take(dialog, choice) {
  if (!choice || choice.disabled) return false;
  choice.checked = true;
  choice.dispatchEvent(new Event("change", { bubbles: true }));
  (dialog.querySelector("textarea") ?? choice).focus();
  return true;
}

export function showDialog(id) {
  const dialog = document.getElementById(id);
  if (!dialog || dialog.open) return;
  opener = document.activeElement;
  dialog.showModal();
}

function dismiss(dialog) {
  dialog.close();
}

document.addEventListener("htmx:before:request", (event) => {
  const { ctx } = event.detail;
  // Only what brings a dialog: the live stream asks for things meanwhile.
  if (ctx.target?.id !== "dialogs" || ctx.sourceElement.closest("#dialogs")) return;
  opener = document.activeElement;
  isComing = true;
  early = "";
});
document.addEventListener("htmx:after:swap", () => {
  openSent();
  // What the dialog was for has been done, and the server took it away.
  if (isOpen && !document.querySelector("#dialogs dialog")) giveBack();
});

function giveBack() {
  isOpen = false;
  if (document.activeElement === document.body && opener?.isConnected) opener.focus();
}

// On a page of its own a dialog is a form like any other: what follows it is a page, too.
document.addEventListener("submit", (event) => event.target.closest(".alone") && event.stopPropagation(), true);

document.addEventListener("close", (event) => {
  if (!(event.target instanceof HTMLDialogElement)) return;
  isOpen = false;
  if (event.target.closest("#dialogs")) event.target.remove();
  if (opener?.isConnected) opener.focus();
}, true);

document.addEventListener("click", (event) => {
  const inside = event.target.closest("[data-dismiss]")?.closest("dialog[open]");
  if (inside?.matches(":modal")) {
    event.preventDefault();
    dismiss(inside);
  } else if (event.target instanceof HTMLDialogElement && event.target.matches(":modal")) {
    dismiss(event.target); // the backdrop
  }
});

// Digits choose from a numbered list; where a reason is asked for, it comes next.
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || !/^[1-9]$/.test(event.key)) return;
  if (event.target.matches?.("textarea, input:not([type=radio])")) return;
  const dialog = event.target.closest?.("dialog[open]") ?? document.querySelector(".alone dialog");
  if (dialog && choose(dialog, event.key)) event.preventDefault();
  else if (!dialog && isComing) early = event.key;
});

// A menu of which something was chosen closes.
document.addEventListener("submit", (event) => event.target.closest("[data-closes]:popover-open")?.hidePopover());

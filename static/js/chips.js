// The macros that went into what is being written: a chip says what happens when it is sent, and can be left out.
import { words } from "./words.js";

const line = (form) => form.querySelector("[data-macro-chips]");

export function macrosOf(form, mode) {
  return [...line(form).querySelectorAll(`[name=${mode}_macro]`)].map((one) => one.value);
}

const hidden = (mode, id) => Object.assign(document.createElement("input"), { type: "hidden", name: `${mode}_macro`, value: id });

export function addChip(form, { id, mode, name, does }) {
  const box = hidden(mode, id);
  line(form).append(does.length ? chip(form, box, mode, name, does) : box);
  changed(form);
}

function chip(form, box, mode, name, does) {
  const one = document.createElement("span");
  one.className = `chip for-${mode}`;
  const said = document.createElement("span");
  said.textContent = words("macroDoes", { name, does: does.join(", ") });
  const away = document.createElement("button");
  Object.assign(away, { type: "button", className: "away", textContent: "×" });
  away.setAttribute("aria-label", words("macroLeaveOut", { name }));
  away.addEventListener("click", () => {
    one.remove();
    changed(form);
    form.elements.text.focus();
  });
  one.append(said, box, away);
  return one;
}

const changed = (form) => form.dispatchEvent(new CustomEvent("drafts:with", { bubbles: true }));

export function dropChips(form, mode) {
  for (const one of line(form).querySelectorAll(`[name=${mode}_macro]`)) (one.closest(".chip") ?? one).remove();
}

// What a draft was kept with comes back. What they do is the server's to say; what is gone by now does nothing.
export async function bringChips(form, mode, ids) {
  if (ids.join() === macrosOf(form, mode).join()) return;
  dropChips(form, mode);
  const boxes = ids.map((id) => hidden(mode, id));
  line(form).append(...boxes);
  if (!ids.length) return;
  try {
    const answer = await fetch(form.dataset.macros, { headers: { "HX-Request": "true", "HX-Current-URL": location.href } });
    if (!answer.ok) return;
    const { all } = await answer.json();
    for (const box of boxes.filter((one) => one.isConnected)) {
      const macro = all.find((one) => String(one.id) === box.value && one.mode === mode);
      if (macro?.does.length) box.replaceWith(chip(form, hidden(mode, box.value), mode, macro.name, macro.does));
      else if (!macro) box.remove();
    }
    changed(form);
  } catch {
    // They are still kept with the draft.
  }
}

// Files for a reply: dropped, pasted or chosen, they go to the draft at once, one after the other, and survive a reload.
import { words } from "./words.js";

const composer = () => document.querySelector("[data-composer]");
const input = () => composer()?.querySelector("[data-files]");
let queue = Promise.resolve();

function attach(files) {
  const chooser = input();
  if (!chooser || !files.length) return;
  const form = chooser.form;
  const reply = form.querySelector("[name=mode][value=reply]");
  if (!reply.checked) reply.click();
  // What is refused for its number refuses all that come after it.
  const room = Number(chooser.dataset.room) - form.querySelectorAll(".files li").length + 1;
  const refused = [];
  for (const file of [...files].slice(0, Math.max(1, room))) queue = queue.then(() => upload(form, chooser, file, refused));
}

async function upload(form, chooser, file, refused) {
  const says = form.querySelector("[data-chosen]");
  if (!form.isConnected) return;
  says.textContent = words("uploading", { name: file.name });
  const body = new FormData();
  body.append("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
  if (form.elements.account) body.append("account", form.elements.account.value);
  body.append("attached", file, file.name || words("pasted"));
  try {
    const answer = await fetch(chooser.dataset.files, { method: "POST", body, headers: { "HX-Request": "true" } });
    if (answer.redirected || !answer.ok) throw new Error(answer.status);
    await show(form, await answer.text());
    gather(form, refused);
    says.textContent = "";
  } catch {
    says.textContent = words("notUploaded", { name: file.name });
  }
}

// Each answer tells of its own file; what was said of those before it, chosen together with it, stays.
function gather(form, refused) {
  const says = form.querySelector(".files [role=alert]");
  says.prepend(...refused.map((one) => one.cloneNode(true)));
  refused.splice(0, refused.length, ...says.cloneNode(true).children);
}

// The descriptions that somebody is writing stay as they are.
async function show(form, text) {
  const written = [...form.querySelectorAll("[data-alt]")].map((one) => [one.name, one.value]);
  await htmx.swap({ text, target: form.querySelector(".files"), swap: "outerMorph", sourceElement: form });
  for (const [name, value] of written) if (form.elements[name]) form.elements[name].value = value;
}

const holdsFiles = (event) => input() && event.dataTransfer?.types.includes("Files");

document.addEventListener("change", (event) => {
  if (!event.target.matches("[data-files]")) return;
  const files = [...event.target.files];
  // Sent once, not a second time with the form.
  event.target.value = "";
  attach(files);
});
document.addEventListener("dragover", (event) => {
  if (!holdsFiles(event)) return;
  event.preventDefault();
  composer().toggleAttribute("data-drop", Boolean(event.target.closest?.("#thread")));
});
document.addEventListener("dragleave", (event) => {
  if (!event.relatedTarget) composer()?.removeAttribute("data-drop");
});
document.addEventListener("drop", (event) => {
  if (!holdsFiles(event)) return;
  event.preventDefault();
  composer().removeAttribute("data-drop");
  if (event.target.closest("#thread")) attach(event.dataTransfer.files);
});
document.addEventListener("paste", (event) => {
  const { files, types } = event.clipboardData ?? {};
  // What an editor copies is text with a picture of it.
  if (!files?.length || types.includes("text/plain") || !event.target.closest?.("[data-composer]")) return;
  event.preventDefault();
  attach(files);
});

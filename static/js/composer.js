// The composer: what is written is never lost, reply and note are never mistaken for each other, characters are counted.
const KEPT = "written:";
const composer = () => document.querySelector("[data-composer]");

function kept(id) {
  try {
    return JSON.parse(sessionStorage.getItem(KEPT + id) ?? "null");
  } catch {
    return null;
  }
}

function keep(form) {
  const text = form.elements.text.value;
  try {
    if (text) sessionStorage.setItem(KEPT + form.dataset.composer, JSON.stringify({ text, mode: form.elements.mode.value }));
    else sessionStorage.removeItem(KEPT + form.dataset.composer);
  } catch {
    // Full or switched off: the text still stands in the form.
  }
}

function forget(id) {
  try {
    sessionStorage.removeItem(KEPT + id);
  } catch {
    // Nothing was kept then.
  }
}

function restore() {
  const form = composer();
  if (!form || form.dataset.restored) return;
  form.dataset.restored = "yes";
  const before = kept(form.dataset.composer);
  if (before && !form.elements.text.value) {
    form.elements.text.value = before.text;
    choose(before.mode, { quietly: true });
  }
  draw(form);
}

export function choose(mode, { quietly = false } = {}) {
  const form = composer();
  const tab = form?.querySelector(`[name=mode][value=${mode}]`);
  if (!tab || tab.disabled) return false;
  tab.checked = true;
  if (!quietly) form.elements.text.focus();
  draw(form);
  return true;
}

export function send({ closing = false } = {}) {
  const form = composer();
  if (!form) return;
  const mode = form.elements.mode.value;
  const wanted = mode === "note" ? "note" : closing ? "close" : "reply";
  form.querySelector(`[data-sends=${wanted}]`)?.click();
}

// As networks count; the server counts again, exactly, when the reply is sent.
const LINK = /https?:\/\/\S+/g;
const WIDE = /[^\u0000-\u10ff\u2000-\u200d\u2010-\u201f\u2032-\u2037]/gu;

function lengthOf(text, counts) {
  if (counts === "bytes") return new TextEncoder().encode(text).length;
  if (counts === "graphemes") return [...new Intl.Segmenter().segment(text)].length;
  if (counts !== "links" && counts !== "weighted") return [...text].length;
  const links = text.match(LINK)?.length ?? 0;
  const words = text.replace(LINK, "").normalize("NFC");
  if (counts === "links") return links * 23 + [...words].length;
  const emoji = words.match(/\p{RGI_Emoji}/gv) ?? [];
  const plain = words.replace(/\p{RGI_Emoji}/gv, "");
  return links * 23 + emoji.length * 2 + [...plain].length + (plain.match(WIDE)?.length ?? 0);
}

function draw(form) {
  const text = form.elements.text;
  const mode = form.elements.mode.value;
  if (text.dataset[mode]) text.placeholder = text.dataset[mode];
  const count = form.querySelector("[data-count]");
  if (!count) return;
  const limit = Number(form.dataset.limit);
  const left = limit - lengthOf(text.value, form.dataset.counts);
  count.classList.toggle("over", left < 0);
  count.querySelector("[data-left]").textContent = left;
  const share = Math.min(100, Math.round((100 * (limit - left)) / limit));
  count.querySelector("circle + circle").setAttribute("stroke-dasharray", `${share} 100`);
}

document.addEventListener("input", (event) => {
  const form = event.target.closest("[data-composer]");
  if (!form) return;
  keep(form);
  draw(form);
  if (event.target.name === "text" && form.dataset.drafts) saveSoon(form);
});

// Colleagues are told that somebody has begun to write, and another device finds the words: they are kept by the server.
let saving = 0;

function saveSoon(form) {
  clearTimeout(saving);
  saving = setTimeout(() => save(form), 2000);
}

async function save(form) {
  if (!form.isConnected) return;
  const isReply = form.elements.mode.value === "reply";
  const body = new FormData();
  body.append("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
  body.append("text", isReply ? form.elements.text.value : "");
  body.append("click", form.elements.click.value);
  try {
    await fetch(form.dataset.drafts, { method: "POST", body, keepalive: true });
  } catch {
    // The words stand in the form and in this tab's own store; the next ones try again.
  }
}

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-files]")) {
    const names = [...event.target.files].map((file) => file.name).join(", ");
    event.target.form.querySelector("[data-chosen]").textContent = names;
  }
  if (event.target.matches("[data-composer] [name=mode]")) choose(event.target.value);
});

// What was taken goes from the store before the fresh composer arrives; a refusal leaves everything where it is.
document.addEventListener("htmx:after:request", (event) => {
  const { ctx } = event.detail;
  const form = ctx.sourceElement.closest?.("[data-composer]");
  // What others have open is asked for from inside of the form.
  if (!form || ctx.response?.status !== 200 || ctx.sourceElement.matches("[data-voice]")) return;
  clearTimeout(saving);
  forget(form.dataset.composer);
});

document.addEventListener("htmx:after:swap", restore);
restore();
